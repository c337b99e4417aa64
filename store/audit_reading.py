"""Read the audit: for people a page at a time, for its verification link by link."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from store import faults
from store.audit import FIRST
from store.pool import Connection

BATCH: Final = 5000
_COLUMNS: Final = (
    "entry_id, at, actor, role, action, object_kind, object_id, reason, detail, address, sha256"
)
_LIST: Final = f"""
SELECT {_COLUMNS} FROM audit
 WHERE entry_id < %(before)s AND entry_id > %(after)s
   AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
   AND (%(actor)s::text IS NULL OR actor = %(actor)s)
   AND (%(action)s::text IS NULL OR starts_with(action, %(action)s))
   AND (%(object_kind)s::text IS NULL OR object_kind = %(object_kind)s)
   AND (%(object_id)s::text IS NULL OR object_id = %(object_id)s)
 ORDER BY entry_id {{order}} LIMIT %(limit)s"""  # noqa: S608  constants
_NEWEST: Final = _LIST.format(order="DESC").encode()
_OLDEST: Final = _LIST.format(order="ASC").encode()
# Everything as text: what somebody forced into a column must be found, not stumbled over.
_LINKS: Final = """
SELECT entry_id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00',
       actor, role, action, object_kind, object_id, reason, detail::text, address,
       previous_sha256, sha256
  FROM audit WHERE entry_id > %s ORDER BY entry_id LIMIT %s"""
_LOWEST: Final = -(2**63)
_HEAD: Final = "SELECT entry_id, sha256 FROM audit ORDER BY entry_id DESC LIMIT 1"
_LINK: Final = "SELECT sha256 FROM audit WHERE entry_id = %s"
_GUARDED: Final = """
SELECT FROM pg_trigger
 WHERE tgrelid = 'audit'::regclass AND tgname = 'audit_is_final' AND tgenabled IN ('O', 'A')
   AND tgtype & 58 = 58"""
"""BEFORE, and for DELETE, UPDATE and TRUNCATE."""


class Filter(NamedTuple):
    """Which entries; None: all. Times are [since, until)."""

    since: datetime | None = None
    until: datetime | None = None
    actor: str | None = None
    action: str | None = None
    """Its beginning: `plate.` is all that was done with plates."""
    object_kind: str | None = None
    object_id: str | None = None


class Kept(NamedTuple):
    """One entry as it lies in the database."""

    entry_id: int
    at: datetime
    actor: str
    role: str | None
    action: str
    object_kind: str
    object_id: str
    reason: str | None
    detail: dict[str, Any]
    address: str | None
    sha256: str


class Head(NamedTuple):
    """The newest entry: whoever knows it knows the whole chain."""

    entry_id: int
    sha256: str


class Link(NamedTuple):
    """One entry as its digest was taken."""

    entry_id: int
    material: dict[str, Any]
    detail: str
    previous_sha256: str
    sha256: str


def listed(conn: Connection, wanted: Filter, *, before: int, limit: int) -> list[Kept]:
    """Entries with a number below `before`, newest first."""
    values = {**wanted._asdict(), "before": before, "after": 0, "limit": limit}
    with faults.translated("reading the audit"):
        return [Kept(*row) for row in conn.execute(_NEWEST, values)]


def all_of(conn: Connection, wanted: Filter, *, until_id: int) -> Iterator[Kept]:
    """Every entry up to a number, oldest first; memory stays bounded."""
    after = 0
    while True:
        values = {**wanted._asdict(), "before": until_id + 1, "after": after, "limit": BATCH}
        with faults.translated("exporting the audit"):
            rows = [Kept(*row) for row in conn.execute(_OLDEST, values)]
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[-1].entry_id


def links(conn: Connection) -> Iterator[Link]:
    """The whole chain in the order of its numbers; memory stays bounded."""
    after = _LOWEST
    while True:
        with faults.translated("reading the audit's chain"):
            rows = conn.execute(_LINKS, (after, BATCH)).fetchall()
        yield from map(_link, rows)
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def head(conn: Connection) -> Head:
    """The newest entry; number 0 and `FIRST` while there is none."""
    with faults.translated("reading the audit's head"):
        row = conn.execute(_HEAD).fetchone()
    return Head(0, FIRST) if row is None else Head(*row)


def sha256_of(conn: Connection, entry_id: int) -> str | None:
    """The digest that an entry carries; None: there is no such entry."""
    with faults.translated("reading an entry of the audit"):
        row = conn.execute(_LINK, (entry_id,)).fetchone()
    return None if row is None else str(row[0])


def is_guarded(conn: Connection) -> bool:
    """Tell whether the trigger that refuses changes is there and on."""
    with faults.translated("looking for the audit's trigger"):
        return conn.execute(_GUARDED).fetchone() is not None


def _link(row: tuple[Any, ...]) -> Link:
    names = ("entry_id", "at", "actor", "role", "action", "object_kind", "object_id", "reason")
    detail, address, previous_sha256, sha256 = row[8:]
    material = {**dict(zip(names, row[:8], strict=True)), "detail": _parsed(detail)}
    return Link(row[0], {**material, "address": address}, detail, previous_sha256, sha256)


def _parsed(text: str) -> Any:
    """The value, or the text itself where it is none: its digest will not fit then."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
