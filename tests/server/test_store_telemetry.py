"""Rows in bulk: idempotent, honest about what was new, whoever else writes the same."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import PermanentStoreError
from core.messages import Ack, Event, GpsFix, Reading, SealedPlate, Status, Stored
from core.quality import Assessed, Flag
from store import pool, rejects, telemetry
from store.pool import Connection
from store.rejects import Reject
from store.telemetry import TABLES
from tests.servers import rows

pytestmark = pytest.mark.server
NOW = datetime(2026, 3, 4, 12, 0, 0, 123_456, tzinfo=UTC)
HEAD = {"device_id": "D-1", "measured_at": NOW, "received_at": NOW, "extra": {"ñ": [1, {}]}}
EVERY: list[Stored] = [
    GpsFix(
        *(18.1, -94.4, 3.5, 90.0, 12.0, 0.9, 4.0, 11, 123.5, 12.6, True, False),
        device_id="D-1",
        seq=1,
        measured_at=NOW,
        received_at=NOW,
        extra={"ñ": [1, {}]},
    ),
    Reading(seq=2, values={"pm25_ugm3": 1.5, "o3_ppb": 20.0}, **HEAD),  # type: ignore[arg-type]
    SealedPlate(
        device_id="D-1",
        seq=3,
        measured_at=NOW,
        received_at=NOW,
        plate_hmac=bytes(range(32)),
        key_id="k",
        sealed=b"\x00\xff",
        score=0.5,
        direction="in",
    ),
    Event(seq=4, type="door", lat_deg=-90.0, value=1e30, text="ñ 🚛", **HEAD),  # type: ignore[arg-type]
    Status(seq=2**63 - 1, online=True, session=2**63 - 1, uptime_s=0.5, **HEAD),  # type: ignore[arg-type]
    Ack(seq=6, command_id="c", ok=False, detail="no", **HEAD),  # type: ignore[arg-type]
]


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's, closed with its database."""
    with pool.connect(db_url) as one:
        yield one


@pytest.mark.parametrize("message", EVERY, ids=lambda message: type(message).__name__)
@pytest.mark.parametrize("careful", [False, True])
def test_every_field_comes_back_as_it_went_in(
    module_db_url: str, message: Stored, *, careful: bool
) -> None:
    """By COPY and through staging alike; a second time it is no longer new."""
    table = TABLES[type(message)]
    batch = [Assessed(message, Flag.LATE)]
    names = ", ".join(name for name, _ in table.columns)
    with pool.connect(module_db_url) as conn, conn.transaction(force_rollback=True):
        new = telemetry.insert(conn, table, batch, careful=careful)
        assert new == (set(telemetry.keys_of(message)) if careful else None)
        assert telemetry.insert(conn, table, batch, careful=careful) == set()
        found = conn.execute(f"SELECT {names} FROM {table.name}".encode()).fetchall()  # noqa: S608  own words
    assert len(found) == len(telemetry.keys_of(message))
    if isinstance(message, Reading):
        by_metric = {row[3]: row for row in found}
        assert by_metric["pm25_ugm3"][:7] == ("D-1", NOW, 2, "pm25_ugm3", NOW, 1.5, Flag.LATE)
        assert by_metric["extra"][5:] == (None, Flag.LATE, message.extra)
    else:
        [row] = found
        said = {name: getattr(message, name, Flag.LATE) for name, _ in table.columns}
        assert dict(zip(said, row, strict=True)) == said


def test_a_batch_of_old_and_new_says_which_is_which(conn: Connection) -> None:
    """Also when the same row is in it twice."""
    fixes = [rows.fix("T-1", n, NOW + timedelta(seconds=n)) for n in range(10)]
    assert rows.commit(conn, fixes[:5]) == (5, 0, 0)
    assert rows.commit(conn, [*fixes[3:], *fixes[8:]]) == (5, 4, 0)
    assert conn.execute("SELECT count(*) FROM gps_fix").fetchone() == (10,)


def test_a_row_that_cannot_be_stored_takes_its_transaction_with_it(conn: Connection) -> None:
    """And says that repeating is no use; the connection goes on."""
    conn.execute("ALTER TABLE gps_fix ADD CONSTRAINT no_beast CHECK (seq <> 666)")
    fixes = [rows.fix("T-1", seq, NOW) for seq in (1, 666, 2)]
    with pytest.raises(PermanentStoreError, match="no_beast"):
        rows.commit(conn, fixes)
    assert conn.execute("SELECT count(*) FROM gps_fix").fetchone() == (0,)
    assert rows.commit(conn, fixes[::2]) == (2, 0, 0)


@pytest.mark.parametrize("text", ["half a \ud800 character", "a NUL \0"])
def test_a_text_no_database_holds_is_the_rows_fault(conn: Connection, text: str) -> None:
    """The driver cannot even write it: permanent, so it is bisected and kept, not retried."""
    event = Event(device_id="D-1", seq=1, measured_at=NOW, received_at=NOW, type="x", text=text)
    with pytest.raises(PermanentStoreError):
        rows.commit(conn, [event])
    assert rows.commit(conn, [rows.fix("T-1", 1, NOW)]) == (1, 0, 0)


def test_two_writers_of_the_same_rows_make_one_set(db_url: str) -> None:
    """They wait for each other or find a duplicate; none fails, none doubles."""
    fixes = [rows.fix(f"T-{n % 7}", n, NOW + timedelta(seconds=n % 50)) for n in range(500)]
    outcomes: list[tuple[int, int]] = []

    def write(batch: list[GpsFix]) -> None:
        with pool.connect(db_url) as conn:
            for start in range(0, len(batch), 50):
                stored, duplicates, _ = rows.commit(conn, batch[start : start + 50])
                outcomes.append((stored, duplicates))

    writers = [threading.Thread(target=write, args=(list(fixes),)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert sum(stored for stored, _ in outcomes) == 500
    assert sum(duplicates for _, duplicates in outcomes) == 1000
    with pool.connect(db_url) as conn:
        assert conn.execute("SELECT count(*) FROM gps_fix").fetchone() == (500,)


def reject(**fields: object) -> Reject:
    """One refusal."""
    known = {
        "received_at": NOW,
        "topic": "c5/v1/truck/T-1/gps",
        "device_id": "T-1",
        "reason": "broken_json",
        "detail": "no",
        "payload": b"\x00\xff",
        "sealed": False,
        "digest": b"d" * 32,
        "size_bytes": 2,
    }
    return Reject(**(known | fields))  # type: ignore[arg-type]  # by name


def test_a_refusal_is_kept_whatever_it_says(conn: Connection) -> None:
    """Or a bad message could stop ingest by the words about it."""
    detail = "NUL \0 and half a \ud800 character " + "x" * 10_000
    rejects.insert(conn, [reject(detail=detail, topic="c5/\0/\udfff")])
    [kept] = rejects.newest(conn)
    assert (kept.payload, kept.topic) == (b"\x00\xff", "c5//\\udfff")
    assert kept.detail.startswith("NUL  and half a \\ud800 character x")
    assert len(kept.detail) == 500


def test_the_same_bytes_fold_into_one_refusal(conn: Connection) -> None:
    """With the first and the last time, the newest reason, and who is new."""
    later = NOW + timedelta(hours=1)
    other = reject(digest=b"e" * 32)
    assert rejects.insert(conn, [reject(), other, reject()]) == {b"d" * 32, b"e" * 32}
    rejects.mark_replayed(conn, [rejects.newest(conn)[0].reject_id], NOW)
    assert rejects.insert(conn, [reject(received_at=later, reason="too_large")]) == set()
    first, second = rejects.newest(conn)
    assert (first.times, first.first_at, first.last_at) == (3, NOW, later)
    assert (first.reason, first.replayed_at) == ("too_large", None)
    assert second.times == 1
    assert rejects.insert(conn, []) == set()


def test_refusals_are_found_by_device_and_reason(conn: Connection) -> None:
    """Newest first, as many as asked for."""
    for n in range(6):
        rejects.insert(
            conn,
            [
                reject(
                    digest=bytes([n]) * 32,
                    received_at=NOW + timedelta(minutes=n),
                    device_id=f"T-{n % 2}",
                    reason="broken_json" if n < 4 else "too_large",
                )
            ],
        )
    found = rejects.newest(conn, device_id="T-1", reason="broken_json", limit=1)
    assert [kept.last_at for kept in found] == [NOW + timedelta(minutes=3)]
    assert len(rejects.newest(conn)) == 6
    assert rejects.get(conn, found[0].reject_id) == found[0]
    assert rejects.get(conn, -1) is None


def test_a_connection_notices_a_dead_network(conn: Connection) -> None:
    """Silent or with bytes under way; and everything it says is in UTC."""
    parameters = conn.info.get_parameters()
    assert int(parameters["tcp_user_timeout"]) <= 60_000
    assert int(parameters["keepalives_idle"]) <= 60
    assert conn.execute("SHOW timezone").fetchone() == ("UTC",)
