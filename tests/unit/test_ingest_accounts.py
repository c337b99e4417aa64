"""The ledger's deltas: what a batch adds to each device's hour."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from core.messages import GpsFix, Status, Stored
from core.quality import Assessed, Flag
from ingest.accounts import deltas, is_will
from ingest.admission import Entry, Refused
from ingest.inbox import Inbound
from store.ledger import Delta, Total

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)


def inbound(at: datetime = NOON) -> Inbound:
    """One message as it arrived."""
    return Inbound("c5/v1/truck/T-1/gps", b"{}", at, 1, 1, retained=False)


def fix(seq: int, at: datetime = NOON, *, device_id: str = "T-1") -> GpsFix:
    """One fix."""
    return GpsFix(18.1, -94.4, device_id=device_id, seq=seq, measured_at=at, received_at=at)


def status(seq: int, session: int, *, online: bool) -> Status:
    """One status."""
    return Status(
        device_id="T-1",
        seq=seq,
        measured_at=NOON,
        received_at=NOON,
        online=online,
        session=session,
    )


def entry(*messages: Stored, flags: int = 0) -> Entry:
    """What one MQTT message held."""
    return Entry(inbound(), [Assessed(message, flags) for message in messages])


def refused(
    seq: int | None, *, device_id: str | None = "T-1", at: datetime = NOON, known: bool = True
) -> Refused:
    """One refusal."""
    return Refused(
        inbound(at),
        b"{}",
        "broken_json",
        "",
        device_id,
        is_plate=False,
        seq=seq,
        is_enrolled=known,
    )


def only(found: Sequence[Delta]) -> Delta:
    """The one delta there is."""
    [delta] = found
    return delta


def test_a_batch_is_one_delta_a_device_and_hour() -> None:
    """However its messages are mixed."""
    new = [
        entry(fix(1)),
        entry(fix(8, device_id="T-2")),
        entry(fix(2, NOON + timedelta(minutes=59, seconds=59))),
        entry(fix(3, NOON + timedelta(hours=1))),
        entry(fix(9, device_id="T-2")),
    ]
    assert sorted(deltas(new, [], [])) == [
        Delta("T-1", NOON, 1, 2, 2, 0, 0, 0),
        Delta("T-1", NOON + timedelta(hours=1), 3, 3, 1, 0, 0, 0),
        Delta("T-2", NOON, 8, 9, 2, 0, 0, 0),
    ]


def test_an_array_is_split_by_the_hours_it_was_measured_in() -> None:
    """Also when only its last element is of another hour."""
    before = NOON - timedelta(seconds=1)
    found = sorted(deltas([entry(fix(1, before), fix(2, before), fix(3))], [], []))
    assert found == [
        Delta("T-1", NOON - timedelta(hours=1), 1, 2, 2, 0, 0, 0),
        Delta("T-1", NOON, 3, 3, 1, 0, 0, 0),
    ]


def test_hours_are_utc_and_begin_on_the_hour() -> None:
    """Whatever offset a device writes."""
    assert only(deltas([entry(fix(1, NOON + timedelta(minutes=59)))], [], [])).hour == NOON


def test_a_time_before_1970_has_an_hour_too() -> None:
    """A device enrolled with --backfill may send any past."""
    at = datetime(1, 1, 1, 0, 30, tzinfo=UTC)
    assert only(deltas([entry(fix(1, at))], [], [])).hour == at.replace(minute=0)


def test_late_messages_are_counted_as_such() -> None:
    """By their flag."""
    new = [entry(fix(1), fix(2), flags=Flag.LATE), entry(fix(3), flags=Flag.JUMP)]
    delta = only(deltas(new, [], []))
    assert (delta.stored, delta.late) == (3, 2)


def test_a_device_without_a_counter_has_no_range() -> None:
    """Zero is none: nothing can be missed of it."""
    delta = only(deltas([entry(fix(0)), entry(fix(0))], [], []))
    assert (delta.seq_lo, delta.seq_hi, delta.stored) == (None, None, 2)


def test_a_zero_in_an_array_does_not_hide_the_others() -> None:
    """A device that counts from zero is accounted for from one."""
    delta = only(deltas([entry(fix(0), fix(1), fix(2))], [], []))
    assert (delta.seq_lo, delta.seq_hi, delta.stored) == (1, 2, 3)


def test_a_will_is_the_brokers_voice() -> None:
    """It repeats its session's counter, so it counts for nothing; a farewell counts."""
    will, farewell = status(5, 5, online=False), status(9, 5, online=False)
    hello = status(5, 5, online=True)
    assert [is_will(one) for one in (will, farewell, hello)] == [True, False, False]
    delta = only(deltas([entry(hello), entry(will), entry(farewell)], [], []))
    assert (delta.seq_lo, delta.seq_hi, delta.stored) == (5, 9, 2)


def test_duplicates_are_counted_in_their_own_hour() -> None:
    """And widen no range: their counters were counted when they were new."""
    delta = only(deltas([], [fix(7), fix(7)], []))
    assert delta == Delta("T-1", NOON, None, None, 0, 0, 2, 0)


def test_a_refusal_counts_in_the_hour_it_came_in() -> None:
    """Its clock may be what is wrong; its counter counts when it could be read."""
    later = NOON + timedelta(hours=3, minutes=7)
    found = only(deltas([], [], [refused(4, at=later), refused(None, at=later)]))
    assert found == Delta("T-1", NOON + timedelta(hours=3), 4, 4, 0, 2, 0, 0)


def test_strangers_and_unknown_topics_have_no_account() -> None:
    """Nobody may fill the ledger under invented names."""
    assert deltas([], [], [refused(1, known=False), refused(1, device_id=None)]) == []


def test_a_refusal_kept_before_is_a_duplicate() -> None:
    """Counted twice as refused, it would make up for a message that was lost."""
    found = only(deltas([], [], [refused(4)], [refused(4)]))
    assert (found.rejected, found.duplicates) == (1, 1)


def test_nothing_comes_to_nothing() -> None:
    """An empty batch adds no delta."""
    assert deltas([], [], []) == []


def test_what_is_missing_is_what_was_numbered_and_never_came() -> None:
    """Sent is the range of counters; stored and refused have come."""
    total = Total("T-1", 11, 20, 6, 1, 5, 0)
    assert (total.sent, total.missing) == (10, 3)
    assert Total("T-1", None, None, 6, 1, 0, 0).missing == 0
    assert Total("T-1", None, None, 6, 1, 0, 0).sent is None
    assert Total("T-1", 1, 1, 6, 1, 0, 0).missing == 0
