"""Doubts that only neighbours can raise: slow drift, a step after maintenance, a wrong clock.

Neighbours breathe the same weather. What one station says beyond the median of the others is its
own; if that changes while the others agree, the instrument did.
"""

from dataclasses import dataclass

import numpy as np

from sensing.arrays import F64, I64, Bools

_DAY_H = 24
_RECENT_H = 48
_BASE_H = 14 * _DAY_H
_LEAST_BASE_H = 72
_LEAST_SHARE = 0.5
_LEAST_NEIGHBOURS = 2
_SIGMAS = 4.0
_MAD_TO_SIGMA = 1.4826
_LAGS_H = 6
_GAIN = 0.15
_LEAST_FIT = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """How far each series moved away from its neighbours; NaN: cannot be said."""

    by: F64
    """(series,) in its unit."""
    limit: F64
    """(series,): what chance and weather explain."""

    @property
    def is_real(self) -> Bools:
        """Which of them moved farther than that."""
        moved: Bools = np.abs(self.by) > self.limit
        return moved


def beyond_neighbours(hourly: F64) -> F64:
    """What each series says beyond the median of the others; NaN with fewer than two others.

    hourly (series, hours)  ->  same shape
    """
    count = len(hourly)
    own = np.full(hourly.shape, np.nan)
    for row in range(count):
        others = np.delete(hourly, row, axis=0)
        enough = np.isfinite(others).sum(axis=0) >= _LEAST_NEIGHBOURS
        if enough.any():
            own[row, enough] = hourly[row, enough] - np.nanmedian(others[:, enough], axis=0)
    return own


def drift(hourly: F64) -> Shift:
    """How far the last two days are from the two weeks before, neighbours taken off."""
    own = beyond_neighbours(hourly)
    return _shift(own[:, -(_RECENT_H + _BASE_H) : -_RECENT_H], own[:, -_RECENT_H:], _LEAST_BASE_H)


def step(hourly: F64, at: I64) -> Shift:
    """How far the day from hour `at` on is from the day before it; -1: no maintenance.

    hourly (series, hours), at (series,)
    """
    own = beyond_neighbours(hourly)
    before, after = (np.full((len(own), _DAY_H), np.nan) for _ in range(2))
    for row, hour in enumerate(at):
        if hour >= 0:
            earlier = own[row, max(0, hour - _DAY_H) : hour]
            later = own[row, hour : hour + _DAY_H]
            before[row, : len(earlier)], after[row, : len(later)] = earlier, later
    return _shift(before, after, _DAY_H // 2)


def clock_lag_h(hourly: F64) -> I64:
    """Hours by which each series runs behind its neighbours; 0 where nothing says so.

    A lag counts when the series follows its neighbours well with it, and clearly worse without.
    """
    lags = np.zeros(len(hourly), np.int64)
    for row in range(len(hourly)):
        others = np.delete(hourly, row, axis=0)
        enough = np.isfinite(others).sum(axis=0) >= _LEAST_NEIGHBOURS
        if enough.sum() < 2 * _DAY_H:
            continue
        usual = np.full(hourly.shape[1], np.nan)
        usual[enough] = np.nanmedian(others[:, enough], axis=0)
        fits = np.array([_fit(hourly[row], usual, lag) for lag in range(-_LAGS_H, _LAGS_H + 1)])
        best = int(np.nanargmax(fits)) if np.isfinite(fits).any() else _LAGS_H
        if fits[best] >= _LEAST_FIT and fits[best] - np.nan_to_num(fits[_LAGS_H]) >= _GAIN:
            lags[row] = best - _LAGS_H
    return lags


def _shift(before: F64, after: F64, least_before: int) -> Shift:
    rows = len(before)
    by, limit = np.full(rows, np.nan), np.full(rows, np.inf)
    known = (np.isfinite(before).sum(axis=1) >= least_before) & (
        np.isfinite(after).sum(axis=1) >= _LEAST_SHARE * after.shape[1]
    )
    for row in np.flatnonzero(known):
        was = np.nanmedian(before[row])
        spread = _MAD_TO_SIGMA * np.nanmedian(np.abs(before[row] - was))
        by[row] = np.nanmedian(after[row]) - was
        # Medians of a day of hours that resemble each other wander by a third of their spread.
        limit[row] = _SIGMAS * max(spread, 1e-9) / 3**0.5
    return Shift(by, limit)


def _fit(own: F64, usual: F64, lag: int) -> float:
    """Correlation of a series with what its neighbours said `lag` hours earlier."""
    count = len(own)
    mine = own[max(0, lag) : count + min(0, lag)]
    theirs = usual[max(0, -lag) : count - max(0, lag)]
    both = np.isfinite(mine) & np.isfinite(theirs)
    if both.sum() < 2 * _DAY_H or mine[both].std() == 0 or theirs[both].std() == 0:
        return float("nan")
    return float(np.corrcoef(mine[both], theirs[both])[0, 1])
