"""Plates without a database: what is near, what a file says, what a count may show."""

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_center.plates import counting, csvfile, keys, masking, origin, words
from control_center.plates.csvfile import NotAList
from control_center.plates.match import CONFUSED, Sought, Watchlist, variants
from control_center.plates.words import NotAPlate
from core import jpeg
from core.clock import monotonic_s
from core.errors import ConfigError
from core.seal import KeyRing, PlateVault, WrongKey, normalised
from core.settings import Settings
from core.settings.telemetry import Plates
from firmware_sim import plates as road
from store.passage import Cell
from tests.servers.plates import JPEG, RING

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/Mexico_City")
PLATES = st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=5, max_size=8)


def watch(*texts: str, **about: datetime) -> Watchlist:
    """Plates that are sought."""
    return Watchlist(
        RING, [Sought(nth, text, "normal", "L", **about) for nth, text in enumerate(texts)]
    )


def seen(watchlist: Watchlist, plate: str, *candidates: str) -> list[tuple[int, tuple[int, ...]]]:
    """Entries that a read is, or is near, and where it differs."""
    found = watchlist.matches(RING.current.hashed(plate), plate, candidates, NOW)
    return [(one.sought.entry_id, one.differs) for one in found]


@given(
    plate=PLATES, at=st.integers(0, 4), other=st.sampled_from("ABCDEFGHJKLMNPRSTUVWXYZ0123456789")
)
def test_near_is_one_known_confusion_and_nothing_else(plate: str, at: int, other: str) -> None:
    """One character changed for any: near where the two are confused, the plate itself exact."""
    read = plate[:at] + other + plate[at + 1 :]
    found = seen(watch(plate), read)
    if read == plate:
        assert found == [(0, ())]
    else:
        assert found == ([(0, (at,))] if other in CONFUSED.get(plate[at], ()) else [])


@given(plate=PLATES)
def test_whatever_a_plate_is_taken_for_is_near_it(plate: str) -> None:
    """So the search of the past, which lists those, and the watch agree."""
    watchlist = watch(plate)
    for other, at in variants(plate).items():
        assert seen(watchlist, other) == [(0, (at,))]


@pytest.mark.parametrize("pair", ["O0", "I1", "B8", "S5", "Z2", "Q0", "G6"])
def test_the_known_confusions_are_known_both_ways(pair: str) -> None:
    """As readers make them."""
    one, other = pair[0], pair[1]
    assert other in CONFUSED[one]
    assert one in CONFUSED[other]


def test_what_the_reader_was_unsure_of_counts() -> None:
    """Only the character that it named, and only alone."""
    assert seen(watch("XYA123A"), "XYA193A", "XYA123A") == [(0, (4,))]
    assert seen(watch("XYA123A"), "XYA193A", "XYA143A") == []
    assert seen(watch("XYA123A"), "XYA194A", "XYA123A") == []
    assert seen(watch("XYA123A"), "XYA193A", "XYA123") == []


def test_an_exact_read_is_near_to_no_other() -> None:
    """The reader's text is a plate that is sought: its neighbour is not alarmed about."""
    assert seen(watch("XYA1Z3A", "XYA123A"), "XYA123A") == [(1, ())]
    assert sorted(seen(watch("XYA1Z3A", "XYAI23A"), "XYA123A")) == [(0, (4,)), (1, (3,))]


def test_what_has_expired_is_not_found() -> None:
    """At the moment of the passage."""
    assert seen(watch("XYA123A", expires_at=NOW), "XYA123A") == []
    assert seen(watch("XYA123A", expires_at=NOW + timedelta(seconds=1)), "XYA123A") != []


def test_a_read_that_cannot_be_opened_is_found_by_its_hash() -> None:
    """And is near to nothing."""
    hashed = RING.current.hashed("XYA123A")
    [found] = watch("XYA123A").matches(hashed, None, (), NOW)
    assert found.differs == ()
    assert watch("XYA128A").matches(hashed, None, (), NOW) == []


def test_a_thousand_entries_cost_a_read_nearly_nothing() -> None:
    """A hundred reads a second are a hundredth of a core's time."""
    rng = random.Random(7)
    watchlist = watch(*(normalised(road.draw(rng)[0]) for _ in range(1000)))
    reads = [normalised(road.draw(rng)[0]) for _ in range(2000)]
    hashes = [RING.current.hashed(one) for one in reads]
    began_s = monotonic_s()
    for plate, hashed in zip(reads, hashes, strict=True):
        watchlist.matches(hashed, plate, (plate, "XYA123A"), NOW)
    assert (monotonic_s() - began_s) / len(reads) < 0.001


@pytest.mark.parametrize(
    ("text", "bare"), [("yaa-12-3 b", "YAA123B"), ("XY·A_1/2.3", "XYA123"), (" abc ", "ABC")]
)
def test_a_plate_is_written_in_many_ways(text: str, bare: str) -> None:
    """And is one."""
    assert words.plate(text) == words.pattern(text) == bare


@pytest.mark.parametrize(
    "text", ["", "A1", "A" * 13, "XYA;123", "<b>", "=1+2", "XYA\x00123", "A?1B"]
)
def test_what_is_no_plate_is_refused_with_a_reason(text: str) -> None:
    """On a list; a search takes a ? or two."""
    with pytest.raises(NotAPlate):
        words.plate(text)


def test_a_search_leaves_two_characters_open_at_most() -> None:
    """More would be a trawl."""
    assert len(words.spelled(words.pattern("XYA-??3-A"))) == 36 * 36
    assert "XYA123A" in words.spelled("XYA??3A")
    with pytest.raises(NotAPlate, match="at most 2"):
        words.pattern("XYA-???-A")


@given(PLATES)
def test_a_masked_plate_shows_its_ends_alone(plate: str) -> None:
    """And its length."""
    shown = masking.shown(plate)
    assert (shown[0], shown[-1], len(shown)) == (plate[0], plate[-1], len(plate))
    assert set(shown[1:-1]) == {"*"}


HEADERS = ("plate,note,expires_at", "Placa;Nota;Vence", "MATRÍCULA\tObservaciones\tVigencia")


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_as_people_keep_it(header: str, encoding: str, end: str) -> None:
    """Whatever the language, the separator, the encoding and the ends of lines."""
    between = next(char for char in ",;\t" if char in header)
    cells = [("XYA-123-A", "robó en Peñón", "2026-12-31"), ("wla 1", "", "")]
    lines = [header, *(between.join(one) for one in cells), ""]
    proposed, refused = csvfile.read(end.join(lines).encode(encoding), ZONE, NOW)
    assert refused == []
    assert [(one.line, one.plate, one.note) for one in proposed] == [
        (2, "XYA123A", "robó en Peñón"),
        (3, "WLA1", ""),
    ]
    assert proposed[0].expires_at == datetime(2027, 1, 1, 6, tzinfo=UTC)
    assert proposed[1].expires_at is None


def test_bad_lines_are_named_and_their_neighbours_kept() -> None:
    """Each with its number and why."""
    lines = [
        "",
        "note,plate,expires_at,color",
        "uno,XYA-123-A,31/12/2026,rojo",
        "dos,,,",
        "tres,A1,,",
        "cuatro,XYA-123-A,,",
        "cinco,XYB-123-A,ayer,",
        "seis,XYC-123-A,2020-01-01,",
        ",,,",
        "siete,XYD-123-A,2026-06-01T00:00:00-06:00,azul,de más",
        f"{'x' * 1001},XYE-123-A,,",
        '"ocho, con coma",XYF-123-A,2026-06-01T00:00:00-06:00,',
        "nueve",
        "diez,XY<A,,",
        '"once,XYG-123-A,,',
    ]
    proposed, refused = csvfile.read("\n".join(lines).encode(), ZONE, NOW)
    assert [(one.line, one.plate) for one in proposed] == [(3, "XYA123A"), (12, "XYF123A")]
    assert proposed[1].expires_at == datetime(2026, 6, 1, 6, tzinfo=UTC)
    assert [one.line for one in refused] == [4, 5, 6, 7, 8, 10, 11, 13, 14, 15]
    why = {one.line: one.why for one in refused}
    assert "line 3" in why[6]
    assert "ayer" in why[7]
    assert "expired" in why[8]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"a,b,c\n1,2,3\n",
        b"plate,placa\nA,B\n",
        b"plate\0\n",
        JPEG,
        "plate\nXYA".encode("utf-16"),
    ],
)
def test_what_is_no_list_is_refused_whole(content: bytes) -> None:
    """With what its first line should be."""
    with pytest.raises(NotAList):
        csvfile.read(content, ZONE, NOW)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    """Refused or read, never a failure of ours."""
    with suppress(NotAList):
        csvfile.read(b"plate,note\n" + content, ZONE, NOW)


CELLS = st.lists(
    st.tuples(st.sampled_from(("car", "truck", "")), st.sampled_from(("A", "B", "C", "D"))),
    unique=True,
    min_size=1,
    max_size=9,
)


@given(cells=CELLS, data=st.data())
def test_small_cells_are_joined_and_totals_stay(
    cells: list[tuple[str, str]], data: st.DataObject
) -> None:
    """No cell but the joined one is small, and that is only where all of it is."""
    counts = [
        (Cell("C-1", NOW, "in", kind, state), data.draw(st.integers(1, 9))) for kind, state in cells
    ]
    rows = list(counting.joined(counts))
    assert sum(row.n for row in rows) == sum(n for _, n in counts)
    named = [row for row in rows if row.cell.kind != counting.OTHERS]
    assert all(row.n >= counting.FEWEST for row in named)
    joined = [row.n for row in rows if row.cell.kind == counting.OTHERS]
    assert len(joined) <= 1
    if joined and named:
        assert joined[0] >= counting.FEWEST


def test_classes_and_states_come_from_closed_lists() -> None:
    """Of what the camera saw, of our reader, of the plate's series; never what somebody writes."""
    say = origin.class_and_state
    nothing: dict[str, object] = {}
    assert say("XYA123A", "mx", vehicle=None, said=nothing) == ("car", "Veracruz")
    assert say("XYA123A", "mx", vehicle="Pickup", said=nothing) == ("truck", "Veracruz")
    assert say("??", "mx", vehicle="XYA123A", said={"state": "XYA123A"}) == ("", "")
    assert say(None, "mx", vehicle="bus", said=nothing) == ("bus", "")
    assert say("AM001AA", "mx", vehicle=None, said={"state": 7})[0] == "emergency"
    assert say("ABC1D23", "br", vehicle=None, said=nothing) == ("", "")
    made = {say("XYA123A", "mx", vehicle=word, said=nothing)[0] for word in origin._VEHICLES}
    assert made <= set(origin.CLASSES)


@pytest.mark.parametrize("mode", [(24, 60), (24, 60, 3)])
@pytest.mark.parametrize("progressive", [0, 1])
def test_a_jpeg_is_told_by_its_structure(mode: tuple[int, ...], progressive: int) -> None:
    """Its size, and nothing for what is cut short or is something else."""
    picture = np.random.default_rng(3).integers(0, 255, mode, np.uint8)
    done, made = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_PROGRESSIVE, progressive])
    assert done
    photo = made.tobytes()
    assert jpeg.size_px(photo) == (60, 24)
    assert {jpeg.size_px(photo[:cut]) for cut in range(len(photo) - 1)} == {None}
    assert jpeg.size_px(cv2.imencode(".png", picture)[1].tobytes()) is None


def test_a_jpeg_that_claims_an_absurd_size_is_none() -> None:
    """A bomb for whoever decodes it."""
    at = JPEG.index(b"\xff\xc0")
    assert jpeg.size_px(JPEG[: at + 5] + b"\xff\xff\xff\xff" + JPEG[at + 9 :]) is None


def test_rings_open_what_their_keys_sealed() -> None:
    """Old and new; what no key of theirs sealed is refused with what to set."""
    old, new = PlateVault("o" * 32), PlateVault("n" * 32)
    ring = KeyRing(new, [old])
    assert ring.unseal(old.key_id, old.seal(b"x")) == ring.unseal(new.key_id, new.seal(b"x"))
    assert list(ring.hashes("XYA-123-A")) == [old.hashed("XYA123A"), new.hashed("XYA123A")]
    assert ring.key_ids == [old.key_id, new.key_id]
    with pytest.raises(WrongKey, match=r"plates\.older_keys"):
        KeyRing(new).unseal(old.key_id, old.seal(b"x"))


def test_keys_come_from_the_settings() -> None:
    """None without today's; a short old one is refused by its own setting's name."""
    assert keys.ring(Settings(), None) is None
    with pytest.raises(ConfigError, match=r"ingest\.plate_key"):
        keys.needed(None)
    two = Settings(plates=Plates.model_validate({"older_keys": ["o" * 32]}))
    ring = keys.ring(two, "n" * 32)
    assert ring is not None
    assert ring.key_ids == [PlateVault("o" * 32).key_id, PlateVault("n" * 32).key_id]
    short = Settings(plates=Plates.model_validate({"older_keys": ["short"]}))
    with pytest.raises(ConfigError, match=r"plates\.older_keys"):
        keys.ring(short, "n" * 32)
