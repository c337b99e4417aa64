"""Look for a plate among the reads that are kept: with a purpose and a case number, on record.

The answer and its entry in the audit are one transaction. What cannot be written down is not
answered.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from control_center.plates import boxes, masking, words
from control_center.plates.people import Actor, note, whole
from core.errors import C5Error
from core.seal import KeyRing
from store import plate, plate_search
from store.plate import Read
from store.plate_search import NewSearch
from store.pool import Connection

MAX_READS: Final = 500
"""Passages that one search answers; the newest count."""
MAX_COUNTED: Final = 1_000_000
"""Passages that were looked through, as far as they are counted."""
_HOUR: Final = timedelta(hours=1)


class TooManySearches(C5Error):
    """This person has looked for enough plates for now."""

    reason = "too_many_searches"

    def __init__(self, most: int, retry_s: float) -> None:
        super().__init__(f"{most} searches in an hour are the most; try again later")
        self.retry_s = retry_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, and why."""

    plate: str
    """With ? for any one character, at most two of them."""
    purpose: str
    case_number: str
    since: datetime
    until: datetime


class Seen(NamedTuple):
    """One passage in clear."""

    plate: str
    """Empty: its key is not held."""
    read: Read
    has_crop: bool


class Answer(NamedTuple):
    """What was found, newest first, and how much was looked through."""

    search_id: int
    seen: list[Seen]
    since: datetime
    until: datetime
    rows: int


@whole
def search(
    conn: Connection, ring: KeyRing, actor: Actor, asked: Question, *, now: datetime, most: int
) -> Answer:
    """Answer a question; NotAPlate, or TooManySearches.

    most  searches of one person in an hour
    """
    pattern = words.pattern(asked.plate)
    plate_search.in_turn(conn, actor.username)
    done, first_at = plate_search.recent(conn, actor.username, now - _HOUR)
    if done >= most and first_at is not None:
        raise TooManySearches(most, max(1.0, (first_at + _HOUR - now).total_seconds()))
    hashes = [each for one in words.spelled(pattern) for each in ring.hashes(one)]
    reads = plate.of_plates(conn, hashes, asked.since, asked.until, limit=MAX_READS)
    rows = plate.count(conn, asked.since, asked.until, limit=MAX_COUNTED)
    photographed = plate.with_crop(conn, [read.key for read in reads])
    opened = [(boxes.of_read(ring, read), read) for read in reads]
    seen = [
        Seen("" if box is None else box.plate, read, read.key in photographed)
        for box, read in opened
    ]
    shown = masking.shown(pattern)
    audit_id = note(
        conn,
        actor,
        now,
        "plate.search",
        ("plate", shown),
        asked.purpose,
        case_number=asked.case_number,
        since=asked.since,
        until=asked.until,
        found=len(seen),
    )
    search_id = plate_search.note(
        conn,
        NewSearch(
            audit_id=audit_id,
            at=now,
            by=actor.username,
            purpose=asked.purpose,
            case_number=asked.case_number,
            plate_shown=shown,
            plate_print=ring.current.fingerprint(pattern.encode()),
            key_id=ring.current.key_id,
            since=asked.since,
            until=asked.until,
            rows=rows,
            found=len(seen),
        ),
    )
    return Answer(search_id, seen, asked.since, asked.until, rows)
