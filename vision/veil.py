"""A frame for people who watch a street: small, and with its plates made unreadable.

Who passes is nobody's business who only looks at the traffic. What the detector takes for a plate,
however faintly, is shown as a few large blocks; what it misses is smaller than it was.
"""

import threading
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detect import Detector

U8 = NDArray[np.uint8]

WIDE_PX: Final = 480
"""Frames are shown no wider than this."""
_FAINT: Final = 0.15
_MARGIN: Final = 0.15
_BLOCKS: Final = 4
"""A plate is shown as so many blocks across."""
_QUALITY: Final = 80


class Veil:
    """Any thread may ask; one at a time is served."""

    def __init__(self) -> None:
        """Load the detector; ModelRefused where it is not the published one."""
        self._detector = Detector(threshold=_FAINT)
        self._lock = threading.Lock()

    def jpeg(self, frame: U8) -> bytes:
        """A frame of (h, w, 3) blue, green, red as a small JPEG without a readable plate."""
        with self._lock:
            found = self._detector.find(frame, most=32)
        veiled = frame.copy()
        for one in found:
            _block(veiled, one.corners)
        scale = WIDE_PX / frame.shape[1]
        if scale < 1:
            size = (WIDE_PX, max(1, round(frame.shape[0] * scale)))
            veiled = np.asarray(cv2.resize(veiled, size, interpolation=cv2.INTER_AREA), np.uint8)
        _, packed = cv2.imencode(".jpg", veiled, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        return packed.tobytes()


def _block(frame: U8, corners: NDArray[np.float32]) -> None:
    """Make the surroundings of (4, 2) corners a few blocks, in place."""
    low, top = corners.min(axis=0), corners.max(axis=0)
    margin = _MARGIN * (top - low)
    left, upper = np.maximum(np.floor(low - margin), 0).astype(int)
    right, lower = np.minimum(np.ceil(top + margin), frame.shape[1::-1]).astype(int)
    part = frame[upper:lower, left:right]
    if part.size:
        few = cv2.resize(part, (_BLOCKS, 2), interpolation=cv2.INTER_AREA)
        part[:] = cv2.resize(few, part.shape[1::-1], interpolation=cv2.INTER_NEAREST)
