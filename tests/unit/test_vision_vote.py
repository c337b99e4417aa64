"""Many looks at one plate become one text."""

import doctest

import numpy as np
import pytest

from vision import recent, vote
from vision.formats.fit import Candidate
from vision.formats.grammar import region
from vision.vote import Ballot, Look, aligned, changes, look, sharpness

MX = region("mx")


def said(text: str, sure: float = 0.9, doubts: dict[int, tuple[str, float]] | None = None) -> Look:
    """A look that read this text, holding other characters possible at some places."""
    doubts = doubts or {}
    shares = tuple(1 - doubts[at][1] if at in doubts else sure for at in range(len(text)))
    candidates = [_candidate(text, shares)]
    for at, (mark, share) in doubts.items():
        other = (*shares[:at], share, *shares[at + 1 :])
        candidates.append(_candidate(text[:at] + mark + text[at + 1 :], other))
    return Look(tuple(candidates), sure)


def _candidate(text: str, shares: tuple[float, ...]) -> Candidate:
    mask = MX.mask_of(text)
    score = float(np.exp(np.log(shares).mean()))
    return Candidate(plate=text, score=score, characters=shares, mask=mask.text if mask else None)


def result(*looks: Look) -> list[Candidate]:
    """What these looks say together."""
    ballot = Ballot(MX)
    for one in looks:
        ballot.add(one)
    return ballot.said()


def test_examples_in_the_text() -> None:
    """The doctests hold."""
    assert doctest.testmod(vote).failed == 0
    assert doctest.testmod(recent).failed == 0


def test_no_look_says_nothing() -> None:
    """An empty ballot has no result."""
    assert result() == []


def test_each_place_is_voted_on() -> None:
    """Three looks, each with another mistake: none of them read the plate, together they did."""
    best = result(said("YBA123C"), said("XYA128C"), said("XYA723C"), said("XYB123C"))[0]
    assert best.plate == "XYA123C"
    assert best.mask == "LLLDDDL"


def test_the_sure_look_outvotes_two_unsure_ones() -> None:
    """Weight counts, not number."""
    best = result(said("XYA123C", 0.95), said("XYA128C", 0.3), said("XYA128C", 0.3))[0]
    assert best.plate == "XYA123C"


@pytest.mark.parametrize("short", ["XYA12C", "YA123C", "XYA123"])
def test_looks_of_another_length_are_laid_along(short: str) -> None:
    """A character that one look passed over is no reason to drop the others it saw."""
    best = result(said("XYA123C"), said(short, 0.7), said("XYA123C", 0.6))[0]
    assert best.plate == "XYA123C"
    assert best.weakest > 0.5


def test_masks_take_what_looks_saw() -> None:
    """S where the mask asks for a digit becomes the 5 that looks held possible."""
    doubt = {4: ("5", 0.4)}
    best = result(said("XYA1S3C", doubts=doubt), said("XYA1S3C", doubts=doubt))[0]
    assert best.plate == "XYA153C"


def test_masks_never_guess() -> None:
    """A letter that no look doubted stays, and the text fits no mask."""
    best = result(said("XYA1K3C", 0.99), said("XYA1K3C", 0.99))[0]
    assert (best.plate, best.mask) == ("XYA1K3C", None)


def test_the_weakest_character_is_the_one_in_dispute() -> None:
    """Where looks disagree nobody may be sure."""
    best = result(said("XYA123C", 0.9), said("XYA128C", 0.8))[0]
    assert best.weakest == min(best.characters) == best.characters[5]
    assert best.weakest < 0.6


def test_a_ballot_is_bounded_and_keeps_the_weighty() -> None:
    """However long a vehicle stands."""
    ballot = Ballot(MX, most=5)
    for sure in np.linspace(0.2, 0.9, 200):
        ballot.add(said("XYA123C", float(sure)))
    assert len(ballot) == 5
    assert ballot.said()[0].weakest > 0.85
    assert ballot.agreeing("XYA123C") == 5
    assert ballot.share("XYA123C") == pytest.approx(1.0)
    assert ballot.share("XYA128C") == 0.0


def test_alignment_is_by_fewest_changes() -> None:
    """Whatever was added or left out."""
    assert aligned("XYA123C", "XYA123C") == [0, 1, 2, 3, 4, 5, 6]
    assert aligned("XYA13C", "XYA123C") == [0, 1, 2, 3, 5, 6]
    assert aligned("XYAA123C", "XYA123C").count(None) == 1
    assert changes("", "ABC") == 3


def test_large_sharp_and_sure_looks_weigh_more() -> None:
    """Each by itself."""
    sure, unsure = said("XYA123C", 0.9).candidates, said("XYA123C", 0.5).candidates
    best = look(sure, 120, 0.5).weight
    assert best > look(unsure, 120, 0.5).weight
    assert best > look(sure, 50, 0.5).weight
    assert best > look(sure, 120, 0.05).weight


def test_a_blurred_plate_is_less_sharp() -> None:
    """Stripes, and the same ones smeared."""
    crisp = np.zeros((100, 200, 3), np.uint8)
    crisp[:, ::8] = crisp[:, 1::8] = crisp[:, 2::8] = crisp[:, 3::8] = 220
    corners = np.array([[20, 20], [148, 20], [148, 68], [20, 68]], np.float32)
    soft = crisp.copy()
    for _ in range(6):
        soft = (
            (soft.astype(int) + np.roll(soft, 1, axis=1) + np.roll(soft, -1, axis=1)) // 3
        ).astype(np.uint8)
    assert sharpness(soft, corners) < 0.6 * sharpness(crisp, corners)


@pytest.mark.parametrize(
    ("plate", "told"),
    [("UK8Z", True), ("KB272", True), ("UKB772", True), ("ZM8Z", False), ("UKB", False)],
)
def test_a_part_of_a_plate_is_that_plate(plate: str, *, told: bool) -> None:
    """Half of one that is hidden is no other vehicle; three characters are too few to say so."""
    assert recent._alike("UKB272", plate) is told
