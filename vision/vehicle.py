"""What becomes known of one vehicle while its plate is followed."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detect import Found
from vision.formats.fit import Candidate
from vision.formats.grammar import Region
from vision.pipeline import Plate
from vision.track import Track
from vision.vote import Ballot, changes, look, sharpness

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
Point = tuple[float, float]
Side = Literal["left", "right"]

_LEAST_WIDE_PX: Final = 36.0
"""Below this no character can be told from another."""
_ENOUGH: Final = 6
"""Looks that agree; from then on only a larger plate is read again."""
_LARGER: Final = 1.12
_STILL: Final = 0.04
"""Widths that corners may tremble while nothing moves."""
_SURE: Final = 0.75
_AGREE: Final = 3
_MOST: Final = 0.75
"""Looks that agree, and their share of the weight, where no more are waited for."""
_DOUBTFUL: Final = 0.6
_BELIEVED: Final = ((3, 0.0), (2, 0.6), (1, 0.8))
"""So many looks have to agree where the least certain character is below this."""
_OTHER: Final = 3
"""A sure look that differs by this many characters is of another plate."""
_MOVED: Final = 0.6
"""Widths that a plate moves, at least."""
_GREW: Final = 0.12
_LOOMS: Final = 0.35
"""The logarithm by which what moves straight towards the camera grows."""
_ABOUT: Final = (0.5, 0.8, 0.4)
"""What is kept about a plate, over its width: at each side, above and below."""
_CROP_PX: Final = 560
_QUALITIES: Final = (90, 80, 70, 55, 40, 25, 10)


@dataclass(frozen=True, slots=True)
class Shot:
    """The best frame of a plate so far."""

    weight: float
    picture: U8
    """The plate and a little about it."""
    plate: Plate
    at: datetime


class Vehicle:
    """A followed plate: its looks, its best picture, and the way it went."""

    def __init__(self, track: Track, region: Region, at: datetime) -> None:
        """Begin with the frame in which it was first found."""
        self.track = track
        self.first_at = self.last_at = at
        self.first_box = self.last_box = track.box
        self.ballot = Ballot(region)
        self.best: Shot | None = None
        self.frames = 0
        self.told = False
        self._read_box: F32 | None = None
        self._began_s = track.at_s

    def found(self, at: datetime) -> None:
        """It was found once more; its track already knows where."""
        self.last_at = at
        self.last_box = self.track.box
        self.frames += 1

    def wants(self, found: Found, size: tuple[int, int]) -> bool:
        """Whether to read it in this frame of (width, height): not when nothing new can be seen."""
        if self.told or not readable(found, size):
            return False
        low, top = found.corners.min(axis=0), found.corners.max(axis=0)
        wide = float(top[0] - low[0])
        if self._read_box is None or len(self.ballot) < 2:  # noqa: PLR2004 - one look is no vote
            return True
        before = self._read_box
        still = np.abs(np.concatenate([low, top]) - before).max() < _STILL * wide
        if still and len(self.ballot) >= _AGREE:
            return False
        said = self.ballot.said()
        enough = said[0].weakest > _SURE and self.ballot.agreeing(said[0].plate) >= _ENOUGH
        return not enough or wide > _LARGER * float(before[2] - before[0])

    def unlike(self, plate: Plate | None) -> float:
        """How surely a plate just read is another one, 0 to 1; 0.5: nothing is known."""
        said = self.ballot.said()
        if plate is None or not said:
            return 0.5
        differ = changes(plate.plate, said[0].plate)
        sure = min(plate.weakest, said[0].weakest) > _SURE and len(self.ballot) > 1
        if sure and plate.mask and said[0].mask and differ >= _OTHER:
            return 1.0
        return min(0.9, differ / max(len(plate.plate), len(said[0].plate)))

    def read(self, plate: Plate, frame: U8, at: datetime) -> None:
        """Let a look vote, and keep the frame if it is the best so far."""
        low, top = plate.corners.min(axis=0), plate.corners.max(axis=0)
        self._read_box = np.concatenate([low, top]).astype(np.float32)
        if not len(self.ballot):
            self.first_box = self._read_box  # what was there before may have been something else
        wide = float(np.hypot(*(plate.corners[1] - plate.corners[0])))
        one = look(plate.candidates, wide, sharpness(frame, plate.corners))
        self.ballot.add(one)
        if self.best is None or one.weight > self.best.weight:
            self.best = Shot(one.weight, _cut(frame, low, top), plate, at)

    @property
    def said(self) -> list[Candidate]:
        """What its plate may say, best first."""
        return self.ballot.said()

    def believed(self, least: float, *, digits: bool) -> bool:
        """Whether what was read is a vehicle's plate, with every character at least so sure.

        digits  every plate of the region has one
        What fits no mask, or never moved, may be a badge or a sign: looks have to agree on it.
        """
        best = self.said[0]
        agreed = self.ballot.agreeing(best.plate)
        if best.mask is not None and self.moved:
            near = self.ballot.near(best.plate)
            sure = next((sure for looks, sure in _BELIEVED if near >= looks), 1.0)
            return best.weakest >= max(least, sure)
        if digits and not any(mark.isdigit() for mark in best.plate):
            return False
        return agreed >= _AGREE and best.weakest >= max(least, _DOUBTFUL)

    @property
    def sure(self) -> bool:
        """Whether more looks would hardly change what was read."""
        said = self.said
        return (
            bool(said)
            and said[0].mask is not None
            and said[0].weakest > _SURE
            and self.ballot.agreeing(said[0].plate) >= _AGREE
            and self.ballot.share(said[0].plate) > _MOST
        )

    @property
    def age_s(self) -> float:
        """How long it has been followed."""
        return self.track.found_s - self._began_s

    @property
    def growth(self) -> float:
        """Logarithm of how much wider its plate is than at first."""
        return float(np.log(max(_wide(self.last_box), 1) / max(_wide(self.first_box), 1)))

    @property
    def moved(self) -> bool:
        """Whether it is no part of the street."""
        way = _middle(self.last_box) - _middle(self.first_box)
        return bool(np.hypot(*way) > _MOVED * _wide(self.first_box)) or abs(self.growth) > _LOOMS

    @property
    def comes(self) -> bool | None:
        """Whether it comes nearer, by the growth of its plate; None: neither that nor away."""
        if abs(self.growth) < _GREW:
            return None
        return self.growth > 0

    def crossed(self, line: tuple[Point, Point], size: tuple[int, int]) -> Side | None:
        """The side of a line (shares of the frame) on which it came out; None: it did not cross."""
        before, after = (side(line, _middle(one), size) for one in (self.first_box, self.last_box))
        return None if before * after >= 0 else _named(after)

    def towards(self, line: tuple[Point, Point], size: tuple[int, int]) -> Side | None:
        """The side of a line to which it went, crossed or not; None: it went along the line."""
        before, after = (side(line, _middle(one), size) for one in (self.first_box, self.last_box))
        least = _MOVED * _wide(self.first_box)
        return _named(after - before) if abs(after - before) > least else None


def readable(found: Found, size: tuple[int, int]) -> bool:
    """Whether characters can be told apart, and none is cut off by the frame's edge."""
    low, top = found.corners.min(axis=0), found.corners.max(axis=0)
    inside = (low >= 1).all() and (top <= np.array(size) - 1).all()
    return bool(inside and top[0] - low[0] >= _LEAST_WIDE_PX)


def side(line: tuple[Point, Point], at: F32, size: tuple[int, int]) -> float:
    """How many pixels to the right of a line a place is; the line goes on beyond its points.

    line  two points in shares of the frame, looked along from the first to the second
    at    (2,) x, y in pixels
    >>> side(((0.0, 0.5), (1.0, 0.5)), np.array([10, 80], np.float32), (100, 100))
    30.0
    """
    (x0, y0), (x1, y1) = ((x * size[0], y * size[1]) for x, y in line)
    long = max(float(np.hypot(x1 - x0, y1 - y0)), 1e-6)
    return float(((x1 - x0) * (at[1] - y0) - (y1 - y0) * (at[0] - x0)) / long)


def jpeg(picture: U8, most: int) -> tuple[bytes, str]:
    """A JPEG of at most this many bytes, and its SHA-256."""
    scale = min(1.0, _CROP_PX / max(picture.shape[:2]))
    while True:
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        small = picture if scale == 1 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        for quality in _QUALITIES:
            _, packed = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
            if packed.size <= most:
                said = packed.tobytes()
                return said, sha256(said).hexdigest()
        scale /= 2


def _named(at: float) -> Side:
    return "right" if at > 0 else "left"


def _middle(box: F32) -> F32:
    return np.asarray((box[:2] + box[2:]) / 2, np.float32)


def _wide(box: F32) -> float:
    return float(box[2] - box[0])


def _cut(frame: U8, low: F32, top: F32) -> U8:
    """The plate and a little about it, as far as the frame goes."""
    high, wide = frame.shape[:2]
    broad = float(top[0] - low[0])
    aside, above, below = (share * broad for share in _ABOUT)
    left, right = max(0, int(low[0] - aside)), min(wide, int(top[0] + aside) + 1)
    upper, lower = max(0, int(low[1] - above)), min(high, int(top[1] + below) + 1)
    return frame[upper:lower, left:right].copy()
