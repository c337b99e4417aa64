"""Past events over HTTP: newest first, bounded, filtered, and the same as the live feed told."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from control_center.auth.rights import RIGHTS, Right, Role
from core.clock import rfc3339, utc_now
from core.happenings import Happening
from core.messages import Event
from core.topics import Kind
from store import derived, pool
from store.derived import Derived
from store.pool import Connection
from tests.servers import plans, room, rows
from tests.servers.center import RunningCenter
from tests.servers.stream import Screen

pytestmark = pytest.mark.server


@pytest.fixture
def conn(center: RunningCenter) -> Iterator[Connection]:
    """A connection to the center's database, with two trucks in it."""
    with pool.connect(center.db_url) as one:
        plans.add_truck(one, "T-1")
        plans.add_truck(one, "T-2")
        one.commit()
        yield one


def said(conn: Connection, device_id: str, seq: int, at: datetime, kind: str) -> None:
    """An event that a device sent."""
    message = Event(
        device_id=device_id, seq=seq, measured_at=at, received_at=at, type=kind, value=3.5
    )
    rows.commit(conn, [message])
    conn.commit()


def own(at: datetime, what: Happening = Happening.OFF_ROUTE, device_id: str = "T-1") -> Derived:
    """An event that C5 made."""
    return Derived(
        device_id=device_id,
        what=what,
        at=at,
        received_at=at + timedelta(seconds=60),
        lat_deg=18.14,
        lon_deg=-94.45,
        value=240.0,
        text="Centro · 240 m",
        extra={"route_id": "R-1", "version": 2},
    )


def test_events_come_newest_first_whoever_made_them(
    center: RunningCenter, conn: Connection
) -> None:
    """With who made them, and the unit that C5 knows."""
    now = utc_now().replace(microsecond=0)
    said(conn, "T-2", 7, now - timedelta(minutes=5), "panic")
    derived.insert(conn, [own(now - timedelta(minutes=2))], now=now)
    answer = center.operator(Role.OPERADOR).get("/api/events")
    assert answer.status_code == 200
    mine, theirs = answer.json()["events"]
    assert mine == {
        "device_id": "T-1",
        "device_name": "Camión T-1",
        "type": "off_route",
        "severity": "warning",
        "measured_at": rfc3339(now - timedelta(minutes=2)).replace(".000Z", "Z"),
        "received_at": rfc3339(now - timedelta(minutes=1)).replace(".000Z", "Z"),
        "lat_deg": 18.14,
        "lon_deg": -94.45,
        "value": 240.0,
        "unit": "m",
        "text": "Centro · 240 m",
        "made_by": "c5",
        "route_id": "R-1",
    }
    assert (theirs["type"], theirs["made_by"], theirs["unit"]) == ("panic", "device", None)


def test_what_a_button_wrote_is_shown_only_to_who_may_know_who_pressed(
    center: RunningCenter, conn: Connection
) -> None:
    """Whatever it says has happened, and a press of any device; the rest is the same for all."""
    room.enrol(conn, Kind.PANIC, "P-1")
    shut = [("P-1", "panic"), ("P-1", "tamper"), ("T-1", "panic_driver"), ("gone", "tamper")]
    for seq, (device_id, what) in enumerate([*shut, ("T-1", "door_open")]):
        room.said(conn, device_id, what, seq=seq, text="Soy Ana, calle 5", severity="critical")
    seen = {role: center.operator(role).get("/api/events").json()["events"] for role in Role}
    whole = seen[Role.OPERADOR]
    assert [one["text"] for one in whole] == ["Soy Ana, calle 5"] * 5
    without = [
        one | {"text": None} if (one["device_id"], one["type"]) in shut else one for one in whole
    ]
    assert without[0]["text"] == "Soy Ana, calle 5"
    for role, events in seen.items():
        assert events == (whole if Right.PANIC in RIGHTS[role] else without), role


def test_events_are_filtered_and_bounded(center: RunningCenter, conn: Connection) -> None:
    """By window, device and type; at most as many as asked for, the newest of them."""
    now = utc_now().replace(microsecond=0)
    for ago_h in range(5):
        at = now - timedelta(hours=ago_h)
        said(conn, "T-1", 10 + ago_h, at, "door_open" if ago_h % 2 else "panic")
    said(conn, "T-2", 1, now - timedelta(hours=30), "panic")
    visitor = center.operator()

    def ages(**query: str | int) -> list[float]:
        found = visitor.get("/api/events", **query).json()["events"]
        return [
            (now - datetime.fromisoformat(one["measured_at"])).total_seconds() / 3600
            for one in found
        ]

    assert ages() == [0, 1, 2, 3, 4]
    assert ages(limit=2) == [0, 1]
    assert ages(type="panic") == [0, 2, 4]
    assert ages(device_id="T-2") == []
    since = rfc3339(now - timedelta(hours=48))
    assert ages(device_id="T-2", **{"from": since}) == [30]
    until = rfc3339(now - timedelta(hours=2))
    assert ages(**{"from": since, "to": until}) == [3, 4, 30]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "2026-01-02T00:00:00"}, "offset"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "years 1 to 9999"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "swap"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "31 days"),
        ({"limit": "1001"}, "limit"),
        ({"device_id": "no such/device"}, "device_id"),
    ],
)
def test_what_makes_no_sense_is_refused(
    center: RunningCenter, query: dict[str, str], words: str
) -> None:
    """With the reason."""
    answer = center.operator().get("/api/events", **query)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_nobody_sees_them_without_a_session(center: RunningCenter) -> None:
    """As everything else."""
    assert center.visitor().get("/api/events").status_code == 401


def test_an_event_of_our_own_is_told_once(center: RunningCenter, conn: Connection) -> None:
    """The second time it is neither stored nor announced; its neighbours are."""
    now = utc_now().replace(microsecond=0)
    with Screen(center.operator()) as screen:
        assert derived.insert(conn, [own(now)], now=now) == 1
        again = [own(now), own(now, Happening.OVERSPEED), own(now, device_id="T-2")]
        assert derived.insert(conn, again, now=now) == 2
        screen.wait_change(lambda one: one.get("t") == "ev" and one["d"] == "T-2")
        told = [(one["d"], one["type"]) for one in screen.changes() if one["t"] == "ev"]
    assert told == [("T-1", "off_route"), ("T-1", "overspeed"), ("T-2", "off_route")]


def test_what_is_rolled_back_is_not_told(center: RunningCenter, conn: Connection) -> None:
    """The announcement belongs to the commit."""
    now = utc_now().replace(microsecond=0)
    with Screen(center.operator()) as screen:
        with suppress(ZeroDivisionError), conn.transaction():
            derived.insert(conn, [own(now)], now=now)
            _ = 1 / 0
        derived.insert(conn, [own(now, Happening.DEPOT_EXIT)], now=now)
        screen.wait_change(lambda one: one.get("t") == "ev")
        assert [one["type"] for one in screen.changes() if one["t"] == "ev"] == ["depot_exit"]
    assert [one.what for one in derived.told(conn, ["T-1"], now)] == [Happening.DEPOT_EXIT]
