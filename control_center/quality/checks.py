"""What the samples of one station say against each other: frozen instruments and spikes. Pure.

Only what is seen with enough samples on both sides is called a spike: the newest are judged when
more have come. Loud minutes are news, not spikes, so levels are only looked at for freezing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

from core.metrics import METRICS
from core.quality import Flag
from sensing.arrays import Bools
from sensing.quality.samples import flatline, runs, spikes
from store.quality import Samples

WATCHED: Final = tuple(name for name, one in METRICS.items() if one.stuck_after is not None)
"""Metrics whose samples are looked at."""
GRAIN: Final = {
    "pm25_ugm3": 5.0,
    "pm10_ugm3": 5.0,
    "pm1_ugm3": 5.0,
    "o3_ppb": 3.0,
    "no2_ppb": 3.0,
    "so2_ppb": 3.0,
    "co_ppm": 0.1,
}
"""What such an instrument resolves in a street; less is neither a spike nor a drift."""
_AROUND: Final = 5
"""Samples on either side that a spike is seen against."""
_CONTEXT: Final = 30
"""Samples before and after an hour that its runs may need."""
_LEAST_CONTEXT: Final = timedelta(hours=1)


class Stretch(NamedTuple):
    """Doubted samples in a row, for people to be told of."""

    metric: str
    doubt: Flag
    begin: datetime
    end: datetime
    """Of the last doubted sample."""
    is_over: bool
    """A sample that is not doubted followed."""
    is_whole: bool
    """Its beginning was seen."""


class Found(NamedTuple):
    """What was found in one window."""

    doubted: list[tuple[str, Flag, Sequence[datetime]]]
    """Metric, bit to set, instants."""
    stretches: list[Stretch]


def context(interval_s: float) -> timedelta:
    """How far around an hour samples are needed."""
    return max(_LEAST_CONTEXT, timedelta(seconds=_CONTEXT * interval_s))


def look(samples: Mapping[str, Samples]) -> Found:
    """Look at all metrics of one station in one window."""
    found = Found([], [])
    for metric, one in samples.items():
        stuck_after = METRICS[metric].stuck_after
        if stuck_after is None:
            continue
        value = np.where(one.flags & int(Flag.RANGE), np.nan, one.value)[np.newaxis]
        stuck = flatline(value, stuck_after)
        _note(found, metric, Flag.STUCK, one, stuck[0])
        _, first, last = runs(stuck)[0]
        known = np.flatnonzero(np.isfinite(value[0]))
        found.stretches.extend(
            Stretch(
                metric=metric,
                doubt=Flag.STUCK,
                begin=one.at[begin],
                end=one.at[end],
                is_over=bool(end < known[-1]),
                is_whole=bool(begin > known[0]),
            )
            for begin, end in zip(first.tolist(), last.tolist(), strict=True)
        )
        if metric in GRAIN:
            wild = spikes(value, grain=GRAIN[metric])[0] & ~stuck[0]
            wild[known[:_AROUND]] = False
            wild[known[-_AROUND:]] = False
            _note(found, metric, Flag.SPIKE, one, wild)
            found.stretches.extend(
                _hourly(metric, [one.at[at] for at in np.flatnonzero(wild).tolist()])
            )
    return found


def _note(found: Found, metric: str, doubt: Flag, samples: Samples, doubted: Bools) -> None:
    new = np.flatnonzero(doubted & (samples.flags & int(doubt) == 0)).tolist()
    if new:
        found.doubted.append((metric, doubt, [samples.at[at] for at in new]))


def _hourly(metric: str, at: Sequence[datetime]) -> list[Stretch]:
    """Spikes told once an hour: a burst is one thing to be told."""
    hours: dict[datetime, list[datetime]] = {}
    for each in at:
        hours.setdefault(each.replace(minute=0, second=0, microsecond=0), []).append(each)
    return [
        Stretch(metric, Flag.SPIKE, min(mine), max(mine), is_over=True, is_whole=True)
        for mine in hours.values()
    ]
