"""Draw one plate, flat and clean: what a camera would see from straight ahead.

Characters are pasted as ink masks, so a plate costs about a millisecond. What surrounds the
plate (bumper, dealer's frame) is drawn too, because a reader's crop always shows some of it.
"""

import random
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.train import fonts
from vision.train.styles import LETTERS, STYLES, TWO_ROWS, Colour, Style

Bgr = NDArray[np.uint8]
F32 = NDArray[np.float32]

_WIDE_PX: Final = 240
_MARGIN: Final = 0.22
"""Surroundings on each side, over the plate's height."""
_CONTRAST: Final = 190
"""Least difference between ink and paper, summed over the colours."""
_DIGITS: Final = "0123456789"
_EVEN: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_EMBLEMS: Final = ("#",)


@dataclass(frozen=True, slots=True)
class Flat:
    """A drawn plate."""

    text: str
    """What a reader should say: letters and digits only."""
    region: str
    rows: int
    image: Bgr
    corners: F32
    """(4, 2) x, y of the plate in the image: top left, top right, bottom right, bottom left."""


@dataclass(frozen=True, slots=True)
class _Hand:
    """How this plate's characters are cut."""

    face: str
    bold: int
    stretch: float
    gap: float


def plate(rng: random.Random, *, two_rows: float = 0.0, region: str | None = None) -> Flat:
    """Draw a plate of a random style.

    two_rows  share of plates whose text stands in two rows
    region    draw only plates of this region
    """
    pool: tuple[Style, ...] = TWO_ROWS if rng.random() < two_rows else STYLES
    if region is not None:
        pool = tuple(one for one in pool if one.region == region)
    style = rng.choices(pool, [one.weight for one in pool])[0]
    return _drawn(style, rng)


def _filled(mask: str, style: Style, rng: random.Random) -> str:
    said = []
    for mark in mask:
        match mark:
            case "L":
                said.append(rng.choice(style.letters))
            case "D":
                said.append(rng.choice(_DIGITS))
            case "A":
                said.append(rng.choice(_EVEN))
            case "-":
                said.append(rng.choice(style.joints) if rng.random() < 0.7 else style.joints[0])
            case _:
                said.append(mark)
    return "".join(said)


def _drawn(style: Style, rng: random.Random) -> Flat:
    painted = _filled(rng.choice(style.masks), style, rng)
    wide = _WIDE_PX
    high = round(wide / rng.uniform(*style.aspect))
    edge = round(high * _MARGIN)
    paper = _shade(rng.choice(style.papers), rng, 22)
    ink = _shade(rng.choice(style.inks), rng, 14)
    if abs(sum(ink) - sum(paper)) < _CONTRAST:
        ink = (20, 20, 20) if sum(paper) > _CONTRAST * 2 else WHITE_INK
    face = _paper(wide, high, paper, style, rng)
    left, right = _band(face, style, rng)
    _words(face, style, ink, rng)
    rows = painted.split("/")
    hand = _hand(style, rng)
    if len(rows) == 1:
        middle = rng.uniform(*style.middle) * high
        _row(
            face,
            rows[0],
            (left, right, middle),
            rng.uniform(*style.tall) * high,
            hand,
            ink,
            style,
            rng,
        )
    else:
        for at, row in zip((0.3, 0.73), rows, strict=True):
            _row(
                face,
                row,
                (left, right, at * high),
                high * rng.uniform(0.34, 0.42),
                hand,
                ink,
                style,
                rng,
            )
    _bolts(face, rng)
    if rng.random() < 0.7:
        _rim(face, ink if rng.random() < 0.5 else _shade((60, 60, 60), rng, 50), rng)
    image = _surroundings(wide + 2 * edge, high + 2 * edge, rng)
    _mount(image, face, edge, rng)
    _frame(image, (edge, edge, wide, high), rng)
    corners = np.array(
        [[edge, edge], [edge + wide, edge], [edge + wide, edge + high], [edge, edge + high]],
        np.float32,
    )
    text = "".join(mark for mark in painted if mark in _EVEN)
    return Flat(text, style.region, len(rows), image, corners)


def _shade(colour: Colour, rng: random.Random, by: int) -> Colour:
    shift = rng.randint(-by, by)
    blue, green, red = (
        min(255, max(0, one + shift + rng.randint(-by // 2, by // 2))) for one in colour
    )
    return blue, green, red


def _paper(wide: int, high: int, paper: Colour, style: Style, rng: random.Random) -> Bgr:
    face = np.empty((high, wide, 3), np.uint8)
    face[:] = paper
    kind = rng.random()
    if kind < style.picture:
        # A picture is a few blurred shapes: mountains, flowers, suns.
        for _ in range(rng.randint(2, 7)):
            colour = _mixed(paper, _any_colour(rng), rng.uniform(0.15, 0.6))
            at = (rng.randint(0, wide), rng.randint(0, high))
            if rng.random() < 0.5:
                cv2.circle(face, at, rng.randint(6, high // 2), colour, -1)
            else:
                points = np.array(
                    [[rng.randint(0, wide), rng.randint(0, high)] for _ in range(rng.randint(3, 5))]
                )
                cv2.fillPoly(face, [points], colour)
        face = np.asarray(cv2.blur(face, (rng.choice((3, 7, 11)),) * 2), np.uint8)
    elif kind < style.picture + 0.3:
        other = _mixed(paper, _any_colour(rng), rng.uniform(0.1, 0.5))
        ramp = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]
        if rng.random() < 0.5:
            ramp = np.abs(ramp * 2 - 1)
        blend = np.array(paper, np.float32) * (1 - ramp) + np.array(other, np.float32) * ramp
        face[:] = blend.astype(np.uint8)
    return face


def _any_colour(rng: random.Random) -> Colour:
    return rng.randint(0, 255), rng.randint(0, 255), rng.randint(0, 255)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    blue, green, red = (int(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True))
    return blue, green, red


def _band(face: Bgr, style: Style, rng: random.Random) -> tuple[float, float]:
    """Paint the region's strip; return the room that is left, from x to x."""
    high, wide = face.shape[:2]
    blue = _shade((150, 60, 10), rng, 25)
    match style.band:
        case "left":
            if rng.random() < 0.12:
                return 0.03 * wide, 0.97 * wide
            strip = round(high * rng.uniform(0.34, 0.5))
            if rng.random() < 0.85:
                cv2.rectangle(face, (0, 0), (strip, high), blue, -1)
            centre = (strip // 2, round(high * 0.33))
            cv2.ellipse(face, centre, (strip // 4, high // 6), 0, 0, 360, (60, 200, 230), 1)
            code = rng.choice(("D", "F", "SK", "CZ", "E", "I", "GB", "PL", "A", "NL", "P", "H"))
            _paste(
                face,
                fonts.word(_any_word_face(rng), code),
                (strip / 2, high * 0.76),
                high * 0.24,
                WHITE_INK,
            )
            return strip + 0.01 * wide, 0.98 * wide
        case "top":
            strip = round(high * rng.uniform(0.2, 0.27))
            cv2.rectangle(face, (0, 0), (wide, strip), blue, -1)
            name = rng.choice(("BRASIL", "BRASIL", "ARGENTINA", "URUGUAY", "PARAGUAY"))
            _paste(
                face,
                fonts.word(_any_word_face(rng), name),
                (wide / 2, strip / 2),
                strip * 0.6,
                WHITE_INK,
            )
            cv2.rectangle(face, (wide - 22, 3), (wide - 5, strip - 3), (40, 150, 60), -1)
            return 0.05 * wide, 0.95 * wide
    return 0.0, float(wide)


WHITE_INK: Final[Colour] = (240, 240, 240)


def _any_word_face(rng: random.Random) -> str:
    return rng.choice(fonts.word_faces())


def _words(face: Bgr, style: Style, ink: Colour, rng: random.Random) -> None:
    high, wide = face.shape[:2]
    for words, lines in ((style.above, (0.08, 0.2)), (style.below, (0.82, 0.93))):
        if not words or rng.random() > style.word_share:
            continue
        colour = ink if rng.random() < 0.4 else _shade(_any_colour(rng), rng, 10)
        size = high * (rng.uniform(0.08, 0.2) if style.region != "eu" else 0.1)
        mask = fonts.word(_any_word_face(rng), rng.choice(words))
        share = rng.choice((0.5, 0.5, 0.5, 0.3, 0.7))
        _paste(
            face, mask, (wide * share, high * rng.uniform(*lines)), size, colour, widest=0.8 * wide
        )
        if rng.random() < 0.25:
            mask = fonts.word(_any_word_face(rng), rng.choice(words))
            at = (wide * rng.uniform(0.2, 0.8), high * lines[rng.randint(0, 1)])
            _paste(face, mask, at, high * 0.06, ink, widest=0.5 * wide)
    for x in (0.1, 0.88):
        for y in (0.12, 0.88):
            if rng.random() < style.stickers * 0.5:
                _sticker(face, (round(x * wide), round(y * high)), rng)


def _sticker(face: Bgr, at: tuple[int, int], rng: random.Random) -> None:
    high, wide = face.shape[:2]
    half = (round(wide * rng.uniform(0.04, 0.07)), round(high * rng.uniform(0.06, 0.1)))
    colour = rng.choice(((230, 230, 230), _any_colour(rng)))
    cv2.rectangle(
        face, (at[0] - half[0], at[1] - half[1]), (at[0] + half[0], at[1] + half[1]), colour, -1
    )
    text = rng.choice(("JAN", "MAY", "JUN", "DEC", "06", "08", "10", "12", "97", "2008", "11"))
    dark = (20, 20, 20) if sum(colour) > 330 else (240, 240, 240)
    _paste(
        face, fonts.word(_any_word_face(rng), text), at, half[1] * 1.4, dark, widest=half[0] * 1.8
    )


def _hand(style: Style, rng: random.Random) -> _Hand:
    faces = fonts.plate_faces()
    if style.fonts and rng.random() < 0.7:
        faces = tuple(one for one in faces if one.path.endswith(style.fonts)) or faces
    face = rng.choices(faces, [one.weight for one in faces])[0].path
    thin = "routed" in face
    bold = rng.choice((3, 4, 5, 6, 7)) if thin else rng.choice((-3, -1, 0, 0, 0, 1, 3, 4))
    return _Hand(face, bold, rng.uniform(0.72, 1.12), rng.uniform(0.08, 0.28))


def _row(
    face: Bgr,
    painted: str,
    room: tuple[float, float, float],
    tall: float,
    hand: _Hand,
    ink: Colour,
    style: Style,
    rng: random.Random,
) -> None:
    """Paste a row of characters into the room (left, right, middle)."""
    left, right, middle = room
    marks = [_mark(mark, hand, rng) for mark in painted]
    widths = [mask.shape[1] / mask.shape[0] * tall * hand.stretch for mask in marks]
    if rng.random() < 0.35:  # some dies give every character the same room
        mean = float(np.mean([w for w, mark in zip(widths, painted, strict=True) if mark in _EVEN]))
        rooms = [
            max(w, mean) if mark in _EVEN else w for w, mark in zip(widths, painted, strict=True)
        ]
    else:
        rooms = list(widths)
    gap = hand.gap * tall * 0.7
    total = sum(rooms) + gap * (len(rooms) - 1)
    most = (right - left) * rng.uniform(*style.wide)
    stacked = style.stacked and rng.random() < style.stacked
    if stacked:
        most *= 0.86
    squeeze = min(1.0, most / total) if rng.random() < 0.8 else most / total
    squeeze = min(squeeze, 1.5)
    x = left + (right - left - total * squeeze) / 2
    if stacked:
        x = _stack(face, (left, x, middle), tall, hand, ink, rng)
    raised = rng.random() < 0.35
    for mask, width, room_, mark in zip(marks, widths, rooms, painted, strict=True):
        centre = (x + room_ * squeeze / 2, middle)
        x += (room_ + gap) * squeeze
        if mark == " ":
            continue
        if mark == "#":
            _emblem(face, centre, tall, rng)
            continue
        shape = (max(2, round(width * squeeze)), max(4, round(tall)))
        if raised:
            _ink(face, mask, (centre[0] - 1, centre[1] - 1), shape, (250, 250, 250), 0.5)
            _ink(face, mask, (centre[0] + 1, centre[1] + 1), shape, (20, 20, 20), 0.4)
        _ink(face, mask, centre, shape, ink, 1.0)


def _mark(mark: str, hand: _Hand, rng: random.Random) -> fonts.Mask:
    if mark in " #":
        return np.zeros((64, rng.randint(18, 40) if mark == "#" else rng.randint(8, 30)), np.uint8)
    if mark in "-·":
        mask = np.zeros((64, rng.randint(14, 24)), np.uint8)
        if mark == "-":
            mask[29:36] = 255
        else:
            cv2.circle(mask, (mask.shape[1] // 2, 32), rng.randint(4, 6), 255, -1)
        return mask
    mask = fonts.glyph(hand.face, mark)
    if hand.bold > 0:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (hand.bold, hand.bold))
        return np.asarray(cv2.dilate(mask, kernel), np.uint8)
    if hand.bold < 0:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (-hand.bold, -hand.bold))
        return np.asarray(cv2.erode(mask, kernel), np.uint8)
    return mask


def _stack(
    face: Bgr,
    room: tuple[float, float, float],
    tall: float,
    hand: _Hand,
    ink: Colour,
    rng: random.Random,
) -> float:
    """Small letters one above the other, before the row; return where the row begins."""
    left, begins, middle = room
    count = rng.choice((2, 2, 3))
    size = tall / count * 0.85
    at = left + size
    for place in range(count):
        mask = fonts.glyph(hand.face, rng.choice(LETTERS + "123"))
        y = middle + (place - (count - 1) / 2) * tall / count
        _ink(face, mask, (at, y), (max(2, round(size * 0.6)), max(3, round(size))), ink, 1.0)
    return max(begins, at + size * 0.7)


def _emblem(face: Bgr, at: tuple[float, float], tall: float, rng: random.Random) -> None:
    """A seal, an orange, a tree, two round stickers: anything that parts the groups."""
    x, y = round(at[0]), round(at[1])
    size = max(3, round(tall * rng.uniform(0.12, 0.3)))
    colour = _any_colour(rng)
    kind = rng.random()
    if kind < 0.4:
        cv2.circle(face, (x, y - size), size, colour, -1)
        cv2.circle(face, (x, y + size), size, _any_colour(rng), -1)
    elif kind < 0.7:
        points = np.array(
            [[x + rng.randint(-size, size), y + rng.randint(-2 * size, 2 * size)] for _ in range(6)]
        )
        cv2.fillPoly(face, [points], colour)
    else:
        cv2.rectangle(face, (x - size // 2, y - size), (x + size // 2, y + size), colour, -1)


def _paste(
    face: Bgr,
    mask: fonts.Mask,
    centre: tuple[float, float],
    tall: float,
    ink: Colour,
    *,
    widest: float = 1e9,
) -> None:
    scale = min(tall / mask.shape[0], widest / mask.shape[1])
    shape = (max(2, round(mask.shape[1] * scale)), max(2, round(mask.shape[0] * scale)))
    _ink(face, mask, centre, shape, ink, 1.0)


def _ink(
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


def _bolts(face: Bgr, rng: random.Random) -> None:
    if rng.random() > 0.6:
        return
    high, wide = face.shape[:2]
    colour = rng.choice(((40, 40, 40), (150, 150, 150), (215, 215, 215)))
    for x in (rng.uniform(0.15, 0.3), rng.uniform(0.7, 0.85)):
        for y in (0.08, 0.93):
            if rng.random() < 0.6:
                at = (round(x * wide), round(y * high))
                cv2.circle(face, at, max(2, high // 24), colour, -1)
                cv2.circle(face, at, max(1, high // 50), (30, 30, 30), -1)


def _rim(face: Bgr, colour: Colour, rng: random.Random) -> None:
    inset = rng.randint(1, 5)
    high, wide = face.shape[:2]
    cv2.rectangle(
        face, (inset, inset), (wide - 1 - inset, high - 1 - inset), colour, rng.randint(1, 3)
    )


def _surroundings(wide: int, high: int, rng: random.Random) -> Bgr:
    """Bumper and boot: a ramp between two colours, sometimes with edges in it."""
    if rng.random() < 0.5:
        dark = rng.randint(0, 90)
        one: Colour = (dark, dark, dark)
    else:
        one = _any_colour(rng)
    other = _mixed(one, _any_colour(rng), rng.uniform(0, 0.5))
    ramp = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]
    image = np.empty((high, wide, 3), np.uint8)
    image[:] = np.array(one, np.float32) * (1 - ramp) + np.array(other, np.float32) * ramp
    for _ in range(rng.randint(0, 4)):
        ends = [(rng.randint(0, wide), rng.randint(0, high)) for _ in range(2)]
        cv2.line(image, ends[0], ends[1], _any_colour(rng), rng.randint(1, 8))
    return image


def _mount(image: Bgr, face: Bgr, edge: int, rng: random.Random) -> None:
    """Lay the plate on its surroundings, with rounded corners."""
    high, wide = face.shape[:2]
    radius = round(high * rng.choice((0.0, 0.06, 0.1, 0.14)))
    part = image[edge : edge + high, edge : edge + wide]
    if not radius:
        part[:] = face
        return
    mask = np.zeros((high, wide), np.uint8)
    cv2.rectangle(mask, (radius, 0), (wide - radius, high), 255, -1)
    cv2.rectangle(mask, (0, radius), (wide, high - radius), 255, -1)
    for x in (radius, wide - 1 - radius):
        for y in (radius, high - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1)
    cv2.copyTo(face, mask, part)


def _frame(image: Bgr, box: tuple[int, int, int, int], rng: random.Random) -> None:
    """A dealer's frame: it hides the edge and carries words of its own."""
    if rng.random() > 0.4:
        return
    x, y, wide, high = box
    colour = rng.choice(((30, 30, 30), (20, 20, 20), (200, 200, 200), _any_colour(rng)))
    over, out = round(high * rng.uniform(0, 0.05)), round(high * rng.uniform(0.02, 0.12))
    foot = over + round(high * rng.choice((0, 0, 0.05, 0.1)))
    cv2.rectangle(image, (x - out, y - out), (x + wide + out, y + over), colour, -1)
    cv2.rectangle(image, (x - out, y + high - foot), (x + wide + out, y + high + out), colour, -1)
    cv2.rectangle(image, (x - out, y), (x + over, y + high), colour, -1)
    cv2.rectangle(image, (x + wide - over, y), (x + wide + out, y + high), colour, -1)
    if rng.random() < 0.6:
        light: Colour = WHITE_INK if sum(colour) < 330 else (20, 20, 20)
        words = (
            "AUTO CENTER",
            "TOYOTA",
            "HONDA",
            "NISSAN",
            "AGENCIA",
            "LEGENDS",
            "DEALER",
            "MCCARTHY",
            "www.autos.mx",
        )
        for at, room in (
            (y + high + (out - foot) / 2, out + foot),
            (y + (over - out) / 2, out + over),
        ):
            if rng.random() < 0.7:
                _paste(
                    image,
                    fonts.word(_any_word_face(rng), rng.choice(words)),
                    (x + wide / 2, at),
                    room * 0.8,
                    light,
                )
