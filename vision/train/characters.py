"""The row of characters that is the plate: how they are cut, spaced and raised."""

import random
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from vision.train import fonts
from vision.train.ink import Bgr, any_colour, put_ink
from vision.train.styles import LETTERS, Colour, Style

EVEN: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True)
class Hand:
    """How this plate's characters are cut."""

    face: str
    bold: int
    stretch: float
    gap: float


def hand_of(style: Style, rng: random.Random) -> Hand:
    """How one plate's characters are cut."""
    faces = fonts.plate_faces()
    if style.fonts and rng.random() < 0.7:
        faces = tuple(one for one in faces if one.path.endswith(style.fonts)) or faces
    face = rng.choices(faces, [one.weight for one in faces])[0].path
    thin = "routed" in face
    bold = rng.choice((3, 4, 5, 6, 7)) if thin else rng.choice((-3, -1, 0, 0, 0, 1, 3, 4))
    return Hand(face, bold, rng.uniform(0.72, 1.12), rng.uniform(0.08, 0.28))


def put_row(
    face: Bgr,
    painted: str,
    room: tuple[float, float, float],
    tall: float,
    hand: Hand,
    ink: Colour,
    style: Style,
    rng: random.Random,
) -> None:
    """Paste a row of characters into the room (left, right, middle)."""
    left, right, middle = room
    marks = [_mark(mark, hand, rng) for mark in painted]
    widths = [mask.shape[1] / mask.shape[0] * tall * hand.stretch for mask in marks]
    if rng.random() < 0.35:  # some dies give every character the same room
        mean = float(np.mean([w for w, mark in zip(widths, painted, strict=True) if mark in EVEN]))
        rooms = [
            max(w, mean) if mark in EVEN else w for w, mark in zip(widths, painted, strict=True)
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
            put_ink(face, mask, (centre[0] - 1, centre[1] - 1), shape, (250, 250, 250), 0.5)
            put_ink(face, mask, (centre[0] + 1, centre[1] + 1), shape, (20, 20, 20), 0.4)
        put_ink(face, mask, centre, shape, ink, 1.0)


def _mark(mark: str, hand: Hand, rng: random.Random) -> fonts.Mask:
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
    hand: Hand,
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
        put_ink(face, mask, (at, y), (max(2, round(size * 0.6)), max(3, round(size))), ink, 1.0)
    return max(begins, at + size * 0.7)


def _emblem(face: Bgr, at: tuple[float, float], tall: float, rng: random.Random) -> None:
    """A seal, an orange, a tree, two round stickers: anything that parts the groups."""
    x, y = round(at[0]), round(at[1])
    size = max(3, round(tall * rng.uniform(0.12, 0.3)))
    colour = any_colour(rng)
    kind = rng.random()
    if kind < 0.4:
        cv2.circle(face, (x, y - size), size, colour, -1)
        cv2.circle(face, (x, y + size), size, any_colour(rng), -1)
    elif kind < 0.7:
        points = np.array(
            [[x + rng.randint(-size, size), y + rng.randint(-2 * size, 2 * size)] for _ in range(6)]
        )
        cv2.fillPoly(face, [points], colour)
    else:
        cv2.rectangle(face, (x - size // 2, y - size), (x + size // 2, y + size), colour, -1)
