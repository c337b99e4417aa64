"""The outbox: bounded, in order, numbered once, and there after a restart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.outbox import Entry, Outbox, OutboxFile, OutboxUnusable


def _text(seq: int) -> bytes:
    return f"m{seq}".encode()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[OutboxFile]:
    """An outbox file of this test alone."""
    with OutboxFile(tmp_path / "outbox.sqlite") as opened:
        yield opened


def _payloads(entries: list[Entry]) -> list[bytes]:
    return [entry.payload for entry in entries]


def test_messages_leave_in_order_and_only_once_done(file: OutboxFile) -> None:
    """Taking does not forget; done does."""
    box = file.of("T-1", capacity=10)
    for _ in range(3):
        box.append("t", _text)
    first = box.take(2)
    assert _payloads(first) == [b"m1", b"m2"]
    assert _payloads(box.take(5)) == [b"m3"]
    assert box.take(5) == []
    assert box.held == 3
    box.done(first[0].place)
    assert box.held == 2


def test_a_restart_keeps_what_was_not_done_and_goes_on_counting(tmp_path: Path) -> None:
    """What was taken but not done is sent again; numbers continue."""
    with OutboxFile(tmp_path / "o.sqlite") as opened:
        box = opened.of("T-1", capacity=10)
        for _ in range(3):
            box.append("t", _text, retain=True, note="n")
        box.done(box.take(1)[0].place)
        box.take(1)
    with OutboxFile(tmp_path / "o.sqlite") as opened:
        box = opened.of("T-1", capacity=10)
        assert box.held == 2
        box.append("t", _text)
        entries = box.take(10)
        assert _payloads(entries) == [b"m2", b"m3", b"m4"]
        assert (entries[0].retain, entries[0].note, entries[0].seq) == (True, "n", 2)


def test_a_full_box_lets_the_oldest_go_and_counts_it(tmp_path: Path) -> None:
    """The count of dropped messages survives a restart too."""
    with OutboxFile(tmp_path / "o.sqlite") as opened:
        box = opened.of("T-1", capacity=3)
        for _ in range(5):
            box.append("t", _text)
        assert (box.held, box.dropped) == (3, 2)
    with OutboxFile(tmp_path / "o.sqlite") as opened:
        box = opened.of("T-1", capacity=3)
        assert box.dropped == 2
        assert _payloads(box.take(9)) == [b"m3", b"m4", b"m5"]


def test_a_full_box_spares_what_is_on_its_way(file: OutboxFile) -> None:
    """A message that was taken, or set aside, is not the one to go."""
    box = file.of("T-1", capacity=3)
    aside = box.append("t", _text, aside=True)
    [taken] = [box.append("t", _text), *box.take(1)][1:]
    box.append("t", _text)
    box.append("t", _text)
    assert box.dropped == 1
    box.done(taken.place)
    assert _payloads(box.take(9)) == [b"m4"]
    assert box.pick(aside).payload == b"m1"


def test_a_message_set_aside_waits_for_its_name(file: OutboxFile) -> None:
    """It is not taken in turn until it is given back."""
    box = file.of("T-1", capacity=10)
    aside = box.append("t", _text, aside=True)
    box.append("t", _text)
    assert _payloads(box.take(9)) == [b"m2"]
    box.replace(aside, b"new")
    box.give_back(aside.place)
    assert _payloads(box.take(9)) == [b"new"]


def test_bytes_without_a_number_take_none(file: OutboxFile) -> None:
    """A repeat or garbage leaves no hole in the numbers."""
    box = file.of("T-1", capacity=10)
    box.append("t", _text)
    box.append_unnumbered("t", b"{")
    box.append("t", _text)
    assert [entry.seq for entry in box.take(9)] == [1, None, 2]


def test_neighbours_in_one_file_do_not_mix(file: OutboxFile) -> None:
    """Each device has its own numbers and messages."""
    one, two = file.of("T-1", capacity=5), file.of("T-2", capacity=5)
    one.append("t", _text)
    two.append("t", _text)
    two.append("t", _text)
    assert (one.held, two.held) == (1, 2)
    assert _payloads(one.take(9)) == [b"m1"]


def test_a_message_that_cannot_be_built_leaves_no_trace(file: OutboxFile) -> None:
    """A failing builder costs no number."""
    box = file.of("T-1", capacity=5)

    def refuse(seq: int) -> bytes:
        raise ValueError(seq)

    with pytest.raises(ValueError, match="1"):
        box.append("t", refuse)
    assert box.append("t", _text).seq == 1


def test_an_unusable_file_says_so(tmp_path: Path) -> None:
    """The message names the file."""
    (tmp_path / "o.sqlite").write_bytes(b"not a database, not at all" * 100)
    with pytest.raises(OutboxUnusable, match=r"o\.sqlite"):
        OutboxFile(tmp_path / "o.sqlite")


def test_boxes_are_typed_by_their_file(file: OutboxFile) -> None:
    """`of` answers an Outbox."""
    assert isinstance(file.of("T-1", capacity=1), Outbox)


def test_reserved_numbers_are_never_given_again(tmp_path: Path) -> None:
    """Also after a restart; nothing waits under them."""
    with OutboxFile(tmp_path / "o.sqlite") as opened:
        box = opened.of("T-1", capacity=3)
        box.append("t", _text)
        assert box.reserve(100) == 2
        assert box.append("t", _text).seq == 102
    with OutboxFile(tmp_path / "o.sqlite") as opened:
        box = opened.of("T-1", capacity=3)
        assert box.reserve(0) == box.next_seq == 103
        assert box.held == 2
