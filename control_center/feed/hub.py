"""Fan one stream of changes out to every screen, none of which can hold up another.

Each screen has a short queue of frames, encoded once for all. A screen that
falls behind gets its backlog merged, newest state a device; one that cannot even
keep that, or missed something, gets a fresh snapshot instead. So what a slow
screen costs is bounded, and what it shows is late but never wrong.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec

MAX_FRAMES: Final = 32
"""Frames a screen may be behind before its backlog is merged."""
MAX_MERGED: Final = 20_000
"""Merged changes a screen may be behind before it starts over."""

Change = dict[str, Any]
_OF: Final = {"al": "alarm", "in": "incident"}


class Notice(NamedTuple):
    """Changes that became true together."""

    at_ms: int
    changes: list[Change]


class Take(NamedTuple):
    """What a screen shall be sent next."""

    start_over: bool
    frames: list[bytes]


class Subscriber:
    """One screen's place in the stream."""

    def __init__(self, session: bytes, *, sees_person: bool = False) -> None:
        self.session = session
        self.sees_person = sees_person
        """It may know who pressed a panic button."""
        self.ended = False
        """Its session is over."""
        self.closed = False
        """The service stops: it shall come back elsewhere, or later."""
        self._start_over = False
        self._frames: deque[tuple[Notice, bytes]] = deque()
        self._merged: dict[tuple[str, ...], Change] | None = None
        self._merged_at_ms = 0
        self._wake = asyncio.Event()

    @property
    def backlog(self) -> int:
        """Frames and merged changes that wait for it."""
        return len(self._frames) + len(self._merged or ())

    def offer(self, notice: Notice, frame: bytes) -> None:
        """Queue a notice; never waits, never grows without bound."""
        if self._start_over:
            return
        if self._merged is None and len(self._frames) < MAX_FRAMES:
            self._frames.append((notice, frame))
        else:
            if self._merged is None:
                self._merged = {}
                while self._frames:
                    self._merge(self._frames.popleft()[0])
            self._merge(notice)
            if len(self._merged) > MAX_MERGED:
                self.start_over()
        self._wake.set()

    def start_over(self) -> None:
        """Drop the backlog; the next thing it gets is a snapshot."""
        self._start_over = True
        self._frames.clear()
        self._merged = None
        self._wake.set()

    def end(self) -> None:
        """Its session is over."""
        self.ended = True
        self._wake.set()

    def close(self) -> None:
        """The service stops."""
        self.closed = True
        self._wake.set()

    async def take(self, timeout_s: float) -> Take:
        """Wait for something to send, at most so long; answer all of it."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        except TimeoutError:
            return Take(start_over=False, frames=[])
        self._wake.clear()
        start_over, self._start_over = self._start_over, False
        frames = [frame for _, frame in self._frames]
        self._frames.clear()
        if self._merged is not None:
            frames.append(encode(Notice(self._merged_at_ms, list(self._merged.values()))))
            self._merged = None
        return Take(start_over, frames)

    def _merge(self, notice: Notice) -> None:
        self._merged_at_ms = notice.at_ms
        merged = self._merged if self._merged is not None else {}
        for change in notice.changes:
            key = _key(change)
            known = merged.pop(key, None)
            merged[key] = change if known is None else _joined(known, change)


class Hub:
    """Every screen of this process."""

    def __init__(self) -> None:
        self._subscribers: set[Subscriber] = set()

    def __len__(self) -> int:
        return len(self._subscribers)

    @property
    def backlog(self) -> int:
        """What waits for all screens together."""
        return sum(subscriber.backlog for subscriber in self._subscribers)

    def of_session(self, session: bytes) -> int:
        """How many screens one session has open."""
        return sum(subscriber.session == session for subscriber in self._subscribers)

    def join(self, session: bytes, *, sees_person: bool = False) -> Subscriber:
        """Begin to hear everything that it may; `leave` ends it."""
        subscriber = Subscriber(session, sees_person=sees_person)
        self._subscribers.add(subscriber)
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """Hear nothing more."""
        self._subscribers.discard(subscriber)

    def publish(self, notice: Notice, unnamed: Notice | None = None) -> None:
        """Offer a notice to every screen.

        unnamed  the same for those who may not know who pressed a panic button; None: as it is
        """
        if not notice.changes or not self._subscribers:
            return
        frame = encode(notice)
        other, other_frame = (notice, frame) if unnamed is None else (unnamed, encode(unnamed))
        for subscriber in self._subscribers:
            if subscriber.sees_person:
                subscriber.offer(notice, frame)
            else:
                subscriber.offer(other, other_frame)

    def start_over(self) -> None:
        """Make every screen begin with a fresh snapshot."""
        for subscriber in self._subscribers:
            subscriber.start_over()

    def end_sessions(self, sessions: Iterable[bytes]) -> None:
        """End the screens of these sessions."""
        over = set(sessions)
        for subscriber in self._subscribers:
            if subscriber.session in over:
                subscriber.end()

    def close(self) -> None:
        """End every stream: the service stops."""
        for subscriber in self._subscribers:
            subscriber.close()


def encode(notice: Notice) -> bytes:
    """Write a notice as the data of a `change` event."""
    return msgspec.json.encode({"committed_at": notice.at_ms, "changes": notice.changes})


def _key(change: Change) -> tuple[str, ...]:
    """What a later change replaces: the same aspect of the same device; events stay apart.

    Of an alarm or an incident the newer row replaces the older; numbers of a storm do as well.
    """
    aspect, device_id = str(change.get("t")), str(change.get("d"))
    if aspect in ("al", "in"):
        return aspect, str(change.get(aspect, {}).get(f"{_OF[aspect]}_id"))
    if aspect == "ev":
        return aspect, device_id, str(change.get("at")), str(change.get("type"))
    return aspect, device_id


def _joined(known: Change, newer: Change) -> Change:
    """What both say together: values by metric, passages summed, else the newer."""
    match newer.get("t"):
        case "val":
            flags = {
                metric: bits
                for metric, bits in known.get("f", {}).items()
                if metric not in newer["m"]
            }
            return newer | {"m": known["m"] | newer["m"], "f": flags | newer.get("f", {})}
        case "pl":
            ways = {
                way: known.get("dir", {}).get(way, 0) + newer.get("dir", {}).get(way, 0)
                for way in known.get("dir", {}) | newer.get("dir", {})
            }
            return newer | {"n": known["n"] + newer["n"], "dir": ways}
    return newer
