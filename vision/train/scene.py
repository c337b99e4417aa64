"""Scenes for the detector: plates on streets, and what only looks like a plate.

A scene is a window on a photograph, seen through a random perspective. The plate in it is the
photograph's own, or a drawn one in its place, or drawn ones elsewhere; or there is no photograph
and the background is made of shapes. Words that are no plates stand about everywhere.
"""

import random
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.rectify import grown
from vision.train import fonts, weather
from vision.train.photos import photos
from vision.train.plates import Flat, plate

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

WIDE: Final = 192
HIGH: Final = 160
_LARGEST_PX: Final = 1280
_SMALLEST_PLATE_PX: Final = 15
_LARGEST_PLATE_PX: Final = 165
_PHOTO_SETS: Final = ("us", "br", "eu")
_SIGNS: Final = (
    *("TOYOTA", "NISSAN", "FORD", "TAXI", "STOP", "ALTO", "FARMACIA", "OXXO", "PEMEX", "4x4"),
    *("COROLLA", "TSURU", "2.0 TDI", "V6", "HONDA", "SALIDA", "ENTRADA", "COATZACOALCOS", "GT"),
    *("2016-03-11 14:22:07", "CAM 01", "08/11/2012", "CHEVROLET", "www.autos.mx", "ESCUELA"),
    *("921 21 4 55 66", "No. 127", "LIMPIA PÚBLICA", "AMBULANCIA", "DIESEL", "TURBO", "911", "JAC"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """A plate in a scene."""

    corners: F32
    """(4, 2)"""
    exact: bool
    """Corners are the plate's own; not exact: only the box about them is known."""
    text: str = ""


@dataclass(slots=True)
class Scene:
    """A picture and the plates in it."""

    image: U8
    plates: list[Target] = field(default_factory=list)
    photograph: bool = False
    """The background is a photograph and may hold plates that nobody labelled."""
    unsure: list[F32] = field(default_factory=list)
    """(4, 2) boxes that are neither plate nor background."""


@dataclass(frozen=True, slots=True)
class _View:
    levels: tuple[U8, ...]
    """The photograph at full, half and quarter size."""
    box: F32
    """(4, 2) at full size."""
    unsure: tuple[F32, ...]


class Scenes:
    """An endless supply of scenes."""

    def __init__(
        self, seed: int, folder: Path | None, *, wide: int = WIDE, high: int = HIGH
    ) -> None:
        """Take photographs from `folder`, held-out ones left alone; None: all is drawn."""
        self._rng = random.Random(seed)  # pictures, no secrets
        self._wide, self._high = wide, high
        self._views: dict[str, list[_View]] = {}
        self._pool: list[tuple[Flat, int]] = []
        unlabelled = tomllib.loads(
            files("vision.train").joinpath("unlabelled.toml").read_text(encoding="utf-8")
        )
        for photo in photos(folder, _PHOTO_SETS) if folder else ():
            if photo.held_out or photo.box is None:
                continue
            image = photo.read()
            scale = min(1.0, _LARGEST_PX / max(image.shape[:2]))
            if scale < 1:
                image = np.asarray(
                    cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA),
                    np.uint8,
                )
            half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            quarter = cv2.resize(half, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            x, y, w, h = (one * scale for one in photo.box)
            view = _View(
                (image, np.asarray(half, np.uint8), np.asarray(quarter, np.uint8)),
                _rectangle(x, y, w, h),
                tuple(
                    _rectangle(*(v * scale for v in one))
                    for one in unlabelled.get(photo.path.name, ())
                ),
            )
            self._views.setdefault(photo.group, []).append(view)

    def one(self) -> Scene:
        """The next scene."""
        rng = self._rng
        if self._views and rng.random() < 0.86:
            scene = self._street()
        else:
            scene = Scene(_texture(self._wide, self._high, rng))
            for _ in range(rng.choice((0, 1, 1, 2))):
                self._hang(scene)
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
            _sign(scene, rng)
        image = weather.light(scene.image.astype(np.float32), rng, hard=0.7)
        image = weather.blurred(image, rng, hard=0.7)
        scene.image = weather.recorded(image, rng)
        return scene

    def _flat(self) -> Flat:
        if len(self._pool) < 128:
            self._pool.append((plate(self._rng, two_rows=0.1), 5))
        at = self._rng.randrange(len(self._pool))
        flat, left = self._pool[at]
        if left == 1:
            self._pool[at] = self._pool[-1]
            self._pool.pop()
        else:
            self._pool[at] = (flat, left - 1)
        return flat

    def _street(self) -> Scene:
        rng = self._rng
        view = rng.choice(self._views[rng.choice(list(self._views))])
        kind = rng.random()
        wide = float(view.box[1, 0] - view.box[0, 0])
        target = np.exp(rng.uniform(np.log(_SMALLEST_PLATE_PX), np.log(_LARGEST_PLATE_PX)))
        if kind > 0.85:  # somewhere else in the photograph
            high_px, wide_px = view.levels[0].shape[:2]
            look = np.array([rng.uniform(0, wide_px), rng.uniform(0, high_px)], np.float32)
            scale = rng.uniform(0.2, 1.1) if rng.random() < 0.7 else target / wide
        else:
            look, scale = view.box.mean(axis=0), target / wide
        to = np.array(
            [rng.uniform(0.1, 0.9) * self._wide, rng.uniform(0.1, 0.9) * self._high], np.float32
        )
        camera = _camera(look, to, scale, rng)
        image = self._seen(view, camera, scale)
        scene = Scene(image, photograph=True)
        scene.unsure = [_moved(one, camera) for one in view.unsure]
        if kind < 0.42:  # its own plate
            corners = _moved(view.box, camera)
            if _inside(corners, self._wide, self._high, 0.5):
                scene.plates.append(Target(corners, exact=False))
            else:
                scene.unsure.append(corners)
            return scene
        # A drawn plate in the place of its own, which it covers
        flat = self._flat()
        quad = _in_place(view.box, flat, rng)
        self._lay(scene, flat, _moved(quad, camera))
        if rng.random() < 0.3:
            self._hang(scene)
        return scene

    def _seen(self, view: _View, camera: F32, scale: float) -> U8:
        level = 0
        while level < 2 and scale < 0.6 / 2**level:
            level += 1
        by = camera @ np.diag([2**level, 2**level, 1]).astype(np.float32)
        border = cv2.BORDER_REPLICATE if self._rng.random() < 0.7 else cv2.BORDER_CONSTANT
        size = (self._wide, self._high)
        out = cv2.warpPerspective(
            view.levels[level], by, size, flags=cv2.INTER_LINEAR, borderMode=border
        )
        return np.asarray(out, np.uint8)

    def _hang(self, scene: Scene) -> None:
        """A drawn plate somewhere free."""
        rng = self._rng
        flat = self._flat()
        aspect = _wide_of(flat) / _high_of(flat)
        wide = float(np.exp(rng.uniform(np.log(_SMALLEST_PLATE_PX), np.log(_LARGEST_PLATE_PX))))
        high = wide / aspect
        at = np.array([rng.uniform(0.05, 0.95) * self._wide, rng.uniform(0.05, 0.95) * self._high])
        quad = (_rectangle(-wide / 2, -high / 2, wide, high) + at).astype(np.float32)
        self._lay(scene, flat, _tilted(quad, rng))

    def _lay(self, scene: Scene, flat: Flat, quad: F32) -> None:
        """Paste a plate with its corners at `quad`, if it is seen and hides no other."""
        if any(_overlap(quad, one.corners) for one in scene.plates):
            return
        rng = self._rng
        finer = max(0.1, min(1.0, 1.2 * float(np.hypot(*(quad[1] - quad[0]))) / _wide_of(flat)))
        image = flat.image
        if finer < 0.8:
            image = np.asarray(
                cv2.resize(image, None, fx=finer, fy=finer, interpolation=cv2.INTER_AREA), np.uint8
            )
        else:
            finer = 1.0
        sx, sy = image.shape[1] / flat.image.shape[1], image.shape[0] / flat.image.shape[0]
        corners = np.asarray(flat.corners * np.array([sx, sy], np.float32))
        by = np.asarray(cv2.getPerspectiveTransform(corners, quad), np.float32)
        margin = rng.choice((0.0, 0.0, 0.05, 0.12))
        larger = grown(corners, margin / 2, margin)
        cover = np.zeros((self._high, self._wide), np.uint8)
        cv2.fillConvexPoly(cover, np.round(_moved(larger, by)).astype(np.int32), 255)
        laid = cv2.warpPerspective(
            image,
            by,
            (self._wide, self._high),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        shade = float(np.clip(scene.image[cover > 0].mean() / 110 if cover.any() else 1, 0.55, 1.2))
        if rng.random() < 0.7:
            laid = cv2.convertScaleAbs(laid, alpha=shade * rng.uniform(0.8, 1.1))
        cv2.copyTo(laid, cover, scene.image)
        if _inside(quad, self._wide, self._high, 0.6):
            scene.plates.append(Target(quad.astype(np.float32), exact=True, text=flat.text))
        else:
            scene.unsure.append(quad)


def _rectangle(x: float, y: float, wide: float, high: float) -> F32:
    return np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]], np.float32)


def _wide_of(flat: Flat) -> float:
    return float(flat.corners[1, 0] - flat.corners[0, 0])


def _high_of(flat: Flat) -> float:
    return float(flat.corners[3, 1] - flat.corners[0, 1])


def _moved(points: F32, by: NDArray[np.floating]) -> F32:
    moved = cv2.perspectiveTransform(
        points.reshape(1, -1, 2).astype(np.float64), np.asarray(by, np.float64)
    )
    return np.asarray(moved[0], np.float32)


def _camera(look: F32, to: F32, scale: float, rng: random.Random) -> F32:
    """Photograph to scene: `look` lands at `to`; turned and tilted a little."""
    turn = rng.gauss(0, 0.06)
    stretch = rng.uniform(0.85, 1.18)
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    shift_in = np.array([[1, 0, -look[0]], [0, 1, -look[1]], [0, 0, 1]])
    linear = np.array([[cos * stretch, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    tilt = np.eye(3)
    tilt[2, :2] = rng.gauss(0, 4e-4), rng.gauss(0, 4e-4)
    shift_out = np.array([[1, 0, to[0]], [0, 1, to[1]], [0, 0, 1]])
    return np.asarray(shift_out @ tilt @ linear @ shift_in, np.float32)


def _in_place(box: F32, flat: Flat, rng: random.Random) -> F32:
    """Where a drawn plate hides the labelled one: as wide, its own shape, tilted."""
    wide, high = float(box[1, 0] - box[0, 0]), float(box[3, 1] - box[0, 1])
    aspect = _wide_of(flat) / _high_of(flat)
    tall = max(high * 1.06, wide / aspect)
    broad = max(wide * 1.06, min(tall * aspect, wide * 1.5))
    quad = _rectangle(-broad / 2, -tall / 2, broad, tall)
    return np.asarray(_tilted(quad, rng, strong=0.5) + box.mean(axis=0), np.float32)


def _tilted(quad: F32, rng: random.Random, strong: float = 1.0) -> F32:
    centre = quad.mean(axis=0)
    from_centre = quad - centre
    wide, high = np.ptp(from_centre[:, 0]), np.ptp(from_centre[:, 1])
    turn = rng.gauss(0, 0.1 * strong)
    lean_x, lean_y = rng.gauss(0, 0.15 * strong), rng.gauss(0, 0.12 * strong)
    by = np.array([[np.cos(turn), -np.sin(turn) + lean_x], [np.sin(turn) + lean_y, np.cos(turn)]])
    out = from_centre @ by.T
    out[:, 0] *= 1 - strong * abs(rng.gauss(0, 0.15))
    out += np.array([[rng.gauss(0, 0.015) * wide, rng.gauss(0, 0.03) * high] for _ in range(4)])
    return np.asarray(out + centre, np.float32)


def _inside(quad: F32, wide: int, high: int, share: float) -> bool:
    """Whether at least this share of the box about a quad is in the picture."""
    low, top = quad.min(axis=0), quad.max(axis=0)
    seen = np.clip(np.minimum(top, [wide, high]) - np.maximum(low, 0), 0, None).prod()
    centre = quad.mean(axis=0)
    middle = bool(0 < centre[0] < wide and 0 < centre[1] < high)
    return middle and bool(seen >= share * max((top - low).prod(), 1e-3))


def _overlap(one: F32, other: F32) -> bool:
    low = np.maximum(one.min(axis=0), other.min(axis=0))
    top = np.minimum(one.max(axis=0), other.max(axis=0))
    return bool((low < top).all())


def _texture(wide: int, high: int, rng: random.Random) -> U8:
    """Walls, foliage, asphalt: ramps, noise of several sizes and shapes."""
    image = np.empty((high, wide, 3), np.float32)
    image[:] = [rng.uniform(20, 220) for _ in range(3)]
    for size in (4, 12, 40):
        grain = weather.noise((max(2, high // size), max(2, wide // size), 1), rng)
        image += cv2.resize(grain, (wide, high))[:, :, None] * rng.uniform(0, 25)
    out = np.clip(image, 0, 255).astype(np.uint8)
    for _ in range(rng.randint(2, 14)):
        colour = [rng.randint(0, 255) for _ in range(3)]
        x, y = rng.randint(-20, wide), rng.randint(-20, high)
        w, h = rng.randint(4, wide), rng.randint(4, high)
        match rng.randint(0, 2):
            case 0:
                cv2.rectangle(out, (x, y), (x + w, y + h), colour, rng.choice((-1, 1, 2)))
            case 1:
                cv2.line(out, (x, y), (x + w, y + h - 40), colour, rng.randint(1, 5))
            case _:
                cv2.circle(out, (x, y), max(2, h // 3), colour, rng.choice((-1, 2)))
    return out


def _sign(scene: Scene, rng: random.Random) -> None:
    """Words that are no plate: a badge, a shop's sign, a camera's time stamp."""
    high, wide = scene.image.shape[:2]
    mask = fonts.word(rng.choice(fonts.word_faces()), rng.choice(_SIGNS))
    tall = round(float(np.exp(rng.uniform(np.log(5), np.log(36)))))
    broad = max(4, round(mask.shape[1] * tall / mask.shape[0]))
    x, y = rng.randint(-broad // 4, wide), rng.randint(0, high)
    quad = _rectangle(x - 3, y - 3, broad + 6, tall + 6)
    if any(_overlap(quad, one.corners) for one in scene.plates):
        return
    x0, y0, x1, y1 = max(0, x), y, min(wide, x + broad), min(high, y + tall)
    if x1 <= x0 or y1 <= y0:
        return
    if rng.random() < 0.35:  # on a board of its own
        board = [rng.randint(0, 255) for _ in range(3)]
        pad = rng.randint(2, 6)
        cv2.rectangle(scene.image, (x - pad, y - pad), (x + broad + pad, y + tall + pad), board, -1)
    ink = cv2.resize(mask, (broad, tall), interpolation=cv2.INTER_AREA)[
        y0 - y : y1 - y, x0 - x : x1 - x
    ]
    share = ink.astype(np.float32)[:, :, None] / 255
    colour = np.array([rng.randint(0, 255) for _ in range(3)], np.float32)
    part = scene.image[y0:y1, x0:x1]
    part[:] = (part + (colour - part) * share).astype(np.uint8)
