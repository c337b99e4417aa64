"""One screen's server-sent events: a snapshot, then changes, a heartbeat, a goodbye.

It joins the hub before it reads the snapshot, so a change is in one or both of
them, never in neither. It ends with the session: at once on logout, and by the
clock on expiry.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Final

import msgspec

from control_center.auth.rights import Right
from control_center.auth.sessions import Session, Sessions
from control_center.feed.hub import Hub, Subscriber
from control_center.feed.pictures import Pictures
from core import clock, log
from core.clock import Clock
from core.errors import StoreError

HEARTBEAT_S: Final = 5.0
_ALIVE_S: Final = 60.0
"""An open stream uses its session so often: a wall of screens must not go dark."""
_log = log.get(__name__)


@dataclass
class _Looked:
    """When a stream last saw that its session lives, monotonic."""

    at_s: float


class Streams:
    """Make streams over one hub."""

    def __init__(self, hub: Hub, pictures: Pictures, sessions: Sessions, now: Clock) -> None:
        self._hub = hub
        self._pictures = pictures
        self._sessions = sessions
        self._now = now
        self._ids = count(clock.epoch_us(now()) // 1000)
        """Begins with the time, so that it grows across restarts as well."""

    async def events(self, session: Session) -> AsyncIterator[bytes]:
        """Yield one screen's events until its session ends or it leaves."""
        may = session.may(Right.PANIC)
        subscriber = self._hub.join(session.token_hash, sees_person=may)
        try:
            subscriber.start_over()
            async for event in self._until_over(subscriber, session):
                yield event
        finally:
            self._hub.leave(subscriber)

    async def _until_over(self, subscriber: Subscriber, session: Session) -> AsyncIterator[bytes]:
        beat_s = clock.monotonic_s()
        looked = _Looked(beat_s)
        while True:
            taken = await subscriber.take(max(0.0, beat_s + HEARTBEAT_S - clock.monotonic_s()))
            if subscriber.closed:
                return
            if subscriber.ended or not await self._goes_on(session, looked):
                yield self._event("bye", b"{}")
                return
            if taken.start_over:
                try:
                    if not await self._sessions.is_alive(session):
                        yield self._event("bye", b"{}")
                        return
                    yield self._event("snapshot", await self._pictures.fresh())
                except StoreError as exc:
                    _log.warning("snapshot_failed", cause=str(exc))
                    return  # the screen reconnects, and begins with a snapshot
            for frame in taken.frames:
                yield self._event("change", frame)
            if clock.monotonic_s() >= beat_s + HEARTBEAT_S:
                beat_s = clock.monotonic_s()
                now_ms = clock.epoch_us(self._now()) // 1000
                yield self._event("heartbeat", msgspec.json.encode({"now": now_ms}))

    async def _goes_on(self, session: Session, looked: "_Looked") -> bool:
        """Whether the session still lives; while the database is away, nobody can say no."""
        if self._now() >= session.expires_at:
            return False
        if clock.monotonic_s() < looked.at_s + _ALIVE_S:
            return True
        looked.at_s = clock.monotonic_s()
        try:
            return await self._sessions.is_alive(session)
        except StoreError as exc:
            _log.warning("session_unchecked", cause=str(exc))
            return True

    def _event(self, name: str, data: bytes) -> bytes:
        return b"event: %b\nid: %d\ndata: %b\n\n" % (name.encode(), next(self._ids), data)
