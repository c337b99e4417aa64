"""Failed logins, counted by account and by address until they are forgotten."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from store import faults
from store.pool import AsyncConnection, AsyncPool

_READ: Final = """
SELECT subject, failures, last_at FROM login_failure
 WHERE subject = ANY(%(subjects)s) AND last_at > %(since)s"""
_COUNT: Final = """
INSERT INTO login_failure AS f (subject, failures, last_at)
SELECT subject, 1, %(now)s FROM unnest(%(subjects)s::bytea[]) AS subject ORDER BY subject
ON CONFLICT (subject) DO UPDATE SET
    failures = CASE WHEN f.last_at > %(since)s THEN f.failures + 1 ELSE 1 END,
    last_at = excluded.last_at"""
_FORGET: Final = "DELETE FROM login_failure WHERE subject = %(subject)s"
_PURGE: Final = """
DELETE FROM login_failure WHERE subject IN (
    SELECT subject FROM login_failure WHERE last_at <= %(since)s FOR UPDATE SKIP LOCKED)"""


async def failures(
    pool: AsyncPool, subjects: Sequence[bytes], since: datetime
) -> dict[bytes, tuple[int, datetime]]:
    """How often each subject failed, and when last; nothing older than `since`."""
    with faults.translated("reading failed logins"):
        async with pool.connection() as conn:
            cur = await conn.execute(_READ, {"subjects": list(subjects), "since": since})
            rows = await cur.fetchall()
    return {bytes(row["subject"]): (row["failures"], row["last_at"]) for row in rows}


async def count(
    conn: AsyncConnection, subjects: Sequence[bytes], now: datetime, since: datetime
) -> None:
    """Count one more failure of each subject, forgetting what is older than `since`."""
    await conn.execute(_COUNT, {"subjects": list(subjects), "now": now, "since": since})
    await conn.execute(_PURGE, {"since": since})


async def forget(conn: AsyncConnection, subject: bytes) -> None:
    """Forget a subject's failures: it has just proved itself."""
    await conn.execute(_FORGET, {"subject": subject})
