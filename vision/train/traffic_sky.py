"""The street that traffic passes on, and what weather, night and the sensor do to it."""

import random
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.train import fonts, weather
from vision.train.traffic_cars import Camera, Light

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

DAY, LOW_SUN, RAIN, NIGHT = "day", "low sun", "rain", "night"
_GRAINS: Final = 6
"""Noise pictures that take turns."""
_GLOW: Final = 8
"""Glow is drawn this much coarser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """One kind of light and weather."""

    name: str
    street: float
    """Brightness of the street, over a clear day's."""
    plates: tuple[float, float]
    """Brightness of plates, from and to."""
    shutter_s: float
    noise: float
    """Standard deviation, grey levels."""
    soft_px: float
    lamps: bool = False
    haze: int = 0
    """Grey levels that rain in the air adds."""


SKIES: Final = {
    one.name: one
    for one in (
        Sky(name=DAY, street=1.0, plates=(0.8, 1.05), shutter_s=1 / 500, noise=2.0, soft_px=0.5),
        Sky(
            name=LOW_SUN, street=0.9, plates=(0.6, 1.05), shutter_s=1 / 500, noise=2.5, soft_px=0.6
        ),
        Sky(
            name=RAIN,
            street=0.62,
            plates=(0.55, 0.8),
            shutter_s=1 / 250,
            noise=3.5,
            soft_px=0.75,
            lamps=True,
            haze=26,
        ),
        Sky(
            name=NIGHT,
            street=0.22,
            plates=(0.4, 0.85),
            shutter_s=1 / 200,
            noise=5.0,
            soft_px=0.65,
            lamps=True,
        ),
    )
}


class Street:
    """The road under one sky: what is behind the vehicles, and what the picture goes through."""

    def __init__(self, sky: Sky, camera: Camera, rng: random.Random) -> None:
        """Draw all that stands still."""
        self.sky, self._camera, self._rng = sky, camera, rng
        self.ground = _ground(camera, sky, rng)
        wide, high = camera.size
        self._grains = [
            np.asarray(weather.noise((high // 2, wide // 2), rng) * sky.noise, np.float32)
            for _ in range(_GRAINS)
        ]
        self._shade = _shade(camera, rng) if sky.name in {DAY, LOW_SUN} else None
        self._turn = 0

    def light(self, rng: random.Random) -> Light:
        """How bright one vehicle's plate is."""
        return Light(self.sky.street, rng.uniform(*self.sky.plates), self.sky.lamps)

    def recorded(self, image: U8, glows: list[tuple[F32, float]]) -> U8:
        """A drawn frame as the sensor gives it; glows: (2, 2) lamps and their reach in pixels."""
        if self._shade is not None:
            image = np.asarray(cv2.multiply(image, self._shade, scale=1 / 255), np.uint8)
        if glows and self.sky.lamps:
            image = np.asarray(cv2.add(image, _glow(image, glows)), np.uint8)
        if self.sky.haze:
            image = np.asarray(
                cv2.convertScaleAbs(image, alpha=1 - self.sky.haze / 200, beta=self.sky.haze),
                np.uint8,
            )
            _streaks(image, self._rng)
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), self.sky.soft_px), np.uint8)
        return self._grained(image)

    def _grained(self, image: U8) -> U8:
        """Noise that is a little coarser than a pixel, as after a camera's own filters."""
        grain = self._grains[self._turn % _GRAINS]
        if self._rng.random() < 0.5:
            grain = np.asarray(cv2.flip(grain, self._rng.choice((-1, 0, 1))), np.float32)
        self._turn += 1
        wide = cv2.resize(grain, image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        signed = cv2.merge([wide] * 3)
        return np.asarray(cv2.add(image, signed, dtype=cv2.CV_8U), np.uint8)


def _ground(camera: Camera, sky: Sky, rng: random.Random) -> U8:
    """Asphalt, kerbs, markings, a word painted on the road and a sign beside it."""
    wide, high = camera.size
    image: F32 = np.full((high, wide, 3), rng.randint(88, 112), np.float32)
    for size in (3, 14, 60):
        grain = weather.noise((high // size + 1, wide // size + 1), rng)
        image = image + np.asarray(cv2.resize(grain, (wide, high)), np.float32)[:, :, None] * 4
    out = np.clip(image, 0, 255).astype(np.uint8)

    def lay(points: list[tuple[float, float]], colour: tuple[int, int, int]) -> None:
        on = camera.seen(np.array([(x, 0.0, z) for x, z in points]))
        cv2.fillPoly(out, [np.round(on * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)

    for side in (-1, 1):
        lay([(side * x, z) for x, z in ((2.75, 1), (9, 1), (9, 30), (2.75, 30))], (92, 112, 98))
        lay([(side * x, z) for x, z in ((2.6, 1), (2.8, 1), (2.8, 30), (2.6, 30))], (168, 172, 172))
    for begin in range(1, 30, 3):
        lay(
            [(-0.06, begin), (0.06, begin), (0.06, begin + 1.6), (-0.06, begin + 1.6)],
            (70, 190, 220),
        )
    _painted(out, "ALTO", (1.3, 7.5), (1.1, 2.2), camera)
    _board(out, rng.choice(("20", "GARITA 2", "SALIDA", "CDMX 620")), camera)
    return np.asarray(cv2.convertScaleAbs(out, alpha=sky.street), np.uint8)


def _painted(
    image: U8, text: str, at: tuple[float, float], size: tuple[float, float], camera: Camera
) -> None:
    mask = fonts.word(fonts.word_faces()[0], text)
    half_x, half_z = size[0] / 2, size[1] / 2
    flat = [(-half_x, half_z), (half_x, half_z), (half_x, -half_z), (-half_x, -half_z)]
    quad = camera.seen(np.array([(at[0] + x, 0.0, at[1] + z) for x, z in flat]))
    _blend(image, mask, quad, (205, 208, 208), 0.7)


def _board(image: U8, text: str, camera: Camera) -> None:
    """A road sign: white board, black letters, much like a plate from afar."""
    mask = fonts.word(fonts.word_faces()[0], text)
    tall = 0.3
    broad = tall * mask.shape[1] / mask.shape[0]
    middle = np.array([-3.0, 0.9, 11.0])
    unit = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]])
    frame = camera.seen(
        np.column_stack([unit * [broad + 0.2, tall + 0.2] + middle[:2], [11.0] * 4])
    )
    cv2.fillPoly(image, [np.round(frame).astype(np.int32)], (225, 230, 230), cv2.LINE_AA)
    quad = camera.seen(np.column_stack([unit * [broad, tall] + middle[:2], [11.0] * 4]))
    _blend(image, mask, quad, (30, 30, 30), 1.0)


def _blend(image: U8, mask: U8, quad: F32, colour: tuple[int, int, int], strength: float) -> None:
    high, wide = mask.shape
    flat = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    by = cv2.getPerspectiveTransform(flat, quad.astype(np.float32))
    ink = cv2.warpPerspective(mask, by, image.shape[1::-1], flags=cv2.INTER_LINEAR)
    share = ink.astype(np.float32)[:, :, None] * (strength / 255)
    image[:] = (image + (np.array(colour, np.float32) - image) * share).astype(np.uint8)


def _shade(camera: Camera, rng: random.Random) -> U8:
    """The shadow of a roof or a tree across the road, with a soft edge."""
    wide, high = camera.size
    mask = np.full((high, wide), 255, np.uint8)
    dark = rng.randint(130, 175)
    y, tilt, tall = rng.randint(120, 420), rng.uniform(-0.35, 0.35), rng.randint(90, 220)
    ends = [(0, y), (wide, y + tilt * wide), (wide, y + tilt * wide + tall), (0, y + tall)]
    cv2.fillPoly(mask, [np.array(ends, np.int32)], dark)
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(2, 8))
    return np.ascontiguousarray(cv2.merge([soft] * 3))


def _glow(image: U8, glows: list[tuple[F32, float]]) -> U8:
    high, wide = image.shape[:2]
    small = np.zeros((high // _GLOW, wide // _GLOW, 3), np.float32)
    for spots, reach in glows:
        for x, y in spots / _GLOW:
            if -50 < x < 250 and -50 < y < 200:
                cv2.circle(
                    small,
                    (round(float(x)), round(float(y))),
                    max(1, round(reach / _GLOW)),
                    (235, 240, 240),
                    -1,
                )
    soft = cv2.GaussianBlur(small, (0, 0), 2.2) + 0.35 * cv2.GaussianBlur(small, (0, 0), 7)
    grown = cv2.resize(soft, (wide, high), interpolation=cv2.INTER_LINEAR)
    return np.clip(grown, 0, 255).astype(np.uint8)


def _streaks(image: U8, rng: random.Random) -> None:
    """Drops that fell while the shutter was open."""
    high, wide = image.shape[:2]
    lines = []
    for _ in range(150):
        x, y, long = rng.randint(0, wide), rng.randint(-30, high), rng.randint(8, 30)
        lines.append(np.array([[x, y], [x + long // 8, y + long]], np.int32))
    layer = image.copy()
    cv2.polylines(
        layer, lines, isClosed=False, color=(190, 190, 186), thickness=1, lineType=cv2.LINE_AA
    )
    cv2.addWeighted(layer, 0.4, image, 0.6, 0, dst=image)
