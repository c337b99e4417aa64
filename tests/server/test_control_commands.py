"""Commands from an operator to a device on the real broker, and enrolment over HTTP."""

import secrets
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from control_center import enrolment
from control_center.api import models
from control_center.auth.rights import Role
from control_center.connections import Connections
from core import clock, codec
from core.device import Device
from core.topics import Kind, Stream, telemetry
from store import device as store_device
from store import pool
from tests.servers.center import RunningCenter, Visitor, serving
from tests.servers.fixtures import Broker
from tests.servers.mqtt import Peer
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


@pytest.fixture
def device_id() -> str:
    """A name that no other test uses."""
    return f"C-{secrets.token_hex(4)}"


@pytest.fixture
def device(center: RunningCenter, broker: Broker, device_id: str) -> Peer:
    """An enrolled truck, not yet connected."""
    truck = Device(device_id=device_id, kind=Kind.TRUCK, name="Camión")
    credential = enrolment.add(center.connections, [truck])[device_id]
    return Peer(broker, credential.username, credential.password)


def newest(visitor: Visitor, device_id: str) -> dict[str, Any]:
    """The device's newest command."""
    answer = visitor.get(f"/api/devices/{device_id}/commands").json()
    models.Commands.model_validate(answer)
    return dict(answer["commands"][0])


def acknowledge(center: RunningCenter, device_id: str, command_id: str, *, ok: bool) -> None:
    """Store an answer, as ingest does."""
    with psycopg.connect(center.db_url) as conn:
        conn.execute(
            "INSERT INTO ack (device_id, measured_at, seq, received_at, command_id, ok, detail)"
            " VALUES (%s, now(), 1, now(), %s, %s, 'pong')",
            (device_id, command_id, ok),
        )


@pytest.mark.parametrize(("ok", "state"), [(True, "acked"), (False, "failed")])
def test_a_command_arrives_and_its_answer_shows(
    center: RunningCenter,
    device: Peer,
    device_id: str,
    ok: bool,  # noqa: FBT001  a column of the table
    state: str,
) -> None:
    """Sent, then acknowledged or refused by the device."""
    operator = center.operator(Role.SUPERVISOR)
    with device:
        device.subscribe(telemetry(Kind.TRUCK, device_id, Stream.CMD))
        answer = operator.post(
            f"/api/devices/{device_id}/commands", {"name": "set_interval", "args": {"s": 5}}
        )
        assert answer.status_code == 202, answer.text
        topic, payload = device.next()
    command = codec.decode_command(payload)
    assert topic == telemetry(Kind.TRUCK, device_id, Stream.CMD)
    assert (command.id, command.name, command.args) == (
        answer.json()["id"],
        "set_interval",
        {"s": 5},
    )
    assert command.expires_at is not None
    assert 100 < (command.expires_at - clock.utc_now()).total_seconds() <= 120
    shown = newest(operator, device_id)
    assert (shown["state"], shown["args"], shown["answered_at"]) == ("sent", {"s": 5}, None)
    assert shown["issued_by"].startswith("supervisor-")
    acknowledge(center, device_id, command.id, ok=ok)
    shown = newest(operator, device_id)
    assert (shown["state"], shown["detail"]) == (state, "pong")
    assert shown["answered_at"] is not None


def test_another_devices_answer_does_not_count(
    center: RunningCenter, device: Peer, device_id: str
) -> None:
    """Only the device that was asked can acknowledge."""
    operator = center.operator()
    with device:
        device.subscribe(telemetry(Kind.TRUCK, device_id, Stream.CMD))
        command_id = operator.post(f"/api/devices/{device_id}/commands", {"name": "ping"}).json()[
            "id"
        ]
    acknowledge(center, "somebody-else", command_id, ok=True)
    assert newest(operator, device_id)["state"] == "sent"


def test_an_unanswered_command_expires(center: RunningCenter, device: Peer, device_id: str) -> None:
    """After its time it says so; an answer that comes later still counts."""
    operator = center.operator()
    with device:
        device.subscribe(telemetry(Kind.TRUCK, device_id, Stream.CMD))
        answer = operator.post(
            f"/api/devices/{device_id}/commands", {"name": "ping", "expires_s": 30}
        )
    assert newest(operator, device_id)["state"] == "sent"
    center.clock.advance(31)
    assert newest(operator, device_id)["state"] == "expired"
    acknowledge(center, device_id, answer.json()["id"], ok=True)
    assert newest(operator, device_id)["state"] == "acked"


def test_a_device_that_does_not_listen_is_said_so_at_once(
    center: RunningCenter, device: Peer, device_id: str
) -> None:
    """409, and the command is on record as failed."""
    assert device.connack is None
    operator = center.operator()
    answer = operator.post(f"/api/devices/{device_id}/commands", {"name": "ping"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:c5:problem:not_listening")
    shown = newest(operator, device_id)
    assert shown["state"] == "failed"
    assert "hears no commands" in shown["detail"]


def test_a_broker_that_comes_back_takes_commands_again(
    center: RunningCenter, broker: Broker, device: Peer, device_id: str
) -> None:
    """The control center's connection mends itself."""
    operator = center.operator()
    path = f"/api/devices/{device_id}/commands"
    assert operator.post(path, {"name": "ping"}).status_code == 409
    broker.restart()
    with device:
        device.subscribe(telemetry(Kind.TRUCK, device_id, Stream.CMD))
        wait_until(
            lambda: operator.post(path, {"name": "ping"}).status_code == 202,
            timeout_s=40,
            what="a command to be taken again",
        )
        assert b"ping" in device.next()[1]


def test_without_a_broker_nothing_is_sent_later(
    connections: Connections, device_id: str, broker_proxy: Proxy
) -> None:
    """503, on record as failed; the command is not kept for when the broker returns."""
    away = replace(connections, mqtt=f"mqtt://127.0.0.1:{broker_proxy.port}")
    broker_proxy.cut()
    with serving(away) as center:
        with pool.connect(center.db_url) as conn:
            store_device.save(conn, [Device(device_id=device_id, kind=Kind.TRUCK, name="C")])
        operator = center.operator()
        answer = operator.post(f"/api/devices/{device_id}/commands", {"name": "reboot"})
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:c5:problem:broker")
        assert "nothing was sent" in answer.json()["detail"]
        assert newest(operator, device_id)["state"] == "failed"


def test_an_update_needs_a_true_manifest(center: RunningCenter, device_id: str) -> None:
    """An update order without a digest is refused before anyone hears of it."""
    with pool.connect(center.db_url) as conn:
        store_device.save(conn, [Device(device_id=device_id, kind=Kind.TRUCK, name="C")])
    operator = center.operator()
    body = {"name": "update", "args": {"version": "1.2.3", "size_bytes": 10}}
    answer = operator.post(f"/api/devices/{device_id}/commands", body)
    assert answer.status_code == 422
    assert "sha256" in answer.json()["detail"]
    assert operator.get(f"/api/devices/{device_id}/commands").json() == {"commands": []}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "Not A Name"},
        {"name": "x" * 33},
        {"name": "ping", "args": [1]},
        {"name": "ping", "expires_s": 0},
        {"name": "ping", "expires_s": 1e9},
        {"name": "ping", "unknown": 1},
    ],
)
def test_a_malformed_command_is_refused(
    center: RunningCenter, device: Peer, device_id: str, body: dict[str, object]
) -> None:
    """422, and nothing is sent or recorded."""
    assert device.connack is None
    operator = center.operator()
    answer = operator.post(f"/api/devices/{device_id}/commands", body)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert operator.get(f"/api/devices/{device_id}/commands").json() == {"commands": []}


def test_a_stranger_is_approved_over_http_and_enters(
    center: RunningCenter, broker: Broker, device_id: str
) -> None:
    """The credential is answered once and works; approving twice is a conflict."""
    with pool.connect(center.db_url) as conn:
        store_device.note_pending(conn, Kind.AIR, device_id)
    admin = center.operator()
    assert admin.post(f"/api/devices/{device_id}/commands", {"name": "ping"}).status_code == 409
    answer = admin.post(f"/api/devices/{device_id}/approve")
    assert answer.status_code == 200, answer.text
    credential = answer.json()
    with Peer(broker, credential["username"], credential["password"]) as peer:
        assert not peer.is_refused
        again = admin.post(f"/api/devices/{device_id}/approve")
        assert (again.status_code, again.json()["type"]) == (409, "urn:c5:problem:conflict")
        assert admin.post(f"/api/devices/{device_id}/revoke").status_code == 204
        wait_until(lambda: peer.disconnected is not None, what="the device to be cut off")
    assert admin.get(f"/api/devices/{device_id}").json()["state"] == "revoked"
