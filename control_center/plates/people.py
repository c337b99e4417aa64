"""Who does something about plates, and its entry in the audit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from store import audit, faults
from store.audit import Entry
from store.pool import Connection

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person with an account, or C5 itself."""

    username: str
    role: str | None = None
    address: str | None = None
    """None: not over the network."""


ITSELF: Final = Actor(username=audit.ITSELF)


def whole(work: Callable[Concatenate[Connection, P], T]) -> Callable[Concatenate[Connection, P], T]:
    """Make a function on a connection one transaction, or one part of the caller's.

    What it does and its entry in the audit are stored together or not at all, whatever
    transactions the store's functions have of their own.
    """

    @wraps(work)
    def wrapped(conn: Connection, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with faults.translated("working on plates"), conn.transaction():
            return work(conn, *args, **kwargs)

    return wrapped


def note(
    conn: Connection,
    actor: Actor,
    at: datetime,
    action: str,
    about: tuple[str, int | str],
    reason: str | None = None,
    **detail: Any,
) -> int:
    """Append to the audit, in the transaction of what it tells of; answer the entry's number.

    about  what kind of thing it was done to, and which
    """
    return audit.append(
        conn,
        Entry(
            at=at,
            actor=actor.username,
            role=actor.role,
            action=action,
            object_kind=about[0],
            object_id=str(about[1]),
            reason=reason,
            detail=detail,
            address=actor.address,
        ),
    )
