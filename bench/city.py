"""Private servers with enrolled benchmark devices, and a loader that speaks as them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from control_center import connections, enrolment
from control_center.connections import Connections
from core import topics
from core.clock import monotonic_s, pause, rfc3339, utc_now
from core.device import Device
from core.errors import ServiceError
from core.topics import Kind, Stream
from deploy.local.runtime import Runtime
from devices.broker import Login, prepare
from devices.enroll import Credential
from store import migrate

TRUCKS: Final = 40
_IN_FLIGHT: Final = 500
_LOAD_LIMIT_S: Final = 300.0
_EARTH_STEP_DEG: Final = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchCity:
    """Servers that run, and devices that may speak."""

    runtime: Runtime
    connections: Connections
    credentials: dict[str, Credential]

    def truck_login(self, device_id: str) -> Login:
        """How one truck enters the broker."""
        credential = self.credentials[device_id]
        return Login(
            url=self.connections.mqtt_url,
            username=credential.username,
            password=credential.password,
        )


@contextmanager
def running(*, trucks: int = TRUCKS) -> Iterator[BenchCity]:
    """Start durable servers in a temporary folder, enrol trucks, stop and delete at the end."""
    with TemporaryDirectory(prefix="c5-bench-") as folder:
        runtime = Runtime(Path(folder) / "servers", ephemeral=True)
        try:
            known = connections.from_endpoints(runtime.up())
            migrate.migrate(known.database_url)
            devices = [
                Device(device_id=f"bench-{n:04}", kind=Kind.TRUCK, name=f"Bench {n}")
                for n in range(trucks)
            ]
            credentials = enrolment.add(known, devices)
            yield BenchCity(runtime=runtime, connections=known, credentials=credentials)
        finally:
            runtime.destroy()


class Fixes:
    """Payloads of one truck: fixes one a second, counted from 1, ending about now."""

    def __init__(self, truck: int, *, total: int) -> None:
        self._truck = truck
        self._start_at = utc_now() - timedelta(seconds=min(total, 20 * 86_400))
        self._seq = 0

    def take(self, count: int) -> list[dict[str, object]]:
        """The next `count` fixes, as wire objects."""
        return [self._next() for _ in range(count)]

    def _next(self) -> dict[str, object]:
        self._seq += 1
        at: datetime = self._start_at + timedelta(seconds=self._seq)
        return {
            "ts": rfc3339(at),
            "seq": self._seq,
            "lat_deg": 18.13 + self._truck * 1e-3 + self._seq % 1000 * _EARTH_STEP_DEG,
            "lon_deg": -94.45,
            "speed_kmh": 21.5,
            "heading_deg": 33.0,
            "hdop": 1.1,
        }


def preload(city: BenchCity, *, messages: int, per_message: int = 1) -> None:
    """Publish as every truck in turn, QoS 1, until the broker holds all of it."""
    trucks = sorted(city.credentials)
    share, rest = divmod(messages, len(trucks))
    for number, device_id in enumerate(trucks):
        count = share + (number < rest)
        fixes = Fixes(number, total=count * per_message)
        payloads = [
            msgspec.json.encode(fixes.take(per_message) if per_message > 1 else fixes.take(1)[0])
            for _ in range(count)
        ]
        publish(city.truck_login(device_id), device_id, payloads)


def publish(login: Login, device_id: str, payloads: Sequence[bytes]) -> None:
    """Publish payloads on a truck's gps topic and wait for every PUBACK."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=device_id, protocol=mqtt.MQTTv311)
    prepare(client, login)
    client.max_inflight_messages_set(_IN_FLIGHT)
    acked = 0

    def on_publish(*_: object) -> None:
        nonlocal acked
        acked += 1

    client.on_publish = on_publish
    client.connect(login.endpoint.host, login.endpoint.port)
    client.loop_start()
    topic = topics.telemetry(Kind.TRUCK, device_id, Stream.GPS)
    for payload in payloads:
        client.publish(topic, payload, qos=1)
    deadline_s = monotonic_s() + _LOAD_LIMIT_S
    while acked < len(payloads):
        if monotonic_s() > deadline_s:
            raise ServiceError(f"the broker took {acked} of {len(payloads)} messages; see its log")
        pause(0.005)
    client.disconnect()
    client.loop_stop()
