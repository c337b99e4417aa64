"""Ingest as it runs in earnest: a real broker, real devices, a database that can be cut off."""

import gc
import itertools
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
import structlog
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from control_center import enrolment
from control_center.connections import Connections
from core.clock import rfc3339, utc_now
from core.device import Device
from core.seal import PlateVault
from core.settings.telemetry import Ingest
from core.topics import Kind, Stream, telemetry
from deploy.local.runtime import Runtime
from deploy.local.toolchain import Toolchain
from devices.broker import ADMIN, INGEST
from devices.enroll import Credential
from ingest import retained
from ingest.replay import Replayed, replay
from ingest.service import Wiring, Worker
from store import pool, rejects
from store.rejects import Kept
from tests.servers.center import connections_to
from tests.servers.fixtures import Broker
from tests.servers.mqtt import Peer
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

_PIPELINE = 1000
_SESSIONS = ("c5-ingest-1", "c5-ingest-2")

Payload = bytes | dict[str, Any] | list[dict[str, Any]]


class Voice:
    """An enrolled device that is connected to the broker with its own credential."""

    def __init__(self, broker: Broker, credential: Credential, kind: Kind) -> None:
        self.device_id = credential.username
        self.kind = kind
        self._broker = broker
        self._password = credential.password
        self._seqs = itertools.count(1)
        self._client: paho.Client | None = None
        self._acked = 0
        self._has_retained = False

    def topic(self, stream: Stream) -> str:
        """Its topic for a stream."""
        return telemetry(self.kind, self.device_id, stream)

    def connect(self, *, will: Payload | None = None) -> None:
        """Enter the broker; a will is retained, as a status is."""
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=self.device_id)
        client.username_pw_set(self.device_id, self._password)
        client.max_inflight_messages_set(_PIPELINE)
        client.reconnect_delay_set(1, 1)
        client.on_publish = self._on_publish
        if will is not None:
            self._has_retained = True
            client.will_set(self.topic(Stream.STATUS), _encoded(will), qos=1, retain=True)
        client.connect(self._broker.host, self._broker.port)
        client.loop_start()
        self._client = client
        wait_until(client.is_connected, what=f"{self.device_id} to be connected")

    def vanish(self) -> None:
        """Lose the connection without a word, as a device without power does."""
        client, self._client = self._client, None
        assert client is not None
        client.loop_stop()
        sock = client.socket()
        assert sock is not None
        sock.close()

    def say(self, stream: Stream, *payloads: Payload, retain: bool = False) -> None:
        """Publish at QoS 1 and wait until the broker has all of it."""
        self._has_retained |= retain
        wanted = self.begin(stream, *payloads, retain=retain)
        wait_until(lambda: self._acked >= wanted, what=f"the broker's PUBACKs, {wanted}")

    def begin(self, stream: Stream, *payloads: Payload, retain: bool = False) -> int:
        """Publish at QoS 1 without waiting; answer how many PUBACKs mean that all is there."""
        if self._client is None:
            self.connect()
        assert self._client is not None
        wanted = self._acked + len(payloads)
        for payload in payloads:
            self._client.publish(self.topic(stream), _encoded(payload), qos=1, retain=retain)
        return wanted

    def delivered(self, wanted: int) -> bool:
        """Tell whether the broker has taken that many messages."""
        return self._acked >= wanted

    def leave(self) -> None:
        """Clear what the broker retains of it, and disconnect."""
        if self._has_retained:
            self.say(Stream.STATUS, b"", retain=True)
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def head(self, *, at: datetime | None = None, ago_s: float = 0.0) -> dict[str, Any]:
        """What every message carries; the next counter."""
        instant = (at or utc_now()) - timedelta(seconds=ago_s)
        return {"ts": rfc3339(instant), "seq": next(self._seqs)}

    def fix(self, *, ago_s: float = 0.0, **fields: Any) -> dict[str, Any]:
        """A fix in town."""
        place = {"lat_deg": 18.13, "lon_deg": -94.45, "speed_kmh": 21.5}
        return self.head(ago_s=ago_s) | place | fields

    def fixes(self, count: int) -> list[dict[str, Any]]:
        """Fixes one a second that end now."""
        start = utc_now() - timedelta(seconds=count)
        return [
            self.fix() | {"ts": rfc3339(start + timedelta(seconds=n + 1))} for n in range(count)
        ]

    def reading(self, *, ago_s: float = 0.0, **values: Any) -> dict[str, Any]:
        """A reading."""
        return self.head(ago_s=ago_s) | (values or {"pm25_ugm3": 12.0})

    def _on_publish(self, *_: object) -> None:
        self._acked += 1


def _encoded(payload: Payload) -> bytes:
    return payload if isinstance(payload, bytes) else json.dumps(payload).encode()


@dataclass
class City:
    """Servers, devices and workers of one test."""

    connections: Connections
    broker: Broker
    proxy: Proxy
    logs: list[Any] = field(default_factory=list)
    voices: list[Voice] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)

    @property
    def db_url(self) -> str:
        """The database, past the proxy."""
        return self.connections.database_url

    def enrol(self, kind: Kind = Kind.TRUCK, *, backfill: bool = False) -> Voice:
        """Enrol a device under a new name."""
        [voice] = self.enrol_all(kind, backfill=backfill)
        return voice

    def enrol_all(self, *kinds: Kind, backfill: bool = False) -> list[Voice]:
        """Enrol a device of each kind."""
        devices = [
            Device(
                device_id=f"{kind}-{secrets.token_hex(4)}",
                kind=kind,
                name=f"{kind} of a test",
                backfill=backfill,
            )
            for kind in kinds
        ]
        issued = enrolment.add(self.connections, devices)
        voices = [Voice(self.broker, issued[one.device_id], one.kind) for one in devices]
        self.voices += voices
        return voices

    def wiring(self, *, worker: int = 1, workers: int = 1, keepalive_s: int = 60) -> Wiring:
        """How a worker of this city reads and writes: through the proxy."""
        through = self.db_url.replace(f":{self.proxy.target_port}/", f":{self.proxy.port}/")
        return Wiring(
            database_url=through,
            login=self.connections.login(INGEST),
            plate_key=self.connections.plate_key,
            worker=worker,
            workers=workers,
            keepalive_s=keepalive_s,
        )

    def start(
        self, *, worker: int = 1, workers: int = 1, keepalive_s: int = 60, **settings: Any
    ) -> Worker:
        """Start a worker and wait until it listens."""
        wiring = self.wiring(worker=worker, workers=workers, keepalive_s=keepalive_s)
        one = Worker(wiring, Ingest(**settings))
        self.workers.append(one)
        one.start()
        wait_until(lambda: one.consumer.is_ready, what="the worker to listen")
        return one

    def listen(self) -> None:
        """Make the session, so that the broker keeps what comes from now on."""
        self.start().stop()

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database, past the proxy."""
        with psycopg.connect(self.db_url, autocommit=True) as conn:
            cur = conn.execute(statement.encode(), values)
            return cur.fetchall() if cur.description else []

    def one(self, statement: str, *values: object) -> Any:
        """The first column of the first row; None when there is none."""
        rows = self.sql(statement, *values)
        return rows[0][0] if rows else None

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.one(f"SELECT count(*) FROM {table}"))  # noqa: S608  a test's own word

    def holds(self, table: str, count: int, *, timeout_s: float = 15.0) -> None:
        """Wait until a table has as many rows."""
        wait_until(
            lambda: self.count(table) == count,
            timeout_s=timeout_s,
            what=f"{count} rows in {table}, which has {self.count(table)}",
        )

    def rejects(self) -> list[Kept]:
        """Every refusal, oldest first."""
        with pool.connect(self.db_url) as conn:
            return rejects.newest(conn, limit=10_000)[::-1]

    def refused(self) -> list[tuple[str, bytes]]:
        """Reason and bytes of every refusal."""
        return [(kept.reason, kept.payload) for kept in self.rejects()]

    def replay(self, *, key: str | None = None) -> Replayed:
        """Give every refusal another chance."""
        settings = Ingest()
        with pool.connect(self.db_url) as conn:
            return replay(
                conn,
                rejects.newest(conn, limit=10_000),
                vault=PlateVault(key or self.connections.plate_key),
                clock_ahead=timedelta(seconds=settings.clock_ahead_s),
                late=timedelta(seconds=settings.late_s),
            )

    @contextmanager
    def hearing(self) -> Iterator[Callable[[], dict[str, Any]]]:
        """Listen as a control center does; what it answers waits for the next change."""
        with psycopg.connect(self.db_url, autocommit=True) as conn:
            conn.execute("LISTEN c5_live")
            waiting: list[dict[str, Any]] = []

            def heard() -> dict[str, Any]:
                if not waiting:
                    for notice in conn.notifies(timeout=15, stop_after=1):
                        waiting.extend(json.loads(notice.payload)["changes"])
                assert waiting, "no change was announced"
                return waiting.pop(0)

            yield heard

    def logged(self, event: str) -> list[Any]:
        """The log's entries of one event."""
        return [entry for entry in list(self.logs) if entry["event"] == event]

    def close(self) -> None:
        """End everything, and leave nothing with the broker for the next test."""
        self.proxy.restore()
        with ExitStack() as stack:
            for session in _SESSIONS:
                stack.callback(forget, self.broker, session)
            for voice in self.voices:
                stack.callback(voice.leave)
            for one in self.workers:
                stack.callback(one.stop)


def sample(worker: Worker, name: str, **labels: str) -> float:
    """One figure of a worker's metrics; 0 when it was never touched."""
    return worker.metrics.registry.get_sample_value(name, labels) or 0.0


def forget(broker: Broker, session: str) -> None:
    """Delete a session of ingest's with all it holds."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=session, clean_session=True)
    client.username_pw_set(INGEST, broker.password(INGEST))
    client.connect(broker.host, broker.port)
    client.loop_start()
    wait_until(client.is_connected, what=f"{session} to be taken over")
    client.disconnect()
    client.loop_stop()


@contextmanager
def running(connections: Connections, broker: Broker, proxy: Proxy) -> Iterator[City]:
    """A city of one test; what it logs is caught."""
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as logs, pytest.MonkeyPatch.context() as patched:
        patched.setattr(retained, "_QUIET_S", 0.1)  # this broker is near
        city = City(connections, broker, proxy, logs)
        try:
            yield city
        finally:
            city.close()
            gc.unfreeze()
            gc.set_threshold(*_THRESHOLDS)


_THRESHOLDS = gc.get_threshold()


@pytest.fixture(scope="session")
def ingest_broker(
    toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    """A Mosquitto whose c5/v1 only the tests of ingest use, one after the other."""
    runtime = Runtime(
        tmp_path_factory.mktemp("ingest-broker"),
        ephemeral=True,
        servers=["mosquitto"],
        toolchain=toolchain,
    )
    try:
        endpoints = runtime.up()
        yield Broker(runtime.mosquitto, endpoints)
    finally:
        runtime.destroy()


@pytest.fixture
def city(db_url: str, ingest_broker: Broker, postgres_proxy: Proxy) -> Iterator[City]:
    """A city whose database can be cut off, on a broker that stays."""
    with running(connections_to(db_url, ingest_broker), ingest_broker, postgres_proxy) as one:
        yield one


@pytest.fixture
def city_fresh(db_url: str, broker_fresh: Broker, postgres_proxy: Proxy) -> Iterator[City]:
    """A city whose broker is its own, to restart and kill."""
    with running(connections_to(db_url, broker_fresh), broker_fresh, postgres_proxy) as one:
        yield one


@pytest.fixture
def loud(ingest_broker: Broker) -> Iterator[Peer]:
    """A client that may publish anything anywhere, as no device may."""
    name, password = f"loud-{secrets.token_hex(4)}", secrets.token_hex(8)
    role = {
        "command": "createRole",
        "rolename": name,
        "acls": [{"acltype": "publishClientSend", "topic": "#", "allow": True}],
    }
    client = {
        "command": "createClient",
        "username": name,
        "password": password,
        "roles": [{"rolename": name}],
    }
    with Peer(ingest_broker, ADMIN, ingest_broker.password(ADMIN)) as admin:
        admin.subscribe("$CONTROL/dynamic-security/v1/response")
        request = json.dumps({"commands": [role, client]}).encode()
        admin.publish("$CONTROL/dynamic-security/v1", request)
        admin.next()
        with Peer(ingest_broker, name, password) as peer:
            yield peer
        forget = [{"command": "deleteClient", "username": name}]
        forget.append({"command": "deleteRole", "rolename": name})
        admin.publish("$CONTROL/dynamic-security/v1", json.dumps({"commands": forget}).encode())
        admin.next()
