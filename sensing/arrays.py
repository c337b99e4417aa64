"""Array types, and rounding as regulations mean it."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

F64: TypeAlias = npt.NDArray[np.float64]
I8: TypeAlias = npt.NDArray[np.int8]
I64: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

_GRAIN = 1e-9
"""Decimal halves are rarely halves in binary; nothing that we measure is this fine."""


def half_up(values: F64, decimals: int) -> F64:
    """Round halves up, at so many decimals; NaN stays NaN.

    >>> half_up(np.array([0.5, 1.5, 2.4999]), 0)
    array([1., 2., 2.])
    >>> half_up(np.array([0.0585, 1.005]), 3)
    array([0.059, 1.005])
    """
    scale = 10.0**decimals
    rounded: F64 = np.floor(values * scale + 0.5 + _GRAIN) / scale
    return rounded


def cut_off(values: F64, decimals: int) -> F64:
    """Drop what is beyond so many decimals.

    >>> cut_off(np.array([35.49, 9.0]), 1)
    array([35.4,  9. ])
    """
    scale = 10.0**decimals
    cut: F64 = np.floor(values * scale + _GRAIN) / scale
    return cut


def sliding(values: F64, width: int) -> F64:
    """The last `width` values at every place, newest first; NaN before the beginning.

    values (..., n)  ->  (..., n, width)
    """
    if values.shape[-1] == 0:
        return np.empty((*values.shape, width))
    before = [(0, 0)] * (values.ndim - 1) + [(width - 1, 0)]
    padded = np.pad(values, before, constant_values=np.nan)
    view: Any = np.lib.stride_tricks.sliding_window_view(padded, width, axis=-1)
    newest_first: F64 = view[..., ::-1]
    return newest_first
