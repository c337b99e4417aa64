"""Alarms and rules over HTTP: the queue, what people do about it, rules that are tried first."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from control_center.alarms.part import AlarmPart
from control_center.auth.rights import Role
from control_center.auth.sessions import CSRF_HEADER
from core.clock import utc_now
from core.topics import Kind
from store import pool
from store import rule as store_rule
from store.pool import Connection
from store.rule import RuleExists
from tests.servers import room, rows
from tests.servers.center import RunningCenter, Visitor
from tests.servers.stream import Screen

pytestmark = pytest.mark.server
LOW: dict[str, Any] = {
    "id": "button_low",
    "kind": "button_low",
    "severity": "MINOR",
    "title_es": "Botón con poca batería",
    "title_en": "Button low on battery",
    "when": {
        "fact": "metric",
        "metric": "battery_pct",
        "kinds": ["panic"],
        "below": 30,
        "clear": 40,
    },
}


@pytest.fixture
def conn(center: RunningCenter) -> Iterator[Connection]:
    """The database, with a button and a truck in it."""
    with pool.connect(center.db_url) as one:
        room.enrol(one, Kind.PANIC, "P-1", lat_deg=18.2, lon_deg=-94.5)
        room.enrol(one, Kind.TRUCK, "T-1")
        yield one


@pytest.fixture
def part(center: RunningCenter, conn: Connection) -> Iterator[AlarmPart]:
    """The engine's part."""
    del conn
    made = room.part(center.db_url)
    yield made
    made.close()


def put(visitor: Visitor, path: str, body: object) -> httpx.Response:
    """Change, as the page does it."""
    return visitor.client.put(path, json=body, headers={CSRF_HEADER: visitor.csrf})


def alarms(visitor: Visitor, **query: str | int) -> list[dict[str, Any]]:
    """The queue."""
    answer = visitor.get("/api/alarms", **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["alarms"]
    return found


def test_seen_over_and_dealt_with_are_three_things(
    center: RunningCenter, part: AlarmPart, conn: Connection
) -> None:
    """Each once, by whom and when; a closed alarm takes nothing more, a repeat is a new one."""
    visitor = center.operator(Role.OPERADOR)
    room.said(conn, "T-1", "unplanned_stop", seq=1)
    part.tick(utc_now())
    [one] = alarms(visitor)
    assert (one["count"], one["device_name"]) == (1, "Equipo T-1")
    path = f"/api/alarms/{one['alarm_id']}"
    with Screen(visitor) as screen:
        seen = visitor.post(f"{path}/acknowledge", {"version": one["version"], "note": "<voy>"})
        told = screen.wait_change(lambda change: change.get("t") == "al")["al"]
        assert told == seen.json()
    assert seen.json()["acknowledged_by"] is not None
    assert seen.json()["cleared_at"] is seen.json()["closed_at"] is None
    assert alarms(visitor, state="unacknowledged") == []
    version = seen.json()["version"]
    again = visitor.post(f"{path}/acknowledge", {"version": version})
    assert again.json()["type"] == "urn:c5:problem:alarm_refused"
    over = visitor.post(f"{path}/clear", {"version": version}).json()
    assert over["cleared_by"] == seen.json()["acknowledged_by"]
    assert len(alarms(visitor)) == 1, "over is not dealt with"
    closed = visitor.post(f"{path}/close", {"version": over["version"], "note": "revisado"})
    assert closed.json()["closed_at"] is not None
    assert alarms(visitor) == []
    assert len(alarms(visitor, state="all")) == 1
    late = visitor.post(f"{path}/clear", {"version": closed.json()["version"]})
    assert late.json()["type"] == "urn:c5:problem:alarm_refused"
    texts = [comment["text"] for comment in visitor.get(path).json()["comments"]]
    assert texts == ["revisado", "<voy>"]
    room.said(conn, "T-1", "unplanned_stop", seq=2)
    part.tick(utc_now())
    assert len(alarms(visitor)) == 1


def test_a_stale_page_is_told_and_a_repeat_is_no_conflict(
    center: RunningCenter, part: AlarmPart, conn: Connection
) -> None:
    """What a person changed makes it stale; what was counted does not."""
    ana, beto = center.operator(Role.OPERADOR), center.operator(Role.OPERADOR)
    room.said(conn, "P-1", "panic", seq=1)
    part.tick(utc_now())
    [one] = alarms(ana)
    path = f"/api/alarms/{one['alarm_id']}"
    room.said(conn, "P-1", "panic", seq=2)
    part.tick(utc_now())
    assert ana.post(f"{path}/acknowledge", {"version": one["version"]}).status_code == 200
    stale = beto.post(f"{path}/close", {"version": one["version"]})
    assert stale.status_code == 409
    assert stale.json()["type"] == "urn:c5:problem:stale"
    assert stale.json()["current"]["count"] == 2
    assert beto.post(f"{path}/close", {"version": 99}).status_code == 409


def test_an_alarm_is_given_to_somebody_who_exists(
    center: RunningCenter, part: AlarmPart, conn: Connection
) -> None:
    """Or to nobody; and what is not there is not found."""
    visitor = center.operator(Role.SUPERVISOR)
    name = visitor.get("/api/session").json()["user"]["username"]
    room.said(conn, "P-1", "panic", seq=1)
    part.tick(utc_now())
    [one] = alarms(visitor)
    path = f"/api/alarms/{one['alarm_id']}"
    assert visitor.post(f"{path}/assign", {"version": 1, "assignee": "nadie"}).status_code == 422
    given = visitor.post(f"{path}/assign", {"version": 1, "assignee": name}).json()
    assert given["assignee"] == name
    back = visitor.post(f"{path}/assign", {"version": given["version"], "assignee": None})
    assert back.json()["assignee"] is None
    assert visitor.post("/api/alarms/99/close", {"version": 1}).status_code == 404
    audited = conn.execute("SELECT action FROM audit WHERE object_kind = 'alarm'").fetchall()
    assert [row[0] for row in audited] == ["alarm.assign", "alarm.assign"]


def test_a_comment_is_text_of_a_bounded_length(
    center: RunningCenter, part: AlarmPart, conn: Connection
) -> None:
    """A megabyte is refused with its size, HTML is kept as text."""
    visitor = center.operator(Role.OPERADOR)
    room.said(conn, "P-1", "panic", seq=1)
    part.tick(utc_now())
    path = f"/api/alarms/{alarms(visitor)[0]['alarm_id']}/comments"
    assert visitor.post(path, {"text": "a" * 1_048_576}).status_code == 413
    assert visitor.post(path, {"text": "a" * 4001}).status_code == 422
    assert visitor.post(path, {"text": "   "}).status_code == 422
    kept = visitor.post(path, {"text": " <img src=x onerror=alert(1)> "})
    assert kept.status_code == 201
    assert kept.json()["comments"][0]["text"] == "<img src=x onerror=alert(1)>"


def test_a_rule_is_tried_saved_and_in_force(
    center: RunningCenter, part: AlarmPart, conn: Connection
) -> None:
    """On the last day's readings it says what it would have raised; then it raises."""
    visitor = center.operator(Role.SUPERVISOR)
    now = utc_now()
    readings = [
        rows.reading("P-1", number, now - timedelta(hours=hours), battery_pct=value)
        for number, (hours, value) in enumerate(
            [(30, 5), (20, 50), (10, 29), (9, 35), (8, 41), (7, 20), (0.5, 25)]
        )
    ]
    rows.commit(conn, readings)
    conn.commit()
    tried = visitor.post("/api/rules/try", {"rule": LOW}).json()
    assert (tried["count"], tried["facts"], tried["complete"]) == (2, 6, True)
    first, second = tried["would_raise"]
    assert first["cleared_at"] is not None
    assert second["cleared_at"] is None
    assert second["detail"] == {"value": 20.0, "metric": "battery_pct"}
    assert alarms(visitor) == [], "nothing was written"
    added = visitor.post("/api/rules", {"rule": LOW, "version": 0, "note": "prueba"})
    assert added.status_code == 201, added.text
    assert added.json()["version"] == 1
    part._due_s = dict.fromkeys(part._due_s, float("-inf"))
    part.tick(utc_now())
    [raised] = [one for one in alarms(visitor) if one["kind"] == "button_low"]
    assert (raised["rule_id"], raised["rule_version"]) == ("button_low", 1)


def test_rules_are_versions_and_two_editors_are_told(center: RunningCenter) -> None:
    """Each edit a version with who and when; the second of two is refused; a person's stays."""
    visitor = center.operator(Role.ADMINISTRADOR)
    known = {one["rule_id"]: one for one in visitor.get("/api/rules").json()["rules"]}
    panic = known["panic"]
    assert (panic["version"], panic["saved_by"], panic["enabled"]) == (1, "c5", True)
    changed = panic["rule"] | {"title_es": "¡Botón de pánico!"}
    order = {"rule": changed, "version": 1, "note": "más visible"}
    assert put(visitor, "/api/rules/panic", order).json()["version"] == 2
    late = put(visitor, "/api/rules/panic", order)
    assert late.status_code == 409
    assert put(visitor, "/api/rules/other", order).status_code == 422
    found = visitor.get("/api/rules/panic/versions").json()["rules"]
    assert [one["version"] for one in found] == [2, 1]
    again = {one["rule_id"]: one for one in visitor.get("/api/rules").json()["rules"]}
    assert again["panic"]["rule"]["title_es"] == "¡Botón de pánico!", "no update takes it back"
    assert visitor.get("/api/rules/nothing/versions").status_code == 404


def test_a_new_rule_takes_no_others_id(center: RunningCenter) -> None:
    """Neither a shipped one's nor a person's; what there was stays as it was."""
    visitor = center.operator(Role.SUPERVISOR)
    assert visitor.post("/api/rules", {"rule": LOW, "version": 0}).status_code == 201
    for name in ("button_low", "panic"):
        order = {"rule": LOW | {"id": name, "severity": "CRITICAL"}, "version": 0}
        taken = visitor.post("/api/rules", order)
        assert taken.status_code == 409
        assert taken.json()["type"] == "urn:c5:problem:rule_exists"
        assert f"ya hay una regla {name}" in taken.json()["detail"]
        [only] = visitor.get(f"/api/rules/{name}/versions").json()["rules"]
        assert only["rule"]["severity"] == {"button_low": "MINOR", "panic": "CRITICAL"}[name]
    with pool.connect(center.db_url) as conn, pytest.raises(RuleExists):
        store_rule.save(conn, "panic", 1, LOW, enabled=True, note="", at=utc_now(), by="sara")


def test_who_may_not_edit_rules_makes_and_tries_none(center: RunningCenter) -> None:
    """The right is asked for by the server, whatever a page shows."""
    visitor = center.operator(Role.OPERADOR)
    assert visitor.post("/api/rules", {"rule": LOW, "version": 0}).status_code == 403
    assert visitor.post("/api/rules/try", {"rule": LOW}).status_code == 403


def test_a_rule_is_tried_with_the_severity_of_its_event(
    center: RunningCenter, conn: Connection
) -> None:
    """What the event says of itself, else the rule's own; kept with the version."""
    visitor = center.operator(Role.SUPERVISOR)
    room.said(conn, "T-1", "unplanned_stop", seq=1, severity="warning")
    stop = {"fact": "event", "types": ["unplanned_stop"]}
    graver = LOW | {"id": "stop", "when": stop, "severity_of": {"warning": "CRITICAL"}}
    [raised] = visitor.post("/api/rules/try", {"rule": graver}).json()["would_raise"]
    assert raised["severity"] == "CRITICAL"
    other = graver | {"severity_of": {"info": "CRITICAL"}}
    [raised] = visitor.post("/api/rules/try", {"rule": other}).json()["would_raise"]
    assert raised["severity"] == "MINOR"
    made = visitor.post("/api/rules", {"rule": graver, "version": 0}).json()
    assert made["rule"]["severity_of"] == {"warning": "CRITICAL"}


def test_a_bad_rule_is_refused_by_field(center: RunningCenter) -> None:
    """Each wrong field on a line of its own; a procedure must exist."""
    visitor = center.operator(Role.SUPERVISOR)
    bad = LOW | {"severity": "grave", "title_es": "", "when": LOW["when"] | {"clear": 10}}
    for path in ("/api/rules", "/api/rules/try"):
        answer = visitor.post(path, {"rule": bad} | ({"version": 0} if path[-1] == "s" else {}))
        assert answer.status_code == 422
        errors = answer.json()["errors"]
        for field in ("rule.severity", "rule.title_es", "clear"):
            assert any(field in line for line in errors), (field, errors)
    nowhere = visitor.post("/api/rules", {"rule": LOW | {"sop": "dance"}, "version": 0})
    assert nowhere.status_code == 422
    assert nowhere.json()["errors"] == ["sop: there is no procedure dance"]
    loose = LOW | {"when": {"fact": "event", "types": ["panic"]}}
    exposing = visitor.post("/api/rules", {"rule": loose, "version": 0})
    assert exposing.status_code == 422
    assert exposing.json()["errors"] == ["kind: must be panic where panic is in when.types"]


def test_a_disabled_rule_raises_nothing(
    center: RunningCenter, part: AlarmPart, conn: Connection
) -> None:
    """From the next look on."""
    visitor = center.operator(Role.SUPERVISOR)
    [stop] = [
        one
        for one in visitor.get("/api/rules").json()["rules"]
        if one["rule_id"] == "unplanned_stop"
    ]
    order = {"rule": stop["rule"], "version": stop["version"], "enabled": False}
    assert put(visitor, "/api/rules/unplanned_stop", order).status_code == 200
    part._due_s = dict.fromkeys(part._due_s, float("-inf"))
    room.said(conn, "T-1", "unplanned_stop", seq=1)
    part.tick(utc_now())
    assert alarms(visitor) == []
