"""From four corners to a level crop."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

_FINEST: Final = 4
_COARSER: Final = 1.5


def rectify(image: U8, corners: F32, size: tuple[int, int]) -> U8:
    """What lies between four corners, filling a picture of this (width, height).

    corners  (4, 2) x, y: top left, top right, bottom right, bottom left; outside the image its
             edge goes on
    A large plate is first drawn finer and then averaged, so that no stroke falls between pixels.
    """
    finer = 1
    while finer < _FINEST and size[0] * finer * _COARSER < np.hypot(*(corners[1] - corners[0])):
        finer += 1
    wide, high = size[0] * finer, size[1] * finer
    to = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    by = cv2.getPerspectiveTransform(corners.astype(np.float32), to)
    out = cv2.warpPerspective(
        image, by, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    if finer > 1:
        out = cv2.resize(out, size, interpolation=cv2.INTER_AREA)
    return np.asarray(out, np.uint8)


def grown(corners: F32, wide: float, high: float) -> F32:
    """Corners moved outwards along the plate's own sides, by shares of its width and height.

    >>> grown(np.array([[0, 0], [10, 0], [10, 4], [0, 4]], np.float32), 0.2, 0.5)
    array([[-1., -1.],
           [11., -1.],
           [11.,  5.],
           [-1.,  5.]], dtype=float32)
    """
    left, right = corners[[0, 3]], corners[[1, 2]]
    along = (right - left) * (wide / 2)
    out = np.stack(
        [left[0] - along[0], right[0] + along[0], right[1] + along[1], left[1] - along[1]]
    )
    down = (out[[3, 2]] - out[[0, 1]]) * (high / 2)
    return np.stack(
        [out[0] - down[0], out[1] - down[1], out[2] + down[1], out[3] + down[0]]
    ).astype(np.float32)


def halves(corners: F32, share: float = 0.5) -> tuple[F32, F32]:
    """The upper and the lower part of a plate whose text stands in two rows."""
    left = corners[0] + (corners[3] - corners[0]) * share
    right = corners[1] + (corners[2] - corners[1]) * share
    upper = np.stack([corners[0], corners[1], right, left])
    lower = np.stack([left, right, corners[2], corners[3]])
    return upper.astype(np.float32), lower.astype(np.float32)


def aspect(corners: F32) -> float:
    """Width over height, by the mean of opposite sides."""
    top, bottom = corners[1] - corners[0], corners[2] - corners[3]
    left, right = corners[3] - corners[0], corners[2] - corners[1]
    wide = np.hypot(*top) + np.hypot(*bottom)
    high = np.hypot(*left) + np.hypot(*right)
    return float(wide / max(high, 1e-6))
