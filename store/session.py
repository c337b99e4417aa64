"""Sessions of people, found by the hash of their token; ending one announces it."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from store import faults
from store.pool import AsyncConnection, AsyncPool, Connection

CHANNEL: Final = "c5_session"
"""Hears the hex token hash of every session that ends."""
AGENT_CHARS: Final = 200

_OPEN: Final = """
INSERT INTO session (token_hash, username, created_at, seen_at, expires_at, address, agent,
                     factor_at)
SELECT %(token_hash)s, username, %(now)s, %(now)s, %(expires_at)s, %(address)s, %(agent)s,
       %(factor_at)s
  FROM account WHERE username = %(username)s AND disabled_at IS NULL"""
_FIND: Final = """
SELECT session_id, username, name, role, expires_at, seen_at, factor_at,
       confirmed_at IS NOT NULL AS has_factor, password_hash IS NULL AS elsewhere
  FROM session JOIN account USING (username) LEFT JOIN second_factor USING (username)
 WHERE token_hash = %(token_hash)s AND expires_at > %(now)s AND seen_at > %(idle_since)s
   AND disabled_at IS NULL"""
_TOUCH: Final = "UPDATE session SET seen_at = %(now)s WHERE token_hash = %(token_hash)s"
_PASSED: Final = "UPDATE session SET factor_at = %(now)s WHERE token_hash = %(token_hash)s"
_END: Final = "DELETE FROM session WHERE token_hash = %(token_hash)s"
_PURGE: Final = """
DELETE FROM session WHERE token_hash IN (
    SELECT token_hash FROM session WHERE expires_at <= %(now)s OR seen_at <= %(idle_since)s
       FOR UPDATE SKIP LOCKED)"""
_LIST: Final = """
SELECT session_id, created_at, seen_at, expires_at, address, agent, factor_at
  FROM session
 WHERE username = %(username)s AND expires_at > %(now)s AND seen_at > %(idle_since)s
 ORDER BY seen_at DESC"""
_END_ONE: Final = (
    "DELETE FROM session WHERE username = %(username)s AND session_id = %(session_id)s"
)
_END_OTHERS: Final = "DELETE FROM session WHERE username = %s AND session_id <> %s"
_END_ALL: Final = "DELETE FROM session WHERE username = %s"


class Found(NamedTuple):
    """Whose session it is, and until when."""

    session_id: int
    username: str
    name: str
    role: str
    expires_at: datetime
    seen_at: datetime
    factor_at: datetime | None
    """When the second factor was shown; None: not in this session."""
    has_factor: bool
    """Whether the account has one."""
    elsewhere: bool
    """Whether the account logs in at an issuer."""


class Open(NamedTuple):
    """One session as its owner sees it."""

    session_id: int
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    factor_at: datetime | None


class New(NamedTuple):
    """A session that begins."""

    token_hash: bytes
    username: str
    now: datetime
    expires_at: datetime
    address: str
    agent: str
    factor_at: datetime | None = None


async def open_(conn: AsyncConnection, new: New, idle: timedelta) -> bool:
    """Begin a session, forgetting those that are over; False when the account was just shut."""
    await conn.execute(_PURGE, {"now": new.now, "idle_since": new.now - idle})
    return (await conn.execute(_OPEN, new._asdict())).rowcount == 1


async def find(
    pool: AsyncPool, token_hash: bytes, now: datetime, *, idle: timedelta, fresh: timedelta
) -> Found | None:
    """Read a live session, and note that it is used; None: expired, idle, ended, never there.

    fresh  a session that was seen so lately is not noted again
    """
    values = {"token_hash": token_hash, "now": now, "idle_since": now - idle}
    with faults.translated("reading a session"):
        async with pool.connection() as conn:
            row = await (await conn.execute(_FIND, values)).fetchone()
            if row is not None and row["seen_at"] <= now - fresh:
                await conn.execute(_TOUCH, values)
    return None if row is None else Found(**row)


async def passed(conn: AsyncConnection, token_hash: bytes, now: datetime) -> None:
    """Note that a session's person showed the second factor."""
    await conn.execute(_PASSED, {"token_hash": token_hash, "now": now})


async def end(conn: AsyncConnection, token_hash: bytes) -> None:
    """End a session; ending it twice is no mistake."""
    await conn.execute(_END, {"token_hash": token_hash})


async def end_others(conn: AsyncConnection, username: str, session_id: int) -> int:
    """End all sessions of a person but one; answer how many."""
    return (await conn.execute(_END_OTHERS, (username, session_id))).rowcount


def listed(conn: Connection, username: str, now: datetime, idle: timedelta) -> list[Open]:
    """A person's live sessions, the last used first."""
    values = {"username": username, "now": now, "idle_since": now - idle}
    with faults.translated("listing sessions"):
        return [Open(*row) for row in conn.execute(_LIST, values)]


def end_one(conn: Connection, username: str, session_id: int) -> bool:
    """End one session of a person; False when it is not there any more."""
    with faults.translated("ending a session"):
        cur = conn.execute(_END_ONE, {"username": username, "session_id": session_id})
    return cur.rowcount == 1


def end_all(conn: Connection, username: str) -> int:
    """End every session of a person; answer how many."""
    with faults.translated("ending sessions"):
        return conn.execute(_END_ALL, (username,)).rowcount
