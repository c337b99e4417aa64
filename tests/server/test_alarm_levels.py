"""Levels from the database: a battery, silence, the air, ingest's lag; each raised and cleared."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from control_center.alarms.part import AlarmPart
from core.clock import utc_now
from core.topics import Kind
from store import air, alarm, pool
from store.air import Judged
from store.pool import Connection
from tests.servers import room, rows

pytestmark = pytest.mark.server


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """The database, with a button, a station and a truck in it."""
    with pool.connect(db_url) as one:
        room.enrol(one, Kind.PANIC, "P-1")
        room.enrol(one, Kind.AIR, "A-1")
        room.enrol(one, Kind.TRUCK, "T-1")
        yield one


@pytest.fixture
def part(conn: Connection, db_url: str) -> Iterator[AlarmPart]:
    """The part, started."""
    del conn
    made = room.part(db_url)
    yield made
    made.close()


def looked(part: AlarmPart, now: datetime) -> None:
    """Let it look at levels now."""
    part._due_s["levels"] = float("-inf")
    part.tick(now)


def open_kinds(conn: Connection) -> set[str]:
    """What goes on."""
    found = {one.kind for one in alarm.listed(conn) if one.cleared_at is None}
    conn.commit()
    return found


def test_a_battery_that_is_low_and_charged(part: AlarmPart, conn: Connection) -> None:
    """Held for five minutes by its own clock, cleared well above."""
    now = utc_now()
    for number, (after_s, value) in enumerate(
        [(-900, 14), (-500, 13), (-400, 20), (-380, 30), (-20, 31)]
    ):
        at = now + timedelta(seconds=after_s)
        rows.commit(conn, [rows.reading("P-1", number, at, battery_pct=value)])
        conn.commit()
        looked(part, now)
        want = {"low_battery"} if number in (1, 2, 3) else set()
        assert open_kinds(conn) == want, (number, value)


def test_a_station_that_falls_silent_and_speaks_again(part: AlarmPart, conn: Connection) -> None:
    """Silent beyond what its kind may, and five minutes more; the truck rests in its depot."""
    now = utc_now()
    rows.commit(conn, [rows.reading("A-1", 1, now, pm25_ugm3=5.0), rows.fix("T-1", 1, now)])
    conn.commit()
    for after_s, want in ((60, set()), (700, set()), (999, set()), (1001, {"device_silent"})):
        looked(part, now + timedelta(seconds=after_s))
        assert open_kinds(conn) == want, after_s
    back = now + timedelta(seconds=1100)
    rows.commit(conn, [rows.reading("A-1", 2, back, pm25_ugm3=5.0)])
    conn.commit()
    looked(part, back)
    looked(part, back + timedelta(seconds=61))
    assert open_kinds(conn) == set()


def test_air_that_is_very_bad(part: AlarmPart, conn: Connection) -> None:
    """By the judged hour; over when the next is better."""
    now = utc_now()
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)

    def judged(at: datetime, category: int) -> None:
        one = Judged(
            device_id="A-1",
            hour=at,
            rule_id="x",
            category=category,
            dominant="pm25",
            detail={},
            epa_aqi=None,
            believed=60,
            doubted=0,
        )
        air.save(conn, [one])
        conn.commit()

    judged(hour, 3)
    looked(part, now)
    assert open_kinds(conn) == {"air_bad"}
    judged(hour + timedelta(hours=1), 2)
    looked(part, now)
    assert open_kinds(conn) == set()


def test_messages_that_wait_before_they_are_stored(part: AlarmPart, conn: Connection) -> None:
    """Half a minute of lag raises; a minute without clears."""
    now = utc_now()

    def stored(seq: int, waited_s: float) -> None:
        at = utc_now() - timedelta(seconds=waited_s)
        rows.commit(conn, [rows.fix("T-1", seq, at)])
        conn.commit()

    stored(1, 60)
    for after_s, want in ((0, set()), (29, set()), (31, {"ingest_lag"})):
        looked(part, now + timedelta(seconds=after_s))
        assert open_kinds(conn) == want
    stored(2, 0)
    for after_s, want in ((40, {"ingest_lag"}), (101, set())):
        looked(part, now + timedelta(seconds=after_s))
        assert open_kinds(conn) == want
