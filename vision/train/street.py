"""A street with a car on it, drawn whole: for tests and for cameras that are simulated.

Nothing in it comes from a photograph, so it may be shown, kept and published.
`python -m vision.train.street tests/data/plates` writes the ones that the tests read.
"""

import json
import random
import sys
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.rectify import grown
from vision.train import weather
from vision.train.plates import Flat, plate
from vision.train.scene import Scene, Target

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

_PLATE_M: Final = 0.3
_CAR_M: Final = (1.75, 1.45)
_CUT: Final = (480, 360)


def street(
    rng: random.Random,
    *,
    size: tuple[int, int] = (1280, 720),
    region: str = "mx",
    night: bool = False,
) -> Scene:
    """A car seen from behind, anywhere in a picture of this (width, height).

    The plate is 70 to 170 px wide at 1280: what a camera at a city's entrance gives.
    """
    wide, high = size
    px_per_m = rng.uniform(70, 170) / _PLATE_M * wide / 1280
    image = _road(wide, high, rng)
    car_w, car_h = _CAR_M[0] * px_per_m, _CAR_M[1] * px_per_m
    x = rng.uniform(0.3, 0.7) * wide
    y = rng.uniform(0.62, 0.8) * high
    _car(image, (x, y, car_w, car_h), rng)
    flat = plate(rng, region=region)
    quad = _place((x, y - 0.16 * car_h), flat, _PLATE_M * px_per_m, rng)
    _lay(image, flat, quad)
    seen = image.astype(np.float32)
    if night:
        seen *= rng.uniform(0.3, 0.5)
    seen = seen * rng.uniform(0.75, 1.1) + rng.uniform(-5, 15)
    seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), rng.uniform(0.4, 0.9)), np.float32)
    seen = seen + weather.noise(seen.shape, rng) * rng.uniform(1, 5)
    out = np.clip(seen, 0, 255).astype(np.uint8)
    return Scene(out, [Target(quad, exact=True, text=flat.text)])


def _road(wide: int, high: int, rng: random.Random) -> U8:
    image = np.empty((high, wide, 3), np.uint8)
    horizon = round(high * rng.uniform(0.18, 0.35))
    ramp = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]
    image[:] = np.array([205, 190, 170], np.float32) * (1 - 0.3 * ramp)
    ground = np.array([rng.randint(80, 130)] * 3, np.float32)
    image[horizon:] = (ground * (0.8 + 0.4 * ramp[horizon:])).astype(np.uint8)
    for _ in range(rng.randint(3, 7)):  # houses
        left, broad = rng.randint(-50, wide), rng.randint(wide // 12, wide // 4)
        top = horizon - rng.randint(high // 20, max(high // 20 + 1, horizon))
        colour = [rng.randint(60, 220) for _ in range(3)]
        cv2.rectangle(image, (left, top), (left + broad, horizon), colour, -1)
        for row in range(top + 8, horizon - 10, 26):
            for column in range(left + 8, left + broad - 12, 30):
                cv2.rectangle(image, (column, row), (column + 12, row + 14), (70, 60, 50), -1)
    middle = rng.randint(wide // 3, 2 * wide // 3)
    for lane in (-2.2, -0.7, 0.7, 2.2):
        foot = (round(middle + lane * wide * 0.45), high)
        cv2.line(image, (middle, horizon), foot, (200, 205, 205), max(2, wide // 250), cv2.LINE_AA)
    grain = weather.noise((high // 3, wide // 3), rng)
    lively = image + cv2.resize(grain, (wide, high))[:, :, None] * 6
    return np.asarray(np.clip(lively, 0, 255), np.uint8)


def _car(image: U8, box: tuple[float, float, float, float], rng: random.Random) -> None:
    """A car's rear, its foot's middle at (x, y)."""
    x, y, wide, high = box
    paint = rng.choice(
        ((235, 235, 235), (180, 180, 180), (40, 40, 40), (40, 40, 150), (130, 70, 40), (60, 90, 60))
    )
    dark = tuple(int(one * 0.75) for one in paint)

    def at(u: float, v: float) -> tuple[int, int]:
        return round(x + u * wide), round(y - v * high)

    def shape(*points: tuple[float, float]) -> NDArray[np.int32]:
        return np.array([at(u, v) for u, v in points], np.int32)

    cv2.ellipse(
        image, at(0, -0.02), (round(wide * 0.55), round(high * 0.07)), 0, 0, 360, (40, 40, 40), -1
    )
    for side in (-1, 1):
        cv2.rectangle(image, at(side * 0.46, 0.2), at(side * 0.3, -0.02), (25, 25, 25), -1)
    roof = shape(
        (-0.36, 1),
        (0.36, 1),
        (0.44, 0.58),
        (0.5, 0.5),
        (0.5, 0.08),
        (-0.5, 0.08),
        (-0.5, 0.5),
        (-0.44, 0.58),
    )
    cv2.fillPoly(image, [roof], paint, cv2.LINE_AA)
    cv2.fillPoly(
        image,
        [shape((-0.32, 0.94), (0.32, 0.94), (0.4, 0.62), (-0.4, 0.62))],
        (70, 60, 50),
        cv2.LINE_AA,
    )
    cv2.rectangle(image, at(-0.5, 0.26), at(0.5, 0.08), dark, -1)
    cv2.line(image, at(-0.48, 0.54), at(0.48, 0.54), dark, max(1, round(wide / 150)), cv2.LINE_AA)
    for side in (-1, 1):
        cv2.rectangle(image, at(side * 0.49, 0.5), at(side * 0.37, 0.33), (30, 30, 190), -1)


def _place(at: tuple[float, float], flat: Flat, wide: float, rng: random.Random) -> F32:
    """Corners of the plate, seen from a little above and aside."""
    shape = flat.corners[2] - flat.corners[0]
    high = wide * float(shape[1] / shape[0])
    turn, lean, narrow = rng.gauss(0, 0.04), rng.gauss(0, 0.05), rng.uniform(0.85, 1.0)
    unit = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    by = np.array([[narrow * wide, -turn * high], [(turn + lean) * wide, high]])
    return np.asarray(unit @ by.T + np.array(at), np.float32)


def _lay(image: U8, flat: Flat, quad: F32) -> None:
    high, wide = image.shape[:2]
    by = np.asarray(cv2.getPerspectiveTransform(flat.corners, quad), np.float32)
    outline = grown(flat.corners, 0.05, 0.1)
    on = cv2.perspectiveTransform(outline[None].astype(np.float64), by.astype(np.float64))[0]
    cover = np.zeros((high, wide), np.uint8)
    cv2.fillConvexPoly(cover, np.round(on).astype(np.int32), 255)
    laid = cv2.warpPerspective(
        flat.image, by, (wide, high), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    cv2.copyTo(laid, cover, image)


def freeze(folder: Path, count: int = 30, *, seed: int = 2016) -> None:
    """Write streets, cut to what is about the car, and what their plates say."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = {}
    for at in range(count):
        rng = random.Random(seed + at)
        scene = street(rng, night=at % 5 == 4)
        middle = scene.plates[0].corners.mean(axis=0).round().astype(int)
        left = int(np.clip(middle[0] - rng.randint(180, 300), 0, scene.image.shape[1] - _CUT[0]))
        top = int(np.clip(middle[1] - rng.randint(180, 280), 0, scene.image.shape[0] - _CUT[1]))
        part = scene.image[top : top + _CUT[1], left : left + _CUT[0]]
        name = f"street{at:02}.jpg"
        cv2.imwrite(str(folder / name), part, [cv2.IMWRITE_JPEG_QUALITY, 70])
        truth[name] = {
            "plate": scene.plates[0].text,
            "corners": (scene.plates[0].corners - [left, top]).round(1).tolist(),
        }
    text = json.dumps(truth, indent=1) + "\n"
    (folder / "truth.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    freeze(Path(sys.argv[1]))
