"""What a plate says, by all the looks that were taken of it while it passed.

Each look has its say at each place of the plate, with the probabilities that the reader gave and
the weight of the look: how sure it was, how large and how sharp the plate was. Looks of another
length are laid along the commonest one first. Masks then weigh what the looks together hold
possible; a character that no look saw cannot win.
"""

import heapq
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.formats.fit import Candidate
from vision.formats.grammar import Region
from vision.rectify import rectify

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

_RANKS: Final = (1.0, 0.3, 0.1)
"""What a look's first, second and later choices count for the length."""
_UNMASKED: Final = 0.6
"""What a look counts that fits no mask."""
_FLOOR: Final = 1e-3
"""Probability of what nobody saw: out of every region's reach once a place asks for it."""
_LEAST_LENGTH: Final = 0.15
"""Lengths that weigh less than this beside the weightiest are slips."""
_MASKED_LENGTH: Final = 2.0
"""What a length in which a mask fits is worth more than one without, in nats."""
_LONG: Final = 6
_WIDE_PX: Final = 90.0
"""A plate this wide shows all that the reader can use."""
_SOFT: Final = 0.15
"""Sharpness at which half of a look's weight is left."""
_LEAST_SHARP: Final = 0.01
_LOOK_SIZE: Final = (128, 48)


@dataclass(frozen=True, slots=True)
class Look:
    """What was read in one frame."""

    candidates: tuple[Candidate, ...]
    """Best first, at least one."""
    weight: float


def look(candidates: tuple[Candidate, ...], wide_px: float, sharp: float) -> Look:
    """Weigh a read by how sure it is, how wide the plate was in the frame, and how sharp."""
    best = candidates[0]
    sure = best.score**2 * max(best.weakest, 0.05) * (1.0 if best.mask else _UNMASKED)
    crisp = max(sharp, _LEAST_SHARP) / (sharp + _SOFT)
    return Look(candidates, sure * min(1.0, wide_px / _WIDE_PX) * crisp)


def sharpness(frame: U8, corners: F32) -> float:
    """How much of a plate's contrast lies between neighbouring pixels: 0 a blur, 1 crisp."""
    crop = cv2.cvtColor(rectify(frame, corners, _LOOK_SIZE), cv2.COLOR_BGR2GRAY)
    grey = crop.astype(np.float32)
    return float(cv2.Laplacian(grey, cv2.CV_32F).std() / (2 * grey.std() + 4.0))


class Ballot:
    """The looks at one plate; bounded: the least weighty give way."""

    def __init__(self, region: Region, most: int = 24) -> None:
        """Keep at most `most` looks."""
        self._region = region
        self._most = most
        self._looks: list[tuple[float, int, Look]] = []
        self._order = count()
        self._said: list[Candidate] | None = None

    def __len__(self) -> int:
        """How many looks are kept."""
        return len(self._looks)

    def add(self, one: Look) -> None:
        """Let one more look vote."""
        entry = (one.weight, next(self._order), one)
        if len(self._looks) < self._most:
            heapq.heappush(self._looks, entry)
        else:
            heapq.heappushpop(self._looks, entry)
        self._said = None

    def agreeing(self, plate: str) -> int:
        """How many looks said this, character for character."""
        return sum(one.candidates[0].plate == plate for _, _, one in self._looks)

    def near(self, plate: str) -> int:
        """How many looks said this or, of long plates, missed one character of it."""
        slip = len(plate) >= _LONG
        return sum(
            changes(one.candidates[0].plate, plate) <= int(slip) for _, _, one in self._looks
        )

    def share(self, plate: str) -> float:
        """What part of all weight said this, character for character."""
        whole = sum(one.weight for _, _, one in self._looks)
        said = sum(one.weight for _, _, one in self._looks if one.candidates[0].plate == plate)
        return said / whole if whole else 0.0

    def said(self) -> list[Candidate]:
        """What the plate may say, best first; empty: no look was taken."""
        if self._said is None:
            self._said = _counted([one for _, _, one in self._looks], self._region)
        return self._said


def _counted(looks: list[Look], region: Region, most: int = 5) -> list[Candidate]:
    """Texts of every length that enough looks saw, best first."""
    lengths, texts = _lengths(looks)
    top = max(lengths.values(), default=0.0)
    ranked: list[tuple[float, Candidate]] = []
    for length, share in lengths.items():
        if share < _LEAST_LENGTH * top:
            continue
        model = max((one for one in texts if len(one) == length), key=lambda each: texts[each])
        ranked += _ranked(looks, model, region, float(np.log(share / top)))
    ranked.sort(key=lambda one: (-one[0], one[1].plate))
    return [one for _, one in ranked[:most]]


def _ranked(
    looks: list[Look], model: str, region: Region, length_worth: float
) -> list[tuple[float, Candidate]]:
    """Texts as long as the model, each with its worth in nats; the best of a mask lead."""
    places = _places(looks, model)
    best = "".join(max(place, key=lambda mark: place[mark]) for place in places)
    texts = {best, model}
    texts |= {one.plate for each in looks for one in each.candidates if len(one.plate) == len(best)}
    for mask in region.masks:
        if len(mask.text) == len(best):
            texts.add(_fitted(places, [mask.allowed(at) for at in range(len(best))]))
    top = sum(float(np.log(place[mark])) for place, mark in zip(places, best, strict=True))
    ranked: list[tuple[float, Candidate]] = []
    for text in texts:
        shares = [place.get(mark, _FLOOR) for place, mark in zip(places, text, strict=True)]
        behind = float(np.log(shares).sum()) - top
        if text != best and behind < -region.reach - 1:
            continue
        mask_ = region.mask_of(text)
        if mask_:
            shares = [
                _given(places[at], text[at], mask_.allowed(at), region) for at in range(len(text))
            ]
        ranked.append(
            (
                behind - (mask_.cost if mask_ else region.reach),
                Candidate(
                    plate=text,
                    score=float(np.exp(np.log(shares).mean())),
                    characters=tuple(shares),
                    mask=mask_.text if mask_ else None,
                ),
            )
        )
    # Within a length masks weigh by the region's reach. Between lengths they weigh less: a look
    # passes over a character more easily than it takes one for another.
    first = max(ranked, key=lambda one: one[0])
    lead = length_worth - (0.0 if first[1].mask else _MASKED_LENGTH)
    return [(worth - first[0] + lead, one) for worth, one in ranked]


def _given(place: dict[str, float], mark: str, allowed: str, region: Region) -> float:
    """A character's share once its text is known to fit a mask.

    What the mask has no room for counts as little as texts without a mask do in a region.
    """
    own = place.get(mark, _FLOOR)
    barred = sum(share for other, share in place.items() if other not in allowed)
    rest = max(0.0, 1.0 - own - barred)
    return own / (own + rest + barred * float(np.exp(-region.reach)))


def _fitted(places: list[dict[str, float]], allowed: list[str]) -> str:
    """The likeliest text of a mask by what the looks saw."""
    return "".join(
        max(marks, key=lambda mark: place.get(mark, 0.0))
        for place, marks in zip(places, allowed, strict=True)
    )


def _lengths(looks: list[Look]) -> tuple[dict[int, float], dict[str, float]]:
    """What each length, and each text, weighs."""
    lengths: dict[int, float] = defaultdict(float)
    texts: dict[str, float] = defaultdict(float)
    for one in looks:
        best: dict[int, float] = {}
        for rank, candidate in enumerate(one.candidates):
            worth = one.weight * _RANKS[min(rank, 2)]
            texts[candidate.plate] += worth
            length = len(candidate.plate)
            best[length] = max(best.get(length, 0.0), worth)
        for length, worth in best.items():
            lengths[length] += worth
    return lengths, texts


def _places(looks: list[Look], model: str) -> list[dict[str, float]]:
    """For each place of the model, the mean share that looks gave each character.

    A look that has nothing there takes part in the mean: what some passed over is less sure.
    """
    sums: list[dict[str, float]] = [defaultdict(float) for _ in model]
    whole = 1e-9
    for one in looks:
        text, weight = one.candidates[0].plate, one.weight
        same = [each for each in one.candidates if len(each.plate) == len(model)]
        if same and len(text) != len(model):
            text, weight = same[0].plate, weight * _RANKS[1]
        shares = _shares([each for each in one.candidates if len(each.plate) == len(text)])
        whole += weight
        for at, place in enumerate(aligned(text, model)):
            if place is None:
                continue
            for mark, share in shares[at].items():
                sums[place][mark] += weight * share
    for total, own in zip(sums, model, strict=True):
        total[own] = max(total[own], _FLOOR * whole)
    return [
        {mark: min(1.0, max(share / whole, _FLOOR)) for mark, share in total.items()}
        for total in sums
    ]


def _shares(candidates: list[Candidate]) -> list[dict[str, float]]:
    """What one look holds possible at each place; all candidates are of one length."""
    places: list[dict[str, float]] = [{} for _ in candidates[0].plate]
    for one in candidates:
        for at, (mark, share) in enumerate(zip(one.plate, one.characters, strict=True)):
            places[at][mark] = max(places[at].get(mark, 0.0), share)
    return places


def aligned(text: str, model: str) -> list[int | None]:
    """For each character of a text its place in the model, by the fewest changes.

    >>> aligned("AB23", "AB123")
    [0, 1, 3, 4]
    >>> aligned("ABX123", "AB123")
    [0, 1, None, 2, 3, 4]
    """
    if len(text) == len(model):
        return list(range(len(text)))
    cost = _changes(text, model)
    row, column = len(text), len(model)
    out: list[int | None] = [None] * len(text)
    while row and column:
        differ = int(text[row - 1] != model[column - 1])
        if cost[row][column] == cost[row - 1][column - 1] + differ:
            row, column = row - 1, column - 1
            out[row] = column
        elif cost[row][column] == cost[row - 1][column] + 1:
            row -= 1
        else:
            column -= 1
    return out


def changes(one: str, other: str) -> int:
    """Fewest characters changed, added and left out between two texts.

    >>> changes("ABC123", "ABC23")
    1
    """
    return _changes(one, other)[-1][-1]


def _changes(one: str, other: str) -> list[list[int]]:
    table = [list(range(len(other) + 1))]
    for row, mark in enumerate(one, 1):
        line = [row]
        for column, target in enumerate(other, 1):
            line.append(
                min(
                    table[-1][column] + 1,
                    line[-1] + 1,
                    table[-1][column - 1] + (mark != target),
                )
            )
        table.append(line)
    return table
