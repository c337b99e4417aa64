"""A past window over HTTP: everything of it, nothing beside it, bounded, and nobody's secret."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from control_center.auth.rights import Role
from control_center.incidents import replay
from core.clock import epoch_us, utc_now
from core.topics import Kind
from store import pool, rollup
from store.pool import Connection
from tests.servers import room, rows
from tests.servers.center import RunningCenter, Visitor
from tests.servers.room import Desk

pytestmark = pytest.mark.server


@pytest.fixture
def conn(center: RunningCenter) -> Iterator[Connection]:
    """The database, with a button, a station, a camera and two trucks in it."""
    with pool.connect(center.db_url) as one:
        room.enrol(one, Kind.PANIC, "P-1")
        room.enrol(one, Kind.TRUCK, "T-1", "T-2")
        room.enrol(one, Kind.AIR, "A-1")
        room.enrol(one, Kind.CAMERA, "C-1")
        yield one


def window(visitor: Visitor, since: datetime, until: datetime) -> dict[str, Any]:
    """What was."""
    answer = visitor.get("/api/replay", **{"from": since.isoformat(), "to": until.isoformat()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_everything_of_a_window_and_nothing_beside_it(
    center: RunningCenter, conn: Connection
) -> None:
    """Vehicles by device and time, alarms, incidents with what was written, hours."""
    ana = Desk(center, center.operator(Role.OPERADOR))
    now = utc_now().replace(microsecond=0)
    begin = now - timedelta(minutes=30)
    for number in range(4):
        at = begin + timedelta(minutes=10 * number)
        room.moved(conn, "T-1", number, 18.10 + number / 100, -94.40, at)
    room.moved(conn, "P-1", 1, 18.1, -94.4, begin)
    rows.commit(conn, [rows.reading("A-1", 1, begin, pm25_ugm3=12.5)])
    rows.commit(conn, [rows.plate("C-1", 1, begin, direction="in")])
    conn.commit()
    rollup.run(conn, timezone="America/Mexico_City")
    conn.commit()
    part = room.part(center.db_url)
    room.said(conn, "P-1", "panic")
    part.tick(utc_now())
    part.close()
    [row] = ana.visitor.get("/api/incidents").json()["incidents"]
    ana.done(row["incident_id"], "take")
    found = window(ana.visitor, begin, now + timedelta(minutes=5))
    at_ms = epoch_us(begin) // 1000
    assert set(found["positions"]) == {"T-1"}, "who pressed is in no replay"
    assert found["positions"]["T-1"][0] == [at_ms, -94.4, 18.1]
    assert len(found["positions"]["T-1"]) == 4
    assert [one["kind"] for one in found["alarms"]] == ["panic"]
    assert [one["incident_id"] for one in found["incidents"]] == [row["incident_id"]]
    assert [line["kind"] for line in found["log"]] == ["opened", "take"]
    assert found["readings"]["A-1"]["pm25_ugm3"][0][1] == 12.5
    assert found["passages"][0]["n"] == 1
    assert found["cut"] == []
    earlier = window(ana.visitor, begin - timedelta(hours=5), begin - timedelta(hours=3))
    assert not any(earlier[name] for name in ("positions", "alarms", "incidents", "log"))


def test_positions_become_coarser_and_lists_are_cut(
    center: RunningCenter, conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the answer says so."""
    now = utc_now().replace(microsecond=0)
    fixes = [rows.fix("T-1", n, now - timedelta(seconds=600 - n)) for n in range(600)]
    rows.commit(conn, fixes)
    conn.commit()
    part = room.part(center.db_url)
    room.said_many(conn, [room.event(f"T-{n}", "unplanned_stop") for n in range(3)])
    part.tick(utc_now())
    part.close()
    visitor = center.operator(Role.AUDITOR)
    span = (now - timedelta(seconds=600), now + timedelta(seconds=60))
    assert len(window(visitor, *span)["positions"]["T-1"]) == 120
    monkeypatch.setattr(replay, "_POSITIONS", 20)
    monkeypatch.setattr(replay, "_ALARMS", 2)
    found = window(visitor, *span)
    assert found["step_s"] == 66
    assert len(found["positions"]["T-1"]) == 10
    assert (len(found["alarms"]), found["cut"]) == (2, ["alarms"])


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:01Z"),
        ("2026-01-01T00:00:00", "2026-01-01T01:00:00"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T01:00:00Z"),
        ("yesterday", "today"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(
    center: RunningCenter, since: str, until: str
) -> None:
    """With what to do."""
    visitor = center.operator(Role.OPERADOR)
    answer = visitor.get("/api/replay", **{"from": since, "to": until})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
