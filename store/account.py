"""People who may log in. Their passwords are argon2 hashes before they come here."""

import re
from datetime import datetime
from typing import Final, NamedTuple

from core.errors import Conflict, NotFound
from store import faults
from store.pool import AsyncPool, Connection

USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_COLUMNS: Final = "username, name, role, password_hash, disabled_at, created_at"
_FIND: Final = f"SELECT {_COLUMNS} FROM account WHERE username = %s"  # noqa: S608  constants
_LIST: Final = f"SELECT {_COLUMNS} FROM account ORDER BY username"  # noqa: S608  constants
_ADD: Final = """
INSERT INTO account (username, name, role, password_hash) VALUES (%s, %s, %s, %s)
ON CONFLICT DO NOTHING"""
_RENEW: Final = """
UPDATE account SET password_hash = %(hash)s, changed_at = now() WHERE username = %(username)s"""
_DISABLE: Final = """
UPDATE account SET disabled_at = coalesce(disabled_at, now()), changed_at = now()
 WHERE username = %(username)s"""
_ENABLE: Final = """
UPDATE account SET disabled_at = NULL, changed_at = now() WHERE username = %(username)s"""
_END_SESSIONS: Final = "DELETE FROM session WHERE username = %(username)s"
_REHASH: Final = """
UPDATE account SET password_hash = %(new)s
 WHERE username = %(username)s AND password_hash = %(old)s"""


class Account(NamedTuple):
    """One person."""

    username: str
    name: str
    role: str
    password_hash: str
    disabled_at: datetime | None
    created_at: datetime


def add(conn: Connection, *, username: str, name: str, role: str, password_hash: str) -> None:
    """Add a person; Conflict when the name is taken."""
    with faults.translated("adding a user"):
        cur = conn.execute(_ADD, (username, name, role, password_hash))
    if cur.rowcount == 0:
        raise Conflict(
            f"user {username} exists; for a new password run `c5 user password {username}`"
        )


def listed(conn: Connection) -> list[Account]:
    """Everyone, by name."""
    with faults.translated("listing users"):
        return [Account(*row) for row in conn.execute(_LIST)]


def set_password(conn: Connection, username: str, password_hash: str) -> None:
    """Replace a password and end every session that the old one opened."""
    _change(conn, _RENEW, username, password_hash)


def disable(conn: Connection, username: str) -> None:
    """Shut a person out, now: their sessions end too."""
    _change(conn, _DISABLE, username)


def enable(conn: Connection, username: str) -> None:
    """Let a person in again."""
    _change(conn, _ENABLE, username)


async def find(pool: AsyncPool, username: str) -> Account | None:
    """Read one person; None when there is none."""
    with faults.translated("reading a user"):
        async with pool.connection() as conn:
            row = await (await conn.execute(_FIND, (username,))).fetchone()
    return None if row is None else Account(**row)


async def rehash(pool: AsyncPool, username: str, *, old: str, new: str) -> None:
    """Strengthen a stored hash whose password is unchanged; sessions go on."""
    with faults.translated("renewing a password's hash"):
        async with pool.connection() as conn:
            await conn.execute(_REHASH, {"username": username, "old": old, "new": new})


def _change(
    conn: Connection, statement: str, username: str, password_hash: str | None = None
) -> None:
    values = {"username": username, "hash": password_hash}
    with faults.translated("changing a user"), conn.transaction():
        if conn.execute(statement.encode(), values).rowcount == 0:
            raise NotFound(f"no user {username[:80]!r}; see `c5 user list`")
        conn.execute(_END_SESSIONS, values)
