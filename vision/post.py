"""One camera's post: its stream, what is seen in it, and the voice that tells it.

A post whose camera is written wrongly, or whose networks are not the published ones, has a voice
all the same: it says so as a fault of its stream, and its neighbours never notice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from core.errors import C5Error
from core.log import get
from devices.link_loop import LinkLoop
from vision import telling
from vision.camera_link import CameraLink
from vision.config import Camera
from vision.feeds.feed import U8, masked
from vision.passage import Passage, Watcher
from vision.pipeline import Pipeline
from vision.source import Source, State, Stream

_log = get(__name__)


class Watching(Protocol):
    """What looks at a camera's frames (vision.passage.Watcher)."""

    def see(self, frame: U8, at: datetime) -> list[Passage]:
        """Look at the next frame; answer the passages that it completes."""

    def flush(self) -> list[Passage]:
        """Answer passages that were under way when the stream ended."""


Watch = Callable[[Camera], tuple[Watching, str]]
"""Makes what watches a camera, and says which networks it uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How one camera has fared."""

    device_id: str
    url: str
    """As it may be shown."""
    stream: str
    why: str
    """Why its stream is down; empty: it is not."""
    frames: int
    looked_at: int
    skipped: int
    """Frames that a newer one replaced before anybody looked."""
    broken: int
    downs: int
    passages: int
    published: int
    """Passages that the broker has."""
    held: int
    """Messages that wait for the broker."""
    dropped: int
    """Messages that a full box let go, ever."""


def watch(camera: Camera) -> tuple[Watching, str]:
    """The real thing: networks, tracks and votes."""
    pipeline = Pipeline(camera.view.region, models=camera.models)
    return Watcher(camera.view, pipeline), pipeline.version


class Post:
    """A camera that is watched, or that cannot be."""

    def __init__(self, link: CameraLink, loop: LinkLoop) -> None:
        self.device_id = link.device_id
        self.link = link
        self.source: Source | None = None
        self.passages = 0
        self.looked_at = 0
        self._loop = loop
        self._fault = ""
        self._watching: Watching | None = None
        self._flush_due = False

    def man(self, camera: Camera, watch: Watch, *, on_frame: Callable[["Post"], None]) -> None:
        """Prepare to watch; a camera that cannot be watched is told as a fault."""
        try:
            self._watching, version = watch(camera)
        except C5Error as exc:
            self.fail(str(exc))
            return
        self.link.firmware = f"c5-lpr {version}"
        self.source = Source(
            camera.place,
            pace=camera.pace,
            repeat=camera.repeat,
            on_frame=lambda: on_frame(self),
            on_state=self._stream_changed,
        )

    def fail(self, why: str) -> None:
        """Be unable to watch, and say so."""
        self._fault = why
        _log.error("camera_refused", device=self.device_id, cause=why)

    def start(self, delay_s: float) -> None:
        """Connect to the broker and to the camera; on the loop's thread."""
        self.link.start(delay_s)
        if self.source is not None:
            self.source.start()
        else:
            self.link.tell_stream(telling.STREAM_DOWN, self._fault)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be seen."""
        return self.source is None or (self.source.is_drained and not self._flush_due)

    # A turn of the crew's.

    @property
    def has_work(self) -> bool:
        """Whether a frame waits, or passages are to be ended."""
        return self._flush_due or (self.source is not None and self.source.has_frame)

    def turn(self) -> None:
        """Look at the newest frame; where the stream has ended, end what was under way."""
        source, watching = self.source, self._watching
        if source is None or watching is None:
            return
        shot = source.take()
        if shot is not None and shot.image is not None:
            self.looked_at += 1
            self._tell(watching.see(shot.image, shot.at))
        elif self._flush_due:
            self._flush_due = False
            self._tell(watching.flush())

    def finish(self) -> None:
        """End what was under way; after the crew has stopped."""
        if self._watching is not None:
            self._tell(self._watching.flush())

    def report(self) -> Report:
        """How it has fared."""
        source, outbox = self.source, self.link.agent.outbox
        tally: Any = None if source is None else source.tally
        return Report(
            device_id=self.device_id,
            url="" if source is None else masked(source.place.url),
            stream="refused" if source is None else source.state.stream.value,
            why=self._fault if source is None else source.state.why,
            frames=0 if tally is None else tally.frames,
            looked_at=self.looked_at,
            skipped=0 if tally is None else tally.skipped,
            broken=0 if tally is None else tally.broken,
            downs=0 if tally is None else tally.downs,
            passages=self.passages,
            published=self.link.published,
            held=outbox.held,
            dropped=outbox.dropped,
        )

    def _tell(self, passages: list[Passage]) -> None:
        for passage in passages:
            self.passages += 1
            self._loop.call(partial(self.link.tell, passage))

    def _stream_changed(self, state: State) -> None:
        """On the source's thread."""
        match state.stream:
            case Stream.UP:
                kind = telling.STREAM_UP
                _log.info("stream_up", device=self.device_id)
            case Stream.DOWN | Stream.FAILED:
                kind = telling.STREAM_DOWN
                _log.warning("stream_down", device=self.device_id, cause=state.why)
            case _:
                kind = ""
                _log.info("stream_ended", device=self.device_id)
        self._flush_due |= state.stream is not Stream.UP
        if kind:
            self._loop.call(lambda: self.link.tell_stream(kind, state.why))
