"""Find plates and their corners in a frame."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.boxes import box_of, decode, iou, settle
from vision.network import load

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

STEP: Final = 32
AREA_PX: Final = 640 * 480
CLOSE_AREA_PX: Final = 192 * 160
"""A second look from afar finds plates that fill the frame."""
_GREY: Final = 114
NEAR: Final = (192, 160)
"""Width and height of the window in which corners are found again."""
_NEAR_PX: Final = (110, 64)
"""How large the plate should be in it."""
_SAME: Final = 0.3
_UNSEEN: Final = 0.3
"""What is left of a plate's score where the look from near by does not find it."""
_ENLARGE: Final = 0.6
"""Above this scale plain interpolation loses nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A plate in a frame."""

    corners: F32
    """(4, 2) x, y in the frame: top left, top right, bottom right, bottom left."""
    score: float


class Detector:
    """The detector's network; one thread at a time."""

    def __init__(self, *, threshold: float = 0.5, models: Path | None = None) -> None:
        self._model = load("detector", models)
        self._threshold = threshold

    @property
    def version(self) -> str:
        """Which network this is."""
        return self._model.version

    def find(self, frame: U8, most: int = 8) -> list[Found]:
        """Plates in a frame of (h, w, 3) blue, green, red; best first."""
        looks = [self._look(frame, AREA_PX), self._look(frame, CLOSE_AREA_PX)]
        corners, scores = (np.concatenate(one) for one in zip(*looks, strict=True))
        corners, scores = settle(corners, scores)
        return [
            Found(corners=corners[at], score=float(scores[at]))
            for at in range(min(most, len(scores)))
        ]

    def refine(self, frame: U8, found: Found) -> Found:
        """The same plate, its corners found again from near by; unseen there it loses score."""
        low, top = found.corners.min(axis=0), found.corners.max(axis=0)
        scale = min(_NEAR_PX[0] / max(top[0] - low[0], 1), _NEAR_PX[1] / max(top[1] - low[1], 1))
        wide, high = NEAR
        middle = (low + top) / 2
        corner = middle - np.array([wide, high], np.float32) / (2 * scale)
        window, scale_by = _window(frame, corner, scale)
        corners, scores = self._ask(window)
        if not len(scores):
            return Found(corners=found.corners, score=found.score * _UNSEEN)
        corners = corners / scale_by + corner
        shared = iou(box_of(found.corners[None])[0], box_of(corners))
        near = shared > _SAME
        if not near.any():
            return Found(corners=found.corners, score=found.score * _UNSEEN)
        corners, scores = settle(corners[near], scores[near])
        return Found(corners=corners[0], score=(found.score * float(scores[0])) ** 0.5)

    def _ask(self, picture: U8) -> tuple[F32, F32]:
        planes = picture.transpose(2, 0, 1)[None].astype(np.float32)
        self._model.net.setInput(planes * np.float32(1 / 255))
        grid = np.asarray(self._model.net.forward(), np.float32)[0]
        return decode(grid, self._threshold)

    def _look(self, frame: U8, area_px: int) -> tuple[F32, F32]:
        """Rival answers at one size, in the frame's pixels."""
        small, scale = fitted(frame, area_px)
        corners, scores = self._ask(small)
        return corners / scale, scores


def fitted(frame: U8, area_px: int) -> tuple[U8, F32]:
    """The frame shrunk (or grown up to twofold) to about this area, padded to whole steps.

    Returns the picture and (2,) its pixels per pixel of the frame, x and y.
    """
    high, wide = frame.shape[:2]
    scale = min((area_px / (high * wide)) ** 0.5, 2.0)
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    small = frame
    while scale < _ENLARGE and min(small.shape[:2]) > STEP:  # halving is cheap, and averages
        half = (small.shape[1] // 2, small.shape[0] // 2)
        small = np.asarray(cv2.resize(small, half, interpolation=cv2.INTER_AREA), np.uint8)
        scale *= 2
    small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    right, below = -size[0] % STEP, -size[1] % STEP
    if right or below:
        framed = cv2.copyMakeBorder(
            small, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(_GREY, _GREY, _GREY)
        )
        small = np.asarray(framed, np.uint8)
    return small, np.array([size[0] / wide, size[1] / high], np.float32)


def _window(frame: U8, corner: F32, scale: float) -> tuple[U8, float]:
    """A window of NEAR size with its top left at `corner`; outside, the frame's edge goes on."""
    wide, high = NEAR
    if scale >= _ENLARGE:
        by = np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]])
        out = cv2.warpAffine(
            frame, by, NEAR, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(out, np.uint8), scale
    finer = int(np.ceil(1 / scale))
    by = np.array(
        [
            [scale * finer, 0, -corner[0] * scale * finer],
            [0, scale * finer, -corner[1] * scale * finer],
        ]
    )
    size = (wide * finer, high * finer)
    out = cv2.warpAffine(frame, by, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(out, NEAR, interpolation=cv2.INTER_AREA), np.uint8), scale
