"""Doubts about single samples: frozen instruments and spikes.

Both look at a series alone and a few samples around; a change that stays is no spike.
"""

import numpy as np

from sensing.arrays import F64, I64, Bools, sliding

_AROUND = 5
_MAD_TO_SIGMA = 1.4826
_LEAST_KNOWN = 5
_TELLING = 2


def flatline(values: F64, stuck_after: int) -> Bools:
    """Samples of runs of at least `stuck_after` identical values; a gap ends no run.

    values (series, samples)  ->  same shape
    >>> flatline(np.array([[1.0, 2.0, 2.0, np.nan, 2.0, 3.0]]), 3).astype(int)
    array([[0, 1, 1, 0, 1, 0]])
    """
    doubted = np.zeros(values.shape, bool)
    for row, series in enumerate(values):
        there = np.flatnonzero(np.isfinite(series))
        if not len(there):
            continue
        known = series[there]
        begin = np.flatnonzero(np.append(True, known[1:] != known[:-1]))
        length = np.diff(np.append(begin, len(known)))
        doubted[row, there] = np.repeat(length >= stuck_after, length)
    return doubted


def spikes(values: F64, *, sigmas: float = 8.0, grain: float = 0.0) -> Bools:
    """Samples far from the median of the samples around them, in units of their usual spread.

    values (series, samples)  ->  same shape
    grain  what the instrument resolves: the spread is never taken to be less

    Half of the samples around a step are on either side of it, so a step is none. A sample is
    judged with what is known; the newest one is judged again when more have come.
    """
    doubted = np.zeros(values.shape, bool)
    for row, series in enumerate(values):
        there = np.flatnonzero(np.isfinite(series))
        if len(there) < _LEAST_KNOWN:
            continue
        doubted[row, there] = _far(series[there], sigmas, grain)
    return doubted


def _far(known: F64, sigmas: float, grain: float) -> Bools:
    around = sliding(np.append(known, np.full(_AROUND, np.nan)), 2 * _AROUND + 1)[_AROUND:]
    middle = _medians(around)
    spread = _MAD_TO_SIGMA * _medians(np.abs(around - middle[:, None]))
    usual = _MAD_TO_SIGMA * float(np.median(np.abs(known - middle)))
    away = np.abs(known - middle)
    limit = sigmas * np.maximum(np.maximum(spread, usual), max(grain, 1e-12))
    far: Bools = (away > limit) & ~_stays(known, middle)
    return far


def _medians(rows: F64) -> F64:
    """Median of each row without its NaN: np.nanmedian, in a fraction of its time."""
    ordered = np.sort(rows, axis=-1)
    many = np.isfinite(rows).sum(axis=-1)
    both = np.stack(((many - 1) // 2, many // 2), axis=-1).clip(0)
    middle: F64 = np.take_along_axis(ordered, both, axis=-1).mean(axis=-1)
    return middle


def _stays(known: F64, middle: F64) -> Bools:
    """Whether the three samples after a sample are nearer to it than to its surroundings."""
    after = np.append(known[1:], np.full(3, np.nan))
    ahead: F64 = np.lib.stride_tricks.sliding_window_view(after, 3)
    near = np.abs(ahead - known[:, None]) < np.abs(ahead - middle[:, None])
    known_ahead = np.isfinite(ahead)
    many = known_ahead.sum(axis=-1)
    # One sample after it may be a twin spike; two or three that all agree are no chance.
    stays: Bools = ((near & known_ahead).sum(axis=-1) >= many) & (many >= _TELLING)
    return stays


def runs(doubted: Bools) -> list[tuple[int, I64, I64]]:
    """Stretches of doubted samples: (row, first samples, last samples)."""
    found = []
    for row, line in enumerate(doubted):
        edge = np.diff(np.concatenate(([0], line.astype(np.int8), [0])))
        found.append((row, np.flatnonzero(edge == 1), np.flatnonzero(edge == -1) - 1))
    return found
