"""What supervisors said about blocks of a run, as a chain that no one can edit unnoticed.

Each review carries the digest of the one before it, and (run_id, previous_sha256)
is unique: of two people who review at the same instant one is refused, so the
chain never forks. Nothing here is ever updated; a later review of the same block
supersedes the earlier one, and both stay.
"""

from datetime import datetime
from typing import Final, NamedTuple

from psycopg import errors

from core.clock import rfc3339
from core.errors import Conflict, NotFound
from store import faults
from store.pool import Connection

FIRST: Final = ""
"""`previous_sha256` of a run's first review."""
_COLUMNS: Final = (
    "review_id, run_id, revision, segment_id, verdict, reason, note, attachment_sha256,"
    " reviewed_by, reviewed_at, previous_sha256, sha256"
)
_LIST: Final = f"SELECT {_COLUMNS} FROM run_review WHERE run_id = %s ORDER BY review_id"  # noqa: S608  constants
_HEAD: Final = "SELECT sha256 FROM run_review WHERE run_id = %s ORDER BY review_id DESC LIMIT 1"
_INSERT: Final = f"""
INSERT INTO run_review (run_id, revision, segment_id, verdict, reason, note, attachment_sha256,
                        reviewed_by, reviewed_at, previous_sha256, sha256)
VALUES (%(run_id)s, %(revision)s, %(segment_id)s, %(verdict)s, %(reason)s, %(note)s,
        %(attachment_sha256)s, %(reviewed_by)s, %(reviewed_at)s, %(previous_sha256)s, %(sha256)s)
RETURNING {_COLUMNS}"""  # noqa: S608  constants


class Words(NamedTuple):
    """One review as it is to be said; `reviewed_at` in whole milliseconds."""

    run_id: int
    revision: int
    """Of the report that was looked at."""
    segment_id: str
    verdict: str
    reason: str
    note: str
    attachment_sha256: str | None
    reviewed_by: str
    reviewed_at: datetime

    def material(self) -> dict[str, object]:
        """What a link of the chain is computed over, as JSON values."""
        return {**self._asdict(), "reviewed_at": rfc3339(self.reviewed_at)}


class Review(NamedTuple):
    """One review as it lies in the database."""

    review_id: int
    words: Words
    previous_sha256: str
    sha256: str


def listed(conn: Connection, run_id: int) -> list[Review]:
    """Every review of a run, oldest first: the chain in its order."""
    with faults.translated("listing reviews"):
        return [_review(row) for row in conn.execute(_LIST, (run_id,))]


def head(conn: Connection, run_id: int) -> str:
    """The digest that the next review has to name; FIRST when there is none yet."""
    with faults.translated("reading the head of a review chain"):
        row = conn.execute(_HEAD, (run_id,)).fetchone()
    return FIRST if row is None else str(row[0])


def insert(conn: Connection, words: Words, *, previous_sha256: str, sha256: str) -> Review:
    """Append a review; Conflict when another came first, NotFound for an unknown attachment."""
    values = {**words._asdict(), "previous_sha256": previous_sha256, "sha256": sha256}
    with faults.translated("recording a review"):
        try:
            with conn.transaction():
                [row] = conn.execute(_INSERT, values).fetchall()
        except errors.UniqueViolation:
            raise Conflict(
                "alguien revisó mientras tanto, recargue / someone reviewed meanwhile, reload"
            ) from None
        except errors.ForeignKeyViolation:
            raise NotFound(
                f"no run {words.run_id} or no attachment {words.attachment_sha256}; send the "
                "photo to /api/attachments first"
            ) from None
    return _review(row)


def _review(row: tuple[object, ...]) -> Review:
    review_id, *words, previous_sha256, sha256 = row
    return Review(review_id, Words(*words), previous_sha256, sha256)  # type: ignore[arg-type]  # the columns' order
