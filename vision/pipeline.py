"""One photograph: find plates, level them, read them, hold them against what plates can be."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.detect import Detector, Found
from vision.formats.fit import Candidate
from vision.formats.grammar import Region, region
from vision.read import Reader

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

_LEAST_SCORE: Final = 0.2
_NO_MASK: Final = 0.6
_LEAST_DSCORE: Final = 0.6
"""A plate seen from afar but not from near by is none: two in three false ones go here."""
_CUT_SHORT: Final = 0.85
"""Narrower than this beside the look from afar, the look from near by may have lost characters:
a wide gap between two groups looks like a plate's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A plate that was read, with the words smart cameras use for it."""

    plate: str
    score: float
    """How sure the text is: 0-1."""
    dscore: float
    """How sure it is that this is a plate at all."""
    weakest: float
    """The least certain character's probability."""
    corners: F32
    """(4, 2) x, y in the frame: top left, top right, bottom right, bottom left."""
    region: str
    mask: str | None
    """The mask it fits; None: none of the region's, and the read is kept as it is."""
    kind: str | None
    state: str | None
    candidates: tuple[Candidate, ...]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x, y, width, height of the box about the corners."""
        low, top = np.floor(self.corners.min(axis=0)), np.ceil(self.corners.max(axis=0))
        return int(low[0]), int(low[1]), int(top[0] - low[0]), int(top[1] - low[1])


class Pipeline:
    """Both networks and a region; one thread at a time."""

    def __init__(self, region_name: str = "mx", *, models: Path | None = None) -> None:
        self._region: Region = region(region_name)
        self._detector = Detector(models=models)
        self._reader = Reader(models=models)

    @property
    def region(self) -> Region:
        """Whose plates are read."""
        return self._region

    @property
    def version(self) -> str:
        """Which networks these are."""
        return f"{self._detector.version}/{self._reader.version}"

    def read(self, frame: U8, *, crop: bool = False) -> list[Plate]:
        """Plates in a frame of (h, w, 3) blue, green, red; best first.

        crop  the frame is a plate cut out, and little else
        """
        if crop:
            plates = [self._plate(frame, _whole(frame))]
        else:
            plates = [self.look(frame, one) for one in self.find(frame)]
        return sorted((one for one in plates if one is not None), key=_rank)

    def find(self, frame: U8) -> list[Found]:
        """Where plates seem to be in a frame, their corners roughly; best first."""
        return self._detector.find(frame)

    def look(self, frame: U8, found: Found) -> Plate | None:
        """Look at one of them from near by and read it; None: it is no plate, or says nothing."""
        near = self._detector.refine(frame, found)
        if near.score < _LEAST_DSCORE:
            return None
        plate = self._plate(frame, near)
        if plate and plate.mask is None and _width(near) < _CUT_SHORT * _width(found):
            whole = self._plate(frame, replace(near, corners=found.corners))
            # Believed only where it adds to what was read and makes a mask's text of it.
            if whole and whole.mask is not None and plate.plate in whole.plate:
                return whole
        return plate

    def _plate(self, frame: U8, found: Found) -> Plate | None:
        said = self._reader.read(frame, found.corners, self._region)
        if not said or said[0].score < _LEAST_SCORE:
            return None
        best = said[0]
        mask = self._region.mask_of(best.plate)
        return Plate(
            plate=best.plate,
            score=best.score,
            dscore=found.score,
            weakest=best.weakest,
            corners=found.corners,
            region=self._region.id,
            mask=mask.text if mask else None,
            kind=mask.kind if mask else None,
            state=self._region.state(best.plate),
            candidates=tuple(said),
        )


def _rank(one: Plate) -> float:
    """Best first: sure to be a plate, surely read, and of a form that plates have."""
    return -one.dscore * (0.3 + 0.7 * one.score) * (1.0 if one.mask else _NO_MASK)


def _width(one: Found) -> float:
    """Pixels along its upper side."""
    return float(np.hypot(*(one.corners[1] - one.corners[0])))


def _whole(frame: U8) -> Found:
    high, wide = frame.shape[:2]
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    return Found(corners=corners, score=1.0)
