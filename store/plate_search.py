"""Who looked for a plate, when and why; the plate itself only masked, and as a keyed print."""

from datetime import datetime
from typing import Final, NamedTuple

from store import faults
from store.pool import Connection

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('c5 plate search ' || %s, 0))"
_NOTE: Final = """
INSERT INTO plate_search (audit_id, at, by, purpose, case_number, plate_shown, plate_print, key_id,
                          since, until, rows, found)
VALUES (%(audit_id)s, %(at)s, %(by)s, %(purpose)s, %(case_number)s, %(plate_shown)s,
        %(plate_print)s, %(key_id)s, %(since)s, %(until)s, %(rows)s, %(found)s)
RETURNING search_id"""
_SINCE: Final = "SELECT count(*), min(at) FROM plate_search WHERE by = %s AND at > %s"
_NEWEST: Final = """
SELECT search_id, at, by, purpose, case_number, plate_shown, found
  FROM plate_search ORDER BY search_id DESC LIMIT %s"""


class NewSearch(NamedTuple):
    """A search that was done."""

    audit_id: int
    """Its entry in the audit, of the same transaction."""
    at: datetime
    by: str
    purpose: str
    case_number: str
    plate_shown: str
    plate_print: bytes
    key_id: str
    since: datetime
    until: datetime
    rows: int
    found: int


class Past(NamedTuple):
    """A past search as others may see it."""

    search_id: int
    at: datetime
    by: str
    purpose: str
    case_number: str
    plate_shown: str
    found: int


def in_turn(conn: Connection, by: str) -> None:
    """Let one person's searches come one after the other, so that they can be counted."""
    with faults.translated("waiting for a search"):
        conn.execute(_LOCK, (by,))


def recent(conn: Connection, by: str, since: datetime) -> tuple[int, datetime | None]:
    """How many searches a person did after `since`, and when the first of them was."""
    with faults.translated("counting searches"):
        row = conn.execute(_SINCE, (by, since)).fetchone()
    assert row is not None  # noqa: S101  an aggregate
    return int(row[0]), row[1]


def note(conn: Connection, search: NewSearch) -> int:
    """Keep a search; answer its number."""
    with faults.translated("noting a search"):
        row = conn.execute(_NOTE, search._asdict()).fetchone()
    assert row is not None  # noqa: S101  RETURNING
    return int(row[0])


def newest(conn: Connection, limit: int) -> list[Past]:
    """Past searches, newest first."""
    with faults.translated("listing searches"):
        return [Past(*row) for row in conn.execute(_NEWEST, (limit,))]
