"""What a crop says, weighed against what plates can be.

The reader gives every place of a crop a probability for each character. Every mask of the region is
laid along the places at once, and its best text is found by the reader's own numbers: O becomes 0
only where the reader held 0 possible and the mask asks for a digit. A mask that would need
characters much less likely than those read is not believed; the read then stands as it is and says
that it fits no mask.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.formats.grammar import Mask, Region

F32 = NDArray[np.float32]

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The reader's classes in order; behind them one more for nothing."""
_BLANK: Final = len(ALPHABET)
_NEVER: Final = np.float32(-1e9)
_FLOOR: Final = 1e-7
_FEWEST: Final = 3
"""Shorter than any plate of a series: a badge, or a road sign."""
_DEAD: Final = np.float32(-8.5)
"""A character below this everywhere is out of every mask's reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One text that a crop may say."""

    plate: str
    score: float
    """Geometric mean of the characters' probabilities, 0-1."""
    characters: tuple[float, ...]
    """Each character's probability as the reader saw it."""
    mask: str | None
    """The mask it fits; None: none of the region's."""

    @property
    def weakest(self) -> float:
        """Probability of its least certain character."""
        return min(self.characters, default=0.0)


def candidates(probabilities: F32, region: Region, most: int = 5) -> list[Candidate]:
    """Texts that a crop may say, best first; empty where nothing stands there.

    probabilities  (places, 37) the reader's, each place summing to 1
    """
    logs = np.log(np.maximum(probabilities, _FLOOR)).astype(np.float32)
    free, places = _greedy(logs)
    if len(free) < _FEWEST:
        return []
    free_cost = float(logs.max(axis=1).sum())
    ranked: list[tuple[float, Candidate]] = []
    fitting = region.mask_of(free)
    ranked.append((0.0 if fitting else -region.reach, _candidate(free, places, logs, fitting)))
    for mask, text, at, cost in _fitted(logs, _near(region, len(free), fitting)):
        behind = cost - free_cost
        if text != free and behind >= -region.reach:
            ranked.append((behind - mask.cost, _candidate(text, at, logs, mask)))
    if fitting:
        ranked[0] = (-fitting.cost, ranked[0][1])
    ranked.extend(_rivals(ranked[0][1], places, logs, region))
    ranked.sort(key=lambda one: -one[0])
    said: dict[str, Candidate] = {}
    for _, one in ranked:
        plate = one.plate if one.mask else region.written(one.plate)
        form = region.mask_of(plate)
        said.setdefault(plate, replace(one, plate=plate, mask=form.text if form else None))
    return list(said.values())[:most]


@cache
def _near(region: Region, length: int, fitting: Mask | None) -> tuple[Mask, ...]:
    """Masks worth laying along a read of this length: cheaper than one that it fits."""
    most = fitting.cost if fitting else np.inf
    return tuple(
        one for one in region.masks if one.cost < most and abs(len(one.text) - length) <= 1
    )


def _rivals(
    best: Candidate, places: list[int], logs: F32, region: Region
) -> list[tuple[float, Candidate]]:
    """The read with one character changed for its runner-up."""
    rivals = []
    for slot, place in enumerate(places):
        order = np.argsort(-logs[place, :_BLANK])
        other = ALPHABET[order[1] if ALPHABET[order[0]] == best.plate[slot] else order[0]]
        text = best.plate[:slot] + other + best.plate[slot + 1 :]
        mask = region.mask_of(text)
        loss = float(logs[place, ALPHABET.index(other)] - logs[place, :_BLANK].max())
        rank = loss - (mask.cost if mask else region.reach)
        rivals.append((rank - 1.0, _candidate(text, places, logs, mask)))
    return rivals


def _greedy(logs: F32) -> tuple[str, list[int]]:
    """What every place says at its best, and each character's surest place."""
    best = logs.argmax(axis=1)
    text = ""
    places: list[int] = []
    for at, one in enumerate(best):
        if one == _BLANK:
            continue
        if at and best[at - 1] == one:
            if logs[at, one] > logs[places[-1], one]:
                places[-1] = at
            continue
        text += ALPHABET[one]
        places.append(at)
    return text, places


def _candidate(text: str, places: list[int], logs: F32, mask: Mask | None) -> Candidate:
    sure = []
    for mark, place in zip(text, places, strict=True):
        shares = np.exp(logs[place])
        # Of a place that is half between two characters only what it says of characters counts.
        sure.append(float(shares[ALPHABET.index(mark)] / max(1 - shares[_BLANK], 0.5)))
    sure = [min(1.0, one) for one in sure]
    score = float(np.exp(np.mean(np.log(np.maximum(sure, _FLOOR))))) if sure else 0.0
    return Candidate(
        plate=text, score=score, characters=tuple(sure), mask=mask.text if mask else None
    )


@cache
def _lattice(masks: tuple[Mask, ...]) -> NDArray[np.bool_]:
    """(masks, longest, 36): characters that each mask allows at each place."""
    longest = max(len(one.text) for one in masks)
    allowed = np.zeros((len(masks), longest, _BLANK), np.bool_)
    for row, mask in enumerate(masks):
        for at in range(len(mask.text)):
            allowed[row, at, [ALPHABET.index(mark) for mark in mask.allowed(at)]] = True
    return allowed


def _fitted(logs: F32, forms: tuple[Mask, ...]) -> list[tuple[Mask, str, list[int], float]]:
    """For each mask its likeliest text, the place of each character, and the path's log-likelihood.

    A Viterbi search over (character's number in the mask, which character, blank behind it or not),
    all masks at once. Two like characters in a row need a blank between them.
    """
    if not forms:
        return []
    # Characters that were held possible nowhere need no search: two in three.
    alive = np.flatnonzero(logs[:, :_BLANK].max(axis=0) > _DEAD)
    if not len(alive):
        return []
    allowed = _lattice(forms)[:, :, alive]
    masks, longest, count = allowed.shape
    steps = len(logs)
    said = np.ascontiguousarray(logs[:, alive])
    closed = np.where(allowed, np.float32(0), _NEVER)
    # on[m, i, c]: the i-th character is c, being said; off[m, i]: i characters said, now none
    on = np.full((masks, longest, count), _NEVER, np.float32)
    off = np.full((masks, longest + 1), _NEVER, np.float32)
    off[:, 0] = 0
    from_on = np.zeros((steps, masks, longest, count), np.int8)
    from_off = np.zeros((steps, masks, longest + 1), np.int8)
    for at in range(steps):
        marks, nothing = said[at], logs[at, _BLANK]
        top = on.argmax(axis=2)
        high = np.take_along_axis(on, top[:, :, None], 2)[:, :, 0]
        without = on.copy()
        np.put_along_axis(without, top[:, :, None], _NEVER, 2)
        second_at = without.argmax(axis=2)
        second = np.take_along_axis(without, second_at[:, :, None], 2)[:, :, 0]
        # Enter character i from a blank, from another character, or go on saying it
        enter = np.broadcast_to(off[:, :longest, None], on.shape)
        jump = np.full_like(on, _NEVER)
        kind_jump = np.full(on.shape, -1, np.int8)
        jump[:, 1:] = high[:, :-1, None]
        kind_jump[:, 1:] = top[:, :-1, None]
        same = np.arange(count) == top[:, :-1, None]
        jump[:, 1:] = np.where(same, second[:, :-1, None], jump[:, 1:])
        kind_jump[:, 1:] = np.where(same, second_at[:, :-1, None], kind_jump[:, 1:])
        stay = on
        best = np.maximum(np.maximum(enter, jump), stay)
        from_on[at] = np.where(best == stay, 100, np.where(best == enter, 101, kind_jump))
        next_off = off + nothing
        behind = np.full_like(off, _NEVER)
        behind[:, 1:] = high + nothing
        from_off[at] = np.where(behind > next_off, 0, 1)
        from_off[at, :, 1:] = np.where(behind[:, 1:] > next_off[:, 1:], top, 101)
        off = np.maximum(next_off, behind)
        on = best + marks + closed
    letters = "".join(ALPHABET[one] for one in alive)
    return [
        _traced(row, mask, on, off, from_on, from_off, said, letters)
        for row, mask in enumerate(forms)
    ]


def _traced(
    row: int,
    mask: Mask,
    on: F32,
    off: F32,
    from_on: NDArray[np.int8],
    from_off: NDArray[np.int8],
    logs: F32,
    letters: str,
) -> tuple[Mask, str, list[int], float]:
    """Walk one mask's best path back."""
    last = len(mask.text) - 1
    mark = int(on[row, last].argmax())
    saying = bool(on[row, last, mark] >= off[row, last + 1])
    cost = float(max(on[row, last, mark], off[row, last + 1]))
    slot = last
    marks = [0] * (last + 1)
    places = [0] * (last + 1)
    sure = [-np.inf] * (last + 1)
    for at in range(len(logs) - 1, -1, -1):
        if saying:
            marks[slot] = mark
            if logs[at, mark] > sure[slot]:
                sure[slot], places[slot] = float(logs[at, mark]), at
            came = int(from_on[at, row, slot, mark])
            if came == 101:  # noqa: PLR2004 - out of a blank
                saying, slot = False, slot - 1
            elif came != 100:  # noqa: PLR2004 - out of another character
                slot, mark = slot - 1, came
        else:
            came = int(from_off[at, row, slot + 1])
            if slot >= 0 and came != 101:  # noqa: PLR2004
                saying, mark = True, came
    return mask, "".join(letters[one] for one in marks), places, cost
