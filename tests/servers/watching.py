"""Cameras that are watched in a test: the real service, and if wanted a watcher with a script."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from core.topics import Kind
from tests.servers.camera import jpeg, number_of
from tests.servers.ingest import City, Voice
from vision.config import Camera, Refused
from vision.feeds.feed import U8
from vision.feeds.opening import Place
from vision.passage import CameraView, Passage
from vision.post import Watch, Watching, watch
from vision.service import Service, Wiring


def passage(plate: str, at: datetime, frame: U8 | None = None, **changes: Any) -> Passage:
    """A passage as a watcher tells it."""
    crop = b"" if frame is None else jpeg(frame[:40, :80])
    fields: dict[str, Any] = {
        "plate": plate,
        "score": 0.98,
        "dscore": 0.97,
        "weakest": 0.91,
        "candidates": ((plate, 0.98), (f"{plate[:-1]}X", 0.01)),
        "region": "mx",
        "mask": "LLLDDDL",
        "state": "mx-ver",
        "kind": "car",
        "direction": "in",
        "orientation_deg": 1.234,
        "first_at": at,
        "last_at": at,
        "best_at": at,
        "box": (10, 20, 90, 60),
        "crop_jpeg": crop,
        "crop_sha256": hashlib.sha256(crop).hexdigest(),
        "model": "abc/def",
        "frames": 7,
        "vehicle": "car",
    }
    return Passage(**fields | changes)


class Scripted:
    """Tells a plate when it sees the frame of that number; the last ones only when it is over."""

    def __init__(self, script: Mapping[int, str], *, pending: Sequence[str] = ()) -> None:
        self.seen: list[int] = []
        self._script = dict(script)
        self._pending = list(pending)
        self._at: datetime | None = None

    def see(self, frame: U8, at: datetime) -> list[Passage]:
        """Look at a numbered frame."""
        self._at = at
        number = number_of(frame)
        self.seen.append(number)
        plate = self._script.pop(number, None)
        return [] if plate is None else [passage(plate, at, frame)]

    def flush(self) -> list[Passage]:
        """Tell what was under way."""
        pending, self._pending = self._pending, []
        return [passage(plate, self._at) for plate in pending if self._at is not None]


def scripted(watchers: Mapping[str, Watching]) -> Watch:
    """Watchers by device id; who has none gets the real one."""

    def made(camera: Camera) -> tuple[Watching, str]:
        found = watchers.get(camera.device_id)
        return watch(camera) if found is None else (found, "script")

    return made


def camera_at(url: str, voice: Voice, **how: Any) -> Camera:
    """A camera of the file, under an enrolled name."""
    view = {name: how.pop(name) for name in list(how) if name in CameraView.__dataclass_fields__}
    rest = {name: how.pop(name) for name in ("pace", "repeat", "models") if name in how}
    place = Place(url=url, **how)
    return Camera(view=CameraView(device_id=voice.device_id, **view), place=place, **rest)


def enrolled(city: City, count: int = 1) -> list[Voice]:
    """Cameras that the broker knows; what it retains of them goes when the city closes."""
    voices = city.enrol_all(*[Kind.CAMERA] * count, backfill=True)
    for voice in voices:
        voice._has_retained = True
    return voices


def wiring(city: City, voices: Sequence[Voice], folder: Path, **changes: Any) -> Wiring:
    """A service's place in a city."""
    fields: dict[str, Any] = {
        "mqtt_url": city.connections.mqtt_url,
        "ca_file": city.connections.ca_file,
        "passwords": {voice.device_id: voice._password for voice in voices},
        "state_dir": folder / "state",
    }
    return Wiring(**fields | changes)


@contextmanager
def watching(
    cameras: Sequence[Camera | Refused], wires: Wiring, make: Watch = watch
) -> Iterator[Service]:
    """A service that runs while the context lasts."""
    service = Service(cameras, wires, watch=make)
    service.start()
    try:
        yield service
    finally:
        service.stop()
