"""A small city that really runs: broker, database, ingest and control center, and its devices."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from control_center import enrolment
from control_center.connections import Connections
from core import clock
from core.device import Device
from core.topics import Kind, Stream, telemetry
from devices.broker import ENROLL, INGEST
from tests.servers.center import RunningCenter, Visitor
from tests.servers.fixtures import Broker
from tests.servers.mqtt import Peer
from tests.servers.waiting import wait_until

HOME = Path(__file__).resolve().parents[2]
CENTRE_LAT_DEG = 18.138
CENTRE_LON_DEG = -94.455
_STOP_S = 20.0
_NOBODY_LISTENS = 0x10  # MQTT 5: the broker took it, and forgot it
_REFUSED = 0x80  # and every reason code from here on


def now_ms() -> int:
    """The present instant, epoch ms."""
    return clock.epoch_us(clock.utc_now()) // 1000


@dataclass
class Field:
    """One enrolled device, and the connection it speaks through."""

    device: Device
    peer: Peer
    seq: int = 0

    def say(self, stream: Stream, **fields: Any) -> int:
        """Publish a message measured now until someone listens; answer that instant, epoch ms."""
        self.seq += 1
        at_ms = fields.setdefault("ts", now_ms())
        body = msgspec.json.encode({"seq": self.seq, **fields})
        topic = telemetry(self.device.kind, self.device.device_id, stream)
        _hand_over(self.peer, topic, body)
        return int(at_ms)

    def drive(self, north_deg: float = 0.0, **fields: Any) -> int:
        """Publish a fix, so far north of the centre."""
        lat_deg = CENTRE_LAT_DEG + north_deg
        place = {"lat_deg": lat_deg, "lon_deg": CENTRE_LON_DEG, "heading_deg": 0.0}
        return self.say(Stream.GPS, **{**place, "speed_kmh": 30.0, **fields})


@dataclass
class City:
    """The running system, as its devices and its operators meet it."""

    center: RunningCenter
    broker: Broker
    _field: dict[str, Field] = field(default_factory=dict)
    _api: Visitor | None = None

    def device(self, device_id: str) -> Field:
        """One of the city's devices."""
        return self._field[device_id]

    def known(self, device_id: str) -> dict[str, Any]:
        """What the control center answers about a device."""
        if self._api is None:
            self._api = self.center.operator()
        answer: dict[str, Any] = self._api.get(f"/api/devices/{device_id}").json()
        return answer

    def settle(self, device_id: str, publish: Callable[[], object], key: str) -> None:
        """Publish until the control center shows it: ingest may have just started."""

        def shown() -> bool:
            publish()
            return bool(self.known(device_id)[key])

        wait_until(shown, timeout_s=30, what=f"{key} of {device_id} to be stored")

    def ask_to_enrol(self, kind: Kind, device_id: str) -> None:
        """Knock, as an unknown device."""
        with Peer(self.broker, ENROLL, self.broker.password(ENROLL)) as peer:
            _hand_over(peer, f"c5/enroll/{kind}/{device_id}", b"{}")


def _hand_over(peer: Peer, topic: str, body: bytes) -> None:
    """Say it again while ingest, perhaps just started, isn't there: as a device's link does."""

    def is_heard() -> bool:
        answer = peer.publish(topic, body)
        assert answer < _REFUSED, f"the broker refused {topic}: {answer:#x}"
        return answer != _NOBODY_LISTENS

    wait_until(is_heard, timeout_s=30, what=f"somebody to listen to {topic}")


@contextmanager
def enrolled(city: City, *devices: Device) -> Iterator[None]:
    """Let devices in, and connect each with its own credential."""
    issued = enrolment.add(city.center.connections, devices)
    peers: list[Peer] = []
    try:
        for device in devices:
            peer = Peer(city.broker, device.device_id, issued[device.device_id].password)
            peers.append(peer)
            peer.__enter__()
            assert not peer.is_refused
            city._field[device.device_id] = Field(device, peer)
        yield
    finally:
        for peer in peers:
            peer.__exit__(None, None, None)


@contextmanager
def ingesting(connections: Connections, folder: Path) -> Iterator[None]:
    """Run `c5 ingest` as a process of its own, away from any settings file."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("C5_")},
        "PYTHONPATH": str(HOME),
        "C5_DATABASE__URL": connections.database_url,
        "C5_MQTT__URL": connections.mqtt_url,
        "C5_MQTT__CA_FILE": str(connections.ca_file),
        "C5_MQTT__INGEST_PASSWORD": connections.passwords[INGEST],
        "C5_INGEST__PLATE_KEY": connections.plate_key,
    }
    with (folder / "ingest.log").open("wb") as log:
        process = _start(environment, folder, log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(_STOP_S)


def _start(environment: dict[str, str], folder: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "control_center", "ingest"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
