"""Kill ingest, the database and the broker in turn under load; nothing may be lost or doubled.

Publishers are real devices with a store-and-forward rule: a message stays theirs
until its PUBACK. The count at the end is over every message a device ever
numbered, against the rows of the database.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any, Final

import msgspec
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from bench import city
from bench.city import BenchCity, Fixes
from core import topics
from core.clock import monotonic_s, pause
from core.errors import ConfigError, ServiceError
from core.topics import Kind, Stream
from deploy.local import ports
from devices.broker import Login, prepare
from store import pool
from store.pool import Connection

_TRUCKS: Final = 10
_WINDOW: Final = 200
_DRAIN_LIMIT_S: Final = 180.0
_RECOVERY_LIMIT_S: Final = 60.0
_VICTIMS: Final = ("ingest", "database", "broker")


def parse_kills(text: str) -> dict[str, int]:
    """Read `ingest=5,database=3,broker=3`; ConfigError names what is wrong.

    >>> parse_kills("ingest=2,broker=1")
    {'ingest': 2, 'broker': 1}
    """
    kills: dict[str, int] = {}
    for part in text.split(","):
        name, _, count = part.strip().partition("=")
        if name not in _VICTIMS or not count.isdigit():
            raise ConfigError(f"--kills {part!r}: write NAME=COUNT with NAME of {_VICTIMS}")
        kills[name] = int(count)
    return kills


def run(messages: int, kills: dict[str, int], *, seed: int = 7) -> dict[str, Any]:
    """Publish `messages` while killing; answer what was lost, doubled, and how long it took."""
    plan = [name for name, count in kills.items() for _ in range(count)]
    random.Random(seed).shuffle(plan)
    with city.running(trucks=_TRUCKS) as servers, _ingest(servers) as ingest:
        trucks = [
            _Truck(servers.truck_login(name), name, number, messages // _TRUCKS)
            for number, name in enumerate(sorted(servers.credentials))
        ]
        for truck in trucks:
            truck.start()
        recoveries = [
            _kill_when_due(turn, plan, servers, ingest, trucks) for turn in range(len(plan))
        ]
        for truck in trucks:
            truck.join()
        sent = sum(truck.sent for truck in trucks)
        _wait_until_stored(servers, sent)
        stored, rows = _counts(servers)
    return {
        "sent": sent,
        "stored_distinct": stored,
        "lost": sent - stored,
        "duplicated_rows": rows - stored,
        "kills": kills,
        "recovery_s_p95": round(_p95(recoveries), 2),
        "recovery_s_max": round(max(recoveries, default=0.0), 2),
    }


class _Truck(threading.Thread):
    """A device that keeps every message until the broker has taken it."""

    def __init__(self, login: Login, device_id: str, number: int, count: int) -> None:
        super().__init__(name=device_id, daemon=True)
        self._login = login
        self._topic = topics.telemetry(Kind.TRUCK, device_id, Stream.GPS)
        self._waiting = [msgspec.json.encode(fix) for fix in Fixes(number, total=count).take(count)]
        self.total = count
        self.sent = 0
        """Messages that the broker acknowledged."""
        self.may_send = 0
        """How far it may go now: the load is spread over the kills."""
        self._flying: dict[int, bytes] = {}
        self._failure: BaseException | None = None

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end; raise what ended it early."""
        self.may_send = self.total
        super().join(timeout)
        if self._failure is not None:
            raise self._failure
        if self.sent < self.total:
            raise ServiceError(f"{self.name} got rid of {self.sent} of {self.total}; see above")

    def run(self) -> None:
        """Publish until everything was acknowledged, across any number of connections."""
        deadline_s = monotonic_s() + _DRAIN_LIMIT_S
        try:
            while self.sent < self.total:
                self._connection()
                if monotonic_s() > deadline_s:
                    break
        except BaseException as exc:  # noqa: BLE001  handed to whoever joins
            self._failure = exc

    def _connection(self) -> None:
        """One connection: send, move acknowledged messages out; on its end, keep the rest."""
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=self.name, protocol=mqtt.MQTTv311
        )
        prepare(client, self._login)
        client.max_inflight_messages_set(_WINDOW)
        connected: list[bool] = []
        client.on_connect = lambda *_: connected.append(True)
        client.on_publish = lambda _c, _u, mid, *_: self._acked(mid)
        try:
            client.connect(self._login.endpoint.host, self._login.endpoint.port, keepalive=10)
        except OSError:
            pause(0.1)
            return
        while client.loop(0.01) == mqtt.MQTT_ERR_SUCCESS and self.sent < self.total:
            while (
                connected
                and self._waiting
                and len(self._flying) < _WINDOW
                and self.sent + len(self._flying) < self.may_send
            ):
                payload = self._waiting.pop(0)
                info = client.publish(self._topic, payload, qos=1)
                self._flying[info.mid] = payload
        self._waiting = [*self._flying.values(), *self._waiting]
        self._flying.clear()
        client.disconnect()

    def _acked(self, mid: int) -> None:
        if self._flying.pop(mid, None) is not None:
            self.sent += 1


@dataclass
class _Ingest:
    """The ingest service as a child that can be killed and started again."""

    environment: dict[str, str]
    metrics_port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start it."""
        command = [sys.executable, "-m", "control_center", "ingest", "--worker", "1"]
        self.process = subprocess.Popen(command, env=self.environment)  # noqa: S603  our own

    def is_ready(self) -> bool:
        """Subscribed: from here on the broker keeps what we miss."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics") as page:
                return b"c5_ingest_subscribed 1.0" in page.read()
        except OSError:
            return False

    def kill(self) -> None:
        """SIGKILL: no farewell, no flush."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@contextmanager
def _ingest(servers: BenchCity) -> Iterator[_Ingest]:
    endpoints = servers.runtime.endpoints()
    if endpoints is None:
        raise ServiceError("the bench's servers do not run; see the log above")
    port = ports.choose()
    chosen = {"C5_LOG_LEVEL": "error", "C5_INGEST__METRICS_PORT": str(port)}
    ingest = _Ingest({**os.environ, **endpoints.environment(), **chosen}, port)
    ingest.start()
    deadline_s = monotonic_s() + _RECOVERY_LIMIT_S
    try:
        while not ingest.is_ready():
            if monotonic_s() > deadline_s:
                raise ServiceError("ingest did not subscribe in time; see the log above")
            pause(0.05)
        yield ingest
    finally:
        ingest.kill()


def _kill_when_due(
    turn: int, plan: list[str], servers: BenchCity, ingest: _Ingest, trucks: list[_Truck]
) -> float:
    """Let the next share of the load flow, kill amid it, answer seconds until rows flow again."""
    for truck in trucks:
        truck.may_send = truck.total * (turn + 1) // (len(plan) + 1)
    due = sum(truck.total for truck in trucks) * (2 * turn + 1) // (2 * len(plan) + 2)
    deadline_s = monotonic_s() + _RECOVERY_LIMIT_S
    while sum(truck.sent for truck in trucks) < due and monotonic_s() < deadline_s:
        pause(0.005)
    started_s = monotonic_s()
    match plan[turn]:
        case "ingest":
            ingest.kill()
            ingest.start()
        case "database":
            servers.runtime.postgres.stop("immediate")
            servers.runtime.postgres.start()
        case "broker":
            servers.runtime.mosquitto.restart()
    before = _counts(servers)[1]
    while _counts(servers)[1] <= before:
        if monotonic_s() > started_s + _RECOVERY_LIMIT_S:
            raise ServiceError(f"no row came within {_RECOVERY_LIMIT_S} s of a {plan[turn]} kill")
        for truck in trucks:  # there must be something to come
            truck.may_send = min(truck.total, truck.may_send + 1)
        pause(0.02)
    return monotonic_s() - started_s


def _wait_until_stored(servers: BenchCity, sent: int) -> None:
    """Wait until as many distinct messages are stored as were sent, or nothing moves any more."""
    stored, moved_s = -1, monotonic_s()
    while stored < sent and monotonic_s() - moved_s < _RECOVERY_LIMIT_S / 2:
        now, _ = _counts(servers)
        if now > stored:
            stored, moved_s = now, monotonic_s()
        pause(0.1)


def _counts(servers: BenchCity) -> tuple[int, int]:
    """(distinct messages, rows) of the database."""
    with pool.connect(servers.connections.database_url) as conn:
        return _count(conn)


def _count(conn: Connection) -> tuple[int, int]:
    row = conn.execute("SELECT count(DISTINCT (device_id, seq)), count(*) FROM gps_fix").fetchone()
    return (row[0], row[1]) if row else (0, 0)


def _p95(seconds: list[float]) -> float:
    if len(seconds) < 2:  # noqa: PLR2004  quantiles need two
        return max(seconds, default=0.0)
    return quantiles(seconds, n=20, method="inclusive")[-1]
