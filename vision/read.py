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
_MARGINS: Final = ((0.02, 0.04), (0.07, 0.14), (-0.03, -0.04))
"""One plate is looked at with these margins, and what is seen is averaged."""
_TWO_ROWS_BELOW: Final = 1.75
"""Plates less wide than this, over their height, may carry two rows."""
_SURER: Final = 0.05


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
        said = candidates(self._probabilities(frame, corners), region)
        if aspect(corners) >= _TWO_ROWS_BELOW:
            return said
        upper, lower = halves(corners)
        both = [self._probabilities(frame, half) for half in (upper, lower)]
        stacked = candidates(np.concatenate(both), region)
        if not said or (stacked and _worth(stacked[0]) > _worth(said[0]) + _SURER):
            return stacked
        return said

    def _probabilities(self, frame: U8, corners: F32) -> F32:
        """(places, 37): the mean over several looks."""
        crops = [
            cv2.cvtColor(rectify(frame, grown(corners, *margin), SIZE), cv2.COLOR_BGR2GRAY)
            for margin in self._margins
        ]
        self._model.net.setInput(normal(np.stack(crops)))
        scores = np.asarray(self._model.net.forward(), np.float32)
        scores -= scores.max(axis=2, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=2, keepdims=True)
        return np.asarray(shares.mean(axis=0), np.float32)


def normal(crops: U8) -> F32:
    """(n, h, w) grey crops as the network takes them: each with mean 0 and deviation 1."""
    x = crops.astype(np.float32)[:, None]
    x -= x.mean(axis=(2, 3), keepdims=True)
    x /= x.std(axis=(2, 3), keepdims=True) + 4.0
    return x


def _worth(one: Candidate) -> float:
    """How much a read is worth beside another of the same plate: a mask counts."""
    return one.score * (1.0 if one.mask else 0.7)
