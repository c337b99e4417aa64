"""Follow plates from frame to frame: a constant-velocity Kalman filter a plate, matched by overlap.

A filter says where its plate should be now; what is found there is taken to be it. A plate that is
hidden for some frames is looked for where it would have gone, in a place that grows with doubt.
All plates are matched at once, the closest pairs first, so that lanes do not swap theirs.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.boxes import iou

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

_FOUND_ERR: Final = 0.07
"""How far found boxes lie off, over their size; one standard deviation."""
_ACCELERATION: Final = 30.0
"""How fast a speed changes, sizes a second a second: near the camera, perspective does it."""
_BEGIN_SPEED: Final = 8.0
"""How fast a new plate may be: sizes a second."""
_FIRST: Final = 2.5
"""Widths that a plate whose speed is not known yet may go between two frames."""
_FAR: Final = 4.0
"""Standard deviations between where a plate should be and where it is, at most."""
_RESIZE: Final = 0.6
"""Change of width, as a logarithm, at most."""
_SHARED: Final = 0.3
"""Boxes that have less in common are no rivals."""
_CLEAR: Final = 0.6
"""A plate whose box has this in common with what is found is that one."""
_KNOWN: Final = 3
"""Found this often, a plate's speed is known."""


@dataclass(slots=True)
class Track:
    """One plate, followed."""

    number: int
    state: F64
    """(8,) x, y of the middle, log width, log height, and how each changes a second."""
    spread: F64
    """(4, 2, 2) covariance of each of the four and its speed."""
    at_s: float
    """When the state holds."""
    first_s: float
    found_s: float
    """When it was last found."""
    hits: int = 1
    misses: int = 0
    """Frames since it was last found."""
    path: list[tuple[float, float]] = field(default_factory=list)
    """First and last place of its middle, in pixels."""

    @property
    def box(self) -> F32:
        """(4,) left, top, right, bottom of where it is."""
        half = np.exp(self.state[2:4]) / 2
        middle = self.state[:2]
        return np.concatenate([middle - half, middle + half]).astype(np.float32)

    def ahead(self, at_s: float) -> None:
        """Let time pass."""
        step_s = max(0.0, at_s - self.at_s)
        self.at_s = max(self.at_s, at_s)
        by = np.array([[1, step_s], [0, 1]])
        size = float(np.exp(self.state[2:4].mean()))
        push = np.array([[step_s**4 / 4, step_s**3 / 2], [step_s**3 / 2, step_s**2]])
        for one in range(4):
            scale = _ACCELERATION * (size if one < 2 else 0.5)  # noqa: PLR2004 - x and y, then sizes
            self.state[[one, one + 4]] = by @ self.state[[one, one + 4]]
            self.spread[one] = by @ self.spread[one] @ by.T + push * scale**2

    def found(self, measured: F64, at_s: float) -> None:
        """Take in where it is: (4,) middle and log sizes, at the time of the state."""
        error = _errors(measured)
        for one in range(4):
            spread = self.spread[one]
            gain = spread[:, 0] / (spread[0, 0] + error[one])
            self.state[[one, one + 4]] += gain * (measured[one] - self.state[one])
            self.spread[one] = spread - np.outer(gain, spread[0])
        self.found_s, self.hits, self.misses = at_s, self.hits + 1, 0
        self.path[1:] = [(float(self.state[0]), float(self.state[1]))]

    def away(self, measured: F64) -> float:
        """How far off something found is, in standard deviations of place; inf: another's size."""
        if abs(measured[2:] - self.state[2:4]).max() > _RESIZE:
            return float("inf")
        way = measured[:2] - self.state[:2]
        if self.hits < _KNOWN and np.hypot(*way) > _FIRST * float(np.exp(self.state[2])):
            return float("inf")
        doubt = self.spread[:2, 0, 0] + _errors(measured)[:2]
        return float(np.sqrt((way**2 / doubt).sum()))


Unlike = Callable[[Track, int], float]
"""How surely what was found (by its number) is not a track's plate, 0 to 1: by its text."""


def _unknown(_track: Track, _at: int) -> float:
    return 0.5


class Tracker:
    """All plates in one camera's view."""

    def __init__(self, *, keep_s: float = 1.5, most: int = 32) -> None:
        """Follow a plate for `keep_s` after it was last found, and at most `most` at once."""
        self._keep_s = keep_s
        self._most = most
        self._next = 0
        self.tracks: list[Track] = []

    def see(self, boxes: F32, at_s: float, unlike: Unlike = _unknown) -> list[Track]:
        """Match (n, 4) boxes found at a time; the answer names the track of each, in order.

        Tracks that are not among the answers were missed this time. `unlike` is asked only where
        place and size leave a choice.
        """
        for track in self.tracks:
            track.ahead(at_s)
            track.misses += 1
        measured = [_measured(box) for box in boxes]
        of: dict[int, Track] = {}
        for track, at in self._pairs(boxes, measured, unlike):
            track.found(measured[at], at_s)
            of[at] = track
        for at, one in enumerate(measured):
            if at not in of:
                of[at] = self._begin(one, at_s)
        return [of[at] for at in range(len(boxes))]

    def gone(self, at_s: float) -> list[Track]:
        """Take out the tracks that were not found for too long, and the oldest beyond the most."""
        order = sorted(self.tracks, key=lambda one: -one.found_s)
        kept = [one for one in order if at_s - one.found_s <= self._patience_s(one)][: self._most]
        alive = {one.number for one in kept}
        out = [one for one in self.tracks if one.number not in alive]
        self.tracks = [one for one in self.tracks if one.number in alive]
        return out

    def _patience_s(self, track: Track) -> float:
        return self._keep_s if track.hits > 1 else self._keep_s / 3

    def stand(self, at_s: float) -> None:
        """Nothing moved: what was found last time is still there."""
        for track in self.tracks:
            if not track.misses:
                track.at_s = track.found_s = at_s
                track.state[4:] = 0.0

    def drop(self, track: Track) -> None:
        """Stop following one."""
        self.tracks = [one for one in self.tracks if one.number != track.number]

    def _pairs(self, boxes: F32, measured: list[F64], unlike: Unlike) -> list[tuple[Track, int]]:
        """Tracks and what was found of them: closest first, each once."""
        pairs = self._clear(boxes)
        taken, given = {track.number for track, _ in pairs}, {at for _, at in pairs}
        near: dict[tuple[int, int], float] = {}
        for number, track in enumerate(self.tracks):
            shared = iou(track.box, boxes) if len(boxes) else np.zeros(0, np.float32)
            for at, one in enumerate(measured):
                away = track.away(one) if track.number not in taken and at not in given else np.inf
                if away <= _FAR:
                    near[number, at] = away / _FAR - float(shared[at])
        tracks_of, found_of = Counter(at for _, at in near), Counter(number for number, _ in near)
        ranked = []
        for (number, at), cost in near.items():
            track = self.tracks[number]
            choice = tracks_of[at] > 1 or found_of[number] > 1 or track.hits < _KNOWN
            other = unlike(track, at) if choice else 0.0
            if other < 1:
                resize = float(np.abs(measured[at][2:] - track.state[2:4]).sum())
                ranked.append((cost + resize + 2 * other, number, at))
        for _, number, at in sorted(ranked):
            track = self.tracks[number]
            if track.number not in taken and at not in given:
                taken.add(track.number)
                given.add(at)
                pairs.append((track, at))
        return pairs

    def _clear(self, boxes: F32) -> list[tuple[Track, int]]:
        """Pairs that leave no choice: most of both boxes in common, and of no other."""
        pairs = []
        if not len(boxes) or not self.tracks:
            return []
        shared = np.stack([iou(one.box, boxes) for one in self.tracks])
        rivals = shared > _SHARED
        for number, at in zip(*np.nonzero(shared > _CLEAR), strict=True):
            alone = rivals[number].sum() == rivals[:, at].sum() == 1
            if alone and self.tracks[number].hits >= _KNOWN:
                pairs.append((self.tracks[number], int(at)))
        return pairs

    def _begin(self, measured: F64, at_s: float) -> Track:
        error = _errors(measured)
        speed = _BEGIN_SPEED * float(np.exp(measured[2:].mean()))
        spread = np.zeros((4, 2, 2))
        spread[:, 0, 0] = error
        spread[:2, 1, 1], spread[2:, 1, 1] = speed**2, 1.0
        track = Track(
            number=self._next,
            state=np.concatenate([measured, np.zeros(4)]),
            spread=spread,
            at_s=at_s,
            first_s=at_s,
            found_s=at_s,
            path=[(float(measured[0]), float(measured[1]))] * 2,
        )
        self._next += 1
        self.tracks.append(track)
        return track


def _measured(box: F32) -> F64:
    """(4,) left, top, right, bottom -> middle and log sizes."""
    low, top = box[:2].astype(np.float64), box[2:].astype(np.float64)
    return np.concatenate([(low + top) / 2, np.log(np.maximum(top - low, 1.0))])


def _errors(measured: F64) -> F64:
    """(4,) variances of what is found."""
    size = float(np.exp(measured[2:].mean()))
    place, share = (_FOUND_ERR * size + 1.0) ** 2, (2 * _FOUND_ERR) ** 2
    return np.array([place, place, share, share])
