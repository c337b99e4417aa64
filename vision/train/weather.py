"""What lens, light, distance and compression do to a picture of a plate."""

import random
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

_NOISE: Final = np.random.default_rng(7).standard_normal(1 << 20).astype(np.float32)
"""Drawn once; a random part of it is as good as new and costs nothing."""


_FAINT: Final = 25.0
"""Below this deviation hard compression would leave nothing to read."""


def noise(shape: tuple[int, ...], rng: random.Random) -> F32:
    """Standard normal values of a shape."""
    count = int(np.prod(shape))
    if count > _NOISE.size // 2:
        return np.resize(np.roll(_NOISE, rng.randrange(_NOISE.size)), shape)
    start = rng.randrange(_NOISE.size - count)
    return _NOISE[start : start + count].reshape(shape)


def light(image: F32, rng: random.Random, *, hard: float = 1.0) -> F32:
    """Exposure, contrast, shadows, glare and dirt on 0-255 values; grey or colour.

    hard  1: as in the street; less: kinder
    """
    high, wide = image.shape[:2]
    tail = (1,) * (image.ndim - 2)
    if rng.random() < 0.4 * hard:  # a shadow with a straight edge
        angle, at = rng.uniform(0, np.pi), rng.uniform(0.2, 0.8)
        ys, xs = np.ogrid[0:high, 0:wide]
        side = (xs / wide - at) * np.cos(angle) + (ys / high - 0.5) * np.sin(angle)
        soft = np.clip(side * rng.choice((3, 10, 40)) + 0.5, 0, 1).astype(np.float32)
        image = image * (1 - soft * rng.uniform(0.2, 0.7)).reshape(high, wide, *tail)
    if rng.random() < 0.12 * hard:  # glare
        ys, xs = np.ogrid[0:high, 0:wide]
        far = ((xs - rng.uniform(0, wide)) / wide) ** 2 + ((ys - rng.uniform(0, high)) / high) ** 2
        spot = np.exp(-far / rng.uniform(0.02, 0.2)).astype(np.float32) * rng.uniform(60, 220)
        image = image + spot.reshape(high, wide, *tail)
    if rng.random() < 0.2 * hard:  # dirt
        small = np.abs(noise((rng.randint(3, 9), rng.randint(5, 16)), rng))
        dirt = np.clip(cv2.resize(small, (wide, high)) - rng.uniform(1.0, 2.0), 0, 1)
        image = image * (1 - dirt * rng.uniform(0.2, 0.7)).reshape(high, wide, *tail)
    if rng.random() < 0.12 * hard:  # night: dark, and the sensor turned up
        image = image * rng.uniform(0.15, 0.4)
    gain, lift = rng.uniform(0.5, 1.25), rng.uniform(-15, 60)
    return image * gain + lift


def blurred(image: F32, rng: random.Random, *, hard: float = 1.0) -> F32:
    """Out of focus, or moved while the shutter was open; sizes in pixels of this picture."""
    kind = rng.random()
    if kind < 0.45:
        return np.asarray(
            cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.1 * hard + 0.2)), np.float32
        )
    if kind < 0.6:
        length = rng.uniform(1.5, 4.0 * hard + 1.5)
        angle = rng.choice((0.0, np.pi / 2, rng.uniform(0, np.pi)))
        kernel = np.zeros((9, 9), np.float32)
        by = (np.cos(angle) * length * 8, np.sin(angle) * length * 8)
        ends = [(round(64 + s * by[0] / 2), round(64 + s * by[1] / 2)) for s in (-1, 1)]
        cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 4)
        kernel /= max(kernel.sum(), 1e-3)
        return np.asarray(cv2.filter2D(image, -1, kernel), np.float32)
    return image


def bent(image: U8, rng: random.Random) -> U8:
    """Shapes that no font has: pulled about a little, strokes thicker or thinner; grey."""
    high, wide = image.shape
    if rng.random() < 0.6:
        strong = rng.uniform(0.004, 0.016) * wide
        rough = noise((2, 4, 8), rng) * strong
        by_x, by_y = (cv2.resize(one, (wide, high), interpolation=cv2.INTER_CUBIC) for one in rough)
        xs, ys = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
        return np.asarray(
            cv2.remap(
                image, xs + by_x, ys + by_y * 0.7, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            ),
            np.uint8,
        )
    shape = rng.choice(((2, 2), (2, 1), (1, 2)))
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, shape)
    change = cv2.erode if rng.random() < 0.5 else cv2.dilate
    return np.asarray(change(image, kernel), np.uint8)


def sharpened(image: F32, rng: random.Random) -> F32:
    """What a camera does to make a soft picture look crisp: every edge gets a halo."""
    soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.7, 1.6))
    return np.asarray(image + (image - soft) * rng.uniform(0.4, 2.0), np.float32)


def recorded(image: F32, rng: random.Random) -> U8:
    """Sensor noise, then JPEG or nothing."""
    if rng.random() < 0.6:
        image = image + noise(image.shape, rng) * (rng.uniform(0.02, 0.28) * float(image.std()))
    out = np.clip(image, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, packed = cv2.imencode(
            ".jpg",
            out,
            [cv2.IMWRITE_JPEG_QUALITY, rng.randint(25 if image.std() > _FAINT else 60, 90)],
        )
        flag = cv2.IMREAD_GRAYSCALE if image.ndim == 2 else cv2.IMREAD_COLOR
        out = np.asarray(cv2.imdecode(packed, flag), np.uint8)
    return out
