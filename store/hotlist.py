"""Hot lists and their entries: proposed by one person, sought once another approved.

The database refuses what breaks the rules (migration 0050); here they are refused first, by name.
Plates are hashed and sealed before they come here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import errors

from core.errors import Conflict, NotFound
from store import faults
from store.pool import Connection

EXPIRED_BY: Final = "c5"
_LISTS: Final = """
SELECT list.list_id, list.name, list.reason, list.issuer, list.priority, list.legal_basis,
       list.expires_at, list.created_by, list.created_at,
       count(entry.entry_id) FILTER (WHERE entry.state = 'active'),
       count(entry.entry_id) FILTER (WHERE entry.state = 'pending')
  FROM hot_list list LEFT JOIN hot_entry entry USING (list_id)
 WHERE (%(list_id)s::bigint IS NULL OR list.list_id = %(list_id)s)
   AND (%(name)s::text IS NULL OR list.name = %(name)s)
 GROUP BY list.list_id ORDER BY list.name"""
_ADD_LIST: Final = """
INSERT INTO hot_list (name, reason, issuer, priority, legal_basis, expires_at, created_by,
                      created_at)
VALUES (%(name)s, %(reason)s, %(issuer)s, %(priority)s, %(legal_basis)s, %(expires_at)s,
        %(created_by)s, %(created_at)s)
RETURNING list_id"""
_COLUMNS: Final = """
       entry.entry_id, entry.list_id, list.name, entry.key_id, entry.plate_hmac, entry.sealed,
       entry.state, entry.proposed_by, entry.proposed_at, entry.approved_by, entry.approved_at,
       least(entry.expires_at, list.expires_at), list.priority"""
_ENTRIES: Final = f"""
SELECT {_COLUMNS}
  FROM hot_entry entry JOIN hot_list list USING (list_id)
 WHERE (%(list_id)s::bigint IS NULL OR entry.list_id = %(list_id)s)
   AND (%(state)s::text IS NULL OR entry.state = %(state)s)
 ORDER BY entry.state = 'pending' DESC, entry.proposed_at DESC, entry.entry_id DESC
 LIMIT %(limit)s"""  # noqa: S608  constants
_ENTRY: Final = f"""
SELECT {_COLUMNS}
  FROM hot_entry entry JOIN hot_list list USING (list_id)
 WHERE entry.entry_id = %s FOR NO KEY UPDATE OF entry"""  # noqa: S608  constants
_SOUGHT: Final = f"""
SELECT {_COLUMNS}
  FROM hot_entry entry JOIN hot_list list USING (list_id)
 WHERE entry.state = 'active' ORDER BY entry.entry_id"""  # noqa: S608  constants
_LIVE: Final = """
SELECT plate_hmac FROM hot_entry
 WHERE list_id = %s AND plate_hmac = ANY(%s) AND state IN ('pending', 'active')"""
_PROPOSE: Final = """
INSERT INTO hot_entry (list_id, key_id, plate_hmac, sealed, proposed_by, proposed_at, expires_at)
SELECT %(list_id)s, key_id, plate_hmac, sealed, %(proposed_by)s, %(proposed_at)s, expires_at
  FROM unnest(%(key_ids)s::text[], %(hashes)s::bytea[], %(boxes)s::bytea[], %(ends)s::timestamptz[])
       WITH ORDINALITY AS one (key_id, plate_hmac, sealed, expires_at, nth)
 ORDER BY nth
RETURNING entry_id"""
_APPROVE: Final = """
UPDATE hot_entry SET state = 'active', approved_by = %(by)s, approved_at = %(at)s
 WHERE entry_id = %(entry_id)s"""
_END: Final = """
UPDATE hot_entry SET state = %(state)s, ended_by = %(by)s, ended_at = %(at)s,
                     end_reason = %(reason)s
 WHERE entry_id = %(entry_id)s"""
_EXPIRE: Final = """
UPDATE hot_entry entry SET state = 'expired', ended_by = 'c5', ended_at = %(now)s
  FROM hot_list list
 WHERE list.list_id = entry.list_id AND entry.state IN ('pending', 'active')
   AND least(entry.expires_at, list.expires_at) <= %(now)s
RETURNING entry.entry_id"""
_ANY_EXPIRED: Final = """
SELECT EXISTS (
SELECT FROM hot_entry entry JOIN hot_list list USING (list_id)
 WHERE entry.state IN ('pending', 'active')
   AND least(entry.expires_at, list.expires_at) <= %(now)s)"""
_OTHER_KEY: Final = """
SELECT entry_id, key_id, sealed, state FROM hot_entry WHERE key_id = ANY(%s) ORDER BY entry_id
 LIMIT %s FOR NO KEY UPDATE SKIP LOCKED"""
_REKEY: Final = """
UPDATE hot_entry SET key_id = %s, plate_hmac = %s, sealed = %s WHERE entry_id = %s"""


class HotList(NamedTuple):
    """One list, and how many entries it has."""

    list_id: int
    name: str
    reason: str
    issuer: str
    priority: str
    legal_basis: str
    expires_at: datetime | None
    created_by: str
    created_at: datetime
    entries: int
    """Active ones."""
    pending: int


class NewList(NamedTuple):
    """What a list is made of."""

    name: str
    reason: str
    issuer: str
    priority: str
    legal_basis: str
    expires_at: datetime | None
    """None: its entries have their own, or none."""


class Entry(NamedTuple):
    """One entry, sealed."""

    entry_id: int
    list_id: int
    list_name: str
    key_id: str
    plate_hmac: bytes
    sealed: bytes
    state: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    expires_at: datetime | None
    """Its own or its list's, whichever comes first."""
    priority: str


class Sealed(NamedTuple):
    """A plate that is proposed, hashed and sealed."""

    key_id: str
    plate_hmac: bytes
    sealed: bytes
    expires_at: datetime | None


def lists(conn: Connection) -> list[HotList]:
    """Every list, by name."""
    with faults.translated("listing hot lists"):
        found = conn.execute(_LISTS, {"list_id": None, "name": None})
        return [HotList(*row) for row in found]


def find_list(
    conn: Connection, *, list_id: int | None = None, name: str | None = None
) -> HotList | None:
    """One list, by its number or its name; None: there is none."""
    with faults.translated("reading a hot list"):
        row = conn.execute(_LISTS, {"list_id": list_id, "name": name}).fetchone()
    return None if row is None else HotList(*row)


def get_list(conn: Connection, list_id: int) -> HotList:
    """One list; NotFound when there is none."""
    found = find_list(conn, list_id=list_id)
    if found is None:
        raise NotFound(f"no hot list {list_id}; see /api/plates/lists")
    return found


def add_list(conn: Connection, new: NewList, *, by: str, at: datetime) -> int:
    """Add a list; answer its number. Conflict when the name is taken."""
    values = {**new._asdict(), "created_by": by, "created_at": at}
    with faults.translated("adding a hot list"):
        try:
            with conn.transaction():
                row = conn.execute(_ADD_LIST, values).fetchone()
        except errors.UniqueViolation:
            raise Conflict(f"a hot list {new.name!r} exists; choose another name") from None
    assert row is not None  # noqa: S101  RETURNING
    return int(row[0])


def entries(
    conn: Connection, *, list_id: int | None = None, state: str | None = None, limit: int
) -> list[Entry]:
    """Entries of one list or of all, those that wait for approval first, then the newest."""
    values = {"list_id": list_id, "state": state, "limit": limit}
    with faults.translated("listing hot list entries"):
        return [Entry(*row) for row in conn.execute(_ENTRIES, values, binary=True)]


def entry(conn: Connection, entry_id: int) -> Entry:
    """One entry, held until the transaction ends; NotFound when there is none."""
    with faults.translated("reading a hot list entry"):
        row = conn.execute(_ENTRY, (entry_id,), binary=True).fetchone()
    if row is None:
        raise NotFound(f"no hot list entry {entry_id}; see /api/plates/lists")
    return Entry(*row)


def sought(conn: Connection) -> list[Entry]:
    """Every entry that is active, whether it expired or not."""
    with faults.translated("reading what is sought"):
        return [Entry(*row) for row in conn.execute(_SOUGHT, binary=True)]


def watch_version(conn: Connection) -> int:
    """Number of the lists' present state, held so until the transaction ends."""
    with faults.translated("reading the state of the hot lists"):
        row = conn.execute("SELECT version FROM plate_watch FOR SHARE").fetchone()
    return int(row[0]) if row else 0


def live(conn: Connection, list_id: int, hashes: Iterable[bytes]) -> set[bytes]:
    """Which of these hashes a list already seeks, or is asked to."""
    with faults.translated("looking for an entry"):
        found = conn.execute(_LIVE, (list_id, list(hashes)), binary=True)
        return {bytes(row[0]) for row in found}


def propose(
    conn: Connection, list_id: int, new: Sequence[Sealed], *, by: str, at: datetime
) -> list[int]:
    """Add entries that wait for approval; answer their numbers. Conflict: one is there already."""
    values = {
        "list_id": list_id,
        "proposed_by": by,
        "proposed_at": at,
        "key_ids": [one.key_id for one in new],
        "hashes": [one.plate_hmac for one in new],
        "boxes": [one.sealed for one in new],
        "ends": [one.expires_at for one in new],
    }
    with faults.translated("proposing plates"):
        try:
            with conn.transaction():
                return [number for (number,) in conn.execute(_PROPOSE, values)]
        except errors.UniqueViolation:
            raise Conflict("the plate is on that list already; see its entries") from None


def approve(conn: Connection, entry_id: int, *, by: str, at: datetime) -> None:
    """Have an entry sought. The database refuses the one who proposed it."""
    _step(conn, _APPROVE, {"entry_id": entry_id, "by": by, "at": at})


def withdraw(conn: Connection, entry_id: int, *, by: str, at: datetime, reason: str) -> None:
    """End an entry."""
    values = {"entry_id": entry_id, "by": by, "at": at, "reason": reason, "state": "withdrawn"}
    _step(conn, _END, values)


def expire(conn: Connection, now: datetime) -> list[int]:
    """End entries whose time is over; answer which."""
    with faults.translated("ending what expired"):
        row = conn.execute(_ANY_EXPIRED, {"now": now}).fetchone()
        if row is None or not row[0]:
            return []
        return [number for (number,) in conn.execute(_EXPIRE, {"now": now})]


def under_other_keys(
    conn: Connection, key_ids: Sequence[str], limit: int
) -> list[tuple[int, str, bytes, str]]:
    """Entries hashed under one of these keys, held: (entry_id, key_id, sealed, state)."""
    with faults.translated("looking for entries under older keys"):
        return conn.execute(_OTHER_KEY, (list(key_ids), limit), binary=True).fetchall()


def rekey(conn: Connection, entry_id: int, one: Sealed) -> None:
    """Write an entry's plate again under another key. Conflict: the list has it under that key."""
    with faults.translated("writing an entry under another key"):
        try:
            with conn.transaction():
                conn.execute(_REKEY, (one.key_id, one.plate_hmac, one.sealed, entry_id))
        except errors.UniqueViolation:
            raise Conflict(f"entry {entry_id} is on its list twice; withdraw one") from None


def _step(conn: Connection, statement: str, values: dict[str, Any]) -> None:
    with faults.translated("changing a hot list entry"):
        try:
            with conn.transaction():
                conn.execute(statement.encode(), values)
        except errors.CheckViolation as exc:
            said = exc.diag.message_primary or "a rule of the hot lists"
            raise Conflict(f"entry {values['entry_id']}: {said}; see its state") from None
