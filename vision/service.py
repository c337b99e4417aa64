"""Watch many cameras in one process, and tell the broker who passed, as each camera's own device.

A thread a camera reads, a few threads look (vision.crew), one thread speaks (the link loop). What
is wrong with one camera is said as a fault of that camera and costs the others nothing. `stop`
ends what is under way, lets the outboxes empty for a while, and leaves on disk what the broker
did not take.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import cv2

from core.errors import C5Error, ConfigError
from core.log import get
from devices.broker import Login
from devices.link_loop import LinkLoop
from vision import post
from vision.camera_link import CameraLink
from vision.config import Camera, Refused
from vision.crew import Crew
from vision.feeds import video_feed
from vision.frame_server import FrameServer
from vision.post import Post, Report, Watch

OUTBOX_MESSAGES: Final = 10_000
_STARTS_PER_S: Final = 20
_TURN_S: Final = 0.2
_log = get(__name__)


class NothingToWatch(ConfigError):
    """Not one camera can be watched."""

    reason = "nothing_to_watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Where a service speaks and keeps, and with whose passwords."""

    mqtt_url: str
    passwords: Mapping[str, str]
    """By device id."""
    state_dir: Path
    ca_file: Path | None = None
    keepalive_s: int = 60
    outbox_messages: int = OUTBOX_MESSAGES
    hands: int = 1
    """Threads that run networks."""
    frames_host: str = "127.0.0.1"
    frames_port: int = 0
    """Where the latest frames are served; 0: any free port."""


class Service:
    """Cameras that are watched; start it, stop it."""

    def __init__(
        self, cameras: Sequence[Camera | Refused], wiring: Wiring, *, watch: Watch = post.watch
    ) -> None:
        """Prepare every camera that can be; NothingToWatch where there is none.

        watch  makes what looks at a camera's frames
        """
        video_feed.hush()
        cv2.setNumThreads(1)  # the crew is as wide as the cores are
        self._wiring = wiring
        self._loop = LinkLoop()
        self._crew = Crew(wiring.hands)
        self._running = True
        self._failure: BaseException | None = None
        self._last: list[Report] = []
        self.unheard: list[str] = []
        """Cameras that cannot even say what is wrong with them, and why."""
        self.posts: list[Post] = []
        for camera in cameras:
            self._man(camera, watch)
        if not any(one.source for one in self.posts):
            whys = [*self.unheard, *(one.report().why for one in self.posts)]
            self._close()
            raise NothingToWatch(f"no camera can be watched: {'; '.join(whys) or 'none is given'}")
        sources = {one.device_id: one.source for one in self.posts if one.source is not None}
        try:
            self.frames = FrameServer(sources, host=wiring.frames_host, port=wiring.frames_port)
        except C5Error:
            self._close()
            raise
        self._thread = threading.Thread(target=self._run, name="links", daemon=True)

    def start(self) -> None:
        """Connect to the broker and the cameras, and begin to look."""
        self.frames.start()
        self._crew.start()
        for number, one in enumerate(self.posts):
            self._loop.call(partial(one.start, number / _STARTS_PER_S))
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether an error of ours has ended it; `stop` raises it."""
        return self._failure is not None

    @property
    def is_over(self) -> bool:
        """Whether all that can be seen was seen: every source was a recording that has ended."""
        return all(one.is_over for one in self.posts) and self._crew.is_idle

    def reports(self) -> list[Report]:
        """How every camera has fared so far; from any thread."""
        return [one.report() for one in self.posts]

    def stop(self, *, drain_s: float = 10.0) -> list[Report]:
        """End it; passages under way are told, and what the broker does not take in time is kept.

        Answers the final reports.
        """
        if self._running:
            for one in self.posts:
                if one.source is not None:
                    one.source.ask_to_stop()
            for one in self.posts:
                if one.source is not None:
                    one.source.stop()
            self._crew.stop()
            for one in self.posts:
                one.finish()
            self._loop.call(self._leave)
            self._thread.join(drain_s)
            self._loop.call(self._abandon)
            self._thread.join()
            self.frames.stop()
            self._last = self.reports()
            self._close()
        if self._failure is not None:
            raise self._failure
        return self._last

    def _man(self, camera: Camera | Refused, watch: Watch) -> None:
        device_id = camera.device_id
        why = camera.why if isinstance(camera, Refused) else ""
        password = self._wiring.passwords.get(device_id or "")
        if device_id is None or password is None:
            lacks = f"{device_id} has no password; enrol it with `c5 device add`"
            self._unheard(device_id, why or lacks)
            return
        login = Login(
            url=self._wiring.mqtt_url,
            username=device_id,
            password=password,
            ca_file=self._wiring.ca_file,
        )
        try:
            link = CameraLink(
                self._loop,
                login,
                state_dir=self._wiring.state_dir,
                outbox_messages=self._wiring.outbox_messages,
                keepalive_s=self._wiring.keepalive_s,
            )
        except C5Error as exc:
            self._unheard(device_id, str(exc))
            return
        one = Post(link, self._loop)
        self.posts.append(one)
        if isinstance(camera, Refused):
            one.fail(why)
        else:
            one.man(camera, watch, on_frame=self._crew.offer)

    def _unheard(self, device_id: str | None, why: str) -> None:
        self.unheard.append(why)
        _log.error("camera_refused", device=device_id, cause=why)

    def _run(self) -> None:
        try:
            while self._running or not all(one.link.agent.is_gone for one in self.posts):
                self._loop.turn(_TURN_S)
        except BaseException as exc:  # noqa: BLE001  raised again by stop
            self._failure = exc
            _log.error("links_failed", cause=repr(exc))

    def _close(self) -> None:
        self._loop.close()
        for one in self.posts:
            one.link.close()

    def _leave(self) -> None:
        self._running = False
        for one in self.posts:
            one.link.agent.start()
            one.link.agent.leave()

    def _abandon(self) -> None:
        for one in self.posts:
            one.link.agent.link.sever(stay_away=True)
