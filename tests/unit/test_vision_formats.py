"""Reads held against masks: what fits, what is settled, what is kept as it is."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.formats import grammar
from vision.formats.fit import ALPHABET, candidates
from vision.formats.grammar import REGIONS, UnknownRegion, region
from vision.read import vote

_PLACES = 32


def said(
    text: str, doubts: dict[int, dict[str, float]] | None = None, *, every: int = 3
) -> NDArray[np.float32]:
    """What a reader answers that saw this text, in doubt at some characters."""
    shares = np.full((_PLACES, 37), 1e-4, np.float32)
    shares[:, 36] = 1
    for at, mark in enumerate(text):
        place = 2 + at * every
        shares[place] = 1e-4
        shares[place, ALPHABET.index(mark)] = 0.9
        for other, share in (doubts or {}).get(at, {}).items():
            shares[place, ALPHABET.index(other)] = share
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)


def test_every_region_has_a_file() -> None:
    """A region that can be named can be read."""
    for name in REGIONS:
        assert region(name).id == name


def test_an_unknown_region_is_refused_by_name() -> None:
    """The refusal lists what there is."""
    with pytest.raises(UnknownRegion, match="'xx' is no region of plates; choose one of mx, us"):
        region("xx")


@pytest.mark.parametrize(
    ("plate", "mask", "kind"),
    [
        ("XYA123B", "LLLDDDL", "car, private"),
        ("A12BCD", "LDDLLL", "car, private"),
        ("AB1234C", "LLDDDDL", "truck, private"),
        ("A123BCD", "LDDDLLL", "taxi or public transport"),
        ("A123BC", "LDDDLL", "truck, private"),
        ("12AB3C", "DDLLDL", "cargo, federal"),
        ("12AB3", "DDLLD", "bus, private"),
        ("A1B23", "LDLDD", "trailer"),
        ("A12BC", "LDDLL", "motorcycle"),
        ("123A", "DDDL", "disability"),
        ("12A345", "DDLDDD", "ecological"),
        ("1AB23C", "DLLDDL", "dealer's trial"),
        ("AB1C", "LLDL", "antique"),
        ("AB123C4", "LLDDDLD", "police"),
        ("12PC345", "DDPCDDD", "civil protection"),
        ("AM123AB", "AMDDDLL", "ambulance"),
        ("BM123AB", "BMDDDLL", "fire brigade"),
        ("QIO1234", "LLLDDDD", "car, private"),
    ],
)
def test_mexican_masks(plate: str, mask: str, kind: str) -> None:
    """Every mask of the norm, and an older one, tells the vehicle's class."""
    found = region("mx").mask_of(plate)
    assert found is not None
    assert (found.text, found.kind) == (mask, kind)


@pytest.mark.parametrize("plate", ["XIA123B", "XOA123B", "XQA123B"])
def test_letters_that_the_norm_does_not_use(plate: str) -> None:
    """I, O and Q are on older plates only."""
    assert region("mx").mask_of(plate) is None


@pytest.mark.parametrize(
    ("plate", "state"),
    [
        ("XYA001A", "Veracruz"),
        ("YVZ999Z", "Veracruz"),
        ("XXZ999Z", "Tlaxcala"),
        ("YWA001A", "Yucatán"),
        ("WLA001A", "Tabasco"),
        ("THA001A", "Oaxaca"),
        ("DLA001A", "Chiapas"),
        ("TNA001A", "Puebla"),
        ("XF0001A", "Veracruz"),
        ("YM9999Z", "Veracruz"),
        ("XE9999Z", None),
        ("ZZZ999Z", None),
    ],
)
def test_series_tell_the_state(plate: str, state: str | None) -> None:
    """The first and the last of a series belong to it, their neighbours do not."""
    assert region("mx").mask_of(plate) is not None
    assert region("mx").state(plate) == state


@pytest.mark.parametrize(
    ("plate", "mask", "state"),
    [
        ("OY09FEU", "LLDDLLL", "United Kingdom"),
        ("CJ45ABC", "LLDDLLL", "Romania"),
        ("CJ12ABC", "LLDDLLL", None),  # Romania's, or of 2012 and Cheshire's
        ("RK30OAG", None, None),  # no half-year is 30, and no county RK
        ("CJ45OBC", None, None),
        ("ZA12ABC", None, None),
        ("RK300AG", "LLDDDLL", None),
        ("1B70440", "DLDDDDD", "Czechia"),
        ("4BO4979", None, None),
        ("1234BCD", "DDDDLLL", "Spain"),
        ("1234BCE", None, None),
        ("WA56660", "LLDDDDD", None),
        ("WSQ3021", "LLLDDDD", None),
    ],
)
def test_european_masks(plate: str, mask: str | None, state: str | None) -> None:
    """What a country does not issue is not its plate; what several issue tells no country."""
    found = region("eu").mask_of(plate)
    assert (found.text if found else None, region("eu").state(plate)) == (mask, state)


def test_a_mask_cannot_widen_what_its_marks_say() -> None:
    """A place outside the mask, or a character that its mark has no room for, is refused."""
    about = {"text": "LLDD", "kind": "vehicle", "cost": 0}
    assert grammar._mask(about | {"only": {"3": "12"}}, "ABC").allowed(2) == "12"
    for only in ({"5": "1"}, {"0": "A"}, {"3": "A"}, {"1": "D"}, {"3": ""}):
        with pytest.raises(ValueError, match="is not a part of it"):
            grammar._mask(about | {"only": only}, "ABC")


@pytest.mark.parametrize(
    ("name", "read", "doubts", "plate"),
    [
        ("br", "JP0987O", {2: {"O": 0.2}, 6: {"0": 0.3}}, "JPO9870"),
        ("mx", "XYA12SB", {5: {"5": 0.4}}, "XYA125B"),
        ("mx", "XYAI23B", {3: {"1": 0.3}}, "XYA123B"),
        ("br", "ABC8Z34", {4: {"2": 0.2}}, "ABC8Z34"),
        ("eu", "RK8I9AM", {3: {"1": 0.3}}, "RK819AM"),
        ("eu", "RK3OOAG", {3: {"0": 0.25}, 4: {"0": 0.14}}, "RK300AG"),
        ("eu", "QY09FEU", {0: {"O": 0.5}}, "OY09FEU"),
        ("us", "5T6N556", {2: {"G": 0.5}}, "5TGN556"),
    ],
)
def test_confusions_are_settled_by_mask(
    name: str, read: str, doubts: dict[int, dict[str, float]], plate: str
) -> None:
    """A mask asks for the reader's second thought, and gets it; what was read stays a candidate."""
    found = candidates(said(read, doubts), region(name))
    assert found[0].plate == plate
    assert found[0].mask is not None
    assert read in {one.plate for one in found}


def test_a_mask_never_guesses() -> None:
    """Where the reader saw no 0, no mask makes one of its O."""
    found = candidates(said("XYA12KB"), region("mx"))
    assert found[0].plate == "XYA12KB"
    assert found[0].mask is None


@pytest.mark.parametrize("name", REGIONS)
def test_a_read_that_fits_no_mask_is_kept(name: str) -> None:
    """It says so by having no mask."""
    found = candidates(said("QQQQ9QQQQ"), region(name))
    assert (found[0].plate, found[0].mask) == ("QQQQ9QQQQ", None)


@pytest.mark.parametrize(("read", "plate"), [("CUSTOM", "CUST0M"), ("NOX218", "NOX218")])
def test_one_die_for_two_characters(read: str, plate: str) -> None:
    """In the United States O is 0, unless a mask gives it a letter's place."""
    assert candidates(said(read), region("us"))[0].plate == plate


def test_like_neighbours_are_two_characters() -> None:
    """11 with nothing between would be one stroke; with a gap it is two."""
    found = candidates(said("ABC1122", {0: {"8": 0.01}}), region("br"))
    assert found[0].plate == "ABC1122"


def test_a_mask_finds_what_was_nearly_dropped() -> None:
    """A character that the best reading passed over is found where a mask needs one."""
    shares = said("ABC123D")
    place = 2 + 5 * 3
    shares[place] = 1e-4
    shares[place, 36], shares[place, ALPHABET.index("3")] = 0.6, 0.4
    assert candidates(shares, region("mx"))[0].plate == "ABC123D"


def test_nothing_is_read_where_nothing_stands() -> None:
    """Blank places make no plate, nor does one lone character."""
    assert candidates(said(""), region("mx")) == []
    assert candidates(said("A"), region("mx")) == []


def test_scores_are_the_readers_own() -> None:
    """The weakest character is the doubtful one."""
    found = candidates(said("ABC123D", {3: {"7": 0.8}}), region("mx"))
    assert found[0].plate == "ABC123D"
    assert found[0].weakest == min(found[0].characters) == found[0].characters[3]
    assert found[1].plate == "ABC723D"


def test_looks_vote() -> None:
    """Two looks that agree outvote a third."""
    one = candidates(said("ABC123D", {3: {"7": 0.8}}), region("mx"))
    other = candidates(said("ABC723D", {3: {"1": 0.8}}), region("mx"))
    assert vote([other, one, one])[0].plate == "ABC123D"
    assert vote([[], []]) == []
