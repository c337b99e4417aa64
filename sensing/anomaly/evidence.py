"""Six sizes of strangeness, each in its own unit: what a sample is, against what was usual.

Every size is unchanged or scaled when the values are scaled or shifted; `rarity` then asks
how often the same series reached that size, so neither unit nor noise of a series matters.
"""

import numpy as np

from sensing.anomaly.arrays import F64, I64, Bools
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
_FLOOR = 0.01
"""Steps a tenth as large as usual and no steps at all are much the same."""
_SELDOM = 0.02
"""A share of repeats below this is taken as this: quantised values repeat by chance."""
_CHANCE_NATS = 10.0
"""Runs of equal values that chance explains up to here are nothing."""
_CAP = 8000
"""Counts are halved here, before eight of them overflow."""
_TINY = 1e-9
"""The spread is never less than this share of the range, however long nothing changes."""
_EDGES = np.sinh((np.arange(1, LEVELS) - LEVELS / 2) / 2.0)
_BELOW = np.maximum(np.arange(LEVELS) - 1, 0)
_ABOVE = np.minimum(np.arange(LEVELS) + 1, LEVELS - 1)
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
    told = settled & (scale > 0.0) & (now.high > now.low)
    size[:] = beyond / (scale + (scale <= 0.0)) * told
    np.maximum(now.high, now.short, out=now.high)
    np.minimum(now.low, now.short, out=now.low)
    young = ~settled
    if young.any():
        now.high[young] = now.low[young] = now.short[young]


def _surprise(
    now: State, size: F64, distance: F64, hour: I64, weekend: I64, tuning: Tuning
) -> None:
    """Mean surprise (nats) at where the values lie for this hour of day.

    A level counts with half of each neighbour; the outermost has itself for one.
    """
    known = now.spread > 0.0
    level = _EDGES.searchsorted(distance / (now.spread + ~known), side="right")
    context = (np.arange(0, HOURS * len(level), HOURS) + hour) * 2 + weekend
    other = context ^ 1
    habits = now.habits.reshape(-1)
    visits = now.visits.reshape(-1)
    here, there = context * LEVELS, other * LEVELS
    below, above = _BELOW.take(level), _ABOVE.take(level)
    at_here = habits.take(here + level)
    own = 2 * at_here + habits.take(here + below) + habits.take(here + above)
    both = 2 * habits.take(there + level) + habits.take(there + below)
    both += habits.take(there + above)
    both += own
    own_visits = visits.take(context)
    alone = own_visits >= tuning.own_day_from
    samples = np.where(alone, own, both)
    total = own_visits + np.where(alone, 0, visits.take(other))
    share = np.minimum((0.5 * samples + _NOTHING) / (total + 1.0), 1.0)
    now.surprise -= (np.log(share) * known + now.surprise) / tuning.surprise
    size[:] = now.surprise
    habits[here + level] = at_here + known
    visits[context] = own_visits + known
    full = (own_visits >= _CAP).nonzero()[0]
    if len(full):
        now.habits[full, hour[full], weekend[full]] >>= 1
        now.visits[full, hour[full], weekend[full]] >>= 1


def _steps(now: State, size: F64, values: F64, share: F64, tuning: Tuning) -> None:
    """Samples without change, and steps larger or smaller than they used to be."""
    step = values - now.last
    equal = (step == 0.0) & (now.seen > 0)
    now.same[:] = np.where(equal, now.same + 1.0, 0.0)
    likely = np.log(np.maximum(now.repeats, _SELDOM))
    size[:, SAME] = np.maximum(-likely * now.same - _CHANCE_NATS, 0.0) * (now.spread > 0.0)
    now.repeats += np.maximum(share, 1.0 / tuning.memory) * (equal - now.repeats)
    step2 = step * step
    now.step2_short += np.maximum(share, 1.0 / tuning.steps_short) * (step2 - now.step2_short)
    now.step2_long += np.maximum(share, 1.0 / tuning.steps_long) * (step2 - now.step2_long)
    never = now.step2_long <= 0.0
    ratio = now.step2_short / (now.step2_long + never)
    np.abs(np.log(np.where(never, 1.0 - _FLOOR, ratio) + _FLOOR), out=size[:, STEPS])


def _settle(now: State, distance: F64, share: F64, tuning: Tuning) -> None:
    """Let median and spread walk towards the values by a step that no outlier enlarges."""
    rate = np.maximum(share, 1.0 / tuning.memory)
    known = now.spread > 0.0
    stride = rate * tuning.agility * now.spread
    now.median += np.where(known, stride * np.sign(distance), rate * distance)
    off = np.abs(distance)
    now.spread += np.where(known, stride * np.sign(off - now.spread), off)
    np.maximum(now.spread, _TINY * (now.high - now.low), out=now.spread)
