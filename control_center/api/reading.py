"""Do blocking work for an endpoint: on one database connection, in a thread, a few at once.

Reports are read and printed by plain functions that commands and mails use too.
Here they get a connection of their own, whose statements are bounded in time.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from control_center.center import Center
from control_center.problems import TooBusy
from store import audit, pool, run_view
from store.audit import Entry
from store.pool import Connection

_AT_ONCE: Final = 4
_WAITING: Final = 64
_RETRY_S: Final = 5.0
_TURN: Final[RunVar[anyio.CapacityLimiter]] = RunVar("c5_report_turn")
T = TypeVar("T")


async def on_connection(center: Center, work: Callable[[Connection], T]) -> T:
    """Answer `work(connection)`; what it wrote is committed. TooBusy when too many wait."""
    return await in_turn(partial(_worked, center, work))


async def noted(center: Center, work: Callable[[Connection], T], told: Callable[[T], Entry]) -> T:
    """Answer `work(connection)`, with what it did told to the audit in the same transaction."""

    def done(conn: Connection) -> T:
        answer = work(conn)
        audit.append(conn, told(answer))
        return answer

    return await on_connection(center, done)


async def in_turn(work: Callable[[], T]) -> T:
    """Answer `work()`, done in a thread when its turn comes; TooBusy when too many wait."""
    turn = _turn()
    if turn.statistics().tasks_waiting >= _WAITING:
        raise TooBusy("too many reports at once; try again", retry_after_s=_RETRY_S)
    return await anyio.to_thread.run_sync(work, limiter=turn)


def _worked(center: Center, work: Callable[[Connection], T]) -> T:
    with pool.connect(center.connections.database_url, application="c5-reports") as conn:
        run_view.bound(conn, center.settings.database.statement_timeout_s)
        return work(conn)


def _turn() -> anyio.CapacityLimiter:
    """The limiter of this event loop."""
    try:
        return _TURN.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(_AT_ONCE)
        _TURN.set(limiter)
        return limiter
