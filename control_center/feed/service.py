"""One LISTEN connection a process, from the database's commits to the hub.

On every (re)connect it listens first and reads afterwards, so nothing falls
between; then every screen starts over with a fresh snapshot. While the database
is away screens keep their picture and are told nothing new.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from statistics import median
from typing import Any, Final

import msgspec

from control_center.auth import pressed
from control_center.feed.hub import Change, Hub, Notice
from control_center.feed.presence import Watch
from core import clock, log
from core.clock import Clock
from core.errors import StoreError
from store import live, snapshot
from store.live import Heard
from store.pool import AsyncPool

_CHANNELS: Final = (live.CHANGES, live.REGISTRY, live.SESSIONS)
_TICK_S: Final = 1.0
_MANY_CHANGED: Final = 20
"""More registry changes than this at once are told by a snapshot, not one by one."""
_FIRST_RETRY_S: Final = 0.25
_MAX_RETRY_S: Final = 2.0
_LAG_SAMPLES: Final = 100
_LAG_STALE_S: Final = 60.0
_log = log.get(__name__)


class Feed:
    """The live feed of one process."""

    def __init__(self, pool: AsyncPool, database_url: str, *, now: Clock) -> None:
        self.hub = Hub()
        self.watch = Watch()
        self.is_live = False
        self.reconnects = 0
        self.notices = 0
        self._pool = pool
        self._url = database_url
        self._now = now
        self._touched: set[str] = set()
        self._lags_ms: deque[int] = deque(maxlen=_LAG_SAMPLES)
        self._lag_at_s = 0.0
        self._complaint = ""
        """What was last said to be wrong; the same is not said again and again."""

    @property
    def ingest_lag_ms(self) -> float | None:
        """Median time from arrival to commit of what was committed lately; None: nothing was."""
        if not self._lags_ms or clock.monotonic_s() - self._lag_at_s > _LAG_STALE_S:
            return None
        return median(self._lags_ms)

    async def run(self) -> None:
        """Listen for ever; a lost database is tried again with growing pauses."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick_for_ever())
            tasks.create_task(self._listen_for_ever())

    async def _listen_for_ever(self) -> None:
        retry_s = _FIRST_RETRY_S
        while True:
            try:
                async with live.listening(self._url, _CHANNELS) as heard:
                    await self._begin()
                    retry_s = _FIRST_RETRY_S
                    async for one in heard:
                        self._take(one)
            except StoreError as exc:
                if self.is_live or str(exc) != self._complaint:
                    _log.warning("live_feed_lost", cause=str(exc))
                self._complaint = str(exc)
                self.is_live = False
            await asyncio.sleep(retry_s)
            retry_s = min(_MAX_RETRY_S, retry_s * 2)
            self.reconnects += 1

    async def _begin(self) -> None:
        rows = await snapshot.everything(self._pool)
        self.watch.forget_all()
        self.watch.load(rows, self._now())
        self._touched.clear()
        self.is_live = True
        self.hub.start_over()
        _log.info("live_feed_up", devices=len(rows), screens=len(self.hub))

    def _take(self, heard: Heard) -> None:
        match heard.channel:
            case live.CHANGES:
                self._publish(heard.payload)
            case live.REGISTRY:
                self._touched.add(heard.payload)
            case live.SESSIONS:
                self.hub.end_sessions([bytes.fromhex(heard.payload)])

    def _publish(self, payload: str) -> None:
        try:
            said = msgspec.json.decode(payload, type=_Announced)
        except msgspec.DecodeError as exc:
            _log.warning("announcement_unreadable", cause=str(exc), size=len(payload))
            return
        self.notices += 1
        self._note_lag(said)
        changes = said.changes + self.watch.hear(said.changes, self._now())
        self.hub.publish(Notice(said.at, changes), self._unnamed(said.at, changes))

    def _unnamed(self, at_ms: int, changes: list[Change]) -> Notice | None:
        """The same without what may name who pressed a button; None: nothing may."""
        kept = [self._without_name(one) for one in changes]
        same = all(one is other for one, other in zip(kept, changes, strict=True))
        return None if same else Notice(at_ms, kept)

    def _without_name(self, change: Change) -> Change:
        if change.get("t") != "ev" or change.get("text") is None:
            return change
        kind = self.watch.kind(str(change.get("d")))
        if not pressed.may_name(kind, str(change.get("type"))):
            return change
        return change | {"text": None}

    def _note_lag(self, said: "_Announced") -> None:
        arrivals = [change["rx"] for change in said.changes if isinstance(change.get("rx"), int)]
        if arrivals:
            self._lags_ms.append(max(0, said.at - max(arrivals)))
            self._lag_at_s = clock.monotonic_s()

    async def _tick_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            if not self.is_live:
                continue
            try:
                await self._tell_registry()
            except StoreError as exc:
                _log.warning("registry_unread", cause=str(exc))
            self._tell(self.watch.tick(self._now()))

    async def _tell_registry(self) -> None:
        """Read devices whose registration changed, and tell the screens."""
        touched = list(self._touched)
        if not touched:
            return
        rows = await snapshot.some(self._pool, touched)
        self._touched.difference_update(touched)
        for gone in set(touched) - {row.device_id for row in rows}:
            self.watch.forget(gone)
        self.watch.load(rows, self._now())
        if len(touched) > _MANY_CHANGED:
            self.hub.start_over()
        else:
            self._tell([{"t": "dev", "d": device_id} for device_id in touched])

    def _tell(self, changes: Sequence[Change]) -> None:
        self.hub.publish(Notice(clock.epoch_us(self._now()) // 1000, list(changes)))


class _Announced(msgspec.Struct):
    """What ingest announces (store.announce)."""

    at: int
    changes: list[dict[str, Any]]
