"""Do a control room's blocking work in turns of its own: no report makes an operator wait."""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar
from fastapi import Request

from control_center.audit.notes import address_of
from control_center.auth.sessions import Session
from control_center.center import Center
from control_center.plates.people import Actor
from control_center.problems import TooBusy
from store import pool, run_view
from store.pool import Connection

_AT_ONCE: Final = 8
_WAITING: Final = 200
_RETRY_S: Final = 2.0
_TURN: Final[RunVar[anyio.CapacityLimiter]] = RunVar("c5_room_turn")
T = TypeVar("T")


async def in_room(center: Center, work: Callable[[Connection], T]) -> T:
    """Answer `work(connection)`; what it wrote is committed. TooBusy when too many wait."""
    turn = _turn()
    if turn.statistics().tasks_waiting >= _WAITING:
        raise TooBusy("the room asks for too much at once; try again", retry_after_s=_RETRY_S)
    return await anyio.to_thread.run_sync(partial(_worked, center, work), limiter=turn)


def actor(request: Request, who: Session) -> Actor:
    """Whoever does it, as the audit names them."""
    return Actor(username=who.username, role=who.role.value, address=address_of(request))


def _worked(center: Center, work: Callable[[Connection], T]) -> T:
    with pool.connect(center.connections.database_url, application="c5-room") as conn:
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
