"""Second factors: a sealed TOTP secret a person, and recovery codes as keyed hashes.

A code is good once: the step it belongs to is kept, and only a later one is taken. The row is
locked while that is decided, so two requests with one code cannot both win.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from store import faults
from store.pool import AsyncConnection, Connection

_BEGIN: Final = """
INSERT INTO second_factor AS f (username, sealed, created_at) VALUES (%s, %s, %s)
ON CONFLICT (username) DO UPDATE
   SET sealed = excluded.sealed, created_at = excluded.created_at, last_step = 0
 WHERE f.confirmed_at IS NULL"""
_LOCKED: Final = """
SELECT sealed, confirmed_at, last_step FROM second_factor WHERE username = %s FOR UPDATE"""
_TAKE: Final = """
UPDATE second_factor
   SET last_step = %(step)s, confirmed_at = coalesce(confirmed_at, %(now)s)
 WHERE username = %(username)s"""
_FORGET_CODES: Final = "DELETE FROM recovery_code WHERE username = %s"
_ADD_CODES: Final = "INSERT INTO recovery_code (username, code_hash) SELECT %s, unnest(%s::bytea[])"
_USE_CODE: Final = """
UPDATE recovery_code SET used_at = %(now)s
 WHERE username = %(username)s AND code_hash = %(code_hash)s AND used_at IS NULL"""
_LEFT: Final = "SELECT count(*) AS n FROM recovery_code WHERE username = %s AND used_at IS NULL"
_REMOVE: Final = "DELETE FROM second_factor WHERE username = %s"
_WITH_ONE: Final = "SELECT username FROM second_factor WHERE confirmed_at IS NOT NULL"


class Factor(NamedTuple):
    """A person's second factor."""

    sealed: bytes
    confirmed_at: datetime | None
    last_step: int


async def begin(conn: AsyncConnection, username: str, sealed: bytes, now: datetime) -> bool:
    """Keep a new secret until it is confirmed; False when a confirmed one is there."""
    return (await conn.execute(_BEGIN, (username, sealed, now))).rowcount == 1


async def locked(conn: AsyncConnection, username: str) -> Factor | None:
    """Read a person's factor, and let nobody else take a code meanwhile."""
    row = await (await conn.execute(_LOCKED, (username,))).fetchone()
    return None if row is None else Factor(**row)


async def take(conn: AsyncConnection, username: str, step: int, now: datetime) -> None:
    """Note the step whose code was shown; the first one confirms the factor."""
    await conn.execute(_TAKE, {"username": username, "step": step, "now": now})


async def renew_codes(conn: AsyncConnection, username: str, hashes: Sequence[bytes]) -> None:
    """Replace the recovery codes."""
    await conn.execute(_FORGET_CODES, (username,))
    await conn.execute(_ADD_CODES, (username, list(hashes)))


async def use_code(conn: AsyncConnection, username: str, code_hash: bytes, now: datetime) -> bool:
    """Spend a recovery code; False when it is none, or was spent."""
    values = {"username": username, "code_hash": code_hash, "now": now}
    return (await conn.execute(_USE_CODE, values)).rowcount == 1


async def codes_left(conn: AsyncConnection, username: str) -> int:
    """How many recovery codes are unspent."""
    [row] = await (await conn.execute(_LEFT, (username,))).fetchall()
    return int(row["n"])


async def remove(conn: AsyncConnection, username: str) -> bool:
    """Take a factor and its codes away; False when there is none."""
    return (await conn.execute(_REMOVE, (username,))).rowcount == 1


def reset(conn: Connection, username: str) -> bool:
    """Do what `remove` does, for who administers accounts."""
    with faults.translated("resetting a second factor"):
        return conn.execute(_REMOVE, (username,)).rowcount == 1


def who_has_one(conn: Connection) -> set[str]:
    """Usernames with a confirmed factor."""
    with faults.translated("listing second factors"):
        return {username for (username,) in conn.execute(_WITH_ONE)}
