"""People who may log in. Their passwords are argon2 hashes before they come here.

Whoever logs in elsewhere (OpenID Connect) has no password, but an issuer and a subject there.
"""

import re
from datetime import datetime
from typing import Final, NamedTuple

from core.errors import Conflict, NotFound
from store import faults
from store.pool import AsyncConnection, AsyncPool, Connection

USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_COLUMNS: Final = "username, name, role, password_hash, disabled_at, created_at, issuer, subject"
_FIND: Final = f"SELECT {_COLUMNS} FROM account WHERE username = %s"  # noqa: S608  constants
_LIST: Final = f"SELECT {_COLUMNS} FROM account ORDER BY username"  # noqa: S608  constants
_ADD: Final = """
INSERT INTO account (username, name, role, password_hash) VALUES (%s, %s, %s, %s)
ON CONFLICT DO NOTHING"""
_RENEW: Final = """
UPDATE account SET password_hash = %(value)s, changed_at = now()
 WHERE username = %(username)s AND issuer IS NULL"""
_DISABLE: Final = """
UPDATE account SET disabled_at = coalesce(disabled_at, now()), changed_at = now()
 WHERE username = %(username)s"""
_ENABLE: Final = """
UPDATE account SET disabled_at = NULL, changed_at = now() WHERE username = %(username)s"""
_SET_ROLE: Final = """
UPDATE account SET role = %(value)s, changed_at = now() WHERE username = %(username)s"""
_SET_NAME: Final = """
UPDATE account SET name = %(value)s, changed_at = now() WHERE username = %(username)s"""
_BY_SUBJECT: Final = f"SELECT {_COLUMNS} FROM account WHERE issuer = %s AND subject = %s FOR UPDATE"  # noqa: S608  constants
_ADD_ELSEWHERE: Final = f"""
INSERT INTO account (username, name, role, issuer, subject)
VALUES (%(username)s, %(name)s, %(role)s, %(issuer)s, %(subject)s)
ON CONFLICT (username) DO NOTHING RETURNING {_COLUMNS}"""  # noqa: S608  constants
_FOLLOW: Final = f"""
UPDATE account SET name = %(name)s, role = %(role)s, changed_at = now()
 WHERE username = %(username)s RETURNING {_COLUMNS}"""  # noqa: S608  constants
_ADMINISTRADORES: Final = """
SELECT username FROM account
 WHERE role = 'administrador' AND disabled_at IS NULL ORDER BY username FOR UPDATE"""
_END_SESSIONS: Final = "DELETE FROM session WHERE username = %(username)s"
_REHASH: Final = """
UPDATE account SET password_hash = %(new)s
 WHERE username = %(username)s AND password_hash = %(old)s"""


class Account(NamedTuple):
    """One person."""

    username: str
    name: str
    role: str
    password_hash: str | None
    """None: it logs in elsewhere."""
    disabled_at: datetime | None
    created_at: datetime
    issuer: str | None = None
    subject: str | None = None


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


def get(conn: Connection, username: str) -> Account:
    """One person; NotFound when there is none."""
    with faults.translated("reading a user"):
        row = conn.execute(_FIND, (username,)).fetchone()
    if row is None:
        raise NotFound(f"no user {username[:80]!r}; see `c5 user list`")
    return Account(*row)


def keep_an_administrador(conn: Connection, username: str) -> None:
    """Conflict when this is the last administrador who may log in; locks them all meanwhile."""
    with faults.translated("counting administradores"):
        left = [name for (name,) in conn.execute(_ADMINISTRADORES)]
    if left == [username]:
        raise Conflict(
            f"{username} is the last administrador; make someone else one first, or nobody can "
            "give accounts any more"
        )


def set_role(conn: Connection, username: str, role: str) -> None:
    """Give another role; sessions end, so that nothing is left open under the old one."""
    _change(conn, _SET_ROLE, username, role)


def set_name(conn: Connection, username: str, name: str) -> None:
    """Correct a name; NotFound when there is no such person."""
    with faults.translated("changing a user"):
        done = conn.execute(_SET_NAME, {"username": username, "value": name})
    if done.rowcount == 0:
        raise NotFound(f"no user {username[:80]!r}; see `c5 user list`")


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


async def by_subject(conn: AsyncConnection, issuer: str, subject: str) -> Account | None:
    """Read who this is to an issuer, locked until the transaction ends; None: a stranger."""
    row = await (await conn.execute(_BY_SUBJECT, (issuer, subject))).fetchone()
    return None if row is None else Account(**row)


async def add_elsewhere(conn: AsyncConnection, new: Account) -> Account | None:
    """Add someone who logs in at an issuer; None when that username is somebody else's."""
    row = await (await conn.execute(_ADD_ELSEWHERE, new._asdict())).fetchone()
    return None if row is None else Account(**row)


async def follow(conn: AsyncConnection, username: str, *, name: str, role: str) -> Account:
    """Take over what the issuer says of someone now."""
    values = {"username": username, "name": name, "role": role}
    [row] = await (await conn.execute(_FOLLOW, values)).fetchall()
    return Account(**row)


async def set_own_password(conn: AsyncConnection, username: str, password_hash: str) -> None:
    """Replace a password by its owner's wish; the caller ends the other sessions."""
    await conn.execute(_RENEW, {"username": username, "value": password_hash})


async def rehash(pool: AsyncPool, username: str, *, old: str, new: str) -> None:
    """Strengthen a stored hash whose password is unchanged; sessions go on."""
    with faults.translated("renewing a password's hash"):
        async with pool.connection() as conn:
            await conn.execute(_REHASH, {"username": username, "old": old, "new": new})


def _change(conn: Connection, statement: str, username: str, value: str | None = None) -> None:
    values = {"username": username, "value": value}
    with faults.translated("changing a user"), conn.transaction():
        if conn.execute(statement.encode(), values).rowcount == 0:
            raise NotFound(f"no user {username[:80]!r}; see `c5 user list`")
        conn.execute(_END_SESSIONS, values)
