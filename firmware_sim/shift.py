"""One truck's shift in fast time: what it sent, and where it really was.

The truck is the one that drives live: same vehicle, same receiver, same fix.
Only its clock is wound: it is asked for fixes from leaving the depot until it
is home. What was true is kept beside it, to the half second.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from core.messages import GpsFix
from firmware_sim.deviations import Driven, Kind
from firmware_sim.motion import TRUCK, Track, Vehicle
from firmware_sim.plane import F64, Plane
from firmware_sim.vehicles import Truck

HABITS: Final = replace(
    TRUCK, service_mps=4.4, service_stop_m=(35.0, 95.0), service_dwell_s=(4.0, 11.0)
)
"""Slow enough that a block served can be told from one hurried through."""
INTERVALS_S: Final = (5.0, 5.0, 10.0, 10.0, 15.0, 20.0)
_STEP_S: Final = 0.5
_LONGEST_S: Final = 12 * 3600.0
_SILENCE_S: Final = (150.0, 480.0)
_APART_S: Final = 900.0
_BEFORE_SKIP_S: Final = 75.0
_TRIES: Final = 40

Interval = tuple[float, float]
"""Seconds after the shift began."""


class _Logged(Vehicle):
    """A vehicle that notes where it is, every half second."""

    def __init__(self, track: Track) -> None:
        super().__init__(track, 0.0)
        self.path_m = [0.0]

    def advance(self, seconds_s: float) -> None:
        for _ in range(round(seconds_s / _STEP_S)):
            super().advance(_STEP_S)
            self.path_m.append(self.track.length_m if self.laps else self.along_m)


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift that was driven.

    path_m    (n,) metres along the driven line, every half second from `began_at`
    track     that line
    sent      fixes that left the tracker, by time
    silences  when it sent nothing
    """

    device_id: str
    began_at: datetime
    driven: Driven
    track: Track
    path_m: F64
    sampling_s: float
    sent: tuple[GpsFix, ...]
    silences: tuple[Interval, ...]
    is_mute: bool
    """The tracker said nothing at all."""

    def when_s(self, along_m: Sequence[float] | F64) -> F64:
        """Seconds after the beginning at which it first came that far along its line."""
        steps = np.searchsorted(self.path_m, np.asarray(along_m) - 1e-6)
        return steps.astype(np.float64) * _STEP_S

    def legs_s(self) -> tuple[F64, F64]:
        """(legs,) when each leg of the line was entered and left."""
        edges_m = np.append(self.track.starts_m, self.track.length_m)
        entered = np.interp(edges_m, *_rising(self.path_m))
        return entered[:-1], entered[1:]

    def at(self, seconds_s: float) -> datetime:
        """An instant of it."""
        return self.began_at + timedelta(seconds=round(seconds_s, 3))

    def stands_s(self) -> list[tuple[int, Interval]]:
        """Where it stood off the plan: the leg at whose end, and when."""
        entered, left = self.legs_s()
        del entered
        return [
            (leg, (float(left[leg]), float(left[leg]) + self.driven.halts_s[leg]))
            for leg in sorted(self.driven.off_plan)
        ]


def drive(
    device_id: str,
    driven: Driven,
    plane: Plane,
    began_at: datetime,
    rng: random.Random,
    *,
    silences: int,
    is_mute: bool = False,
) -> Shift:
    """Drive it all; answer what was sent and what was so.

    silences  how many times the tracker falls silent, at the most
    """
    track = Track(driven.route, HABITS, rng, driven.halts_s)
    vehicle = _Logged(track)
    sampling_s = rng.choice(INTERVALS_S)
    truck = Truck(device_id, plane, vehicle, rng, sampling_s)
    taken: list[GpsFix] = []
    spent_s = 0.0
    while vehicle.laps == 0 and spent_s < _LONGEST_S:
        spent_s += sampling_s
        at = began_at + timedelta(seconds=spent_s)
        taken += [one for one in truck.tick(at, sampling_s) if isinstance(one, GpsFix)]
    shift = Shift(
        device_id=device_id,
        began_at=began_at,
        driven=driven,
        track=track,
        path_m=np.array(vehicle.path_m),
        sampling_s=sampling_s,
        sent=(),
        silences=(),
        is_mute=is_mute,
    )
    quiet = _silences(shift, silences, rng)
    heard = [] if is_mute else [fix for fix in taken if not _is_in(quiet, fix, began_at)]
    return replace(shift, sent=tuple(heard), silences=quiet)


def _silences(shift: Shift, count: int, rng: random.Random) -> tuple[Interval, ...]:
    """Draw when the tracker is silent: while it serves, the first time about a skipped block."""
    low_m, high_m = shift.track.service_span_m()
    first_s, last_s = (float(one) for one in shift.when_s([low_m, high_m]))
    chosen: list[Interval] = []
    skipped = [one.blocks[0] for one in shift.driven.deviations if one.kind is Kind.SKIPPED]
    if count and skipped:
        leg = shift.driven.left_at[rng.choice(skipped)]
        begin_s = float(shift.legs_s()[0][leg]) - _BEFORE_SKIP_S
        chosen.append((begin_s, begin_s + rng.uniform(*_SILENCE_S)))
    for _ in range(_TRIES):
        if len(chosen) >= count:
            break
        begin_s = rng.uniform(first_s, last_s)
        one = (begin_s, begin_s + rng.uniform(*_SILENCE_S))
        apart = all(one[0] > end + _APART_S or one[1] < begin - _APART_S for begin, end in chosen)
        if apart and not any(_overlap(one, stand) for _, stand in shift.stands_s()):
            chosen.append(one)
    return tuple(sorted(chosen))


def _is_in(silences: Sequence[Interval], fix: GpsFix, began_at: datetime) -> bool:
    at_s = (fix.measured_at - began_at).total_seconds()
    return any(begin <= at_s <= end for begin, end in silences)


def _overlap(one: Interval, other: Interval) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _rising(path_m: F64) -> tuple[F64, F64]:
    """Path and time as `interp` wants them: the first moment of every place."""
    keep = np.flatnonzero(np.append(True, np.diff(path_m) > 0))
    when_s: F64 = keep * np.float64(_STEP_S)
    return path_m[keep], when_s
