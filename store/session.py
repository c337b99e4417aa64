"""Sessions of people, found by the hash of their token; ending one announces it."""

from datetime import datetime
from typing import Final, NamedTuple

from store import faults
from store.pool import AsyncPool

CHANNEL: Final = "c5_session"
"""Hears the hex token hash of every session that ends."""

_OPEN: Final = """
INSERT INTO session (token_hash, username, created_at, expires_at, address)
SELECT %(token_hash)s, username, %(now)s, %(expires_at)s, %(address)s
  FROM account WHERE username = %(username)s AND disabled_at IS NULL"""
_FIND: Final = """
SELECT username, name, role, expires_at
  FROM session JOIN account USING (username)
 WHERE token_hash = %(token_hash)s AND expires_at > %(now)s AND disabled_at IS NULL"""
_END: Final = "DELETE FROM session WHERE token_hash = %(token_hash)s"
_PURGE: Final = """
DELETE FROM session WHERE token_hash IN (
    SELECT token_hash FROM session WHERE expires_at <= %(now)s FOR UPDATE SKIP LOCKED)"""


class Found(NamedTuple):
    """Whose session it is, and until when."""

    username: str
    name: str
    role: str
    expires_at: datetime


async def open_(
    pool: AsyncPool,
    *,
    token_hash: bytes,
    username: str,
    now: datetime,
    expires_at: datetime,
    address: str,
) -> bool:
    """Begin a session, forgetting expired ones; False when the account was just shut."""
    with faults.translated("opening a session"):
        async with pool.connection() as conn, conn.transaction():
            await conn.execute(_PURGE, {"now": now})
            cur = await conn.execute(
                _OPEN,
                {
                    "token_hash": token_hash,
                    "username": username,
                    "now": now,
                    "expires_at": expires_at,
                    "address": address,
                },
            )
    return cur.rowcount == 1


async def find(pool: AsyncPool, token_hash: bytes, now: datetime) -> Found | None:
    """Read a live session; None when it expired, ended or never was."""
    with faults.translated("reading a session"):
        async with pool.connection() as conn:
            cur = await conn.execute(_FIND, {"token_hash": token_hash, "now": now})
            row = await cur.fetchone()
    return None if row is None else Found(**row)


async def end(pool: AsyncPool, token_hash: bytes) -> None:
    """End a session; ending it twice is no mistake."""
    with faults.translated("ending a session"):
        async with pool.connection() as conn:
            await conn.execute(_END, {"token_hash": token_hash})
