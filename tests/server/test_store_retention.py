"""Forgetting: whole chunks past their limit, never a row too early, on either edition."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.clock import utc_now
from core.messages import Ack, Event, Status, Stored
from core.settings.telemetry import Plates, Retention
from store import pool, rejects, retention, rollup
from store.pool import Connection
from store.rejects import Reject
from tests.servers import rows

pytestmark = pytest.mark.server
LIMITS = Retention(
    fixes_days=10,
    readings_days=20,
    events_days=20,
    status_days=20,
    rejects_days=5,
    rollups_days=30,
)
PLATES = Plates(retention_hours=5 * 24)


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's."""
    with pool.connect(db_url, autocommit=True) as one:
        yield one


def every_day(days: int) -> list[Stored]:
    """One of everything a day, going back from an hour ago."""
    start = utc_now() - timedelta(hours=1)
    said: list[Stored] = []
    for n in range(days):
        at = start - timedelta(days=n)
        head = {"device_id": "D-1", "seq": n + 1, "measured_at": at, "received_at": at}
        said += [
            rows.fix("D-1", n + 1, at, speed_mps=1.0),
            rows.reading("D-1", n + 1, at, pm25_ugm3=1.0),
            rows.plate("D-1", n + 1, at),
            Event(type="door", **head),  # type: ignore[arg-type]  # by name
            Status(online=True, session=1, **head),  # type: ignore[arg-type]  # by name
            Ack(command_id="c", ok=True, **head),  # type: ignore[arg-type]  # by name
        ]
    return said


def oldest_days(conn: Connection, table: str, column: str = "measured_at") -> float:
    """Age of a table's oldest row."""
    row = conn.execute(
        f"SELECT extract(epoch FROM now() - min({column})) / 86400 FROM {table}".encode()  # noqa: S608  own words
    ).fetchone()
    assert row is not None
    return float(row[0])


def test_old_rows_go_and_no_young_one_does(conn: Connection) -> None:
    """A chunk goes when its newest row is past the limit."""
    rows.commit(conn, every_day(45))
    rollup.run(conn, timezone="America/Mexico_City")
    gone = retention.run(conn, LIMITS, PLATES)
    for table, limit_days, chunk_days in (
        ("gps_fix", 10, 1),
        ("reading", 20, 7),
        ("plate_read", 5, 0),
        ("event", 20, 7),
        ("status", 20, 7),
    ):
        assert gone[table] >= 1, table
        oldest = oldest_days(conn, table)
        assert limit_days - 1 < oldest < limit_days + chunk_days, table
    assert 19 < oldest_days(conn, "ack") < 20
    for table in ("reading_hourly", "fix_hourly", "passage_hourly", "ledger_hour"):
        assert 29 < oldest_days(conn, table, "hour") < 30.1, table
    for table in ("reading_daily", "fix_daily"):
        assert 29 <= oldest_days(conn, table, "day") <= 31, table
    assert retention.run(conn, LIMITS, PLATES) == {}


def test_rejects_go_by_when_they_last_came(conn: Connection) -> None:
    """One that keeps coming stays."""
    old = utc_now() - timedelta(days=6)
    for digest, again in ((b"a" * 32, old), (b"b" * 32, utc_now())):
        for at in (old, again):
            one = Reject(
                at, "t", None, "broken_json", "", b"", sealed=False, digest=digest, size_bytes=0
            )
            rejects.insert(conn, [one])
    assert retention.run(conn, LIMITS, PLATES) == {"reject": 1}
    assert [kept.first_at for kept in rejects.newest(conn)] == [old]


def test_a_summary_outlives_its_rows(conn: Connection) -> None:
    """Late data for an hour whose rows were forgotten does not rewrite that hour."""
    old = utc_now() - timedelta(days=15)
    said: list[Stored] = [rows.plate("C-1", n + 1, old, direction="in") for n in range(20)]
    said += [rows.fix("C-1", n + 101, old, speed_mps=2.0) for n in range(30)]
    rows.commit(conn, said)
    rollup.run(conn, timezone="America/Mexico_City")
    gone = retention.run(conn, LIMITS, PLATES)
    assert gone == {"gps_fix": 1, "plate_read": 1, "plate_due": 20}
    rows.commit(conn, [rows.plate("C-1", 900, old, direction="in"), rows.fix("C-1", 901, old)])
    rollup.run(conn, timezone="America/Mexico_City")
    assert conn.execute("SELECT n FROM passage_hourly").fetchall() == [(20,)]
    assert conn.execute("SELECT n, n_speed FROM fix_hourly").fetchall() == [(30, 30)]
    assert conn.execute("SELECT n FROM fix_daily").fetchall() == [(30,)]


def test_nothing_is_forgotten_by_default_for_weeks(conn: Connection) -> None:
    """The settings' own limits keep what a month brought, but for plates."""
    rows.commit(conn, every_day(14))
    assert set(retention.run(conn, Retention(), PLATES)) == {"plate_read", "plate_due"}


def test_the_edition_that_runs_here_is_known(conn: Connection) -> None:
    """Everything above must pass on the one without policies and without compression."""
    assert conn.execute("SHOW timescaledb.license").fetchone() in (("apache",), ("timescale",))
