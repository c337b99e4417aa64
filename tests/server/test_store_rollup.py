"""Rollups: safe beside writers and beside each other, right around the city's midnight."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from core.quality import Flag
from core.settings.telemetry import Retention
from ingest import housekeeping
from ingest.housekeeping import Housekeeper
from store import pool, rollup
from store.pool import Connection
from tests.servers import rows
from tests.servers.ingest import City
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
ZONE = "America/Mexico_City"
MIDNIGHT = datetime(2026, 3, 5, 6, 0, 0, tzinfo=UTC)


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's."""
    with pool.connect(db_url, autocommit=True) as one:
        yield one


def test_a_day_ends_at_the_citys_midnight(conn: Connection) -> None:
    """Not at Greenwich's; a second decides."""
    around = [-86_400, -1, 0, 1, 86_399, 86_400]
    said = [
        rows.reading("A-1", n, MIDNIGHT + timedelta(seconds=second), pm25_ugm3=float(n))
        for n, second in enumerate(around)
    ]
    rows.commit(conn, said)
    assert rollup.run(conn, timezone=ZONE).first_day == date(2026, 3, 4)
    found = conn.execute("SELECT day, n, sum_value FROM reading_daily ORDER BY day").fetchall()
    assert found == [
        (date(2026, 3, 4), 2, 1.0),
        (date(2026, 3, 5), 3, 9.0),
        (date(2026, 3, 6), 1, 5.0),
    ]


@pytest.mark.parametrize(
    ("zone", "days"),
    [("Asia/Kolkata", [date(2026, 3, 4), date(2026, 3, 5)]), ("UTC", [date(2026, 3, 4)])],
)
def test_other_cities_have_other_days(conn: Connection, zone: str, days: list[date]) -> None:
    """Where midnight is at half past, its hour belongs to the day it began in."""
    half_past_six = datetime(2026, 3, 4, 18, 30, tzinfo=UTC)
    said = [
        rows.fix("T-1", n, half_past_six + timedelta(hours=hours))
        for n, hours in enumerate((-2, 0, 2))
    ]
    rows.commit(conn, said)
    rollup.run(conn, timezone=zone)
    found = conn.execute("SELECT day, n FROM fix_daily ORDER BY day").fetchall()
    assert [day for day, _ in found] == days
    assert sum(n for _, n in found) == 3


def test_doubtful_rows_are_counted_and_not_averaged(conn: Connection) -> None:
    """Late ones are true: they count in full."""
    values = [(10.0, 0), (1e6, Flag.RANGE), (20.0, Flag.LATE), (10.0, Flag.STUCK | Flag.LATE)]
    said = [
        rows.reading("A-1", n, MIDNIGHT + timedelta(minutes=n), pm25_ugm3=value)
        for n, (value, _) in enumerate(values)
    ]
    rows.commit(conn, said, [flag for _, flag in values])
    rollup.run(conn, timezone=ZONE)
    found = conn.execute(
        "SELECT n, flagged, sum_value, min_value, max_value, last_value FROM reading_hourly"
    ).fetchall()
    assert found == [(2, 2, 30.0, 10.0, 20.0, 20.0)]


def test_an_hour_of_nothing_but_doubt_has_no_numbers(conn: Connection) -> None:
    """It is there, and says so."""
    rows.commit(conn, [rows.reading("A-1", 1, MIDNIGHT, pm25_ugm3=-1.0)], [Flag.RANGE])
    rollup.run(conn, timezone=ZONE)
    found = conn.execute("SELECT n, flagged, sum_value, last_value FROM reading_hourly").fetchall()
    assert found == [(0, 1, None, None)]


def test_a_run_without_news_does_nothing(conn: Connection) -> None:
    """And says that it is done."""
    assert rollup.run(conn, timezone=ZONE) == (0, None, True)


def test_a_crash_leaves_the_work_for_the_next_run(conn: Connection) -> None:
    """Deltas and summaries change together or not at all."""
    rows.commit(conn, [rows.fix("T-1", 1, MIDNIGHT)])
    with conn.transaction(force_rollback=True):
        assert rollup.run(conn, timezone=ZONE).hours == 1
    assert conn.execute("SELECT count(*) FROM ledger_delta").fetchone() == (1,)
    assert conn.execute("SELECT count(*) FROM fix_hourly").fetchone() == (0,)
    assert rollup.run(conn, timezone=ZONE).hours == 1


def test_a_second_run_at_once_leaves_it_to_the_first(db_url: str) -> None:
    """It neither waits nor works; nothing is folded twice."""
    with pool.connect(db_url) as one, pool.connect(db_url) as other:
        rows.commit(one, [rows.fix("T-1", 1, MIDNIGHT)])
        one.commit()
        with one.transaction():
            assert rollup.run(one, timezone=ZONE).hours == 1
            assert rollup.run(other, timezone=ZONE) == (0, None, True)
        assert rollup.run(other, timezone=ZONE).hours == 0
        assert other.execute("SELECT stored FROM ledger_hour").fetchall() == [(1,)]


def test_runs_amid_writers_end_up_right(db_url: str) -> None:
    """Rows that are committed during a run bring their own delta."""
    writing = threading.Event()

    def write(device_id: str) -> None:
        with pool.connect(db_url) as conn:
            for n in range(40):
                at = MIDNIGHT + timedelta(minutes=7 * n)
                batch = [rows.fix(device_id, 10 * n + k, at, speed_mps=2.0) for k in range(10)]
                rows.commit(conn, batch)

    def fold() -> None:
        with pool.connect(db_url) as conn:
            while not writing.is_set():
                rollup.run(conn, timezone=ZONE)

    writers = [threading.Thread(target=write, args=(f"T-{n}",)) for n in range(2)]
    folders = [threading.Thread(target=fold) for _ in range(2)]
    for thread in (*writers, *folders):
        thread.start()
    for writer in writers:
        writer.join(timeout=60)
    writing.set()
    for folder in folders:
        folder.join(timeout=60)
    with pool.connect(db_url) as conn:
        assert rollup.run(conn, timezone=ZONE).is_complete
        sums = "SELECT sum(n), sum(n_speed), sum(sum_speed_mps), sum(moving)"
        for table in ("fix_hourly", "fix_daily"):
            found = conn.execute(f"{sums} FROM {table}".encode()).fetchone()
            assert found == (800, 800, 1600.0, 800), table
        assert conn.execute("SELECT sum(stored) FROM ledger_hour").fetchone() == (800,)


def test_more_deltas_than_one_run_takes_are_taken_by_several(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backlog is folded in pieces, each of which may be the last before a crash."""
    monkeypatch.setattr(rollup, "_MAX_DELTAS", 3)
    for n in range(8):
        rows.commit(conn, [rows.fix("T-1", n + 1, MIDNIGHT + timedelta(hours=n))])
    done = [rollup.run(conn, timezone=ZONE).is_complete for _ in range(3)]
    assert done == [False, False, True]
    assert conn.execute("SELECT sum(n) FROM fix_daily").fetchone() == (8,)


def test_a_fleet_is_rolled_up_some_devices_at_a_time(db_url: str) -> None:
    """Each part commits by itself, and what comes meanwhile waits for the next run."""
    seen: list[int] = []
    with pool.connect(db_url) as conn, pool.connect(db_url, autocommit=True) as other:
        rows.commit(conn, [rows.fix(f"T-{n:03}", 1, MIDNIGHT) for n in range(120)])
        conn.commit()

        def rest(took_s: float) -> None:
            assert took_s > 0
            [(count,)] = other.execute("SELECT count(*) FROM fix_hourly").fetchall()
            if not seen:
                rows.commit(other, [rows.fix("T-000", 2, MIDNIGHT)])
            seen.append(count)

        assert rollup.run(conn, timezone=ZONE, rest=rest) == (120, date(2026, 3, 5), False)
        assert seen == [50, 100, 120]
        assert rollup.run(conn, timezone=ZONE) == (1, date(2026, 3, 5), True)
        found = other.execute("SELECT sum(n) FROM fix_daily").fetchone()
    assert found == (121,)


def test_the_housekeeper_outlives_an_outage(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that it failed, and goes on when the database is back."""
    monkeypatch.setattr(housekeeping, "_ROLLUP_EVERY_S", 0.02)
    keeper = Housekeeper(city.wiring().database_url, timezone=ZONE, limits=Retention())
    with pool.connect(city.db_url) as conn:
        rows.commit(conn, [rows.fix("T-1", 1, MIDNIGHT)])
        conn.commit()
        city.proxy.cut()
        keeper.start()
        wait_until(lambda: city.logged("housekeeping_failed"))
        city.proxy.restore()
        wait_until(lambda: city.count("fix_hourly") == 1)
        rows.commit(conn, [rows.fix("T-1", 2, MIDNIGHT)])
    wait_until(lambda: city.one("SELECT n FROM fix_daily") == 2)
    keeper.stop()
