"""What every endpoint about plates needs: keys, who asks, and refusals as HTTP says them."""

from collections.abc import Callable
from typing import Annotated, ClassVar, Final, TypeVar

from fastapi import Depends, Request

from control_center.api.reading import on_connection
from control_center.audit.notes import address_of
from control_center.auth.guard import Who
from control_center.center import Center, CenterDep
from control_center.plates import keys
from control_center.plates.csvfile import NotAList
from control_center.plates.lists import SamePerson
from control_center.plates.people import Actor
from control_center.plates.searching import TooManySearches
from control_center.plates.words import NotAPlate
from control_center.problems import Forbidden, HttpRefusal
from core.errors import C5Error, ConfigError
from core.seal import KeyRing, WrongKey
from store.pool import Connection

T = TypeVar("T")


class InvalidPlate(HttpRefusal):
    """What was written is no plate, or no file of plates."""

    status: ClassVar[int] = 422
    reason = "not_a_plate"


class ByTheSamePerson(Forbidden):
    """Who proposed it may not approve it."""

    reason = "same_person"


class SearchedTooMuch(HttpRefusal):
    """Enough searches for now."""

    status: ClassVar[int] = 429
    reason = "too_many_searches"


_OVER_HTTP: Final[tuple[tuple[type[C5Error], type[C5Error]], ...]] = (
    (NotAPlate, InvalidPlate),
    (NotAList, InvalidPlate),
    (SamePerson, ByTheSamePerson),
    (WrongKey, ConfigError),
)


def _ring(center: CenterDep) -> KeyRing:
    return keys.needed(keys.ring(center.settings, center.connections.plates))


def _actor(request: Request, who: Who) -> Actor:
    return Actor(username=who.username, role=who.role.value, address=address_of(request))


Ring = Annotated[KeyRing, Depends(_ring)]
"""The keys; PlatesShut (503) where none is set."""
Asking = Annotated[Actor, Depends(_actor)]
"""Who asks, as the audit names them."""


async def committed(center: Center, work: Callable[[Connection], T]) -> T:
    """Answer `work(connection)` once it is committed, the audit with it; refusals as HTTP."""
    try:
        return await on_connection(center, work)
    except TooManySearches as exc:
        raise SearchedTooMuch(str(exc), retry_after_s=exc.retry_s) from exc
    except C5Error as exc:
        for kind, refusal in _OVER_HTTP:
            if isinstance(exc, kind):
                raise refusal(str(exc)) from exc
        raise
