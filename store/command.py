"""Commands as they were issued, and the acknowledgement each got."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from store import faults
from store.pool import AsyncPool, Connection

_INSERT: Final = """
INSERT INTO command (command_id, device_id, name, args, issued_at, issued_by, expires_at)
VALUES (%(command_id)s, %(device_id)s, %(name)s, %(args)s, %(issued_at)s, %(issued_by)s,
        %(expires_at)s)"""
_FAIL: Final = "UPDATE command SET failure = %s WHERE command_id = %s"
_SELECT: Final = """
SELECT c.command_id, c.name, c.args, c.issued_at, c.issued_by, c.expires_at, c.failure,
       a.ok, a.detail, a.received_at AS answered_at
  FROM command c
  LEFT JOIN LATERAL (
       SELECT ok, detail, received_at FROM ack
        WHERE ack.command_id = c.command_id AND ack.device_id = c.device_id
        ORDER BY measured_at DESC, seq DESC LIMIT 1) a ON true
"""
_LIST: Final = f"{_SELECT} WHERE c.device_id = %s ORDER BY c.issued_at DESC LIMIT %s"
_GET: Final = f"{_SELECT} WHERE c.command_id = %s"


class Issued(NamedTuple):
    """One command and what came of it; None: nothing yet."""

    command_id: str
    name: str
    args: dict[str, Any]
    issued_at: datetime
    issued_by: str
    expires_at: datetime | None
    failure: str | None
    ok: bool | None
    detail: str | None
    answered_at: datetime | None


def insert(
    conn: Connection,
    *,
    command_id: str,
    device_id: str,
    name: str,
    args: dict[str, object],
    issued_at: datetime,
    issued_by: str,
    expires_at: datetime,
) -> None:
    """Record a command before it is sent."""
    with faults.translated("recording a command"):
        conn.execute(
            _INSERT,
            {
                "command_id": command_id,
                "device_id": device_id,
                "name": name,
                "args": msgspec.json.encode(args).decode(),
                "issued_at": issued_at,
                "issued_by": issued_by,
                "expires_at": expires_at,
            },
        )


def note_failure(conn: Connection, command_id: str, failure: str) -> None:
    """Record why a command did not reach the broker, or nobody heard it there."""
    with faults.translated("recording a command's failure"):
        conn.execute(_FAIL, (failure, command_id))


def get(conn: Connection, command_id: str) -> Issued | None:
    """Read one command."""
    with faults.translated("reading a command"):
        row = conn.execute(_GET, (command_id,)).fetchone()
    return None if row is None else Issued(*row)


async def newest(pool: AsyncPool, device_id: str, *, limit: int) -> list[Issued]:
    """Read a device's commands, newest first."""
    with faults.translated("listing commands"):
        async with pool.connection() as conn:
            return [Issued(**row) async for row in await conn.execute(_LIST, (device_id, limit))]
