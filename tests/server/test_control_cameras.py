"""Cameras over HTTP: their streams, passages of today, and the latest frame."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import httpx
import pytest

from control_center.api.cameras import Cameras
from control_center.auth.rights import Role
from control_center.connections import Connections
from core.clock import utc_now
from core.device import Device
from core.messages import Event, SealedPlate, Status
from core.topics import Kind
from store import device as store_device
from store import pool
from tests.servers import rows
from tests.servers.camera import CameraServer, camera, number_of
from tests.servers.center import RunningCenter, serving
from tests.servers.waiting import wait_until
from vision.feeds.feed import Shot
from vision.feeds.opening import Place
from vision.frame_server import FrameServer
from vision.source import Source

pytestmark = pytest.mark.server
ZONE = ZoneInfo("America/Mexico_City")


def enrolled(center: RunningCenter, *names: str, kind: Kind = Kind.CAMERA) -> None:
    """Devices in the registry."""
    with pool.connect(center.db_url) as conn:
        store_device.save(
            conn,
            [
                Device(device_id=name, kind=kind, name=f"Cámara {name}", lat_deg=18.1)
                for name in names
            ],
        )
        conn.commit()


def told(center: RunningCenter, *messages: Event | SealedPlate | Status) -> None:
    """What devices said, stored as ingest does."""
    with pool.connect(center.db_url) as conn:
        rows.commit(conn, messages)
        conn.commit()


def online(name: str) -> Status:
    """It is there."""
    at = utc_now()
    return Status(device_id=name, seq=1, measured_at=at, received_at=at, online=True, session=1)


def stream(name: str, seq: int, kind: str, *, ago_s: float) -> Event:
    """The state of its stream."""
    at = utc_now() - timedelta(seconds=ago_s)
    return Event(device_id=name, seq=seq, measured_at=at, received_at=at, type=kind)


def test_cameras_are_listed_with_their_streams_and_todays_passages(center: RunningCenter) -> None:
    """The newest word on the stream counts, while the camera is online; a truck is no camera."""
    enrolled(center, "C-1", "C-2", "C-3")
    enrolled(center, "T-1", kind=Kind.TRUCK)
    here = utc_now().astimezone(ZONE)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    just_before = midnight - timedelta(seconds=1)
    told(
        center,
        *(rows.plate("C-1", seq, midnight, direction="in") for seq in (5, 6)),
        rows.plate("C-1", 7, midnight, direction="out"),
        rows.plate("C-1", 8, midnight),
        rows.plate("C-1", 9, just_before, direction="in"),
    )
    told(
        center,
        stream("C-1", 2, "stream_down", ago_s=60),
        stream("C-1", 3, "stream_up", ago_s=30),
        stream("C-1", 4, "tamper", ago_s=10),
        stream("C-2", 2, "stream_up", ago_s=60),
        stream("C-2", 3, "stream_down", ago_s=30),
        stream("C-3", 3, "stream_up", ago_s=7200),
        *(online(name) for name in ("C-1", "C-2")),
    )
    answer = center.operator(Role.OPERADOR).get("/api/cameras")
    said = answer.json()["cameras"]
    assert [one["device_id"] for one in said] == ["C-1", "C-2", "C-3"]
    assert [(one["online"], one["stream"]) for one in said] == [
        (True, "up"),
        (True, "down"),
        (False, "unknown"),
    ]
    assert said[0]["today"] == {"in": 2, "out": 1}
    assert datetime.fromisoformat(said[0]["last_passage_at"]) == midnight
    assert (said[2]["last_passage_at"], said[2]["lat_deg"]) == (None, 18.1)
    assert "plate" not in answer.text
    assert set(Cameras.model_fields) == set(answer.json())


class Watched:
    """Two cameras whose frames are served as `c5 lpr watch` does, on two ports."""

    def __init__(self, there: CameraServer) -> None:
        self.sources = {name: Source(Place(url=there.url)) for name in ("C-1", "C-2", "C-3")}
        self.servers = [
            FrameServer(part, host="127.0.0.1", port=0)
            for part in (
                {"C-1": self.sources["C-1"]},
                {name: self.sources[name] for name in ("C-2", "C-3")},
            )
        ]

    @property
    def urls(self) -> str:
        """As the setting has them."""
        return json.dumps([f"http://127.0.0.1:{one.port}" for one in self.servers])


@pytest.fixture
def watched(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[RunningCenter, Watched]]:
    """A control center that knows where the latest frames are."""
    with camera() as there:
        made = Watched(there)
        monkeypatch.setenv("C5_LPR__FRAMES_URLS", made.urls)
        monkeypatch.setenv("C5_LPR__FRAME_STALE_S", "5")
        for server in made.servers:
            server.start()
        for name in ("C-1", "C-2"):
            made.sources[name].start()
        with serving(connections) as center:
            enrolled(center, "C-1", "C-2", "C-3", "C-4")
            enrolled(center, "T-1", kind=Kind.TRUCK)
            yield center, made
        for name in ("C-1", "C-2"):
            made.sources[name].stop()
        for server in made.servers:
            server.stop()


def test_the_latest_frame_comes_through(watched: tuple[RunningCenter, Watched]) -> None:
    """From whichever process watches the camera, with its age, and nobody may keep it."""
    center, made = watched
    operator = center.operator(Role.OPERADOR)
    for name in ("C-1", "C-2"):
        wait_until(partial(getattr, made.sources[name], "latest"))
        answer = operator.get(f"/api/cameras/{name}/frame.jpg")
        assert answer.status_code == httpx.codes.OK, answer.text
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Cache-Control"] == "no-store"
        assert int(answer.headers["X-Frame-Age-Ms"]) < 5000
        image = Shot(utc_now(), packed=answer.content).unpacked()
        assert image.shape == (240, 320, 3)
        assert 0 <= number_of(image) < 32


def test_an_old_frame_is_not_shown_as_the_latest(watched: tuple[RunningCenter, Watched]) -> None:
    """The problem says how old it is and what to look at."""
    center, made = watched
    source = made.sources["C-1"]
    wait_until(lambda: source.latest)
    source.stop()
    source._latest_s -= 60
    answer = center.operator(Role.OPERADOR).get("/api/cameras/C-1/frame.jpg")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:c5:problem:no_frame")
    assert re.search(r"C-1 is 6\d s old", answer.json()["detail"])
    assert answer.headers["Retry-After"] == "5"


def test_where_there_is_no_frame_the_problem_says_why(
    watched: tuple[RunningCenter, Watched],
) -> None:
    """Never an empty picture."""
    center, _ = watched
    operator = center.operator(Role.OPERADOR)
    for name, status, said in (
        ("C-3", 503, "no frame of C-3 has come yet"),
        ("C-4", 503, "nobody watches C-4"),
        ("T-1", 404, "is no camera"),
        ("nobody", 404, "no device"),
        ("a%20b", 422, "device_id"),
    ):
        answer = operator.get(f"/api/cameras/{name}/frame.jpg")
        assert answer.status_code == status
        assert said in answer.json()["detail"]


@contextmanager
def deaf() -> Iterator[str]:
    """An address that takes connections and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_processes_that_do_not_answer_are_named(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one that hangs nor one that is not there holds the page up."""
    with deaf() as hangs:
        monkeypatch.setenv("C5_LPR__FRAMES_URLS", json.dumps([hangs, "http://127.0.0.1:1"]))
        with serving(connections) as center:
            enrolled(center, "C-1")
            answer = center.operator(Role.OPERADOR).get("/api/cameras/C-1/frame.jpg")
    assert answer.status_code == 503
    assert "2 of 2 processes" in answer.json()["detail"]


def test_only_who_may_view_sees_frames(watched: tuple[RunningCenter, Watched]) -> None:
    """Nobody without a session."""
    center, _ = watched
    for path in ("/api/cameras", "/api/cameras/C-1/frame.jpg"):
        assert center.visitor().get(path).status_code == 401
