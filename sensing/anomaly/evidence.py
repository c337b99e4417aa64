"""Six sizes of strangeness, each in its own unit: what a sample is, against what was usual.

Every size is unchanged or scaled when the values are scaled or shifted; `rarity` then asks
how often the same series reached that size, so neither unit nor noise of a series matters.
"""

from typing import Final

import numpy as np

from sensing.anomaly.arrays import F32, F64, I64, Bools
from sensing.anomaly.habits import surprise
from sensing.anomaly.state import DENSE, HOURS, KINDS, State
from sensing.anomaly.tuning import Tuning

DISTANCE, SHIFT, STEPS, SURPRISE, RECORD, SAME = range(KINDS)
"""The kinds: value and slow mean against the median; size of steps; hour of day; and, seldom of
any size, the short mean beyond its record and unchanged values."""
_DAY_S: Final = 86400.0
_FIRST_WEEKDAY: Final = 3
"""1 January 1970 was a Thursday, Monday being 0."""
_SATURDAY: Final = 5
_FLOOR: Final = 0.01
"""Steps a tenth as large as usual and no steps at all are much the same."""
_SELDOM: Final = 0.02
"""A share of repeats below this is taken as this: quantised values repeat by chance."""
_CHANCE_NATS: Final = 10.0
"""Runs of equal values that chance explains up to here are nothing."""
_TINY: Final = 1e-9
"""The spread is never less than this share of the range, however long nothing changes."""
_LEAST: Final = 1e-300
"""Divided by where there is nothing to divide by; what comes out is not used."""


def measure(now: State, values: F64, hour: I64, weekend: I64, tuning: Tuning) -> F32:
    """Sizes (KINDS, n) of these values; `now` learns them.

    hour 0..23, weekend 0 or 1: each (n,), or one for all
    """
    size = np.empty((KINDS, len(values)), np.float32)
    size[DENSE:] = 0.0
    first = now.seen == 0
    if first.any():
        _begin(now, first, values)
    share: F64 = 1.0 / (now.seen.astype(np.float64) + 1.0)
    slowly = np.maximum(share, 1.0 / tuning.memory)
    distance = values - now.median
    size[DISTANCE] = distance
    _follow(now.short, values, share, tuning.short)
    _follow(now.slow, values, share, tuning.slow)
    size[SHIFT] = now.slow - now.median
    _records(now, size[RECORD], tuning)
    size[SURPRISE] = surprise(now, distance, hour, weekend, tuning)
    step = values - now.last
    _repeats(now, size[SAME], step, slowly)
    _steps(now, size[STEPS], step, share, tuning)
    _settle(now, distance, slowly, tuning)
    now.last[:] = values
    now.seen += 1
    return np.abs(size, out=size)


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


def _follow(mean: F64, values: F64, share: F64, samples: float) -> None:
    """Take a sample into a mean over so many; the first ones count alike."""
    off = values - mean
    off *= np.maximum(share, 1.0 / samples)
    mean += off


def _records(now: State, size: F32, tuning: Tuning) -> None:
    """How far the short mean is beyond all it was, in spreads."""
    row = ((now.short > now.high) | (now.short < now.low)).nonzero()[0]
    if not len(row):
        return
    short, high, low, spread = now.short[row], now.high[row], now.low[row], now.spread[row]
    settled = now.seen[row] > 2 * tuning.short
    scale = np.where(spread > 0.0, spread, high - low)
    beyond = np.maximum(short - high, low - short) / np.maximum(scale, _LEAST)
    size[row] = np.where(settled & (scale > 0.0) & (high > low), beyond, 0.0)
    now.high[row] = np.where(settled, np.maximum(high, short), short)
    now.low[row] = np.where(settled, np.minimum(low, short), short)


def _repeats(now: State, size: F32, step: F64, slowly: F64) -> None:
    """Samples without change, beyond what the series' own share of them explains."""
    row = ((step == 0.0) & (now.seen > 0)).nonzero()[0]
    same = now.same[row] + np.float32(1.0)
    now.same[:] = 0.0
    if len(row):
        now.same[row] = same
        likely = np.log(np.maximum(now.repeats[row], _SELDOM))
        beyond = np.maximum(-likely * same - _CHANCE_NATS, 0.0)
        size[row] = np.where(now.spread[row] > 0.0, beyond, 0.0)
    now.repeats -= slowly * now.repeats
    now.repeats[row] += slowly[row]


def _steps(now: State, size: F32, step: F64, share: F64, tuning: Tuning) -> None:
    """Steps larger or smaller than they used to be."""
    step *= step
    _follow(now.step2_short, step, share, tuning.steps_short)
    _follow(now.step2_long, step, share, tuning.steps_long)
    size[:] = now.step2_short / np.maximum(now.step2_long, _LEAST)
    size += np.float32(_FLOOR)
    np.log(size, out=size)
    never = (now.step2_long <= 0.0).nonzero()[0]
    if len(never):
        size[never] = 0.0


def _settle(now: State, distance: F64, slowly: F64, tuning: Tuning) -> None:
    """Let median and spread walk towards the values by a step that no outlier enlarges."""
    unknown = (now.spread <= 0.0).nonzero()[0]
    stride = slowly * tuning.agility
    stride *= now.spread
    way = np.sign(distance)
    way *= stride
    now.median += way
    off = np.abs(distance)
    np.sign(off - now.spread, out=way)
    way *= stride
    now.spread += way
    if len(unknown):
        now.median[unknown] += slowly[unknown] * distance[unknown]
        now.spread[unknown] += off[unknown]
    np.maximum(now.spread, _TINY * (now.high - now.low), out=now.spread)
