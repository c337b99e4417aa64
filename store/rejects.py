"""Refused messages with their bytes and why; the same bytes fold into one row."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from store.pool import Connection

_INSERT = """
INSERT INTO reject (digest, first_at, last_at, topic, device_id, reason, detail, payload,
                    sealed, size_bytes)
VALUES (%(digest)s, %(at)s, %(at)s, %(topic)s, %(device_id)s, %(reason)s, %(detail)s,
        %(payload)s, %(sealed)s, %(size_bytes)s)
ON CONFLICT (digest) DO UPDATE SET times = reject.times + 1,
    last_at = greatest(reject.last_at, excluded.last_at), reason = excluded.reason,
    detail = excluded.detail, replayed_at = NULL
RETURNING times = 1
"""
_MAX_DETAIL_CHARS = 500


class Reject(NamedTuple):
    """One refusal."""

    received_at: datetime
    topic: str
    device_id: str | None
    reason: str
    detail: str
    payload: bytes
    sealed: bool
    """The payload is encrypted (core.seal), because it may hold a plate."""
    digest: bytes
    size_bytes: int


class Kept(NamedTuple):
    """A refusal as it lies in the database."""

    reject_id: int
    first_at: datetime
    last_at: datetime
    times: int
    topic: str
    device_id: str | None
    reason: str
    detail: str
    payload: bytes
    sealed: bool
    size_bytes: int
    replayed_at: datetime | None


_COLUMNS = ", ".join(Kept._fields)


def digest(topic: str, payload: bytes) -> bytes:
    """Identity of a refused message: SHA-256 over topic, NUL, payload in clear."""
    return hashlib.sha256(topic.encode() + b"\x00" + payload).digest()


def insert(conn: Connection, rejects: Sequence[Reject]) -> set[bytes]:
    """Keep refusals; one already kept is counted again. Answers the digests that are new."""
    if not rejects:
        return set()
    in_order = sorted(rejects, key=lambda reject: reject.digest)
    new: set[bytes] = set()
    with conn.cursor() as cur:
        cur.executemany(
            _INSERT,
            [
                {
                    "digest": reject.digest,
                    "at": reject.received_at,
                    "topic": _storable(reject.topic),
                    "device_id": reject.device_id,
                    "reason": reject.reason,
                    "detail": _storable(reject.detail)[:_MAX_DETAIL_CHARS],
                    "payload": reject.payload,
                    "sealed": reject.sealed,
                    "size_bytes": reject.size_bytes,
                }
                for reject in in_order
            ],
            returning=True,
        )
        for reject in in_order:
            if cur.fetchone() == (True,):
                new.add(reject.digest)
            cur.nextset()
    return new


def _storable(text: str) -> str:
    """Take out what no database text holds: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "backslashreplace").decode()


def newest(
    conn: Connection, *, limit: int = 100, device_id: str | None = None, reason: str | None = None
) -> list[Kept]:
    """Newest refusals first, optionally of one device or for one reason."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM reject WHERE (%(device_id)s::text IS NULL OR device_id = "  # noqa: S608  column names
        "%(device_id)s) AND (%(reason)s::text IS NULL OR reason = %(reason)s) "
        "ORDER BY last_at DESC, reject_id DESC LIMIT %(limit)s",
        {"device_id": device_id, "reason": reason, "limit": limit},
    )
    return [Kept(*row) for row in rows.fetchall()]


def get(conn: Connection, reject_id: int) -> Kept | None:
    """One refusal, or None."""
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM reject WHERE reject_id = %s",  # noqa: S608  column names
        (reject_id,),
    ).fetchone()
    return None if row is None else Kept(*row)


def mark_replayed(conn: Connection, reject_ids: Sequence[int], at: datetime) -> None:
    """Note that these were given another chance, and when."""
    conn.execute(
        "UPDATE reject SET replayed_at = %s WHERE reject_id = ANY(%s)", (at, list(reject_ids))
    )
