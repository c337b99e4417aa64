"""The streets of a plan that are nearest to a place."""

from collections.abc import Sequence

import numpy as np

from geo.arrays import F64
from geo.plan import Block
from geo.projection import LocalProjection


def distances_m(blocks: Sequence[Block], lat_deg: float, lon_deg: float) -> F64:
    """(blocks,) metres from a place to each block.

    >>> line = np.array([[-94.45, 18.14], [-94.449, 18.14]])
    >>> distances_m([Block("A", line)], 18.141, -94.4495).round()
    array([111.])
    """
    points = np.concatenate([block.lonlat_deg for block in blocks])
    counts = np.array([len(block.lonlat_deg) for block in blocks])
    lon_deg = lon_deg + 0.0
    x_m, y_m = LocalProjection(round(lon_deg, 3), round(lat_deg, 3)).forward(
        np.append(points[:, 0], lon_deg), np.append(points[:, 1], lat_deg)
    )
    x_m, y_m = x_m[:-1] - x_m[-1], y_m[:-1] - y_m[-1]
    ends = np.cumsum(counts)
    piece = np.setdiff1d(np.arange(len(points) - 1), ends[:-1] - 1)
    along_x, along_y = x_m[piece + 1] - x_m[piece], y_m[piece + 1] - y_m[piece]
    square = np.maximum(along_x**2 + along_y**2, np.finfo(float).tiny)
    share = np.clip(-(x_m[piece] * along_x + y_m[piece] * along_y) / square, 0.0, 1.0)
    away = np.hypot(x_m[piece] + share * along_x, y_m[piece] + share * along_y)
    found = np.full(len(blocks), np.inf)
    np.minimum.at(
        found, np.searchsorted(ends, piece, side="right"), np.nan_to_num(away, nan=np.inf)
    )
    return found
