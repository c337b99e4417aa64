"""Photos that supervisors attach to a review, each under the SHA-256 of its bytes."""

from datetime import datetime
from typing import Final, NamedTuple

from core.errors import NotFound
from store import faults
from store.pool import Connection

_INSERT: Final = """
INSERT INTO attachment (sha256, media_type, content, created_at, created_by)
VALUES (%(sha256)s, %(media_type)s, %(content)s, %(created_at)s, %(created_by)s)
ON CONFLICT (sha256) DO NOTHING"""
_GET: Final = "SELECT media_type, content FROM attachment WHERE sha256 = %s"


class Attachment(NamedTuple):
    """One photo."""

    media_type: str
    content: bytes


def save(
    conn: Connection,
    attachment: Attachment,
    *,
    sha256: str,
    created_at: datetime,
    created_by: str,
) -> bool:
    """Keep a photo; False when the same bytes were kept before."""
    values = {
        **attachment._asdict(),
        "sha256": sha256,
        "created_at": created_at,
        "created_by": created_by,
    }
    with faults.translated("keeping an attachment"):
        return conn.execute(_INSERT, values).rowcount == 1


def get(conn: Connection, sha256: str) -> Attachment:
    """Read a photo; NotFound when there is none of that digest."""
    with faults.translated("reading an attachment"):
        row = conn.execute(_GET, (sha256,)).fetchone()
    if row is None:
        raise NotFound(f"no attachment {sha256[:64]!r}; the review that names it says which")
    return Attachment(*row)
