"""Read a plate whose corners are known."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.formats.fit import Candidate, candidates
from vision.formats.grammar import Region
from vision.network import load
from vision.rectify import aspect, grown, halves, rectify

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

SIZE: Final = (128, 48)
_MARGINS: Final = ((0.06, 0.04), (0.12, 0.06), (0.08, 0.16), (-0.02, 0.0))
"""One plate is looked at with these margins, as long as what is read is in doubt."""
_HOPELESS: Final = 0.45
"""Below this more looks find nothing either: what was found is no plate."""
_SURE: Final = 0.9
"""The first look is enough when its least certain character is above this and a mask fits."""
_TWO_ROWS_BELOW: Final = 1.75
"""Plates less wide than this, over their height, may carry two rows."""
_SURER: Final = 0.05
_RANKS: Final = (1.0, 0.3, 0.1)
"""What a look's first, second and later choices count."""
_MOST: Final = 5


class Reader:
    """The recogniser's network; one thread at a time."""

    def __init__(self, *, looks: int = len(_MARGINS), models: Path | None = None) -> None:
        self._model = load("reader", models)
        self._margins = _MARGINS[:looks]

    @property
    def version(self) -> str:
        """Which network this is."""
        return self._model.version

    def read(self, frame: U8, corners: F32, region: Region) -> list[Candidate]:
        """What the plate between (4, 2) corners may say, best first; empty: nothing is read."""
        said = self._looked(frame, corners, region)
        if aspect(corners) >= _TWO_ROWS_BELOW or _sure(said):
            return said
        upper, lower = halves(corners)
        both = [self._probabilities(frame, half, self._margins[:1])[0] for half in (upper, lower)]
        stacked = candidates(np.concatenate(both), region)
        if not said or (stacked and _worth(stacked[0]) > _worth(said[0]) + _SURER):
            return stacked
        return said

    def _looked(self, frame: U8, corners: F32, region: Region) -> list[Candidate]:
        """One look, or several that vote where the first is in doubt."""
        first = candidates(self._probabilities(frame, corners, self._margins[:1])[0], region)
        if len(self._margins) == 1 or _sure(first) or not first or first[0].score < _HOPELESS:
            return first
        more = self._probabilities(frame, corners, self._margins[1:])
        return vote([first, *(candidates(one, region) for one in more)])

    def _probabilities(
        self, frame: U8, corners: F32, margins: tuple[tuple[float, float], ...]
    ) -> F32:
        """(looks, places, 37) probabilities."""
        crops = [
            cv2.cvtColor(rectify(frame, grown(corners, *margin), SIZE), cv2.COLOR_BGR2GRAY)
            for margin in margins
        ]
        self._model.net.setInput(normal(np.stack(crops)))
        scores = np.asarray(self._model.net.forward(), np.float32)
        scores -= scores.max(axis=2, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=2, keepdims=True)
        return np.asarray(shares, np.float32)


def vote(looks: list[list[Candidate]]) -> list[Candidate]:
    """Merge what several looks at one plate say: each look's first choice counts by its worth.

    A text's own numbers are those of the look that was surest of it.
    """
    votes: dict[str, float] = {}
    surest: dict[str, Candidate] = {}
    for look in looks:
        for rank, one in enumerate(look):
            votes[one.plate] = votes.get(one.plate, 0) + _worth(one) * _RANKS[min(rank, 2)]
            if one.plate not in surest or one.score > surest[one.plate].score:
                surest[one.plate] = one
    order = sorted(votes, key=lambda plate: -votes[plate])
    return [surest[plate] for plate in order[:_MOST]]


def normal(crops: U8) -> F32:
    """(n, h, w) grey crops as the network takes them: each with mean 0 and deviation 1."""
    x = crops.astype(np.float32)[:, None]
    x -= x.mean(axis=(2, 3), keepdims=True)
    x /= x.std(axis=(2, 3), keepdims=True) + 4.0
    return x


def _sure(said: list[Candidate]) -> bool:
    """Whether one look was enough."""
    return bool(said) and said[0].mask is not None and said[0].weakest > _SURE


def _worth(one: Candidate) -> float:
    """How much a read is worth beside another of the same plate: a mask counts."""
    return one.score * (1.0 if one.mask else 0.7)
