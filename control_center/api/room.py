"""Do a control room's blocking work in turns of its own: no report makes an operator wait."""

from collections.abc import Callable
from typing import Final, TypeVar

from fastapi import Request

from control_center.api.turns import Turns
from control_center.audit.notes import address_of
from control_center.auth.sessions import Session
from control_center.center import Center
from control_center.plates.people import Actor
from store.pool import Connection

_TURNS: Final = Turns(
    "c5-room",
    at_once=8,
    waiting=200,
    busy="the room asks for too much at once; try again",
    retry_s=2.0,
)
T = TypeVar("T")


async def in_room(center: Center, work: Callable[[Connection], T]) -> T:
    """Answer `work(connection)`; what it wrote is committed. TooBusy when too many wait."""
    return await _TURNS.on_connection(center, work)


def actor(request: Request, who: Session) -> Actor:
    """Whoever does it, as the audit names them."""
    return Actor(username=who.username, role=who.role.value, address=address_of(request))
