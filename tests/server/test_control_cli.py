"""The commands as people and scripts use them: output, JSON, exit codes."""

import json
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from control_center.connections import Connections
from core.topics import Kind, Stream, telemetry
from devices.broker import ADMIN, CONTROL, INGEST
from store import device as store_device
from store import pool
from tests.servers.fixtures import Broker
from tests.servers.mqtt import Peer
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
CTRL_C = 130
ROOT = Path(__file__).parents[2]


class Shell:
    """Run `c5` with a test's servers in its settings."""

    def __init__(self, connections: Connections, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "C5_DATABASE__URL": connections.database_url,
            "C5_MQTT__URL": connections.mqtt_url,
            "C5_MQTT__ADMIN_PASSWORD": connections.passwords[ADMIN],
            "C5_MQTT__INGEST_PASSWORD": connections.passwords[INGEST],
            "C5_MQTT__CONTROL_PASSWORD": connections.passwords[CONTROL],
            "C5_CONTROL_CENTER__SECURE_COOKIES": "false",
        }

    def popen(self, *words: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "control_center", *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        with self.popen(*words) as process:
            out, err = process.communicate(given, timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def answer(self, *words: str, given: str = "") -> Any:
        """Run a command with --json; it must succeed and answer one line."""
        done = self.run(*words, "--json", given=given)
        assert done.returncode == 0, done.stderr
        [line] = done.stdout.splitlines()
        return json.loads(line)


@pytest.fixture
def shell(connections: Connections, tmp_path: Path) -> Shell:
    """A shell in an empty folder."""
    return Shell(connections, tmp_path)


@pytest.fixture
def device_id() -> str:
    """A name that no other test uses."""
    return f"S-{secrets.token_hex(4)}"


def test_a_device_from_the_command_line(
    shell: Shell, broker: Broker, connections: Connections, device_id: str
) -> None:
    """Added, listed, rotated, revoked, approved: the credential printed is the one that works."""
    added = shell.answer(
        *("device", "add", device_id, "--kind", "air", "--name", "Estación Centro"),
        *("--lat", "18.1", "--lon=-94.4", "--backfill"),
    )
    assert added["username"] == device_id
    assert added["mqtt_url"] == connections.mqtt_url
    assert f"c5/v1/air/{device_id}/reading" in added["publishes"]
    with Peer(broker, device_id, added["password"]) as peer:
        assert not peer.is_refused
    [listed] = shell.answer("device", "list", "--state", "active")
    assert listed == {
        "device_id": device_id,
        "kind": "air",
        "name": "Estación Centro",
        "state": "active",
        "lat_deg": 18.1,
        "lon_deg": -94.4,
        "backfill": True,
        "interval_s": None,
    }
    rotated = shell.answer("device", "rotate", device_id)
    assert shell.answer("device", "revoke", device_id)["state"] == "revoked"
    approved = shell.answer("device", "approve", device_id)
    assert len({one["password"] for one in (added, rotated, approved)}) == 3
    with Peer(broker, device_id, approved["password"]) as peer:
        assert not peer.is_refused


def test_people_get_words_and_scripts_get_codes(shell: Shell, device_id: str) -> None:
    """The credential goes to standard output once; a refusal is one sentence and code 1."""
    added = shell.run("device", "add", device_id, "--kind", "truck")
    assert added.returncode == 0
    assert f"username  {device_id}" in added.stdout
    assert "no se vuelve a mostrar" in added.stdout
    again = shell.run("device", "add", device_id, "--kind", "truck", "--json")
    assert (again.returncode, again.stdout) == (1, "")
    assert f"c5 device rotate {device_id}" in again.stderr.splitlines()[-1]
    assert "Traceback" not in again.stderr
    listed = shell.run("device", "list")
    assert device_id in listed.stdout
    unknown_kind = shell.run("device", "add", "X", "--kind", "spaceship")
    assert unknown_kind.returncode == 2


def test_a_command_from_the_command_line(
    shell: Shell, broker: Broker, connections: Connections, device_id: str
) -> None:
    """--wait: exit code 0 once the device has done it, 1 when it has not."""
    added = shell.answer("device", "add", device_id, "--kind", "truck")
    deaf = shell.run("device", "cmd", device_id, "ping")
    assert deaf.returncode == 1
    assert "hears no commands" in deaf.stderr
    with Peer(broker, device_id, added["password"]) as peer:
        peer.subscribe(telemetry(Kind.TRUCK, device_id, Stream.CMD))
        with shell.popen(
            *("device", "cmd", device_id, "ping", "--args", '{"n": 1}', "--wait", "30", "--json")
        ) as process:
            order = json.loads(peer.next()[1])
            with psycopg.connect(connections.database_url) as conn:
                conn.execute(
                    "INSERT INTO ack (device_id, measured_at, seq, received_at, command_id, ok,"
                    " detail) VALUES (%s, now(), 1, now(), %s, true, 'pong')",
                    (device_id, order["id"]),
                )
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert json.loads(out) == {"id": order["id"], "state": "acked", "detail": "pong"}
        late = shell.run("device", "cmd", device_id, "ping", "--wait", "0.2", "--json")
        assert (late.returncode, json.loads(late.stdout)["state"]) == (1, "sent")
    for wrong in ("[1]", "{", "1"):
        refused = shell.run("device", "cmd", device_id, "ping", "--args", wrong)
        assert refused.returncode == 1
        assert "JSON" in refused.stderr


def test_people_from_the_command_line(shell: Shell) -> None:
    """Made, piped and refused passwords; list, disable, enable."""
    made = shell.answer("user", "add", "Ana", "--role", "administrador", "--generate")
    assert made["username"] == "ana"
    assert len(made["password"]) >= 20
    piped = shell.answer("user", "add", "beto", "--role", "operador", given="una frase muy larga\n")
    assert piped == {"username": "beto"}
    short = shell.run("user", "add", "caro", "--role", "operador", given="corta\n")
    assert short.returncode == 1
    assert "10 to 256 characters" in short.stderr
    assert shell.run("user", "add", "ana", "--role", "auditor", "--generate").returncode == 1
    assert shell.run("user", "add", "no spaces", "--role", "auditor").returncode == 1
    assert shell.run("user", "add", "dora", "--role", "king").returncode == 2
    assert "password" in shell.answer("user", "password", "ana", "--generate")
    assert shell.answer("user", "disable", "beto") == {"username": "beto", "disabled": True}
    listed = {one["username"]: one for one in shell.answer("user", "list")}
    assert (listed["ana"]["role"], listed["beto"]["disabled"]) == ("administrador", True)
    assert shell.answer("user", "enable", "beto") == {"username": "beto", "disabled": False}
    assert shell.run("user", "disable", "nobody").returncode == 1


def test_refusals_from_the_command_line(shell: Shell, connections: Connections) -> None:
    """Listed, shown for people and for machines, and written byte for byte."""
    payload = b'{"ts": \x1b[2J\xff'
    with psycopg.connect(connections.database_url) as conn:
        conn.execute(
            "INSERT INTO reject (digest, first_at, last_at, topic, device_id, reason, detail,"
            " payload, size_bytes) VALUES ('d', now(), now(), 'c5/v1/air/A/reading', 'A',"
            " 'broken_json', 'not JSON', %s, %s)",
            (payload, len(payload)),
        )
    [listed] = shell.answer("rejects", "list", "--reason", "broken_json", "--device", "A")
    assert (listed["reason"], listed["times"], listed["size_bytes"]) == (
        "broken_json",
        1,
        len(payload),
    )
    number = str(listed["id"])
    shown = shell.run("rejects", "show", number)
    assert "\\x1b[2J\\xff" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert shell.answer("rejects", "show", number)["payload_base64"]
    raw = subprocess.run(
        [sys.executable, "-m", "control_center", "rejects", "show", number, "--raw"],
        cwd=shell.folder,
        env=shell.environment,
        capture_output=True,
        check=True,
    )
    assert raw.stdout == payload
    assert shell.answer("rejects", "list", "--device", "B") == []
    assert shell.run("rejects", "show", "999").returncode == 1


def test_the_schema_from_the_command_line(shell: Shell, empty_db_url: str) -> None:
    """Behind is code 1 and names the remedy; migrating twice does nothing."""
    shell.environment["C5_DATABASE__URL"] = empty_db_url
    behind = shell.run("db", "status", "--json")
    assert (behind.returncode, json.loads(behind.stdout)["behind"]) == (1, True)
    for words in (("user", "list"), ("serve", "--port", "0"), ("rejects", "list")):
        refused = shell.run(*words)
        assert refused.returncode == 1
        assert "c5 db migrate" in refused.stderr
    first = shell.answer("db", "migrate")
    assert first["applied"] > 0
    assert shell.answer("db", "migrate")["applied"] == 0
    assert shell.answer("db", "status")["behind"] is False


def test_serving_and_stopping(shell: Shell) -> None:
    """The first line says where; Ctrl-C stops it in order, live streams included."""
    made = shell.answer("user", "add", "ana", "--role", "operador", "--generate")
    with shell.popen("serve", "--port", "0") as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        wait_until(lambda: answers(url), what="the control center to answer")
        with httpx.Client(base_url=url) as client:
            body = {"username": "ana", "password": made["password"]}
            assert client.post("/api/session", json=body).status_code == 200
            with client.stream("GET", "/api/live") as stream:
                lines = stream.iter_lines()
                assert next(lines) == "event: snapshot"
                process.send_signal(signal.SIGINT)
                assert not any("bye" in line for line in lines)
        _, err = process.communicate(timeout=20)
    assert process.returncode == CTRL_C
    assert "Traceback" not in err


def answers(url: str) -> bool:
    """Whether the service is well."""
    try:
        return httpx.get(f"{url}/api/health").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_a_taken_port_says_what_to_do(shell: Shell) -> None:
    """One sentence, with the option that helps."""
    with shell.popen("serve", "--port", "0") as first:
        assert first.stdout is not None
        port = first.stdout.readline().strip().rpartition(":")[2]
        second = shell.run("serve", "--port", port)
        first.terminate()
        first.communicate(timeout=20)
    assert second.returncode == 1
    assert "--port" in second.stderr


def test_without_settings_and_servers_the_remedy_is_named(shell: Shell) -> None:
    """Nothing is set and nothing runs: start it, or set it."""
    for name in ("C5_DATABASE__URL", "C5_MQTT__URL"):
        del shell.environment[name]
    refused = shell.run("device", "list")
    assert refused.returncode == 1
    assert "c5 up" in refused.stderr
    assert "C5_DATABASE__URL" in refused.stderr


def test_the_database_is_enough_for_what_needs_no_broker(
    shell: Shell, connections: Connections, device_id: str
) -> None:
    """Only a command that speaks to the broker asks where it is."""
    del shell.environment["C5_MQTT__URL"]
    with pool.connect(connections.database_url) as conn:
        store_device.note_pending(conn, Kind.AIR, device_id)
    assert shell.answer("device", "list", "--state", "pending")[0]["device_id"] == device_id
    refused = shell.run("device", "approve", device_id)
    assert refused.returncode == 1
    assert "mqtt.url is not set" in refused.stderr
