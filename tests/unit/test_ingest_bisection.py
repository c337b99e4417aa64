"""Halving a refused batch until the poison stands alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core import codec
from core.errors import PermanentStoreError, RowRefused, TransientStoreError
from core.quality import Assessed
from core.seal import PlateVault
from core.topics import Address, Kind, Stream
from ingest import bisection
from ingest.admission import Entry, Prepared, Refused
from ingest.commit import Outcome
from ingest.inbox import Inbound

NOW = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
TRUCK = Address(Kind.TRUCK, "T-1", Stream.GPS)


def body(seq: int) -> dict[str, object]:
    """One fix."""
    return {"ts": "2026-03-04T12:00:00Z", "seq": seq, "lat_deg": 18.1, "lon_deg": -94.4}


def entry(*seqs: int) -> Entry:
    """One MQTT message of one fix, or an array of several."""
    said: object = [body(seq) for seq in seqs] if len(seqs) > 1 else body(seqs[0])
    payload = json.dumps(said).encode()
    messages = codec.decode(TRUCK, payload, NOW).messages
    inbound = Inbound("c5/v1/truck/T-1/gps", payload, NOW, 1, 1, retained=False)
    return Entry(inbound, [Assessed(message, 0) for message in messages])  # type: ignore[arg-type]  # fixes


def refusal(name: str) -> Refused:
    """One refusal of the gate's."""
    inbound = Inbound(name, b"{", NOW, 1, 1, retained=False)
    return Refused(
        inbound, b"{", "broken_json", "", "T-1", is_plate=False, seq=None, is_enrolled=True
    )


class Database:
    """Refuses a transaction that holds poison; remembers what it committed."""

    def __init__(self, *poison: int, bad_topics: tuple[str, ...] = ()) -> None:
        self.poison = set(poison)
        self.bad_topics = set(bad_topics)
        self.stored: list[int] = []
        self.refused: list[Refused] = []
        self.strangers: set[tuple[Kind, str]] = set()
        self.tries = 0

    def commit(self, prepared: Prepared) -> Outcome:
        """Take all of it, or nothing."""
        self.tries += 1
        seqs = [one.message.seq for each in prepared.entries for one in each.taken]
        if self.poison.intersection(seqs):
            raise PermanentStoreError("storing a batch: it is poison")
        if self.bad_topics.intersection(one.inbound.topic for one in prepared.refused):
            raise PermanentStoreError("storing a batch: it cannot be kept")
        self.stored += seqs
        self.refused += prepared.refused
        self.strangers |= prepared.strangers
        return Outcome(len(seqs), 0, len(prepared.refused))


def test_a_sound_batch_is_one_transaction() -> None:
    """With its refusals and its strangers."""
    database = Database()
    prepared = Prepared([entry(1), entry(2)], [refusal("a")], {(Kind.TRUCK, "new")})
    assert bisection.committed(database.commit, prepared) == Outcome(2, 0, 1)
    assert (database.tries, database.strangers) == (1, {(Kind.TRUCK, "new")})


@pytest.mark.parametrize("poison", [(0,), (499,), (250,), (0, 499), tuple(range(100, 110))])
def test_only_the_poison_is_refused(poison: tuple[int, ...]) -> None:
    """In a few transactions; every neighbour is stored once."""
    database = Database(*poison)
    prepared = Prepared([entry(seq) for seq in range(500)], [], set())
    outcome = bisection.committed(database.commit, prepared)
    assert outcome == Outcome(500 - len(poison), 0, len(poison))
    assert sorted(database.stored) == sorted(set(range(500)) - set(poison))
    assert {one.seq for one in database.refused} == set(poison)
    assert {one.reason for one in database.refused} == {RowRefused.reason}
    assert database.tries <= 2 * len(poison) * 10 + 2


def test_poison_in_an_array_costs_its_neighbours_nothing() -> None:
    """The element alone is kept, spelled as a device would; a single one keeps its bytes."""
    database = Database(3, 9)
    prepared = Prepared([entry(1, 2, 3, 4), entry(9)], [], set())
    bisection.committed(database.commit, prepared)
    assert sorted(database.stored) == [1, 2, 4]
    element, single = sorted(database.refused, key=lambda one: one.seq or 0)
    assert json.loads(element.raw)["seq"] == 3
    assert single.raw == single.inbound.payload
    again = codec.decode(TRUCK, element.raw, NOW)
    assert [message.seq for message in again.messages] == [3]


def test_a_plate_keeps_the_payload_it_came_in() -> None:
    """A hash cannot be spelled again; sealed, the payload can still be replayed."""
    camera = Address(Kind.CAMERA, "C-1", Stream.PLATE)
    ts = "2026-03-04T12:00:00Z"
    payload = json.dumps([{"ts": ts, "seq": n, "plate": "YAA123B"} for n in (1, 2)]).encode()
    vault = PlateVault("k" * 32)
    sealed = [
        Assessed(vault.sealed_read(message), 0)  # type: ignore[arg-type]  # plates
        for message in codec.decode(camera, payload, NOW).messages
    ]
    inbound = Inbound("c5/v1/camera/C-1/plate", payload, NOW, 1, 1, retained=False)
    database = Database(2)
    bisection.committed(database.commit, Prepared([Entry(inbound, list(sealed))], [], set()))
    [kept] = database.refused
    assert (kept.raw, kept.is_plate, database.stored) == (payload, True, [1])


def test_refusals_and_rows_are_not_blamed_for_each_other() -> None:
    """Rows beside a refusal that cannot be kept are stored, and the bug is said aloud."""
    database = Database(bad_topics=("bad",))
    prepared = Prepared([entry(1), entry(2)], [refusal("good"), refusal("bad")], set())
    with pytest.raises(RowRefused, match="report it"):
        bisection.committed(database.commit, prepared)
    assert database.stored == [1, 2]
    assert [one.inbound.topic for one in database.refused] == ["good"]


def test_strangers_beside_poison_are_noted_once() -> None:
    """With the refusals, in a transaction of their own."""
    database = Database(1)
    prepared = Prepared([entry(1)], [refusal("a")], {(Kind.AIR, "new")})
    assert bisection.committed(database.commit, prepared) == Outcome(0, 0, 2)
    assert database.strangers == {(Kind.AIR, "new")}


def test_a_temporary_error_is_not_bisected() -> None:
    """It is nobody's fault; the caller holds the batch."""

    def away(prepared: Prepared) -> Outcome:
        raise TransientStoreError(f"gone with {len(prepared.entries)}")

    commit: Callable[[Prepared], Outcome] = away
    with pytest.raises(TransientStoreError, match="gone with 2"):
        bisection.committed(commit, Prepared([entry(1), entry(2)], [], set()))
