"""The audit over HTTP and by command; and that whatever changes something is in it."""

import json
import secrets
from pathlib import Path
from typing import Any

import psycopg
import pytest

from control_center.audit import by_command, heads
from control_center.auth.rights import Role
from control_center.connections import Connections
from core.device import Device
from core.topics import Kind
from store import audit, audit_reading, pool
from store import device as store_device
from store.audit_reading import Filter, Kept
from tests.server.test_control_cli import Shell
from tests.servers.audits import written
from tests.servers.center import RunningCenter

pytestmark = pytest.mark.server


def entries(center: RunningCenter, action: str = "") -> list[Kept]:
    """What the audit holds, oldest first."""
    with pool.connect(center.db_url) as conn:
        found = audit_reading.listed(conn, Filter(action=action), before=2**62, limit=1000)
    return found[::-1]


@pytest.fixture
def station(center: RunningCenter) -> str:
    """A station that waits to be let in."""
    device_id = f"A-{secrets.token_hex(3)}"
    with pool.connect(center.db_url) as conn:
        store_device.save(conn, [Device(device_id=device_id, kind=Kind.AIR, name="Centro")])
    return device_id


def test_what_people_do_to_devices_is_told(center: RunningCenter, station: str) -> None:
    """Who, what, to what, why and from where, in the order in which it was done."""
    someone = center.operator()
    path = f"/api/devices/{station}"
    calibration = {
        "metric": "no2_ppb",
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": None,
        "gain": 1.1,
        "offset": -2.0,
        "note": "comparada con la de referencia",
    }
    made = someone.post(f"{path}/calibrations", calibration).json()
    visit = {"done_at": "2026-01-02T00:00:00Z", "note": "cambio de filtro"}
    assert someone.post(f"{path}/maintenance", visit).status_code == 201
    gone = someone.delete(f"{path}/calibrations/{made['calibration_id']}")
    assert gone.status_code == 204
    order: dict[str, Any] = {"name": "ping", "args": {}, "expires_s": 60}
    assert someone.post(f"{path}/commands", order).status_code == 409  # nobody listens
    assert someone.post(f"{path}/revoke").status_code == 204
    assert someone.post(f"{path}/approve").status_code == 200
    found = [one for one in entries(center) if one.object_id == station]
    assert [one.action for one in found] == [
        *("calibration.add", "maintenance.note", "calibration.remove"),
        *("device.command", "device.revoke", "device.approve"),
    ]
    assert {one.actor for one in found} == {someone.get("/api/session").json()["user"]["username"]}
    assert {(one.role, one.address) for one in found} == {("administrador", "127.0.0.1")}
    assert found[0].reason == "comparada con la de referencia"
    assert found[0].detail["gain"] == 1.1
    assert found[0].detail["calibration_id"] == made["calibration_id"]
    assert found[3].detail["name"] == "ping"


def test_what_was_refused_is_not_told_as_done(center: RunningCenter, station: str) -> None:
    """A change that did not happen leaves no entry that says so."""
    someone = center.operator()
    visit = {"done_at": "2999-01-02T00:00:00Z", "note": "mañana"}
    assert someone.post(f"/api/devices/{station}/maintenance", visit).status_code == 422
    assert someone.delete(f"/api/devices/{station}/calibrations/7").status_code == 404
    assert someone.post("/api/devices/nobody/revoke").status_code == 404
    assert someone.post("/api/anomalies/7/mark", {"is_true": True}).status_code == 404
    assert [one for one in entries(center) if one.object_kind in {"device", "anomaly"}] == []


def test_a_change_that_cannot_be_told_is_not_made(center: RunningCenter, station: str) -> None:
    """The change and its entry are one transaction."""
    someone = center.operator()
    with psycopg.connect(center.db_url) as conn:
        conn.execute(
            "ALTER TABLE audit ADD CONSTRAINT full_up CHECK (action <> 'maintenance.note')"
        )
    visit = {"done_at": "2026-01-02T00:00:00Z", "note": "cambio de filtro"}
    assert someone.post(f"/api/devices/{station}/maintenance", visit).status_code == 500
    assert someone.get(f"/api/devices/{station}/maintenance").json() == {"maintenance": []}


def test_an_auditor_reads_a_page_at_a_time(center: RunningCenter) -> None:
    """Newest first; the last page says that it is; looking is an entry itself."""
    someone = center.operator(Role.AUDITOR)
    with pool.connect(center.db_url) as conn:
        written(conn, 5)
    first = someone.get("/api/audit", action="plate.", limit=3).json()
    assert [one["object_id"] for one in first["entries"]] == ["4", "3", "2"]
    second = someone.get("/api/audit", action="plate.", limit=3, before=first["before"]).json()
    assert [one["object_id"] for one in second["entries"]] == ["1", "0"]
    assert second["before"] is None
    viewed = entries(center, "audit.view")
    assert [one.detail for one in viewed] == [{"action": "plate."}] * 2
    assert viewed[0].role == "auditor"
    newest = someone.get("/api/audit", limit=1).json()["entries"][0]
    assert newest["action"] == "audit.view"


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-01-01T00:00:00"},
        {"limit": 501},
        {"before": 0},
        {"actor": "x" * 201},
    ],
)
def test_a_senseless_question_is_refused(center: RunningCenter, query: dict[str, Any]) -> None:
    """422, and the audit does not grow."""
    someone = center.operator(Role.AUDITOR)
    assert someone.get("/api/audit", **query).status_code == 422
    assert entries(center, "audit.") == []


def test_an_auditor_verifies_against_a_head_that_was_kept(center: RunningCenter) -> None:
    """The head is signed and fits; another digest does not."""
    someone = center.operator(Role.AUDITOR)
    signed = heads.decoded(someone.get("/api/audit/head.json").content)
    said = someone.get(
        "/api/audit/verify", head_id=signed.entry_id, head_sha256=signed.sha256
    ).json()
    assert (said["ok"], said["problems"]) == (True, [])
    assert said["entries"] == len(entries(center)) - 1  # the verification itself came after
    said = someone.get("/api/audit/verify", head_sha256="ab" * 32).json()
    assert [one["kind"] for one in said["problems"]] == ["cut"]
    assert someone.get("/api/audit/verify", head_id=1).status_code == 422
    assert [one.detail["ok"] for one in entries(center, "audit.verify")] == [True, False]


@pytest.mark.parametrize("extension", ["jsonl", "csv"])
def test_an_auditor_takes_it_away(center: RunningCenter, extension: str) -> None:
    """Everything up to the moment of asking, and a name that says how far that is."""
    someone = center.operator(Role.AUDITOR)
    with pool.connect(center.db_url) as conn:
        written(conn, 3)
    held = len(entries(center))
    answer = someone.get(f"/api/audit/export.{extension}")
    assert f"c5-audit-{held}.{extension}" in answer.headers["content-disposition"]
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == held + (extension == "csv")
    if extension == "jsonl":
        assert [json.loads(line)["entry_id"] for line in lines] == list(range(1, held + 1))
    some = someone.get(f"/api/audit/export.{extension}", **{"from": "2999-01-01T00:00:00Z"})
    assert len(some.content.splitlines()) == (extension == "csv")


def test_verify_head_and_export_by_command(connections: Connections, tmp_path: Path) -> None:
    """Exit code 0 while it is intact, 1 when the tail is gone; the export is a file."""
    shell = Shell(connections, tmp_path)
    shell.environment["C5_PEOPLE__KEY"] = "k" * 32
    with pool.connect(connections.database_url) as conn:
        written(conn, 6)
    done = shell.run("audit", "head", "--out", "head.json")
    assert done.returncode == 0, done.stderr
    said = shell.answer("audit", "verify", "--head", "head.json")
    assert (said["ok"], said["entries"]) == (True, 7)
    done = shell.run("audit", "export", "--out", "audit.jsonl", "--from", "2026-03-01T12:02:00Z")
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["entry_id"] for line in lines] == [3, 4, 5, 6, 7]
    with psycopg.connect(connections.database_url) as conn:
        conn.execute("ALTER TABLE audit DISABLE TRIGGER audit_is_final")
        conn.execute("DELETE FROM audit WHERE entry_id > 4")
        conn.execute("ALTER TABLE audit ENABLE TRIGGER audit_is_final")
    assert shell.run("audit", "verify").returncode == 0
    done = shell.run("audit", "verify", "--head", "head.json", "--json")
    assert done.returncode == 1
    assert [one["kind"] for one in json.loads(done.stdout)["problems"]] == ["cut"]
    done = shell.run("audit", "verify", "--head", "audit.jsonl")
    assert done.returncode == 1
    assert "no head" in done.stderr


def test_commands_are_told_too(connections: Connections, tmp_path: Path) -> None:
    """Their actor is whoever ran them on this machine."""
    shell = Shell(connections, tmp_path)
    shell.answer("device", "add", "A-9", "--kind", "air")
    shell.answer("device", "revoke", "A-9")
    shell.answer("device", "approve", "A-9")
    with pool.connect(connections.database_url) as conn:
        found = audit_reading.listed(conn, Filter(), before=99, limit=99)
    shell.answer("user", "add", "rosa", "--role", "operador", "--generate")
    shell.answer("user", "disable", "rosa")
    done = shell.run("user", "reset-factor", "rosa")
    assert (done.returncode, "no second factor" in done.stderr) == (1, True)
    with pool.connect(connections.database_url) as conn:
        people = audit_reading.listed(conn, Filter(object_kind="account"), before=99, limit=99)
    assert [one.action for one in people[::-1]] == ["account.add", "account.change"]
    assert [(one.action, one.object_id) for one in found[::-1]] == [
        ("device.add", "A-9"),
        ("device.revoke", "A-9"),
        ("device.approve", "A-9"),
    ]
    assert {one.actor for one in found} == {f"cli:{by_command.runner()}"}
    assert found[0].sha256 != audit.FIRST
