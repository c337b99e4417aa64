"""A supervisor's words about a block: checked, linked to the words before, and kept.

The engine's document is never touched. What is said stands beside it.
"""

from datetime import datetime
from typing import NamedTuple

from control_center.compliance import digests
from control_center.reports.run import judged
from core.errors import NotFound
from store import review as store_review
from store import run as store_run
from store.pool import Connection
from store.review import Review, Words


class Said(NamedTuple):
    """What someone wants to say about a block."""

    segment_id: str
    verdict: str
    reason: str
    note: str
    attachment_sha256: str | None


def review(conn: Connection, run_id: int, said: Said, *, by: str, at: datetime) -> Review:
    """Append a review to the run's chain; the caller commits it.

    NotFound: no such run, block or attachment; Conflict: someone was faster.
    """
    store_run.get(conn, run_id)
    newest = judged(conn, run_id)
    known = {segment["segment_id"] for segment in newest.document["segments"]}
    if said.segment_id not in known:
        raise NotFound(f"run {run_id} has no block {said.segment_id[:80]!r}; see its segments")
    words = Words(
        run_id=run_id,
        revision=newest.revision,
        **said._asdict(),
        reviewed_by=by,
        reviewed_at=at.replace(microsecond=at.microsecond // 1000 * 1000),
    )
    before = store_review.head(conn, run_id)
    digest = digests.chain(before, words.material())
    return store_review.insert(conn, words, previous_sha256=before, sha256=digest)
