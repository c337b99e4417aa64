"""Colours, and ink through masks: what every part of a drawn plate is made with."""

import random
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.train import fonts
from vision.train.styles import Colour

Bgr = NDArray[np.uint8]

WHITE_INK: Final[Colour] = (240, 240, 240)


def shade(colour: Colour, rng: random.Random, by: int) -> Colour:
    """A colour, a little lighter or darker and off hue."""
    shift = rng.randint(-by, by)
    blue, green, red = (
        min(255, max(0, one + shift + rng.randint(-by // 2, by // 2))) for one in colour
    )
    return blue, green, red


def any_colour(rng: random.Random) -> Colour:
    """Any at all."""
    return rng.randint(0, 255), rng.randint(0, 255), rng.randint(0, 255)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """The one with a share of the other."""
    blue, green, red = (int(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True))
    return blue, green, red


def any_word_face(rng: random.Random) -> str:
    """A font for words."""
    return rng.choice(fonts.word_faces())


def paste(
    face: Bgr,
    mask: fonts.Mask,
    centre: tuple[float, float],
    tall: float,
    ink: Colour,
    *,
    widest: float = 1e9,
) -> None:
    """Ink a mask so high about a centre, narrower where it has to be."""
    scale = min(tall / mask.shape[0], widest / mask.shape[1])
    shape = (max(2, round(mask.shape[1] * scale)), max(2, round(mask.shape[0] * scale)))
    put_ink(face, mask, centre, shape, ink, 1.0)


def put_ink(
    face: Bgr,
    mask: fonts.Mask,
    centre: tuple[float, float],
    shape: tuple[int, int],
    ink: Colour,
    strength: float,
) -> None:
    """Blend ink through a mask of this (width, height) about a centre; the rest is cut off."""
    x, y = round(centre[0] - shape[0] / 2), round(centre[1] - shape[1] / 2)
    high, wide = face.shape[:2]
    x0, y0, x1, y1 = max(0, x), max(0, y), min(wide, x + shape[0]), min(high, y + shape[1])
    if x0 >= x1 or y0 >= y1:
        return
    small = cv2.resize(mask, shape, interpolation=cv2.INTER_AREA)[y0 - y : y1 - y, x0 - x : x1 - x]
    share = small.astype(np.float32)[:, :, None] * (strength / 255)
    part = face[y0:y1, x0:x1]
    part[:] = (part + (np.array(ink, np.float32) - part) * share).astype(np.uint8)
