"""API tokens: a keyed hash, the rights they carry, and until when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from store import faults
from store.pool import AsyncPool, Connection

_ADD: Final = """
INSERT INTO api_token (username, name, scopes, token_hash, created_at, expires_at)
VALUES (%(username)s, %(name)s, %(scopes)s, %(token_hash)s, %(created_at)s, %(expires_at)s)
RETURNING token_id"""
_FIND: Final = """
SELECT token_id, username, account.name, role, scopes, expires_at, used_at
  FROM api_token JOIN account USING (username)
 WHERE token_hash = %(token_hash)s AND expires_at > %(now)s AND revoked_at IS NULL
   AND disabled_at IS NULL"""
_TOUCH: Final = "UPDATE api_token SET used_at = %(now)s WHERE token_hash = %(token_hash)s"
_LIST: Final = """
SELECT token_id, name, scopes, created_at, expires_at, used_at, revoked_at
  FROM api_token WHERE username = %s ORDER BY token_id DESC"""
_REVOKE: Final = """
UPDATE api_token SET revoked_at = %(now)s
 WHERE username = %(username)s AND token_id = %(token_id)s AND revoked_at IS NULL"""

_REVOKE_ALL: Final = """
UPDATE api_token SET revoked_at = %(now)s WHERE username = %(username)s AND revoked_at IS NULL"""


class Found(NamedTuple):
    """Whose token it is, and what it may do."""

    token_id: int
    username: str
    name: str
    role: str
    scopes: list[str]
    expires_at: datetime
    used_at: datetime | None


class Listed(NamedTuple):
    """One token as its owner sees it."""

    token_id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def add(
    conn: Connection,
    *,
    username: str,
    name: str,
    scopes: Sequence[str],
    token_hash: bytes,
    created_at: datetime,
    expires_at: datetime,
) -> int:
    """Keep a token; answer its number."""
    values = {
        "username": username,
        "name": name,
        "scopes": list(scopes),
        "token_hash": token_hash,
        "created_at": created_at,
        "expires_at": expires_at,
    }
    with faults.translated("adding a token"):
        [(token_id,)] = conn.execute(_ADD, values).fetchall()
    return int(token_id)


async def find(
    pool: AsyncPool, token_hash: bytes, now: datetime, *, fresh: timedelta
) -> Found | None:
    """Read a live token, and note that it is used; None: expired, revoked or never there."""
    values = {"token_hash": token_hash, "now": now}
    with faults.translated("reading a token"):
        async with pool.connection() as conn:
            row = await (await conn.execute(_FIND, values)).fetchone()
            if row is not None and (row["used_at"] is None or row["used_at"] <= now - fresh):
                await conn.execute(_TOUCH, values)
    return None if row is None else Found(**row)


def listed(conn: Connection, username: str) -> list[Listed]:
    """A person's tokens, the newest first, the spent ones too."""
    with faults.translated("listing tokens"):
        return [Listed(*row) for row in conn.execute(_LIST, (username,))]


def revoke_all(conn: Connection, username: str, now: datetime) -> int:
    """End all tokens of a person; answer how many."""
    with faults.translated("revoking tokens"):
        return conn.execute(_REVOKE_ALL, {"username": username, "now": now}).rowcount


def revoke(conn: Connection, username: str, token_id: int, now: datetime) -> bool:
    """End a token; False when there is none of that number that still works."""
    values = {"username": username, "token_id": token_id, "now": now}
    with faults.translated("revoking a token"):
        return conn.execute(_REVOKE, values).rowcount == 1
