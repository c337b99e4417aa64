"""What a watch knew before it was started: taken from the events that it made.

A truck's past is looked at as of its first fix that is read again. What was said to have begun
by then and not to have ended goes on, so the same fixes say the same once more, under the same
keys, and nothing is told twice.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from core.clock import epoch_us
from core.happenings import SPECS, Happening
from geo.live import State
from geo.live_latch import Latch
from geo.live_scene import DEPOT, LANDFILL
from store.derived import Told

_DOORS: Final = {Happening.DEPOT_ENTER: DEPOT, Happening.LANDFILL_ENTER: LANDFILL}
_BEGINNING: Final = {
    end: begin for begin, spec in SPECS.items() if (end := spec.ended_by) is not None
}


def seed(state: State, truck: int, told: Iterable[Told], as_of_s: float) -> None:
    """Set one truck's entries by what was told of it, oldest first, up to a moment (Unix time)."""
    last: dict[Happening, Told] = {}
    for one in told:
        if epoch_us(one.at) / 1e6 <= as_of_s:
            last[_BEGINNING.get(one.what, one.what)] = one
    for begin, one in last.items():
        goes_on = one.what is begin
        mark = np.array([epoch_us(one.at) / 1e6, one.lat_deg, one.lon_deg])
        if begin in _DOORS:
            _seed_door(state, truck, _DOORS[begin], mark, goes_on=goes_on)
        elif goes_on and (latch := _latch(state, begin)) is not None:
            latch.open[truck] = True
            latch.since[:, truck] = mark
            if begin is Happening.UNPLANNED_STOP:
                state.stay[:2, truck], state.stay_fixes[truck] = mark[1:], 1.0
            state.begun[truck] |= begin is Happening.OFF_ROUTE
            state.driven[truck] = True


def _latch(state: State, begin: Happening) -> Latch | None:
    """None: another part of the engine told it."""
    return {
        Happening.OFF_ROUTE: state.off,
        Happening.UNPLANNED_STOP: state.stop,
        Happening.OVERSPEED: state.fast,
    }.get(begin)


def _seed_door(state: State, truck: int, place: int, mark: np.ndarray, *, goes_on: bool) -> None:
    doors = state.doors
    doors.side[place, truck] = int(goes_on)
    doors.told[place, truck] = goes_on
    doors.entered_s[place, truck] = mark[0] if goes_on else np.nan
