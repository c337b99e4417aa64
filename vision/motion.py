"""Whether anything moved: frames in which nothing did need no second look.

A frame is compared with the last one that was looked at, never with the one before it, so that
what creeps in adds up until it counts. Cells average 16 x 16 pixels at 1280 x 720: a sensor's noise
goes under in them, and the smallest vehicle whose plate can be read covers many.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

_CELLS: Final = 80
"""Cells across the frame."""
_LEAST: Final = 3.0
"""Grey levels by which a cell has to differ, where the picture is quiet."""
_NOISES: Final = 6.0
"""And this many times the noise between two frames."""
_FEWEST: Final = 2
"""Cells that must differ: one alone is a bulb or an insect."""
_MOST: Final = 12.0
"""But never more: a lorry that fills the picture is no noise."""
_NOISE_MEMORY: Final = 0.9


class Motion:
    """What the last frame that was looked at showed."""

    def __init__(self) -> None:
        """Begin with nothing seen: the first frame moves."""
        self._seen: F32 | None = None
        self._before: F32 | None = None
        self._noise: float | None = None

    def moved(self, frame: U8) -> bool:
        """Whether this (h, w, 3) frame differs from the last one for which the answer was yes."""
        cells = _cells(frame)
        if self._seen is None or self._seen.shape != cells.shape or self._before is None:
            self._seen = self._before = cells
            self._noise = None
            return True
        # Most cells show nothing new, so the middle one's change is the noise.
        noise = float(np.median(np.abs(cells - self._before)))
        known = noise if self._noise is None else self._noise
        self._noise = _NOISE_MEMORY * known + (1 - _NOISE_MEMORY) * noise
        self._before = cells
        least = min(max(_LEAST, _NOISES * min(self._noise, noise)), _MOST)
        if int((np.abs(cells - self._seen) > least).sum()) < _FEWEST:
            return False
        self._seen = cells
        return True


def _cells(frame: U8) -> F32:
    """Grey means of square cells."""
    high, wide = frame.shape[:2]
    size = (_CELLS, max(1, round(_CELLS * high / wide)))
    coarse = frame[:: max(1, wide // (_CELLS * 8))]  # every other row is enough to average
    small = cv2.resize(coarse, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.float32)
