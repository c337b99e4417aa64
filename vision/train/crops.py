"""Crops for the reader: drawn plates and photographs, seen as a rectified crop shows them."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.rectify import rectify
from vision.train import weather
from vision.train.photos import SETS, Photo, cut, photos
from vision.train.plates import plate

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

WIDE: Final = 128
HIGH: Final = 48
COUNT: Final = 64
"""Crops of one batch as it is drawn."""
_REUSED: Final = 6
"""How often a drawn plate is seen, each time through another camera."""
_POOL: Final = 256
_REAL: Final = 0.2
"""Share of crops that are photographs'."""
_UNSEEN: Final = 1 << 52
"""Seed of what is drawn to be read and never to be learnt: no worker's seed comes near it."""
_DRAWN: Final = 600
_VIEWS: Final = 6
_SHARES: Final = {"us": 0.3, "br": 0.12, "eu": 0.18, "us_crops": 0.4}


def seen(image: U8, corners: F32, rng: random.Random, *, drawn: bool) -> U8:
    """A (48, 128) grey crop of a plate, as a detector that errs a little would hand it over."""
    grey = _grey(image, rng)
    top, side = corners[1] - corners[0], corners[3] - corners[0]
    wide, high = float(np.hypot(*top)), float(np.hypot(*side))
    quad = corners + np.array(
        [[rng.gauss(0, 0.022) * wide, rng.gauss(0, 0.05) * high] for _ in range(4)], np.float32
    )
    grow_x, grow_y = rng.uniform(-0.05, 0.14), rng.uniform(-0.08, 0.24)
    centre = quad.mean(axis=0)
    quad = centre + (quad - centre) * np.array([1 + grow_x, 1 + grow_y], np.float32)
    quad += np.array([rng.gauss(0, 0.015) * wide, rng.gauss(0, 0.03) * high], np.float32)
    if rng.random() < 0.5:  # turned, or leaning: a box that was not rectified
        lean, turn = rng.gauss(0, 0.10) * high, rng.gauss(0, 0.05) * wide
        by = [[lean, turn], [lean, -turn], [-lean, -turn], [-lean, turn]]
        quad += np.array(by, np.float32) / 2
    if drawn:
        far = round(np.exp(rng.uniform(np.log(42), np.log(190))))
    elif rng.random() < 0.5 and wide > 70:  # further away than it was
        far = round(np.exp(rng.uniform(np.log(48), np.log(wide))))
    else:
        far = round(wide * rng.uniform(0.6, 1.1)) if wide > 70 else round(wide)
    size = (min(224, max(30, far)), min(112, max(9, round(far * high / max(wide, 1)))))
    if rng.random() < 0.25:  # from the side: fewer pixels across, as many upright
        size = (max(30, round(size[0] * rng.uniform(0.5, 1))), size[1])
    level = rectify(grey, quad, size)
    if rng.random() < 0.4:
        level = weather.bent(level, rng)
    part = level.astype(np.float32)
    part = weather.light(part, rng, hard=1.0 if drawn else rng.uniform(0.2, 0.9))
    part = weather.blurred(part, rng, hard=size[0] / 128 if drawn else rng.uniform(0.2, 0.6))
    if rng.random() < 0.2:
        part = weather.sharpened(part, rng)
    if rng.random() < 0.04:  # light on dark, and dark on light, wherever it is not so
        part = 255 - part
    out = weather.recorded(part, rng)
    return np.asarray(cv2.resize(out, (WIDE, HIGH), interpolation=cv2.INTER_LINEAR), np.uint8)


def _grey(image: U8, rng: random.Random) -> U8:
    if rng.random() < 0.5:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    return np.ascontiguousarray(image[:, :, rng.choice((1, 1, 2, 0))])


class Crops:
    """An endless supply of (crop, text), most of them drawn."""

    def __init__(self, seed: int, folder: Path | None, *, region: str | None = None) -> None:
        """Take photographs from `folder`, held-out ones left alone; draw plates of a region."""
        self._rng = random.Random(seed)  # pictures, no secrets
        self._pool: list[tuple[U8, F32, str, int]] = []
        self._real: dict[str, list[tuple[U8, F32, str]]] = {name: [] for name in SETS}
        self._share = _REAL if folder else 0.0
        self._region = region
        for photo in photos(folder) if folder else ():
            if not photo.held_out:
                image, corners = cut(photo)
                self._real[photo.group].append((image, corners, photo.says))

    def one(self) -> tuple[U8, str]:
        """The next crop and what it says."""
        rng = self._rng
        if rng.random() < self._share:
            group = rng.choices(SETS, [_SHARES[name] for name in SETS])[0]
            image, corners, text = rng.choice(self._real[group])
            return seen(image, corners, rng, drawn=False), text
        if len(self._pool) < _POOL:
            flat = plate(rng, region=self._region)
            self._pool.append((flat.image, flat.corners, flat.text, _REUSED))
        at = rng.randrange(len(self._pool))
        image, corners, text, left = self._pool[at]
        if left == 1:
            self._pool[at] = self._pool[-1]
            self._pool.pop()
        else:
            self._pool[at] = (image, corners, text, left - 1)
        return seen(image, corners, rng, drawn=True), text


def plain(photo: Photo) -> U8:
    """The crop of a photograph's labelled box, unharmed: for scoring."""
    image, corners = cut(photo)
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    return rectify(grey, corners, (WIDE, HIGH))


Batch = tuple[U8, list[str]]
"""(n, 48, 128) grey crops, and what they say."""


def drawn(seed: int, *, folder: Path | None) -> Callable[[], Batch]:
    """What draws batches of COUNT crops from a seed; `folder` holds photographs, or is None."""
    crops = Crops(seed, folder)
    return lambda: _stacked([crops.one() for _ in range(COUNT)])


def trials(folder: Path | None) -> dict[str, Batch]:
    """What a reader is judged by while it learns: nothing of it is ever trained on.

    The held-out photographs by set; `views`, the same seen anew a few times each, which tells more
    than so few pictures can; and `drawn mx`, Mexican plates.
    """
    crops = Crops(_UNSEEN, None, region="mx")
    said = {"drawn mx": _stacked([crops.one() for _ in range(_DRAWN)])}
    rng = random.Random(_UNSEEN)
    held: dict[str, list[tuple[U8, str]]] = {}
    for photo in photos(folder) if folder else ():
        if photo.held_out:
            held.setdefault(photo.group, []).append((plain(photo), photo.plate))
            image, corners = cut(photo)
            held.setdefault("views", []).extend(
                (seen(image, corners, rng, drawn=False), photo.plate) for _ in range(_VIEWS)
            )
    return said | {name: _stacked(many) for name, many in held.items()}


def _stacked(many: list[tuple[U8, str]]) -> Batch:
    return np.stack([crop for crop, _ in many]), [text for _, text in many]
