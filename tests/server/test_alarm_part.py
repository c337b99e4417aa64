"""From an event's row to an alarm and an incident: at once, once, whatever crashes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from control_center.alarms import telling
from control_center.alarms.part import AlarmPart
from core.clock import monotonic_s, utc_now
from core.errors import TransientStoreError
from core.happenings import Happening
from core.settings import Settings
from core.topics import Kind
from store import alarm, derived, incident, pool
from store import rule as store_rule
from store.derived import Derived
from store.pool import Connection
from tests.servers import room
from tests.servers.center import RunningCenter
from tests.servers.proxy import Proxy
from tests.servers.stream import Screen
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
SETTINGS = Settings()


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """The database, with a button, two cameras and a truck in it."""
    with pool.connect(db_url) as one:
        room.enrol(one, Kind.PANIC, "P-1")
        room.enrol(one, Kind.CAMERA, "C-1", "C-2")
        room.enrol(one, Kind.TRUCK, "T-1")
        yield one


@pytest.fixture
def part(conn: Connection, db_url: str) -> Iterator[AlarmPart]:
    """The part of the engine, started."""
    del conn
    made = room.part(db_url)
    yield made
    made.close()


def camera_event(
    what: Happening, device_id: str, severity: str, seq_slot: int, **extra: int
) -> Derived:
    """An event that C5 makes of a plate."""
    now = utc_now()
    return Derived(
        device_id=device_id,
        what=what,
        at=now,
        received_at=now,
        lat_deg=18.14,
        lon_deg=-94.44,
        value=None,
        text="",
        extra=extra,
        slot=seq_slot,
        severity=severity,
    )


@pytest.mark.timed
def test_a_panic_button_is_a_critical_incident_within_a_second(
    center: RunningCenter,
) -> None:
    """From the commit of its row to the database, and to a screen, while the loop runs."""
    with pool.connect(center.db_url) as conn, Screen(center.operator()) as screen:
        room.enrol(conn, Kind.PANIC, "P-1")
        one = room.part(center.db_url)
        room.said(conn, "P-1", "panic", severity="critical", lat_deg=18.15, lon_deg=-94.42)
        began_s = monotonic_s()
        wait_until(lambda: one.tick(utc_now()), what="an alarm")
        [made] = incident.listed(conn)
        assert monotonic_s() - began_s < 1.0
        assert (made.kind, made.severity, made.state) == ("panic", "CRITICAL", "new")
        assert (made.lat_deg, made.lon_deg, made.device_id) == (18.15, -94.42, "P-1")
        assert made.due_step == "acknowledge"
        told = screen.wait_change(lambda change: change.get("t") == "in")
        assert told["in"]["incident_id"] == made.incident_id
        raised = screen.wait_change(lambda change: change.get("t") == "al")
        assert raised["al"]["incident_id"] == made.incident_id
        assert raised["al"]["device_name"] is None, "a personal button may bear a name"
        one.close()


def test_pressing_again_is_counted(part: AlarmPart, conn: Connection) -> None:
    """One alarm, one incident, however often it is pressed."""
    for seq in range(3):
        room.said(conn, "P-1", "panic", seq=seq)
        part.tick(utc_now())
    [one] = alarm.listed(conn)
    assert (one.times, one.version) == (3, 3)
    assert len(incident.listed(conn)) == 1


def test_hits_of_one_entry_are_one_incident_wherever_they_are(
    part: AlarmPart, conn: Connection
) -> None:
    """The list's priority decides how grave; another entry is another incident."""
    found = [
        camera_event(Happening.PLATE_HIT, "C-1", "high", 1, hit_id=1, entry_id=7),
        camera_event(Happening.PLATE_HIT, "C-2", "critical", 2, hit_id=2, entry_id=7),
        camera_event(Happening.PLATE_HIT, "C-2", "normal", 3, hit_id=3, entry_id=8),
    ]
    derived.insert(conn, found, now=utc_now())
    conn.commit()
    assert part.tick(utc_now()) == 3
    second, first = incident.listed(conn)
    assert (first.cause, first.alarms, first.severity) == ("plate|7", 2, "CRITICAL")
    assert (second.cause, second.alarms, second.severity) == ("plate|8", 1, "MINOR")
    assert {one.detail["hit_id"] for one in alarm.listed(conn)} == {1, 2, 3}


def test_an_end_clears_and_neither_acknowledges_nor_closes(
    part: AlarmPart, conn: Connection
) -> None:
    """A truck stops and drives on; the alarm waits to be looked at."""
    room.said(conn, "T-1", "unplanned_stop", seq=1)
    part.tick(utc_now())
    room.said(conn, "T-1", "unplanned_stop_end", seq=2)
    part.tick(utc_now())
    [one] = alarm.listed(conn)
    assert one.cleared_at is not None
    assert one.cleared_by == "c5"
    assert one.acknowledged_at is one.closed_at is None
    room.said(conn, "T-1", "unplanned_stop", seq=3)
    part.tick(utc_now())
    assert len(alarm.listed(conn)) == 2
    [whole] = incident.listed(conn)
    assert whole.alarms == 2, "one truck, one incident"


def test_what_begins_and_ends_in_one_batch_is_raised_and_cleared(
    part: AlarmPart, conn: Connection
) -> None:
    """And what begins again after that goes on."""
    now = utc_now()
    room.said_many(
        conn,
        [
            room.event("T-1", "unplanned_stop", seq=1, at=now - timedelta(seconds=30)),
            room.event("T-1", "unplanned_stop_end", seq=2, at=now - timedelta(seconds=20)),
            room.event("T-1", "unplanned_stop", seq=3, at=now - timedelta(seconds=10)),
        ],
    )
    part.tick(utc_now())
    newer, older = alarm.listed(conn)
    assert older.cleared_at is not None
    assert newer.cleared_at is None


def test_a_restart_repeats_and_loses_nothing(
    part: AlarmPart, conn: Connection, db_url: str
) -> None:
    """What was read is not read again; what came meanwhile is."""
    room.said(conn, "P-1", "panic", seq=1)
    part.tick(utc_now())
    part.close()
    room.said(conn, "P-1", "panic", seq=2)
    again = room.part(db_url)
    again.tick(utc_now())
    again.close()
    [one] = alarm.listed(conn)
    assert one.times == 2


def test_what_commits_late_is_not_passed_over(
    part: AlarmPart, conn: Connection, db_url: str
) -> None:
    """A row's time of storage is when its transaction began, which may be long before."""
    with pool.connect(db_url) as slow:
        slow.execute("SELECT now()")
        room.said(conn, "T-1", "unplanned_stop", seq=1)
        part.tick(utc_now())
        part.tick(utc_now())
        room.said(slow, "P-1", "panic", seq=1)
    part.tick(utc_now())
    assert {one.kind for one in alarm.listed(conn)} == {"unplanned_stop", "panic"}


def test_of_two_engines_one_raises(part: AlarmPart, conn: Connection, db_url: str) -> None:
    """The other takes over when the first is gone."""
    other = AlarmPart(db_url, room.SETTINGS)
    room.said(conn, "P-1", "panic", seq=1)
    assert other.tick(utc_now()) == 0
    assert part.tick(utc_now()) == 1
    part.close()
    room.said(conn, "T-1", "unplanned_stop", seq=1)
    wait_until(lambda: other.tick(utc_now()) == 1, what="the other engine to have the turn")
    other.close()


def test_events_of_long_ago_raise_nothing(part: AlarmPart, conn: Connection) -> None:
    """A device that comes back empties its memory; the past is history."""
    long_ago = utc_now() - timedelta(seconds=SETTINGS.alarms.late_s + 60)
    room.said(conn, "T-1", "unplanned_stop", seq=1, at=long_ago)
    assert part.tick(utc_now()) == 0


@pytest.mark.timed
def test_a_storm_of_ten_thousand_alarms_is_a_page_of_incidents(
    part: AlarmPart, conn: Connection
) -> None:
    """Every alarm is kept, what screens are sent is bounded, and it takes seconds."""
    names = [f"K-{number}" for number in range(10_000)]
    room.said_many(conn, [room.event(name, "stream_down") for name in names])
    conn.execute("LISTEN c5_live")
    conn.commit()
    began_s = monotonic_s()
    made = 0
    while made < len(names):
        made += part.tick(utc_now())
        assert monotonic_s() - began_s < 100
    assert monotonic_s() - began_s < 60, "faster than they came"
    found = incident.listed(conn, limit=500)
    conn.commit()
    storm = SETTINGS.alarms.storm_incidents
    assert len(found) == storm + 1
    assert found[0].cause == "device|storm"
    assert sum(one.alarms for one in found) == len(names)
    heard = list(conn.notifies(timeout=0.2))
    told = sum(one.payload.count('"alarm_id"') for one in heard)
    took_s = monotonic_s() - began_s
    assert told <= 2 * telling.MOST + telling.MOST * (took_s + 1)
    assert '"more":' in "".join(one.payload for one in heard)
    assert len(alarm.listed(conn)) == 200, "a page is a page"


def test_no_storm_makes_a_panic_button_wait(part: AlarmPart, conn: Connection) -> None:
    """It is read first, and again between the batches of everything else."""
    names = [f"K-{number}" for number in range(3000)]
    room.said_many(conn, [room.event(name, "stream_down") for name in names])
    room.said(conn, "P-1", "panic")
    part.tick(utc_now())
    found = alarm.listed(conn, state="all", limit=5000)
    [pressed] = [one for one in found if one.kind == "panic"]
    assert pressed.alarm_id == min(one.alarm_id for one in found)


def test_what_is_resolved_and_happens_again_is_news(part: AlarmPart, conn: Connection) -> None:
    """A button pressed after its incident was resolved is another incident."""
    room.said(conn, "P-1", "panic", seq=1)
    part.tick(utc_now())
    [first] = incident.listed(conn)
    resolved = first._replace(state="resolved", resolved_at=utc_now(), due_step=None, due_at=None)
    incident.change(conn, resolved, by_person=True)
    alarm.close_of(conn, first.incident_id, at=utc_now(), by="ana")
    conn.commit()
    room.said(conn, "P-1", "panic", seq=2)
    part.tick(utc_now())
    newer, older = incident.listed(conn)
    assert (older.incident_id, older.alarms) == (first.incident_id, 1)
    assert (newer.state, newer.alarms) == ("new", 1)


def test_one_bad_rule_does_not_silence_the_others(conn: Connection, db_url: str) -> None:
    """It is said in the log, and the rest works."""
    room.part(db_url).close()
    store_rule.save(
        conn, "panic_silent", 2, {"odd": 1}, enabled=True, note="", at=utc_now(), by="ana"
    )
    conn.commit()
    one = room.part(db_url)
    room.said(conn, "P-1", "panic")
    assert one.tick(utc_now()) == 1
    one.close()


def test_a_database_that_is_away_loses_nothing(
    conn: Connection, db_url: str, postgres_proxy: Proxy
) -> None:
    """The part says so, and goes on where it was."""
    url = db_url.replace(f":{postgres_proxy.target_port}/", f":{postgres_proxy.port}/")
    one = room.part(url)
    room.said(conn, "P-1", "panic", seq=1)
    one.tick(utc_now())
    postgres_proxy.cut()
    room.said(conn, "P-1", "panic", seq=2)
    with pytest.raises(TransientStoreError):
        one.tick(utc_now())
    postgres_proxy.restore()

    def caught_up() -> bool:
        one.tick(utc_now())
        return alarm.listed(conn)[0].times == 2

    wait_until(caught_up, what="both presses to be counted")
    one.close()
