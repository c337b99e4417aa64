"""Incidents over HTTP: two operators, one truth; once however often asked; nothing lost."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from control_center.alarms.part import AlarmPart
from control_center.auth.rights import Role
from control_center.auth.sessions import CSRF_HEADER
from core.clock import utc_now
from core.topics import Kind
from store import pool
from store.pool import Connection
from tests.servers import room
from tests.servers.center import RunningCenter
from tests.servers.room import Desk
from tests.servers.stream import Screen

pytestmark = pytest.mark.server


@pytest.fixture
def conn(center: RunningCenter) -> Iterator[Connection]:
    """The database, with a button, a camera and three trucks in it."""
    with pool.connect(center.db_url) as one:
        room.enrol(one, Kind.PANIC, "P-1")
        room.enrol(one, Kind.CAMERA, "C-1")
        room.enrol(one, Kind.TRUCK, "T-1", "T-2", "T-3")
        yield one


@pytest.fixture
def part(center: RunningCenter, conn: Connection) -> Iterator[AlarmPart]:
    """The engine's part."""
    del conn
    made = room.part(center.db_url)
    yield made
    made.close()


@pytest.fixture
def pressed(part: AlarmPart, conn: Connection) -> int:
    """The incident of a panic button."""
    room.said(conn, "P-1", "panic", severity="critical", lat_deg=18.15, lon_deg=-94.42)
    part.tick(utc_now())
    [row] = conn.execute("SELECT incident_id FROM incident").fetchall()
    conn.commit()
    return int(row[0])


@pytest.fixture
def ana(center: RunningCenter) -> Desk:
    """An operator."""
    return Desk(center, center.operator(Role.OPERADOR))


@pytest.fixture
def beto(center: RunningCenter) -> Desk:
    """Another operator."""
    return Desk(center, center.operator(Role.OPERADOR))


def test_a_whole_story(pressed: int, ana: Desk, conn: Connection) -> None:
    """Taken, sent, there, procedure, resolved, closed: each with who and when, and audited."""
    now = utc_now()
    for number, name in enumerate(("T-1", "T-2", "T-3"), start=1):
        room.moved(conn, name, 1, 18.15 + number / 100, -94.42, now)
    near = ana.visitor.get(f"/api/incidents/{pressed}/units").json()["units"]
    assert [one["device_id"] for one in near] == ["T-1", "T-2", "T-3"]
    assert near[0]["distance_m"] == pytest.approx(1112, abs=2)
    assert {one["state"] for one in near} == {"available"}
    with Screen(ana.visitor) as screen:
        ana.done(pressed, "take")
        told = screen.wait_change(lambda change: change.get("t") == "in")["in"]
        assert (told["state"], told["assignee"]) == ("acknowledged", ana.username)
        assert told["next_due"]["step"] == "dispatch"
    ana.done(pressed, "dispatch", device_id="T-1")
    assert ana.done(pressed, "unit_en_route", device_id="T-1")["state"] == "dispatched"
    assert ana.done(pressed, "unit_on_scene", device_id="T-1")["state"] == "on_scene"
    near = ana.visitor.get(f"/api/incidents/{pressed}/units").json()["units"]
    assert [(one["device_id"], one["state"]) for one in near][-1] == ("T-1", "on_scene")
    refused = ana.act(pressed, "resolve")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:c5:problem:mandatory_steps_open"
    ana.done(pressed, "step_done", step_id="contact", answer="mistake")
    ana.done(pressed, "step_done", step_id="note")
    ana.done(pressed, "comment", text="<b>Todo bien</b> & <script>alert(1)</script>")
    ana.done(pressed, "resolve", text="llegó a casa")
    closed = ana.done(pressed, "close")
    assert closed["state"] == "closed"
    assert closed["next_due"] is None
    found = ana.incident(pressed)
    [unit] = found["units"]
    assert unit["state"] == "cleared"
    assert all(unit[f"{what}_at"] for what in ("assigned", "en_route", "on_scene", "cleared"))
    steps = {one["step_id"]: one for one in found["sop"]["steps"]}
    assert (steps["contact"]["state"], steps["contact"]["answer"]) == ("done", "mistake")
    assert not steps["send"]["on_path"]
    said = [one["kind"] for one in found["timeline"]]
    assert said[0] == "opened"
    assert said[-1] == "close"
    [words] = [one for one in found["timeline"] if one["kind"] == "comment"]
    assert words["text_es"] == "<b>Todo bien</b> & <script>alert(1)</script>", "text stays text"
    [alarm] = found["alarm_list"]
    assert alarm["closed_by"] == ana.username, "who ends it has dealt with its alarms"
    audited = conn.execute(
        "SELECT action FROM audit WHERE object_kind = 'incident' AND actor = %s"
        " AND action LIKE 'incident.%%' ORDER BY entry_id",
        (ana.username,),
    ).fetchall()
    assert [row[0] for row in audited] == [
        *("incident.take", "incident.dispatch", "incident.unit_en_route"),
        *("incident.unit_on_scene", "incident.step_done", "incident.step_done"),
        *("incident.comment", "incident.resolve", "incident.close"),
    ]


def test_the_second_of_two_operators_is_told(pressed: int, ana: Desk, beto: Desk) -> None:
    """With what it is now; what they wanted to say is not lost, they can say it of that."""
    seen = ana.incident(pressed)["version"]
    ana.done(pressed, "take")
    refused = beto.act(pressed, "take", version=seen)
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["type"] == "urn:c5:problem:stale"
    assert problem["current"]["assignee"] == ana.username
    assert problem["current"]["incident_id"] == pressed
    again = beto.act(pressed, "comment", version=problem["current"]["version"], text="lo veo")
    assert again.status_code == 200


def test_many_at_once_and_one_wins(pressed: int, ana: Desk, beto: Desk) -> None:
    """Whoever is first; each of the others is refused, and the log has one line."""
    seen = ana.incident(pressed)["version"]
    desks = [ana, beto] * 5
    with ThreadPoolExecutor(10) as at_once:
        answers = list(
            at_once.map(lambda desk: desk.act(pressed, "acknowledge", version=seen), desks)
        )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] + [409] * 9
    lines = [one for one in ana.incident(pressed)["timeline"] if one["kind"] == "acknowledge"]
    assert len(lines) == 1


def test_an_action_happens_once_however_often_it_is_sent(pressed: int, ana: Desk) -> None:
    """A page that lost the answer sends it again, with its old version."""
    seen, key = ana.incident(pressed)["version"], str(uuid4())
    for _ in range(3):
        answer = ana.act(pressed, "comment", version=seen, text="ya voy", key=key)
        assert answer.status_code == 200
    lines = [one for one in ana.incident(pressed)["timeline"] if one["kind"] == "comment"]
    assert len(lines) == 1


def test_more_alarms_do_not_make_a_page_stale(
    part: AlarmPart, conn: Connection, pressed: int, ana: Desk
) -> None:
    """What people saw is what they act on; a button pressed again changes no word of it."""
    seen = ana.incident(pressed)["version"]
    for seq in range(2, 5):
        room.said(conn, "P-1", "panic", seq=seq)
        part.tick(utc_now())
    assert ana.incident(pressed)["version"] > seen
    assert ana.act(pressed, "take", version=seen).status_code == 200


def test_a_version_that_never_was_is_refused(pressed: int, ana: Desk) -> None:
    """Nobody has seen the future."""
    assert ana.act(pressed, "take", version=99).json()["type"] == "urn:c5:problem:stale"


def test_a_unit_is_at_one_incident(
    part: AlarmPart, conn: Connection, pressed: int, ana: Desk
) -> None:
    """The second is refused until the first lets it go; whoever is no unit is refused as well."""
    opened = ana.visitor.post("/api/incidents", {"severity": "MINOR", "title": "Fuga de agua"})
    assert opened.status_code == 201
    other = opened.json()["incident_id"]
    for number in (pressed, other):
        ana.done(number, "take")
    ana.done(pressed, "dispatch", device_id="T-1")
    refused = ana.act(other, "dispatch", device_id="T-1")
    assert refused.json()["type"] == "urn:c5:problem:unit_busy"
    assert ana.act(other, "dispatch", device_id="C-1").json()["type"].endswith("no_such_unit")
    ana.done(pressed, "unit_cleared", device_id="T-1")
    ana.done(other, "dispatch", device_id="T-1")
    del part, conn


def test_one_opened_by_hand_is_opened_once(ana: Desk) -> None:
    """With a key; and half a position is none."""
    wanted = {
        "kind": "water",
        "severity": "MINOR",
        "title": "Fuga <de> agua",
        "lat_deg": 18.1,
        "lon_deg": -94.4,
        "note": "frente al mercado",
        "key": str(uuid4()),
    }
    first, again = (ana.visitor.post("/api/incidents", wanted) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json()["incident_id"] == again.json()["incident_id"]
    [line] = ana.incident(first.json()["incident_id"])["timeline"]
    assert line["text_es"] == "Abierto a mano: frente al mercado"
    assert ana.visitor.post("/api/incidents", wanted | {"lon_deg": None}).status_code == 422


def test_a_megabyte_of_comment_is_refused_and_said_so(pressed: int, ana: Desk) -> None:
    """By its size over the wire, and by its length below that."""
    huge = ana.act(pressed, "comment", version=1, text="a" * 1_048_576)
    assert huge.status_code == 413
    assert "bytes" in huge.json()["detail"]
    long = ana.act(pressed, "comment", version=1, text="a" * 4001)
    assert long.status_code == 422
    assert "text" in long.json()["errors"][0]
    assert ana.act(pressed, "comment", text="á" * 4000).status_code == 200
    for odd in ("a\x00b", "\ud800"):
        body = {"version": 1, "action": "comment", "key": str(uuid4()), "text": odd}
        answer = ana.visitor.client.post(
            f"/api/incidents/{pressed}/actions",
            content=json.dumps(body),
            headers={CSRF_HEADER: ana.visitor.csrf, "Content-Type": "application/json"},
        )
        assert answer.status_code == 422, "no database takes it"


def test_who_pressed_is_for_those_who_need_it_and_on_record(
    center: RunningCenter, pressed: int, ana: Desk, conn: Connection
) -> None:
    """An operator sees the name, an auditor does not; each look is an entry of the audit."""
    admin = center.operator(Role.ADMINISTRADOR)
    holder = {"name": "Ana <3>", "phone": "921 000 0000", "note": "clave: girasol"}
    saved = admin.client.put(
        "/api/panic/P-1/holder", json=holder, headers={CSRF_HEADER: admin.csrf}
    )
    assert saved.status_code == 204
    wrong = admin.client.put(
        "/api/panic/C-1/holder", json=holder, headers={CSRF_HEADER: admin.csrf}
    )
    assert wrong.status_code == 404
    assert ana.incident(pressed)["person"] == holder
    for role in (Role.AUDITOR, Role.ADMINISTRADOR, Role.AUTORIZADO_LPR):
        found = Desk(center, center.operator(role)).incident(pressed)
        assert (found["person"], found["track"]) == (None, [])
    looks = conn.execute(
        "SELECT actor FROM audit WHERE action = 'panic.person.view' AND object_id = %s",
        (str(pressed),),
    ).fetchall()
    assert looks == [(ana.username,)]
    assert admin.delete("/api/panic/P-1/holder").status_code == 204
    assert ana.incident(pressed)["person"] is None


def test_who_pressed_is_followed(
    part: AlarmPart, conn: Connection, pressed: int, ana: Desk
) -> None:
    """The button's fixes become the track, the newest the place, and screens are told."""
    now = utc_now()
    with Screen(ana.visitor) as screen:
        for number in range(3):
            at = now + timedelta(seconds=number)
            room.moved(conn, "P-1", 10 + number, 18.16 + number / 1000, -94.41, at)
        part._due_s["follow"] = float("-inf")
        part.tick(utc_now())
        told = screen.wait_change(lambda change: change.get("t") == "in")["in"]
        assert (told["lat_deg"], told["lon_deg"]) == (18.162, -94.41)
    track = ana.incident(pressed)["track"]
    assert [point[1:] for point in track] == [[-94.41, 18.16], [-94.41, 18.161], [-94.41, 18.162]]
    part._due_s["follow"] = float("-inf")
    part.tick(utc_now())
    assert len(ana.incident(pressed)["track"]) == 3


def test_files_are_kept_under_their_digest(pressed: int, ana: Desk) -> None:
    """A photograph is shown, anything else is bytes to save; the same bytes are one file."""

    def sent(content: bytes, name: str) -> dict[str, object]:
        answer = ana.visitor.client.post(
            f"/api/incidents/{pressed}/files",
            params={"name": name},
            content=content,
            headers={CSRF_HEADER: ana.visitor.csrf},
        )
        assert answer.status_code == 201, answer.text
        found: dict[str, object] = answer.json()
        return found

    photo = sent(b"\xff\xd8\xff\xe0 not much", "puerta.jpg")
    assert photo["media_type"] == "image/jpeg"
    page = sent(b"<script>alert(1)</script>", "../../nota.html")
    assert (page["media_type"], page["name"]) == ("application/octet-stream", "....nota.html")
    assert sent(b"<script>alert(1)</script>", "otra vez")["sha256"] == page["sha256"]
    assert len(ana.incident(pressed)["files"]) == 2
    answer = ana.visitor.get(f"/api/incidents/{pressed}/files/{page['sha256']}")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["content-type"] == "application/octet-stream"
    missing = ana.visitor.get(f"/api/incidents/{pressed}/files/{'0' * 64}")
    assert missing.status_code == 404


def test_links_are_seen_from_both_sides(pressed: int, ana: Desk) -> None:
    """And one to nowhere is refused."""
    body = {"severity": "MINOR", "title": "Choque"}
    other = ana.visitor.post("/api/incidents", body).json()["incident_id"]
    ana.done(other, "link", incident_id=pressed, relation="cause")
    assert ana.incident(pressed)["links"] == [{"incident_id": other, "relation": "cause"}]
    assert ana.incident(other)["links"] == [{"incident_id": pressed, "relation": "cause"}]
    assert ana.act(other, "link", incident_id=987654).status_code == 404


def test_lists_are_pages(part: AlarmPart, ana: Desk) -> None:
    """Newest first, bounded, by state."""
    for number in range(5):
        ana.visitor.post("/api/incidents", {"severity": "MINOR", "title": f"N {number}"})
    first = ana.visitor.get("/api/incidents", limit=2).json()
    assert [one["title_es"] for one in first["incidents"]] == ["N 4", "N 3"]
    assert first["open"] == {"MINOR": 5}
    rest = ana.visitor.get("/api/incidents", before=first["incidents"][-1]["incident_id"]).json()
    assert [one["title_es"] for one in rest["incidents"]] == ["N 2", "N 1", "N 0"]
    ana.done(rest["incidents"][0]["incident_id"], "mark_false", text="era una prueba")
    assert len(ana.visitor.get("/api/incidents", state="closed").json()["incidents"]) == 1
    assert ana.visitor.get("/api/incidents", limit=501).status_code == 422
    assert ana.visitor.get("/api/incidents", **{"from": "2026-01-01"}).status_code == 422
    del part


def test_a_shift_is_handed_over_and_accepted(
    center: RunningCenter, pressed: int, ana: Desk, beto: Desk
) -> None:
    """By somebody else, once, with what was open; a chain of shifts without a gap."""
    assert ana.visitor.get("/api/shifts/current").json() == {"current": None, "waiting": None}
    assert ana.visitor.post("/api/shifts/handover", {"note": "x"}).status_code == 409
    assert ana.visitor.post("/api/shifts").status_code == 201
    assert beto.visitor.post("/api/shifts").status_code == 409
    note = {"note": "Vigilar <el> malecón", "to": beto.username}
    handed = ana.visitor.post("/api/shifts/handover", note)
    assert handed.status_code == 200, handed.text
    [left] = handed.json()["open"]["incidents"]
    assert left["incident_id"] == pressed
    number = handed.json()["shift_id"]
    assert ana.visitor.post(f"/api/shifts/{number}/accept").status_code == 409, "not one's own"
    other = center.operator(Role.SUPERVISOR)
    assert other.post(f"/api/shifts/{number}/accept").status_code == 409, "it is for somebody"
    accepted = beto.visitor.post(f"/api/shifts/{number}/accept")
    assert accepted.json()["accepted_by"] == beto.username
    assert beto.visitor.post(f"/api/shifts/{number}/accept").status_code == 409
    now = beto.visitor.get("/api/shifts/current").json()
    assert (now["current"]["began_by"], now["waiting"]) == (beto.username, None)
    unknown = {"note": "x", "to": "nadie"}
    assert beto.visitor.post("/api/shifts/handover", unknown).status_code == 422
