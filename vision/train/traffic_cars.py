"""Vehicles as a camera above a gate sees them: boxes of polygons with a plate on the near face.

Everything is drawn from points in metres on the road, so that size, place and tilt of the plate
follow from where the vehicle is.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.rectify import grown
from vision.train import fonts
from vision.train.plates import Flat

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Colour = tuple[int, int, int]
Fill = Callable[..., None]
On = Callable[..., tuple[float, float, float]]

PLATE_M: Final = 0.3
_PAINTS: Final[tuple[Colour, ...]] = (
    *((232, 232, 232), (180, 182, 182), (60, 60, 62), (36, 36, 38), (48, 44, 150)),
    *((120, 66, 42), (66, 92, 66), (150, 170, 190), (40, 130, 200), (110, 110, 112)),
)
_BADGES: Final = ("NISSAN", "TOYOTA", "FORD", "VW", "HONDA", "KIA", "MAZDA", "CHEVROLET", "JAC")
_FINE: Final = 4
"""Polygons are drawn to a sixteenth of a pixel."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera above the road that looks along it and down."""

    high_m: float = 3.3
    down_deg: float = 21.0
    focal_px: float = 2300.0
    size: tuple[int, int] = (1280, 720)

    def seen(self, points: F64) -> F32:
        """(n, 3) metres to the right, up from the road and ahead -> (n, 2) pixels."""
        angle = np.radians(self.down_deg)
        right, up, ahead = points[:, 0], points[:, 1] - self.high_m, points[:, 2]
        depth = ahead * np.cos(angle) - up * np.sin(angle)
        below = -(up * np.cos(angle) + ahead * np.sin(angle))
        scale = self.focal_px / np.maximum(depth, 0.3)
        middle = self.size[0] / 2, self.size[1] / 2
        # `below` is measured from the optical axis; what lies under it has a larger y
        y = middle[1] + scale * below
        return np.stack([middle[0] + right * scale, y], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Build:
    """The shape of a kind of vehicle, from the end that is seen."""

    wide_m: float
    profile: tuple[tuple[float, float], ...]
    """How far behind the near face, and how high, its outline goes; the face comes first."""
    foot_m: float
    plate_m: float
    """How high the plate's middle is."""


_FRONTS: Final = {
    "car": Build(1.74, ((0, 0.78), (1.05, 0.95), (1.8, 1.43), (3.3, 1.45), (4.3, 1.0)), 0.22, 0.5),
    "suv": Build(1.86, ((0, 0.98), (1.0, 1.12), (1.6, 1.72), (3.9, 1.74), (4.4, 1.2)), 0.26, 0.62),
    "van": Build(1.9, ((0, 1.1), (0.5, 1.3), (1.1, 2.0), (4.6, 2.1)), 0.25, 0.55),
    "truck": Build(2.1, ((0, 1.25), (0.25, 1.4), (0.6, 2.3), (1.9, 2.4), (6.0, 2.5)), 0.35, 0.66),
}
_REARS: Final = {
    "car": Build(1.74, ((0, 0.98), (0.6, 1.03), (1.3, 1.43), (2.9, 1.45), (4.3, 0.9)), 0.26, 0.74),
    "suv": Build(1.86, ((0, 1.05), (0.25, 1.66), (3.1, 1.72), (4.4, 1.0)), 0.3, 0.8),
    "van": Build(1.9, ((0, 1.15), (0.12, 1.95), (4.0, 2.05)), 0.28, 0.72),
    "truck": Build(2.1, ((0, 1.0), (2.2, 1.0), (2.25, 1.9), (3.9, 1.95), (5.2, 1.2)), 0.45, 0.6),
}
KINDS: Final = tuple(_FRONTS)


@dataclass(frozen=True, slots=True)
class Car:
    """One vehicle, whatever end of it is seen."""

    kind: str
    front: bool
    """The front is seen: it comes nearer."""
    paint: Colour
    badge: str
    plate: Flat
    roll: float
    """How the plate hangs, radians."""
    aside_m: float
    """How far the plate hangs from the middle."""


def car(plate: Flat, rng: random.Random, *, front: bool) -> Car:
    """Some vehicle to hang a plate on."""
    return Car(
        kind=rng.choices(KINDS, (5, 3, 1, 1))[0],
        front=front,
        paint=rng.choice(_PAINTS),
        badge=rng.choice(_BADGES),
        plate=plate,
        roll=rng.gauss(0, 0.02),
        aside_m=rng.choice((0.0, 0.0, 0.0, rng.uniform(-0.35, 0.35))),
    )


@dataclass(frozen=True, slots=True)
class Light:
    """How bright things are, over a clear day's."""

    street: float = 1.0
    plate: float = 1.0
    """Plates throw a lamp's light back."""
    lamps: bool = False


def corners(one: Car, at: tuple[float, float], camera: Camera) -> F32:
    """(4, 2) pixels of the plate of a car whose near face's middle is at (right, ahead) metres."""
    build = (_FRONTS if one.front else _REARS)[one.kind]
    flat = one.plate.corners
    high = PLATE_M * float((flat[3, 1] - flat[0, 1]) / (flat[1, 0] - flat[0, 0]))
    turn = np.array([[np.cos(one.roll), np.sin(one.roll)], [-np.sin(one.roll), np.cos(one.roll)]])
    unit = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]]) * [PLATE_M, high]
    on = unit @ turn.T + [at[0] + one.aside_m, build.plate_m]
    return camera.seen(np.column_stack([on, np.full(4, at[1] - 0.02)]))


def draw(
    image: U8, one: Car, at: tuple[float, float], camera: Camera, light: Light
) -> tuple[int, int, int, int] | None:
    """Draw a car; return left, top, right, bottom of what it covers, None where it is not seen."""
    build = (_FRONTS if one.front else _REARS)[one.kind]
    half = build.wide_m / 2

    def on(u: float, high: float, back: float = 0.0) -> tuple[float, float, float]:
        return at[0] + u * half, high, at[1] + back

    def fill(
        points: list[tuple[float, float, float]], colour: Colour, *, glows: bool = False
    ) -> None:
        pixels = camera.seen(np.array(points))
        if np.abs(pixels).max() < 20_000:
            shape = np.round(pixels * 2**_FINE).astype(np.int32)
            shown = colour if glows else _shaded(colour, light.street)
            cv2.fillPoly(image, [shape], shown, cv2.LINE_AA, _FINE)

    long = build.profile[-1][0]
    outline = camera.seen(
        np.array([on(u, h, b) for u in (-1, 1) for h, b in ((0, 0), *_tops(build), (0, long))])
    )
    low, top = np.floor(outline.min(axis=0)) - 4, np.ceil(outline.max(axis=0)) + 4
    left, upper = max(0, int(low[0])), max(0, int(low[1]))
    right, lower = min(camera.size[0], int(top[0])), min(camera.size[1], int(top[1]))
    if left >= right or upper >= lower:
        return None
    fill([on(-1.1, 0, -0.1), on(1.1, 0, -0.1), on(1.1, 0, long), on(-1.1, 0, long)], (38, 38, 40))
    _sides(one, build, at, fill)
    _tops_drawn(one, build, on, fill)
    _face(one, build, on, fill, lamps=light.lamps)
    _badge(image, one, build, at, camera, light)
    _lay(image, one.plate, corners(one, at, camera), light.plate)
    return left, upper, right, lower


def lamps(one: Car, at: tuple[float, float], camera: Camera) -> F32:
    """(2, 2) pixels of its lamps' middles."""
    build = (_FRONTS if one.front else _REARS)[one.kind]
    high = build.foot_m + (build.profile[0][1] - build.foot_m) * 0.7
    half = build.wide_m * 0.41
    return camera.seen(np.array([[at[0] + side * half, high, at[1]] for side in (-1, 1)]))


def length_m(one: Car) -> float:
    """How long a car is."""
    return (_FRONTS if one.front else _REARS)[one.kind].profile[-1][0]


def _tops(build: Build) -> list[tuple[float, float]]:
    return [(high, back) for back, high in build.profile]


def _shaded(paint: Colour, by: float) -> Colour:
    blue, green, red = (min(255, int(one * by)) for one in paint)
    return blue, green, red


def _sides(one: Car, build: Build, at: tuple[float, float], fill: Fill) -> None:
    u = -1 if at[0] > 0 else 1  # the side towards the camera
    half = build.wide_m / 2
    points = [(at[0] + u * half, high, at[1] + back) for back, high in build.profile]
    foot = [(at[0] + u * half, build.foot_m, at[1] + back) for back in (build.profile[-1][0], 0.0)]
    fill([*points, *foot], _shaded(one.paint, 0.7))


def _tops_drawn(one: Car, build: Build, on: On, fill: Fill) -> None:
    """Bonnet, windscreen, roof: every face that looks up, from the far one to the near."""
    parts = list(zip(build.profile, build.profile[1:], strict=False))
    for (back0, high0), (back1, high1) in reversed(parts):
        glass = high1 - high0 > 0.3
        if high1 < high0 - 0.2:
            continue  # it looks away
        fill(
            [on(-1, high0, back0), on(1, high0, back0), on(1, high1, back1), on(-1, high1, back1)],
            _shaded(one.paint, 1.0 if not glass else 0.85),
        )
        if glass:
            inset = [on(-0.9, high0 + 0.04, back0 + 0.03), on(0.9, high0 + 0.04, back0 + 0.03)]
            fill([*inset, on(0.84, high1, back1), on(-0.84, high1, back1)], (70, 62, 56))


def _face(one: Car, build: Build, on: On, fill: Fill, *, lamps: bool) -> None:
    high = build.profile[0][1]
    foot = build.foot_m
    for side in (-1, 1):
        wheel = [on(side * 0.95, 0), on(side * 0.66, 0), on(side * 0.66, 0.4), on(side * 0.95, 0.4)]
        fill(wheel, (24, 24, 24))
    fill([on(-1, foot), on(1, foot), on(1, high), on(-1, high)], _shaded(one.paint, 0.86))
    middle = foot + (high - foot) * 0.42
    fill([on(-1, foot), on(1, foot), on(1, middle), on(-1, middle)], _shaded(one.paint, 0.66))
    if one.front:
        grille = [on(-0.5, middle + 0.03), on(0.5, middle + 0.03), on(0.56, high - 0.06)]
        fill([*grille, on(-0.56, high - 0.06)], (32, 32, 34))
    lamp: Colour = ((250, 252, 252) if lamps else (205, 212, 212)) if one.front else (40, 34, 170)
    if lamps and not one.front:
        lamp = (90, 80, 250)
    for side in (-1, 1):
        low_edge = middle + 0.06
        fill(
            [
                on(side * 0.98, low_edge),
                on(side * 0.68, low_edge),
                on(side * 0.66, high - 0.05),
                on(side * 0.96, high - 0.05),
            ],
            lamp,
            glows=lamps,
        )


def _badge(
    image: U8, one: Car, build: Build, at: tuple[float, float], camera: Camera, light: Light
) -> None:
    """The maker's name above the plate: letters that are no plate."""
    mask = fonts.word(fonts.word_faces()[0], one.badge)
    tall = 0.055
    broad = tall * mask.shape[1] / mask.shape[0]
    y = min(build.profile[0][1] - 0.08, build.plate_m + 0.2)
    unit = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]]) * [broad, tall]
    on = camera.seen(np.column_stack([unit + np.array([at[0], y]), np.full(4, at[1] - 0.01)]))
    ink: Colour = (215, 218, 220) if sum(one.paint) < 420 else (60, 60, 62)
    _ink(image, mask, on, _shaded(ink, light.street))


def _ink(image: U8, mask: U8, quad: F32, colour: Colour) -> None:
    part, shift = _part(image, quad)
    if part is None:
        return
    high, wide = mask.shape
    flat = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    by = cv2.getPerspectiveTransform(flat, quad - shift)
    ink = cv2.warpPerspective(mask, by, (part.shape[1], part.shape[0]), flags=cv2.INTER_LINEAR)
    share = ink.astype(np.float32)[:, :, None] / 255
    part[:] = (part + (np.array(colour, np.float32) - part) * share).astype(np.uint8)


def _lay(image: U8, flat: Flat, quad: F32, gain: float) -> None:
    """Hang a plate with its corners at `quad`."""
    part, shift = _part(image, quad)
    if part is None:
        return
    picture, on = flat.image, flat.corners
    finer = float(np.hypot(*(quad[1] - quad[0])) / (on[1, 0] - on[0, 0]))
    if finer < 0.7:
        size = [max(8, round(one * finer * 1.15)) for one in (picture.shape[1], picture.shape[0])]
        on = on * np.array([size[0] / picture.shape[1], size[1] / picture.shape[0]], np.float32)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    by = cv2.getPerspectiveTransform(on.astype(np.float32), (quad - shift).astype(np.float32))
    outline = cv2.perspectiveTransform(grown(on, 0.05, 0.1)[None].astype(np.float64), by)[0]
    cover = np.zeros(part.shape[:2], np.uint8)
    shape = np.round(outline * 2**_FINE).astype(np.int32)
    cv2.fillConvexPoly(cover, shape, 255, cv2.LINE_AA, _FINE)
    laid = cv2.warpPerspective(
        picture,
        by,
        (part.shape[1], part.shape[0]),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    laid = cv2.convertScaleAbs(laid, alpha=gain)
    share = cover.astype(np.float32)[:, :, None] / 255
    part[:] = (part + (laid - part.astype(np.float32)) * share).astype(np.uint8)


def _part(image: U8, quad: F32) -> tuple[U8 | None, F32]:
    """The part of a picture about four corners, and where it begins; None: outside."""
    low, top = quad.min(axis=0), quad.max(axis=0)
    pad = (top - low).max() * 0.15 + 3
    left, upper = max(0, int(low[0] - pad)), max(0, int(low[1] - pad))
    right = min(image.shape[1], int(top[0] + pad))
    lower = min(image.shape[0], int(top[1] + pad))
    shift = np.array([left, upper], np.float32)
    if left >= right or upper >= lower:
        return None, shift
    return image[upper:lower, left:right], shift
