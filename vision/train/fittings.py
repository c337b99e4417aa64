"""What a plate has beside its characters: paper, strips, words, stickers, bolts, frames, a car."""

import random

import cv2
import numpy as np

from vision.train import fonts
from vision.train.ink import WHITE_INK, Bgr, any_colour, any_word_face, mixed, paste, shade
from vision.train.styles import Colour, Style


def paper_of(wide: int, high: int, paper: Colour, style: Style, rng: random.Random) -> Bgr:
    """The empty plate: plain, shaded, or with a picture."""
    face = np.empty((high, wide, 3), np.uint8)
    face[:] = paper
    kind = rng.random()
    if kind < style.picture:
        # A picture is a few blurred shapes: mountains, flowers, suns.
        for _ in range(rng.randint(2, 7)):
            colour = mixed(paper, any_colour(rng), rng.uniform(0.15, 0.6))
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
        other = mixed(paper, any_colour(rng), rng.uniform(0.1, 0.5))
        ramp = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]
        if rng.random() < 0.5:
            ramp = np.abs(ramp * 2 - 1)
        blend = np.array(paper, np.float32) * (1 - ramp) + np.array(other, np.float32) * ramp
        face[:] = blend.astype(np.uint8)
    return face


def band(face: Bgr, style: Style, rng: random.Random) -> tuple[float, float]:
    """Paint the region's strip; return the room that is left, from x to x."""
    high, wide = face.shape[:2]
    blue = shade((150, 60, 10), rng, 25)
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
            paste(
                face,
                fonts.word(any_word_face(rng), code),
                (strip / 2, high * 0.76),
                high * 0.24,
                WHITE_INK,
            )
            return strip + 0.01 * wide, 0.98 * wide
        case "top":
            strip = round(high * rng.uniform(0.2, 0.27))
            cv2.rectangle(face, (0, 0), (wide, strip), blue, -1)
            name = rng.choice(("BRASIL", "BRASIL", "ARGENTINA", "URUGUAY", "PARAGUAY"))
            paste(
                face,
                fonts.word(any_word_face(rng), name),
                (wide / 2, strip / 2),
                strip * 0.6,
                WHITE_INK,
            )
            cv2.rectangle(face, (wide - 22, 3), (wide - 5, strip - 3), (40, 150, 60), -1)
            return 0.05 * wide, 0.95 * wide
    return 0.0, float(wide)


def words(face: Bgr, style: Style, ink: Colour, rng: random.Random) -> None:
    """State, slogan, class: anything that is not the plate, and stickers."""
    high, wide = face.shape[:2]
    for words, lines in ((style.above, (0.08, 0.2)), (style.below, (0.82, 0.93))):
        if not words or rng.random() > style.word_share:
            continue
        colour = ink if rng.random() < 0.4 else shade(any_colour(rng), rng, 10)
        size = high * (rng.uniform(0.08, 0.2) if style.region != "eu" else 0.1)
        mask = fonts.word(any_word_face(rng), rng.choice(words))
        share = rng.choice((0.5, 0.5, 0.5, 0.3, 0.7))
        paste(
            face, mask, (wide * share, high * rng.uniform(*lines)), size, colour, widest=0.8 * wide
        )
        if rng.random() < 0.25:
            mask = fonts.word(any_word_face(rng), rng.choice(words))
            at = (wide * rng.uniform(0.2, 0.8), high * lines[rng.randint(0, 1)])
            paste(face, mask, at, high * 0.06, ink, widest=0.5 * wide)
    for x in (0.1, 0.88):
        for y in (0.12, 0.88):
            if rng.random() < style.stickers * 0.5:
                _sticker(face, (round(x * wide), round(y * high)), rng)


def _sticker(face: Bgr, at: tuple[int, int], rng: random.Random) -> None:
    high, wide = face.shape[:2]
    half = (round(wide * rng.uniform(0.04, 0.07)), round(high * rng.uniform(0.06, 0.1)))
    colour = rng.choice(((230, 230, 230), any_colour(rng)))
    cv2.rectangle(
        face, (at[0] - half[0], at[1] - half[1]), (at[0] + half[0], at[1] + half[1]), colour, -1
    )
    text = rng.choice(("JAN", "MAY", "JUN", "DEC", "06", "08", "10", "12", "97", "2008", "11"))
    dark = (20, 20, 20) if sum(colour) > 330 else (240, 240, 240)
    paste(face, fonts.word(any_word_face(rng), text), at, half[1] * 1.4, dark, widest=half[0] * 1.8)


def bolts(face: Bgr, rng: random.Random) -> None:
    """What holds the plate."""
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


def rim(face: Bgr, colour: Colour, rng: random.Random) -> None:
    """The line along its edge."""
    inset = rng.randint(1, 5)
    high, wide = face.shape[:2]
    cv2.rectangle(
        face, (inset, inset), (wide - 1 - inset, high - 1 - inset), colour, rng.randint(1, 3)
    )


def surroundings(wide: int, high: int, rng: random.Random) -> Bgr:
    """Bumper and boot: a ramp between two colours, sometimes with edges in it."""
    if rng.random() < 0.5:
        dark = rng.randint(0, 90)
        one: Colour = (dark, dark, dark)
    else:
        one = any_colour(rng)
    other = mixed(one, any_colour(rng), rng.uniform(0, 0.5))
    ramp = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]
    image = np.empty((high, wide, 3), np.uint8)
    image[:] = np.array(one, np.float32) * (1 - ramp) + np.array(other, np.float32) * ramp
    for _ in range(rng.randint(0, 4)):
        ends = [(rng.randint(0, wide), rng.randint(0, high)) for _ in range(2)]
        cv2.line(image, ends[0], ends[1], any_colour(rng), rng.randint(1, 8))
    return image


def mount(image: Bgr, face: Bgr, edge: int, rng: random.Random) -> None:
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


def frame(image: Bgr, box: tuple[int, int, int, int], rng: random.Random) -> None:
    """A dealer's frame: it hides the edge and carries words of its own."""
    if rng.random() > 0.4:
        return
    x, y, wide, high = box
    colour = rng.choice(((30, 30, 30), (20, 20, 20), (200, 200, 200), any_colour(rng)))
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
                paste(
                    image,
                    fonts.word(any_word_face(rng), rng.choice(words)),
                    (x + wide / 2, at),
                    room * 0.8,
                    light,
                )
