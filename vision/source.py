"""A camera's frames on a thread of its own: the newest wins, and a dead stream is tried again.

The thread reads as fast as frames come and keeps one; whoever is slower than the camera takes the
newest and never finds a queue. Only where nothing may be lost (`Pace.ALL`, for recordings) does
the thread wait until each frame was taken. A live stream that fails is opened again after growing,
spread delays, and every change of its state is told once.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from core import clock
from core.clock import monotonic_s
from core.log import get
from devices.backoff import Backoff
from vision.feeds.feed import Feed, FeedFailed, FrameBroken, Shot, masked
from vision.feeds.opening import Place, open_feed

_STABLE_S: Final = 10.0
"""A stream that lived this long makes the next delay short again."""
_MOST_BROKEN: Final = 50
"""So many broken frames in a row, and the stream is as good as dead."""
_STOP_S: Final = 15.0
_log = get(__name__)


class Pace(StrEnum):
    """What becomes of frames that come faster than they are looked at."""

    NEWEST = "newest"
    """Older ones are dropped; a recording plays as it was taken."""
    ALL = "all"
    """None is dropped: a recording is read as fast as it is looked at."""


class Stream(StrEnum):
    """Where a source stands."""

    OPENING = "opening"
    UP = "up"
    DOWN = "down"
    ENDED = "ended"
    """A recording was read to its end."""
    FAILED = "failed"
    """A recording cannot be read, or ended before its time; nothing more will come."""

    @property
    def is_over(self) -> bool:
        """Nothing more will come."""
        return self in {Stream.ENDED, Stream.FAILED}


@dataclass(frozen=True, slots=True)
class State:
    """Where a source stands, and why."""

    stream: Stream
    why: str = ""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What has come so far."""

    frames: int = 0
    """Whole frames that came."""
    skipped: int = 0
    """Of those, the ones that a newer one replaced before anybody looked."""
    broken: int = 0
    downs: int = 0
    """Times the stream was lost, or could not be opened after it had been."""


def _possible(place: Place, wanted: Pace) -> Pace:
    """A live stream does not wait; a folder without a rate is no film that could play."""
    if place.is_live:
        return Pace.NEWEST
    return Pace.ALL if place.fps is None and place.path.is_dir() else wanted


def _ignore(*_: object) -> None:
    """Tell nobody."""


class Source:
    """A place's frames; start it, take them, stop it."""

    def __init__(
        self,
        place: Place,
        *,
        pace: Pace = Pace.NEWEST,
        repeat: bool = False,
        backoff: Backoff | None = None,
        opened: Callable[[Place], Feed] = open_feed,
        on_frame: Callable[[], None] = _ignore,
        on_state: Callable[[State], None] = _ignore,
    ) -> None:
        """Prepare; nothing is opened yet.

        repeat    begin a recording again when it has ended
        on_frame  something can be taken, or its state has changed; on the source's thread
        on_state  its state has changed; on the source's thread
        """
        self.place = place
        self.pace = _possible(place, pace)
        self.state = State(Stream.OPENING)
        self.tally = Tally()
        self.latest: Shot | None = None
        """The newest frame that came, looked at or not."""
        self._latest_s = 0.0
        self._repeat = repeat
        self._backoff = backoff or Backoff()
        self._open = opened
        self._on_frame = on_frame
        self._on_state = on_state
        self._changed = threading.Condition()
        self._waiting: Shot | None = None
        self._stopping = threading.Event()
        self._finished = threading.Event()
        self._feed: Feed | None = None
        self._broken_run = 0
        self._thread = threading.Thread(target=self._run, name="source", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Stop reading; what was not taken by then is gone."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)
            if self._thread.is_alive():  # a daemon: it holds up nothing
                _log.warning("source_hangs", url=masked(self.place.url))

    def ask_to_stop(self) -> None:
        """Let it end without waiting for that."""
        self._stopping.set()
        feed = self._feed
        if feed is not None:
            feed.cut()
        with self._changed:
            self._changed.notify_all()

    @property
    def has_frame(self) -> bool:
        """Whether `take` would answer one."""
        return self._waiting is not None

    @property
    def latest_age_s(self) -> float:
        """How long ago the newest frame came; whatever its date is."""
        return monotonic_s() - self._latest_s

    @property
    def is_drained(self) -> bool:
        """Whether nothing more can be taken, ever."""
        return self._waiting is None and self._finished.is_set()

    def take(self) -> Shot | None:
        """The frame that waits, unpacked; None: there is none, or it was broken."""
        with self._changed:
            shot, self._waiting = self._waiting, None
            self._changed.notify_all()
        if shot is None:
            return None
        try:
            image = shot.unpacked()
        except FrameBroken as exc:
            self._broke(exc)
            return None
        self._broken_run = 0
        return replace(shot, image=image)

    def frames(self) -> Iterator[Shot]:
        """Frames as they come, until there are no more or it is stopped."""
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._waiting or self.is_drained or self._stopping.is_set(), 1.0
                )
            shot = self.take()
            if shot is not None:
                yield shot
            elif self.is_drained or self._stopping.is_set():
                return

    def _run(self) -> None:
        try:
            self._read_on()
        finally:
            self._finished.set()
            with self._changed:
                self._changed.notify_all()

    def _read_on(self) -> None:
        while not self._stopping.is_set():
            began_s = monotonic_s()
            try:
                self._read_through()
                failure = None
            except FeedFailed as exc:
                failure = exc
            except Exception as exc:  # noqa: BLE001  one camera's oddity is not its neighbours'
                _log.exception("source_crashed", url=masked(self.place.url))
                failure = FeedFailed(f"{masked(self.place.url)}: {type(exc).__name__}; see the log")
            if self._stopping.is_set():
                return
            if failure is not None:
                if not self._lost(failure, monotonic_s() - began_s):
                    return
            elif not self._repeat:
                self._become(Stream.ENDED)
                return

    def _lost(self, exc: FeedFailed, lived_s: float) -> bool:
        """Tell of a failure; wait and answer True where another attempt makes sense."""
        if not self.place.is_live and not self.place.follow:
            self._become(Stream.FAILED, str(exc))
            return False
        if self.state.stream is Stream.UP and lived_s > _STABLE_S:
            self._backoff.reset()
        self.tally.downs += self.state.stream is not Stream.DOWN
        self._become(Stream.DOWN, str(exc))
        return not self._stopping.wait(self._backoff.next_s())

    def _read_through(self) -> None:
        """Open it and read to its end; FeedFailed where that is not reached."""
        feed = self._feed = self._open(self.place)
        clockwork = _Clockwork(self.place) if self._plays(feed) else None
        self._broken_run = 0
        try:
            while not self._stopping.is_set():
                self._refuse_garbage()
                try:
                    shot = feed.read()
                    if shot is None:
                        return
                    if self.state.stream is not Stream.UP:
                        shot.unpacked()  # only a stream that can be seen is up
                except FrameBroken as exc:
                    self._broke(exc)
                    continue
                if clockwork is not None:
                    shot, wait_s = clockwork.due(shot)
                    if self._stopping.wait(wait_s):
                        return
                self._give(shot)
        finally:
            self._feed = None
            feed.close()

    def _plays(self, feed: Feed) -> bool:
        """Whether it is a recording that plays as it was taken."""
        return feed.is_finite and self.pace is Pace.NEWEST

    def _give(self, shot: Shot) -> None:
        with self._changed:
            if self.pace is Pace.ALL:
                self._changed.wait_for(lambda: self._waiting is None or self._stopping.is_set())
                if self._stopping.is_set():
                    return
            self.tally.frames += 1
            self.tally.skipped += self._waiting is not None
            self._waiting = self.latest = shot
            self._latest_s = monotonic_s()
            self._changed.notify_all()
        if self.state.stream is not Stream.UP:
            self._become(Stream.UP)
        self._on_frame()

    def _broke(self, exc: FrameBroken) -> None:
        self.tally.broken += 1
        self._broken_run += 1
        if self._broken_run == 1:
            _log.warning("frame_broken", url=masked(self.place.url), cause=str(exc))

    def _refuse_garbage(self) -> None:
        if self._broken_run >= _MOST_BROKEN:
            raise FeedFailed(
                f"{masked(self.place.url)}: {_MOST_BROKEN} broken frames in a row; look at what "
                "the camera sends"
            )

    def _become(self, stream: Stream, why: str = "") -> None:
        before, self.state = self.state, State(stream, why)
        with self._changed:
            self._changed.notify_all()
        if before.stream is not stream:
            self._on_state(self.state)
            self._on_frame()


class _Clockwork:
    """When a recording's frames are due, and how they are dated."""

    def __init__(self, place: Place) -> None:
        self._keeps_dates = place.starts_at is not None
        self._began_s = monotonic_s()
        self._began_at = clock.utc_now()
        self._first: datetime | None = None

    def due(self, shot: Shot) -> tuple[Shot, float]:
        """The frame, and how long to wait for it, s; dated now unless the place gave its date."""
        self._first = self._first or shot.at
        into = shot.at - self._first
        wait_s = max(0.0, self._began_s + into.total_seconds() - monotonic_s())
        return shot if self._keeps_dates else replace(shot, at=self._began_at + into), wait_s


def open_source(url: str, *, pace: Pace = Pace.NEWEST) -> Source:
    """Begin to read a camera, a video or a folder; `frames` answers what comes."""
    source = Source(Place(url=url), pace=pace)
    source.start()
    return source
