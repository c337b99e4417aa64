"""Note in the audit what an endpoint or a command does, in the transaction that does it.

An endpoint on a connection of its own (`on_connection`) makes an entry with
`entry(...)` and hands it to `store.audit.append`; one on the pool awaits `note`.
Append last: the audit's lock is held until the transaction ends.
"""

from typing import Any

from fastapi import Request

from control_center.auth.sessions import Session
from control_center.center import center_of
from store import audit
from store.audit import Entry
from store.pool import AsyncConnection

UNKNOWN: str = "unknown"


async def note(
    conn: AsyncConnection,
    session: Session,
    request: Request,
    action: str,
    object_kind: str,
    object_id: str | int,
    /,
    reason: str | None = None,
    **detail: Any,
) -> int:
    """Append what a session does, inside the caller's transaction; answer the entry's number."""
    made = entry(session, request, action, object_kind, object_id, reason, **detail)
    return await audit.append_async(conn, made)


def entry(
    session: Session,
    request: Request,
    action: str,
    object_kind: str,
    object_id: str | int,
    /,
    reason: str | None = None,
    **detail: Any,
) -> Entry:
    """Make the entry of what a session does, for a thread that appends it."""
    return Entry(
        at=center_of(request).clock(),
        actor=session.username,
        role=session.role.value,
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        reason=reason,
        detail=detail,
        address=address_of(request),
    )


def address_of(request: Request) -> str:
    """Where a request came from."""
    return request.client.host if request.client else UNKNOWN
