"""Blocking work in threads, a few at once; who would wait too long is told so.

Each kind of work has turns of its own. Connections are made for one piece of work, and their
statements are bounded in time.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from control_center.center import Center
from control_center.problems import TooBusy
from store import pool, run_view
from store.pool import Connection

T = TypeVar("T")


class Turns:
    """Of one kind of work.

    application  what its database connections are called
    busy         what is said when too many wait
    """

    def __init__(
        self, application: str, *, at_once: int, waiting: int, busy: str, retry_s: float
    ) -> None:
        self._application = application
        self._at_once, self._waiting = at_once, waiting
        self._busy, self._retry_s = busy, retry_s
        self._turn: RunVar[anyio.CapacityLimiter] = RunVar(f"{application}-turn")

    async def take(self, work: Callable[[], T]) -> T:
        """Answer `work()`, done in a thread when its turn comes; TooBusy when too many wait."""
        turn = self._limiter()
        if turn.statistics().tasks_waiting >= self._waiting:
            raise TooBusy(self._busy, retry_after_s=self._retry_s)
        return await anyio.to_thread.run_sync(work, limiter=turn)

    async def on_connection(self, center: Center, work: Callable[[Connection], T]) -> T:
        """Answer `work(connection)`; what it wrote is committed. TooBusy when too many wait."""
        return await self.take(partial(self._worked, center, work))

    def _worked(self, center: Center, work: Callable[[Connection], T]) -> T:
        url = center.connections.database_url
        with pool.connect(url, application=self._application) as conn:
            run_view.bound(conn, center.settings.database.statement_timeout_s)
            return work(conn)

    def _limiter(self) -> anyio.CapacityLimiter:
        """The limiter of this event loop."""
        try:
            return self._turn.get()
        except LookupError:
            limiter = anyio.CapacityLimiter(self._at_once)
            self._turn.set(limiter)
            return limiter
