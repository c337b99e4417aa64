"""Plates as they are on the road in Veracruz: NOM-001-SCT-2-2016, and older ones.

In a mask L is a letter, D a digit, and anything else itself. Letters I, Ñ, O
and Q do not occur in the series of 2016. Every plate is made up.
"""

import random
from typing import Final, NamedTuple

LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
_OLD_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Series(NamedTuple):
    """A kind of plate, and how usual it is here."""

    share: float
    mask: str
    vehicle: str
    region: str
    first: str = ""
    """Least and greatest letters at its head; empty: any."""
    last: str = ""
    letters: str = LETTERS


SERIES: Final = (
    Series(0.66, "LLL-DDD-L", "car", "mx-ver", "XYA", "YVZ"),
    Series(0.10, "LL-DDDD-L", "pickup", "mx-ver", "XF", "YM"),
    Series(0.05, "LLL-DDD-L", "car", "mx-tab", "WLA", "WWZ"),
    Series(0.03, "LLL-DDD-L", "car", "mx-oax", "THA", "TMZ"),
    Series(0.02, "LLL-DDD-L", "car", "mx-chp", "DLA", "DSZ"),
    Series(0.02, "LLL-DDD-L", "car", "mx-pue", "TNA", "UJZ"),
    Series(0.04, "L-DDD-LLL", "taxi", "mx-ver"),
    Series(0.03, "DD-LL-DL", "truck", "mx"),
    Series(0.02, "LDD-LL", "motorcycle", "mx-ver"),
    Series(0.03, "LLL-DD-DD", "car", "mx-ver", "YAA", "YZZ", _OLD_LETTERS),
)


def draw(rng: random.Random) -> tuple[str, Series]:
    """Make up one plate of the usual mixture."""
    series = rng.choices(SERIES, [one.share for one in SERIES])[0]
    head = _between(series, rng) if series.first else ""
    body = "".join(_fill(mark, series, rng) for mark in series.mask[len(head) :])
    return head + body, series


def wanted(seed: int, count: int = 3) -> tuple[str, ...]:
    """Plates that a city of this seed has on its roads again and again, for hot lists to find."""
    rng = random.Random(f"{seed}:wanted")
    cars = SERIES[0]
    return tuple(
        _between(cars, rng)
        + "".join(_fill(mark, cars, rng) for mark in cars.mask[len(cars.first) :])
        for _ in range(count)
    )


def _fill(mark: str, series: Series, rng: random.Random) -> str:
    match mark:
        case "L":
            return rng.choice(series.letters)
        case "D":
            return rng.choice("0123456789")
    return mark


def _between(series: Series, rng: random.Random) -> str:
    """Letters between a series' first and last, both included, in its own alphabet."""
    low, high = (_rank(text, series.letters) for text in (series.first, series.last))
    rank, text = rng.randint(low, high), ""
    for _ in series.first:
        rank, digit = divmod(rank, len(series.letters))
        text = series.letters[digit] + text
    return text


def _rank(text: str, letters: str) -> int:
    rank = 0
    for letter in text:
        rank = rank * len(letters) + letters.index(letter)
    return rank
