"""Do blocking work for an endpoint: on one database connection, in a thread, a few at once.

Reports are read and printed by plain functions that commands and mails use too.
Here they get a connection of their own, whose statements are bounded in time.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from control_center.api.turns import Turns
from control_center.center import Center
from store import audit
from store.audit import Entry
from store.pool import Connection

_TURNS: Final = Turns(
    "c5-reports",
    at_once=4,
    waiting=64,
    busy="too many reports at once; try again",
    retry_s=5.0,
)
T = TypeVar("T")


async def on_connection(center: Center, work: Callable[[Connection], T]) -> T:
    """Answer `work(connection)`; what it wrote is committed. TooBusy when too many wait."""
    return await _TURNS.on_connection(center, work)


async def noted(center: Center, work: Callable[[Connection], T], told: Callable[[T], Entry]) -> T:
    """Answer `work(connection)`, with what it did told to the audit in the same transaction."""

    def done(conn: Connection) -> T:
        answer = work(conn)
        audit.append(conn, told(answer))
        return answer

    return await on_connection(center, done)


async def in_turn(work: Callable[[], T]) -> T:
    """Answer `work()`, done in a thread when its turn comes; TooBusy when too many wait."""
    return await _TURNS.take(work)
