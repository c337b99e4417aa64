"""What hot lists found, with what a hit needs of its read, and what people say of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from core.errors import Conflict, NotFound
from store import faults
from store.plate import Crop, Key
from store.pool import Connection

_INSERT: Final = """
INSERT INTO plate_hit (entry_id, device_id, measured_at, seq, made_at, exact, differs, found_back,
                       direction, score, key_id, sealed, crop_sha256, crop_sealed)
VALUES (%(entry_id)s, %(device_id)s, %(measured_at)s, %(seq)s, %(made_at)s, %(exact)s,
        %(differs)s::smallint[], %(found_back)s, %(direction)s, %(score)s, %(key_id)s, %(sealed)s,
        %(crop_sha256)s, %(crop_sealed)s)
ON CONFLICT DO NOTHING RETURNING hit_id"""
_COLUMNS: Final = """
       hit.hit_id, hit.entry_id, hit.measured_at, hit.device_id, device.name, hit.direction,
       hit.exact, hit.differs, hit.found_back, hit.score, hit.key_id, hit.sealed,
       entry.key_id, entry.sealed, list.list_id, list.name, list.priority, list.reason,
       list.legal_basis, hit.state, hit.decided_by, hit.decided_at, hit.decision_reason,
       (SELECT alarm.incident_id FROM alarm
         WHERE alarm.kind IN ('plate_hit', 'plate_near') AND alarm.device_id = hit.device_id
           AND alarm.raised_at BETWEEN hit.measured_at - INTERVAL '2 days' AND hit.measured_at
           AND alarm.last_at >= hit.measured_at AND alarm.incident_id IS NOT NULL
           AND (alarm.detail ->> 'hit_id' = hit.hit_id::text
                OR split_part(alarm.dedup_key, '|', 2) = hit.entry_id::text)
         ORDER BY alarm.alarm_id DESC LIMIT 1),
       hit.crop_sha256"""
_FROM: Final = """
  FROM plate_hit hit JOIN hot_entry entry USING (entry_id) JOIN hot_list list USING (list_id)
  LEFT JOIN device USING (device_id)"""
_LISTED: Final = f"""
SELECT {_COLUMNS} {_FROM}
 WHERE hit.measured_at >= %(since)s AND hit.measured_at < %(until)s
   AND (%(state)s::text IS NULL OR hit.state = %(state)s)
   AND (%(before)s::bigint IS NULL OR (hit.measured_at, hit.hit_id) <
        (SELECT measured_at, hit_id FROM plate_hit WHERE hit_id = %(before)s))
 ORDER BY hit.measured_at DESC, hit.hit_id DESC LIMIT %(limit)s"""  # noqa: S608  constants
_GET: Final = f"SELECT {_COLUMNS} {_FROM} WHERE hit.hit_id = %s"
_DECIDE: Final = """
UPDATE plate_hit SET state = %(state)s, decided_by = %(by)s, decided_at = %(at)s,
                     decision_reason = %(reason)s
 WHERE hit_id = %(hit_id)s AND state = 'open'"""
_CROP: Final = "SELECT key_id, crop_sha256, crop_sealed FROM plate_hit WHERE hit_id = %s"
_OTHER_KEY: Final = """
SELECT hit_id, key_id, sealed, crop_sealed FROM plate_hit WHERE key_id = ANY(%s) ORDER BY hit_id
 LIMIT %s FOR NO KEY UPDATE SKIP LOCKED"""
_REKEY: Final = """
UPDATE plate_hit SET key_id = %s, sealed = %s, crop_sealed = %s WHERE hit_id = %s"""


class NewHit(NamedTuple):
    """A read that is, or may be, a plate that is sought."""

    entry_id: int
    read: Key
    exact: bool
    differs: tuple[int, ...]
    """Characters that are not the same, from 0."""
    found_back: bool
    direction: str | None
    score: float | None
    key_id: str
    sealed: bytes
    crop: Crop | None


class Hit(NamedTuple):
    """One hit, sealed, and what its list says."""

    hit_id: int
    entry_id: int
    measured_at: datetime
    device_id: str
    device_name: str | None
    direction: str | None
    exact: bool
    differs: list[int]
    found_back: bool
    score: float | None
    key_id: str
    sealed: bytes
    entry_key_id: str
    entry_sealed: bytes
    list_id: int
    list_name: str
    priority: str
    reason: str
    legal_basis: str
    state: str
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    incident_id: int | None
    crop_sha256: str | None


def insert(conn: Connection, hits: Sequence[NewHit], *, now: datetime) -> list[int | None]:
    """Store hits; of each its number, None: it was there before."""
    numbers: list[int | None] = []
    with faults.translated("storing plate hits"):
        for hit in hits:
            device_id, measured_at, seq = hit.read
            values = {
                **hit._asdict(),
                "device_id": device_id,
                "measured_at": measured_at,
                "seq": seq,
                "made_at": now,
                "differs": list(hit.differs),
                "crop_sha256": None if hit.crop is None else hit.crop.sha256,
                "crop_sealed": None if hit.crop is None else hit.crop.sealed,
            }
            del values["read"], values["crop"]
            row = conn.execute(_INSERT, values).fetchone()
            numbers.append(None if row is None else int(row[0]))
    return numbers


def listed(
    conn: Connection,
    since: datetime,
    until: datetime,
    *,
    state: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[Hit]:
    """Hits of passages from `since` to before `until`, newest first.

    before  only those that come after this hit in that order
    """
    values = {"since": since, "until": until, "state": state, "before": before, "limit": limit}
    with faults.translated("listing plate hits"):
        return [Hit(*row) for row in conn.execute(_LISTED.encode(), values, binary=True)]


def get(conn: Connection, hit_id: int) -> Hit:
    """One hit; NotFound when there is none."""
    with faults.translated("reading a plate hit"):
        row = conn.execute(_GET.encode(), (hit_id,), binary=True).fetchone()
    if row is None:
        raise NotFound(f"no plate hit {hit_id}; see /api/plates/hits")
    return Hit(*row)


def decide(
    conn: Connection, hit_id: int, *, accept: bool, by: str, at: datetime, reason: str
) -> None:
    """Say what a hit is; Conflict when somebody has said so before."""
    state = "accepted" if accept else "rejected"
    values = {"hit_id": hit_id, "state": state, "by": by, "at": at, "reason": reason}
    with faults.translated("deciding a plate hit"):
        if conn.execute(_DECIDE, values).rowcount == 0:
            held = get(conn, hit_id)
            raise Conflict(f"hit {hit_id} was {held.state} by {held.decided_by}; read it again")


def crop(conn: Connection, hit_id: int) -> Crop:
    """The photograph of a hit; NotFound when there is none."""
    with faults.translated("reading a hit's crop"):
        row = conn.execute(_CROP, (hit_id,), binary=True).fetchone()
    if row is None or row[1] is None:
        raise NotFound(f"hit {hit_id} has no photograph; its camera sent none that could be kept")
    return Crop(*row)


def under_other_keys(
    conn: Connection, key_ids: Sequence[str], limit: int
) -> list[tuple[int, str, bytes, bytes | None]]:
    """Hits sealed under one of these keys, held: (hit_id, key_id, sealed, crop)."""
    with faults.translated("looking for hits under older keys"):
        return conn.execute(_OTHER_KEY, (list(key_ids), limit), binary=True).fetchall()


def rekey(conn: Connection, hit_id: int, key_id: str, sealed: bytes, crop: bytes | None) -> None:
    """Write a hit again under another key."""
    with faults.translated("writing a hit under another key"):
        conn.execute(_REKEY, (key_id, sealed, crop, hit_id))
