"""Array types, and grouped sums that say what they do with an empty group."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

F64: TypeAlias = npt.NDArray[np.float64]
F32: TypeAlias = npt.NDArray[np.float32]
I64: TypeAlias = npt.NDArray[np.int64]
I32: TypeAlias = npt.NDArray[np.int32]
I8: TypeAlias = npt.NDArray[np.int8]
Bools: TypeAlias = npt.NDArray[np.bool_]


def firsts(key: npt.NDArray[Any]) -> I64:
    """Where each stretch of equal neighbours begins.

    >>> firsts(np.array([7, 7, 2, 7]))
    array([0, 2, 3])
    """
    if key.size == 0:
        return np.empty(0, np.int64)
    return np.concatenate(([0], np.flatnonzero(key[1:] != key[:-1]) + 1)).astype(np.int64)


def offsets(counts: npt.NDArray[Any]) -> I64:
    """Begin and end of consecutive groups of these sizes: one more than there are groups.

    >>> offsets(np.array([2, 0, 3]))
    array([0, 2, 2, 5])
    """
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def ranges(start: npt.NDArray[Any], count: npt.NDArray[Any]) -> tuple[I64, I64]:
    """Every integer of several ranges, and which range each came from.

    >>> ranges(np.array([5, 9]), np.array([2, 1]))
    (array([5, 6, 9]), array([0, 0, 1]))
    """
    total = int(count.sum())
    which = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return np.arange(total) - np.repeat(before, count) + np.repeat(start, count), which


def sum_by(group: npt.NDArray[Any], value: npt.NDArray[Any], groups: int) -> F64:
    """Sum of a value over each of `groups` groups; 0 where a group is empty."""
    return np.bincount(group, weights=value, minlength=groups).astype(np.float64)


def min_by(group: npt.NDArray[Any], value: npt.NDArray[Any], groups: int) -> F64:
    """Smallest value of each group; infinity where a group is empty."""
    out = np.full(groups, np.inf)
    np.minimum.at(out, group, value)
    return out


def max_by(group: npt.NDArray[Any], value: npt.NDArray[Any], groups: int) -> F64:
    """Largest value of each group; minus infinity where a group is empty."""
    out = np.full(groups, -np.inf)
    np.maximum.at(out, group, value)
    return out


def median_by(group: npt.NDArray[Any], value: npt.NDArray[Any], groups: int) -> F64:
    """Middle value of each group; NaN where a group is empty."""
    out = np.full(groups, np.nan)
    order = np.lexsort((value, group))
    counts = np.bincount(group, minlength=groups)
    some = counts > 0
    begin = offsets(counts)[:-1]
    low = order[(begin + (counts - 1) // 2)[some]]
    high = order[(begin + counts // 2)[some]]
    out[some] = (value[low] + value[high]) / 2
    return out
