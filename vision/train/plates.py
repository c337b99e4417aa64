"""Draw one plate, flat and clean: what a camera would see from straight ahead.

Characters are pasted as ink masks, so a plate costs about a millisecond. What surrounds the
plate (bumper, dealer's frame) is drawn too, because a reader's crop always shows some of it.
"""

import random
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.train.characters import EVEN, hand_of, put_row
from vision.train.fittings import (
    band,
    bolts,
    frame,
    mount,
    paper_of,
    rim,
    surroundings,
    words,
)
from vision.train.ink import WHITE_INK, Bgr, shade
from vision.train.styles import STYLES, TWO_ROWS, Style

F32 = NDArray[np.float32]

_WIDE_PX: Final = 240
_MARGIN: Final = 0.22
"""Surroundings on each side, over the plate's height."""
_CONTRAST: Final = 190
"""Least difference between ink and paper, summed over the colours."""
_DIGITS: Final = "0123456789"


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
                said.append(rng.choice(EVEN))
            case "-":
                said.append(rng.choice(style.joints) if rng.random() < 0.7 else style.joints[0])
            case _:
                said.append(mark.upper())
    return "".join(said)


def _drawn(style: Style, rng: random.Random) -> Flat:
    painted = _filled(rng.choice(style.masks), style, rng)
    wide = _WIDE_PX
    high = round(wide / rng.uniform(*style.aspect))
    edge = round(high * _MARGIN)
    paper = shade(rng.choice(style.papers), rng, 22)
    ink = shade(rng.choice(style.inks), rng, 14)
    if abs(sum(ink) - sum(paper)) < _CONTRAST:
        ink = (20, 20, 20) if sum(paper) > _CONTRAST * 2 else WHITE_INK
    face = paper_of(wide, high, paper, style, rng)
    left, right = band(face, style, rng)
    words(face, style, ink, rng)
    rows = painted.split("/")
    hand = hand_of(style, rng)
    if len(rows) == 1:
        middle = rng.uniform(*style.middle) * high
        put_row(
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
            put_row(
                face,
                row,
                (left, right, at * high),
                high * rng.uniform(0.34, 0.42),
                hand,
                ink,
                style,
                rng,
            )
    bolts(face, rng)
    if rng.random() < 0.7:
        rim(face, ink if rng.random() < 0.5 else shade((60, 60, 60), rng, 50), rng)
    image = surroundings(wide + 2 * edge, high + 2 * edge, rng)
    mount(image, face, edge, rng)
    frame(image, (edge, edge, wide, high), rng)
    corners = np.array(
        [[edge, edge], [edge + wide, edge], [edge + wide, edge + high], [edge, edge + high]],
        np.float32,
    )
    text = "".join(mark for mark in painted if mark in EVEN)
    return Flat(text, style.region, len(rows), image, corners)
