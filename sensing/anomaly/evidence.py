"""Six sizes of strangeness, each in its own unit: what a sample is, against what was usual.

Every size is unchanged or scaled when the values are scaled or shifted; `rarity` then asks
how often the same series reached that size, so neither unit nor noise of a series matters.
"""

import numpy as np

from sensing.anomaly.arrays import F64, I64, U16, Bools
from sensing.anomaly.state import HOURS, KINDS, LEVELS, State
from sensing.anomaly.tuning import Tuning

RECORD, DISTANCE, SHIFT, SURPRISE, SAME, STEPS = range(6)
"""The kinds: short mean beyond its record; value and slow mean against the median;
hour of day; unchanged values; size of steps."""
_DAY_S = 86400.0
_FIRST_WEEKDAY = 3
"""1 January 1970 was a Thursday, Monday being 0."""
_SATURDAY = 5
_NOTHING = 0.1
"""What a level never seen at an hour is worth, in samples."""
_NEAR = 0.5
"""What a neighbouring level is worth."""
_CAP = 60000
"""Counts are halved here, before they overflow."""
_TINY = 1e-9
"""The spread is never less than this share of the range, however long nothing changes."""
_EDGES = np.sinh((np.arange(1, LEVELS) - LEVELS / 2) / 2.0)
"""Levels are half a unit of arcsinh(distance / spread) wide."""


def measure(now: State, values: F64, hour: I64, weekend: I64, tuning: Tuning) -> F64:
    """Sizes (n, KINDS) of these values; `now` learns them.

    hour 0..23, weekend 0 or 1, each (n,)
    """
    size = np.zeros((len(values), KINDS))
    first = now.seen == 0
    if first.any():
        _begin(now, first, values)
    share: F64 = 1.0 / (now.seen.astype(np.float64) + 1.0)
    distance = values - now.median
    np.abs(distance, out=size[:, DISTANCE])
    now.short += np.maximum(share, 1.0 / tuning.short) * (values - now.short)
    now.slow += np.maximum(share, 1.0 / tuning.slow) * (values - now.slow)
    np.abs(now.slow - now.median, out=size[:, SHIFT])
    _records(now, size[:, RECORD], tuning)
    _surprise(now, size[:, SURPRISE], distance, hour, weekend, tuning)
    _steps(now, size, values, share, tuning)
    _settle(now, distance, share, tuning)
    now.last[:] = values
    now.seen += 1
    return size


def calendar(t_s: F64) -> tuple[I64, I64]:
    """Hour of day, and 1 on Saturdays and Sundays, in the clock that `t_s` counts.

    >>> calendar(np.array([0.0, 2.5 * 86400.0]))
    (array([ 0, 12]), array([0, 1]))
    """
    day = np.floor(t_s / _DAY_S)
    hour = np.minimum((t_s - day * _DAY_S) * (HOURS / _DAY_S), HOURS - 1).astype(np.int64)
    weekday = (day.astype(np.int64) + _FIRST_WEEKDAY) % 7
    return hour, (weekday >= _SATURDAY).astype(np.int64)


def _begin(now: State, first: Bools, values: F64) -> None:
    for array in (now.last, now.short, now.slow, now.high, now.low, now.median):
        array[first] = values[first]


def _records(now: State, size: F64, tuning: Tuning) -> None:
    """How far the short mean is beyond all it was, in spreads."""
    settled = now.seen > 2 * tuning.short
    beyond = np.maximum(np.maximum(now.short - now.high, now.low - now.short), 0.0)
    scale = np.where(now.spread > 0.0, now.spread, now.high - now.low)
    np.divide(beyond, scale, out=size, where=settled & (scale > 0.0) & (now.high > now.low))
    np.maximum(now.high, now.short, out=now.high)
    np.minimum(now.low, now.short, out=now.low)
    young = ~settled
    if young.any():
        now.high[young] = now.low[young] = now.short[young]


def _surprise(
    now: State, size: F64, distance: F64, hour: I64, weekend: I64, tuning: Tuning
) -> None:
    """Mean surprise (nats) at where the values lie for this hour of day."""
    known = now.spread > 0.0
    relative = np.divide(distance, now.spread, out=np.zeros_like(distance), where=known)
    level = np.searchsorted(_EDGES, relative, side="right")
    row = np.arange(len(level))
    place = row * 2 + weekend
    at = (place * HOURS + hour) * LEVELS
    other = ((place ^ 1) * HOURS + hour) * LEVELS
    habits = now.habits.reshape(-1)
    visits = now.visits.reshape(-1)
    own_visits = visits[at // LEVELS].astype(np.float64)
    all_visits = own_visits + visits[other // LEVELS]
    own = _near(habits, at, level)
    seen = own + _near(habits, other, level)
    alone = own_visits >= tuning.own_day_from
    share = (np.where(alone, own, seen) + _NOTHING) / (
        np.where(alone, own_visits, all_visits) + 1.0
    )
    surprise = np.where(known, -np.log(np.minimum(share, 1.0)), 0.0)
    now.surprise += (surprise - now.surprise) / tuning.surprise
    size[:] = now.surprise
    habits[(at + level)[known]] += 1
    visits[at[known] // LEVELS] += 1
    full = np.flatnonzero(visits[at // LEVELS] >= _CAP)
    if len(full):
        now.habits[full, weekend[full], hour[full]] >>= 1
        now.visits[full, weekend[full], hour[full]] >>= 1


def _near(habits: U16, at: I64, level: I64) -> F64:
    """Samples at a level and, at half their worth, beside it; the outermost has itself beside."""
    here = habits[at + level].astype(np.float64)
    beside = habits[at + np.maximum(level - 1, 0)].astype(np.float64)
    beside += habits[at + np.minimum(level + 1, LEVELS - 1)]
    near: F64 = here + _NEAR * beside
    return near


def _steps(now: State, size: F64, values: F64, share: F64, tuning: Tuning) -> None:
    """Samples without change, and steps larger or smaller than they used to be."""
    step = values - now.last
    now.same += 1.0
    now.same[(step != 0.0) | (now.seen == 0)] = 0.0
    size[:, SAME] = now.same
    step2 = step * step
    now.step2_short += np.maximum(share, 1.0 / tuning.steps_short) * (step2 - now.step2_short)
    now.step2_long += np.maximum(share, 1.0 / tuning.steps_long) * (step2 - now.step2_long)
    ratio = np.divide(
        now.step2_short, now.step2_long, out=np.full_like(step, 0.99), where=now.step2_long > 0.0
    )
    np.abs(np.log(ratio + 0.01), out=size[:, STEPS])


def _settle(now: State, distance: F64, share: F64, tuning: Tuning) -> None:
    """Let median and spread walk towards the values by a step that no outlier enlarges."""
    rate = np.maximum(share, 1.0 / tuning.memory)
    known = now.spread > 0.0
    stride = rate * tuning.agility * now.spread
    now.median += np.where(known, stride * np.sign(distance), rate * distance)
    off = np.abs(distance)
    now.spread += np.where(known, stride * np.sign(off - now.spread), off)
    np.maximum(now.spread, _TINY * (now.high - now.low), out=now.spread)
