"""Who does something about plates, and its entry in the audit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from store import audit
from store.audit import Entry
from store.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person with an account, or C5 itself."""

    username: str
    role: str | None = None
    address: str | None = None
    """None: not over the network."""


ITSELF: Final = Actor(username=audit.ITSELF)


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
