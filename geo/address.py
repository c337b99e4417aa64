"""Find an address among a plan's streets: names as people write them, house numbers left aside.

The words of a street must all be said, or all that is said must be words of street and colonia.
What fits best wins; streets of one name in two colonias are told apart by the colonia.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from geo.plan import Block
from geo.route_values import folded

_WORD: Final = re.compile(r"[^\W_]+")
_COMMON: Final = frozenset(
    _WORD.findall(
        "a al and av ave avda avenida blvd boulevard bulevar c calle calz calzada cda cerrada "
        "circuito col colonia cto de del e el esq esquina fracc fraccionamiento int interior la "
        "las los lote manzana mz n no num numero priv privada prol prolongacion s sn y zona"
    )
)
"""Words that many addresses have and none is known by."""

Score = tuple[int, int, int]
NOTHING: Final[Score] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Match:
    """Blocks that an address may mean, in the plan's order, and how well they fit."""

    score: Score
    blocks: tuple[int, ...]


def words(text: str) -> frozenset[str]:
    """What an address is known by.

    >>> sorted(words("Calle 5 de Mayo 120, Col. Centro"))
    ['120', '5', 'centro', 'mayo']
    """
    found = frozenset(_WORD.findall(folded(text)))
    return found - _COMMON or found


def find(blocks: Sequence[Block], text: str) -> Match:
    """The blocks to be served that fit an address best; none if nothing fits.

    >>> import numpy as np
    >>> line = np.zeros((2, 2))
    >>> streets = [Block("A", line, street="5 de Mayo"), Block("B", line, street="Mayo")]
    >>> find(streets, "Cinco Mayo 5").blocks, find(streets, "calle 5 de mayo 12").blocks
    ((0,), (0,))
    """
    said = words(text)
    named = frozenset(word for word in said if not word[0].isdigit())
    best, found = NOTHING, list[int]()
    scores: dict[tuple[str, str], Score] = {}
    for at, block in enumerate(blocks):
        key = (block.street, block.colonia)
        if key not in scores:
            scores[key] = _score(said, named, words(block.street), words(block.colonia))
        if not block.service or scores[key] == NOTHING or scores[key] < best:
            continue
        if scores[key] > best:
            best, found = scores[key], []
        found.append(at)
    return Match(best, tuple(found))


def _score(
    said: frozenset[str], named: frozenset[str], street: frozenset[str], colonia: frozenset[str]
) -> Score:
    """Whether the whole street was said, how many of its words, and how many of its colonia's."""
    part = bool(named) and named <= street | colonia
    numbered = not any(word[0].isalpha() for word in street)  # Calle 5 is no house number
    whole = bool(street) and street <= said and (not numbered or named <= colonia)
    if not (whole or part):
        return NOTHING
    return int(whole), len(street & said), len(colonia & said)
