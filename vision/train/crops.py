"""Crops for the reader: drawn plates and photographs, seen as a rectified crop shows them."""

import random
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
_REUSED: Final = 4
"""How often a drawn plate is seen, each time through another camera."""
_POOL: Final = 256
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
    else:
        far = round(wide * rng.uniform(0.6, 1.1)) if wide > 70 else round(wide)
    size = (min(224, max(30, far)), min(112, max(9, round(far * high / max(wide, 1)))))
    part = rectify(grey, quad, size).astype(np.float32)
    part = weather.light(part, rng, hard=1.0 if drawn else 0.4)
    part = weather.blurred(part, rng, hard=size[0] / 128 if drawn else 0.3)
    out = weather.recorded(part, rng)
    return np.asarray(cv2.resize(out, (WIDE, HIGH), interpolation=cv2.INTER_LINEAR), np.uint8)


def _grey(image: U8, rng: random.Random) -> U8:
    if rng.random() < 0.5:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    return np.ascontiguousarray(image[:, :, rng.choice((1, 1, 2, 0))])


class Crops:
    """An endless supply of (crop, text), most of them drawn."""

    def __init__(self, seed: int, folder: Path | None, real: float) -> None:
        """Take photographs from `folder`, held-out ones left alone; `real` is their share."""
        self._rng = random.Random(seed)  # pictures, no secrets
        self._pool: list[tuple[U8, F32, str, int]] = []
        self._real: dict[str, list[tuple[U8, F32, str]]] = {name: [] for name in SETS}
        self._share = real if folder else 0.0
        for photo in photos(folder) if folder else ():
            if not photo.held_out:
                image, corners = cut(photo)
                self._real[photo.group].append((image, corners, photo.plate))

    def one(self) -> tuple[U8, str]:
        """The next crop and what it says."""
        rng = self._rng
        if rng.random() < self._share:
            group = rng.choices(SETS, [_SHARES[name] for name in SETS])[0]
            image, corners, text = rng.choice(self._real[group])
            return seen(image, corners, rng, drawn=False), text
        if len(self._pool) < _POOL:
            flat = plate(rng)
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
