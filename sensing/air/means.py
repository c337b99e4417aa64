"""The means that rules ask for, over series of hours; NaN is a missing hour, or too few of them.

All take (..., hours) and answer the same shape: at each hour the mean that ends with it.
"""

import numpy as np

from sensing.air.rule import Pollutant
from sensing.arrays import F64, half_up, sliding

_NEWEST = 3
_NEWEST_NEEDED = 2
_LEAST_WEIGHT = 0.5
_WEIGHT_DECIMALS = 2
_SHARE_NEEDED = 0.75


def mean_of(pollutant: Pollutant, hourly: F64) -> F64:
    """The mean that this pollutant's rule asks for, not yet rounded."""
    match pollutant.mean:
        case "moving_8h":
            return moving(hourly, 8)
        case "weighted_12h":
            return pollutant.factor * weighted(hourly, 12, decimals=_WEIGHT_DECIMALS)
        case "nowcast_12h":
            return weighted(hourly, 12, decimals=None)
    return hourly.copy()


def moving(hourly: F64, hours: int) -> F64:
    """Mean of the last `hours`, of which three quarters must be there.

    >>> moving(np.array([1.0, np.nan, 2.0, 3.0]), 4)
    array([nan, nan, nan,  2.])
    """
    window = sliding(hourly, hours)
    there = np.isfinite(window)
    count = there.sum(axis=-1)
    total = np.where(there, window, 0.0).sum(axis=-1)
    enough = count >= np.ceil(_SHARE_NEEDED * hours)
    mean: F64 = np.where(enough, total / np.maximum(count, 1), np.nan)
    return mean


def weighted(hourly: F64, hours: int, *, decimals: int | None) -> F64:
    """Mean that favours recent hours, the more the more they differ (NowCast).

    The weight of hour i, 1 the newest, is W^(i-1) with W = smallest / largest of the window, one
    half at the least, rounded half up to `decimals`. A missing hour keeps its place and
    drops out of both sums; two of the three newest must be there.
    """
    window = sliding(hourly, hours)
    low, high = _extremes(hourly, hours)
    some = high > 0
    ratio = np.where(some, low / np.where(some, high, 1.0), 1.0)
    if decimals is not None:
        ratio = half_up(ratio, decimals)
    ratio = np.maximum(_LEAST_WEIGHT, ratio)
    weight = np.ones(hourly.shape)
    total, weights, recent = (np.zeros(hourly.shape) for _ in range(3))
    for back in range(hours):
        value = window[..., back]
        there = np.isfinite(value)
        total += np.where(there, value * weight, 0.0)
        weights += np.where(there, weight, 0.0)
        if back < _NEWEST:
            recent += there
        weight *= ratio
    enough = recent >= _NEWEST_NEEDED
    mean: F64 = np.where(enough, total / np.where(enough, weights, 1.0), np.nan)
    return mean


def _extremes(hourly: F64, hours: int) -> tuple[F64, F64]:
    """Smallest and largest of the last hours; infinite where there is none."""
    low, high = np.full(hourly.shape, np.inf), np.full(hourly.shape, -np.inf)
    for back in range(hours):
        end = hourly.shape[-1] - back
        if end <= 0:
            break
        np.fmin(low[..., back:], hourly[..., :end], out=low[..., back:])
        np.fmax(high[..., back:], hourly[..., :end], out=high[..., back:])
    return low, high
