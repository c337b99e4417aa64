"""Cameras on loopback, a real broker, a real ingest: who passes is in the database, sealed."""

import base64
import hashlib
import json
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from core.seal import PlateVault
from core.topics import Kind, Stream
from tests.servers.camera import camera, numbered
from tests.servers.ingest import City
from tests.servers.waiting import wait_until
from tests.servers.watching import (
    Scripted,
    camera_at,
    enrolled,
    scripted,
    watching,
    wiring,
)
from vision.config import Camera, Refused
from vision.feeds.opening import Place
from vision.frames import decode
from vision.passage import CameraView
from vision.service import NothingToWatch, Service
from vision.source import Pace

pytestmark = pytest.mark.server


def opened(city: City, plate: str) -> list[dict[str, Any]]:
    """The sealed boxes of a plate, opened."""
    vault = PlateVault(city.connections.plate_key)
    rows = city.sql(
        "SELECT sealed FROM plate_read WHERE plate_hmac = %s ORDER BY seq", vault.hashed(plate)
    )
    return [json.loads(vault.unseal(bytes(sealed))) for (sealed,) in rows]


def the_crop(city: City) -> bytes:
    """The one photograph that is kept, opened; its digest is right."""
    [(sealed, sha256)] = city.sql("SELECT sealed, sha256 FROM plate_crop")
    clear = PlateVault(city.connections.plate_key).unseal(bytes(sealed))
    assert hashlib.sha256(clear).hexdigest() == sha256
    return clear


def events(city: City, device_id: str) -> list[tuple[str, str | None]]:
    """Type and text of a device's events, in their order."""
    return [
        (kind, text)
        for kind, text in city.sql(
            "SELECT type, text FROM event WHERE device_id = %s ORDER BY seq", device_id
        )
    ]


def test_a_passage_is_stored_sealed_with_its_crop(city: City, tmp_path: Path) -> None:
    """From an MJPEG stream through the broker to the database: no letter of it in clear."""
    city.start()
    [voice] = enrolled(city)
    watcher = Scripted({9: "YAA123B"})
    with camera() as there:
        cameras = [camera_at(there.url, voice)]
        with watching(
            cameras, wiring(city, [voice], tmp_path), scripted({voice.device_id: watcher})
        ):
            city.holds("plate_read", 1)
            wait_until(lambda: events(city, voice.device_id))
        [row] = city.sql("SELECT device_id, direction, region, vehicle, score FROM plate_read")
        assert row == (voice.device_id, "in", "mx", "car", pytest.approx(0.98))
    [box] = opened(city, "YAA-123-B")
    extra = box["extra"]
    crop = the_crop(city)
    assert decode(np.frombuffer(crop, np.uint8)).shape == (40, 80, 3)
    assert {name: extra[name] for name in ("model", "frames", "mask", "state", "kind")} == {
        "model": "abc/def",
        "frames": 7,
        "mask": "LLLDDDL",
        "state": "mx-ver",
        "kind": "car",
    }
    assert extra["first_at"].startswith("20")
    assert box["box"] == [10, 20, 90, 60]
    assert events(city, voice.device_id)[0][0] == "stream_up"
    said = "SELECT online, firmware FROM presence"
    wait_until(lambda: city.sql(said) == [(False, "c5-lpr script")], what="it to say goodbye")


def test_a_smart_cameras_own_read_is_stored_alike(city: City) -> None:
    """A camera that reads plates itself sends the documented message, crop and all."""
    city.start()
    [voice] = enrolled(city)
    photo = numbered(3)
    said = voice.head() | {
        "plate": "YAA-123-B",
        "score": 0.93,
        "dscore": 0.99,
        "box": [412, 300, 520, 344],
        "region": "mx",
        "direction": "out",
        "candidates": [["YAA123B", 0.93], ["YAA128B", 0.04]],
        "crop": base64.b64encode(photo).decode(),
        "crop_sha256": hashlib.sha256(photo).hexdigest(),
        "model": "acme 4.2",
        "state": "mx-ver",
    }
    voice.say(Stream.PLATE, said)
    city.holds("plate_read", 1)
    [box] = opened(city, "YAA123B")
    assert the_crop(city) == photo
    assert box["extra"]["model"] == "acme 4.2"
    assert box["candidates"] == [["YAA123B", 0.93], ["YAA128B", 0.04]]
    assert city.sql("SELECT direction, region FROM plate_read") == [("out", "mx")]


def test_a_dead_stream_is_a_fault_of_the_device_and_heals(city: City, tmp_path: Path) -> None:
    """Down and up are events, once each; the reason hides user and password.

    Who was passing when it died is told at once.
    """
    city.start()
    [voice] = enrolled(city)
    watcher = Scripted({}, pending=["YAA123B"])
    with camera(login=("ana", "geheim")) as there:
        cameras = [camera_at(there.url, voice)]
        with watching(
            cameras, wiring(city, [voice], tmp_path), scripted({voice.device_id: watcher})
        ) as service:
            wait_until(lambda: len(events(city, voice.device_id)) == 1)
            wait_until(lambda: watcher.seen)
            there.cut()
            wait_until(lambda: len(events(city, voice.device_id)) == 2)
            city.holds("plate_read", 1)
            there.restore()
            wait_until(lambda: len(events(city, voice.device_id)) == 3)
            [report] = service.reports()
            assert (report.stream, report.downs) == ("up", 1)
    kinds = [kind for kind, _ in events(city, voice.device_id)]
    assert kinds == ["stream_up", "stream_down", "stream_up"]
    severities = city.sql("SELECT severity FROM event ORDER BY seq")
    assert severities == [("info",), ("warning",), ("info",)]
    spoken = json.dumps([events(city, voice.device_id), [str(one) for one in city.logs]])
    assert "geheim" not in spoken
    assert "ana:" not in spoken


def test_an_outage_of_the_broker_loses_no_passage(city_fresh: City, tmp_path: Path) -> None:
    """Passages that happen meanwhile wait on disk, also for the next process."""
    city = city_fresh
    city.start()
    [voice] = enrolled(city)
    wires = wiring(city, [voice], tmp_path)
    with camera() as there:
        cameras = [camera_at(there.url, voice)]
        watcher = Scripted({})
        with watching(cameras, wires, scripted({voice.device_id: watcher})) as service:
            wait_until(lambda: events(city, voice.device_id))
            city.broker.server.stop()
            watcher._script = {number: f"YAA10{number % 10}B" for number in range(0, 30, 3)}
            wait_until(lambda: not watcher._script)
            [report] = service.stop(drain_s=0.1)
            assert report.passages == 10
            assert report.published == 0
            assert report.held >= 10
        city.broker.server.start()
        with watching(cameras, wires, scripted({voice.device_id: Scripted({})})) as service:
            city.holds("plate_read", 10, timeout_s=60)
            wait_until(lambda: service.reports()[0].published == 10)
    assert city.one("SELECT count(DISTINCT seq) FROM plate_read") == 10


def test_what_was_delivered_lies_nowhere_on_the_readers_disk(city: City, tmp_path: Path) -> None:
    """While it waits, its owner alone may read it."""
    [voice] = enrolled(city)
    wires = wiring(city, [voice], tmp_path)
    said = b"YAA123B"

    def on_disk() -> bool:
        files = [file for file in wires.state_dir.iterdir() if file.is_file()]
        return any(said in file.read_bytes() for file in files)

    with camera() as there:
        cameras = [camera_at(there.url, voice)]
        watcher = Scripted({number: said.decode() for number in range(32)})
        with watching(cameras, wires, scripted({voice.device_id: watcher})) as service:
            wait_until(lambda: service.reports()[0].held > 32)
            assert on_disk(), "nobody listens yet, so it waits"
            assert wires.state_dir.stat().st_mode & 0o077 == 0
            assert (wires.state_dir / f"{voice.device_id}.sqlite").stat().st_mode & 0o077 == 0
            city.start()
            city.holds("plate_read", 32)
    assert not on_disk()


def test_one_cameras_fault_costs_its_neighbours_nothing(city: City, tmp_path: Path) -> None:
    """Wrong file, wrong model, cut-off film, no password, no address: each is said, one is seen."""
    city.start()
    good, refused, models, film = voices = enrolled(city, 4)
    (tmp_path / "redes").mkdir()
    (tmp_path / "film.mp4").write_bytes(b"\0\0\0\x20ftypisom")
    with camera() as there:
        view = CameraView(device_id="nobody-enrolled-it")
        stranger = Camera(view=view, place=Place(url=there.url))
        cameras: list[Camera | Refused] = [
            Refused(device_id=refused.device_id, why=f"{refused.device_id}: line: two points"),
            camera_at(there.url, models, models=tmp_path / "redes"),
            camera_at(str(tmp_path / "film.mp4"), film),
            camera_at(there.url, good),
            Refused(device_id=None, why="camera 5: device_id: is missing"),
            stranger,
        ]
        watchers = {good.device_id: Scripted({3: "YAA123B"}), film.device_id: Scripted({})}
        with watching(cameras, wiring(city, voices, tmp_path), scripted(watchers)) as service:
            city.holds("plate_read", 1)
            for voice, said in (
                (refused, "two points"),
                (models, "restore vision/models"),
                (film, "no video"),
            ):
                wait_until(partial(events, city, voice.device_id))
                [(kind, text)] = events(city, voice.device_id)
                assert kind == "stream_down"
                assert said in str(text)
            assert len(service.unheard) == 2
            assert "c5 device add" in service.unheard[1]
    assert city.sql("SELECT device_id FROM plate_read") == [(good.device_id,)]


def test_without_a_single_camera_there_is_nothing_to_do(city: City, tmp_path: Path) -> None:
    """The refusal tells all that is wrong."""
    [voice] = enrolled(city)
    cameras = [Refused(device_id=None, why="camera 1: no"), Refused(device_id="B", why="B: no")]
    with pytest.raises(NothingToWatch, match=r"camera 1: no; B: no"):
        Service(cameras, wiring(city, [voice], tmp_path))


def test_two_processes_do_not_speak_for_one_camera(city: City, tmp_path: Path) -> None:
    """They would push one another out of the broker for ever."""
    city.start()
    [voice] = enrolled(city)
    wires = wiring(city, [voice], tmp_path)
    with camera() as there:
        cameras = [camera_at(there.url, voice)]
        made = scripted({voice.device_id: Scripted({})})
        with watching(cameras, wires, made), pytest.raises(NothingToWatch, match="--shard"):
            Service(cameras, wires, watch=made)
        with watching(cameras, wires, made) as service:
            wait_until(lambda: service.reports()[0].frames)


def test_passages_under_way_are_told_when_it_ends(city: City, tmp_path: Path) -> None:
    """At the end of a recording, and when the service is stopped."""
    city.start()
    one, other = voices = enrolled(city, 2)
    for number in range(4):
        (tmp_path / f"{number}.jpg").write_bytes(numbered(number))
    watchers = {
        one.device_id: Scripted({1: "YAA111B"}, pending=["YAA222B"]),
        other.device_id: Scripted({}, pending=["YAA333B"]),
    }
    with camera() as there:
        cameras = [
            camera_at(str(tmp_path), one, pace=Pace.ALL),
            camera_at(there.url, other),
        ]
        with watching(cameras, wiring(city, voices, tmp_path), scripted(watchers)) as service:
            city.holds("plate_read", 2)
            assert not service.is_over
            wait_until(lambda: watchers[other.device_id].seen)
        city.holds("plate_read", 3)
    assert watchers[one.device_id].seen == [0, 1, 2, 3]
    assert len(opened(city, "YAA333B")) == 1


def test_the_latest_frame_is_served_from_memory(city: City, tmp_path: Path) -> None:
    """With its age; of a stranger, or of a camera that never spoke, there is none."""
    city.start()
    one, mute = voices = enrolled(city, 2)
    with camera() as there, camera() as silent:
        silent.fall_silent()
        cameras = [camera_at(there.url, one), camera_at(silent.url, mute)]
        made = scripted({voice.device_id: Scripted({}) for voice in voices})
        with watching(cameras, wiring(city, voices, tmp_path), made) as service:
            base = f"http://127.0.0.1:{service.frames.port}"
            wait_until(lambda: service.reports()[0].frames)
            answer = httpx.get(f"{base}/frame/{one.device_id}.jpg")
            assert int(answer.headers["X-Frame-Age-Ms"]) < 5000
            assert answer.headers["Cache-Control"] == "no-store"
            assert decode(np.frombuffer(answer.content, np.uint8)).shape == (240, 320, 3)
            for path, status in (
                (f"/frame/{mute.device_id}.jpg", 503),
                ("/frame/nobody.jpg", 404),
                ("/frame/../../etc/passwd", 404),
                ("/", 404),
            ):
                assert httpx.get(f"{base}{path}").status_code == status


def test_a_busy_crew_sees_the_newest_frames(city: City, tmp_path: Path) -> None:
    """More cameras than hands: frames are skipped, none is queued, and all cameras are seen."""
    city.start()
    voices = enrolled(city, 4)
    watchers = {voice.device_id: Scripted({}) for voice in voices}
    with camera(fps=100) as there:
        cameras = [camera_at(there.url, voice) for voice in voices]
        with watching(
            cameras, wiring(city, voices, tmp_path, hands=1), scripted(watchers)
        ) as service:
            wait_until(lambda: all(len(one.seen) > 10 for one in watchers.values()))
            reports = service.reports()
        assert all(one.frames >= one.looked_at for one in reports)


def test_a_device_of_another_kind_is_refused_by_the_broker(city: City, tmp_path: Path) -> None:
    """A truck's credential lets no camera speak: nothing of it is stored."""
    city.start()
    [truck] = city.enrol_all(Kind.TRUCK)
    with camera() as there:
        cameras = [camera_at(there.url, truck)]
        made = scripted({truck.device_id: Scripted({1: "YAA123B"})})
        with watching(cameras, wiring(city, [truck], tmp_path), made) as service:
            wait_until(lambda: city.logged("message_refused"))
            assert service.reports()[0].published == 0
    assert city.count("plate_read") == 0
