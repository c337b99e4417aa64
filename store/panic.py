"""Who carries a panic button: personal data, stored sealed (core.seal), opened by control_center.

Rows of before 0072 lie in clear until they are sealed; no row is written so any more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import errors

from core.errors import NotFound
from store import faults
from store.pool import Connection

_GET: Final = "SELECT key_id, sealed, name, phone, note FROM panic_holder WHERE device_id = %s"
_SAVE: Final = """
INSERT INTO panic_holder (device_id, key_id, sealed, saved_at, saved_by)
SELECT device_id, %(key_id)s, %(sealed)s, %(at)s, %(by)s
  FROM device WHERE device_id = %(device_id)s AND kind = 'panic'
ON CONFLICT (device_id) DO UPDATE
   SET key_id = excluded.key_id, sealed = excluded.sealed, name = NULL, phone = NULL, note = NULL,
       saved_at = excluded.saved_at, saved_by = excluded.saved_by"""
_FORGET: Final = "DELETE FROM panic_holder WHERE device_id = %s"
_TO_SEAL: Final = """
SELECT device_id, key_id, sealed, name, phone, note FROM panic_holder
 WHERE sealed IS NULL OR key_id = ANY(%s) ORDER BY device_id LIMIT %s FOR UPDATE"""
_SEAL: Final = """
UPDATE panic_holder SET key_id = %s, sealed = %s, name = NULL, phone = NULL, note = NULL
 WHERE device_id = %s"""


class Holder(NamedTuple):
    """Whoever carries a button."""

    name: str
    phone: str
    note: str


class Sealed(NamedTuple):
    """A holder that only a key opens."""

    key_id: str
    sealed: bytes


def get(conn: Connection, device_id: str) -> Sealed | Holder | None:
    """Who carries it; a Holder: not sealed yet; None: nobody is on record."""
    with faults.translated("reading who carries a button"):
        row = conn.execute(_GET, (device_id,)).fetchone()
    return None if row is None else _held(*row)


def save(conn: Connection, device_id: str, holder: Sealed, *, at: datetime, by: str) -> None:
    """Say who carries it; NotFound: it is no panic button."""
    values = {**holder._asdict(), "device_id": device_id, "at": at, "by": by}
    with faults.translated("saving who carries a button"):
        try:
            saved = conn.execute(_SAVE, values).rowcount
        except errors.ForeignKeyViolation:
            saved = 0
    if not saved:
        raise NotFound(f"{device_id} is no panic button; see /api/devices")


def forget(conn: Connection, device_id: str) -> bool:
    """Take somebody off the record; False: nobody was on it."""
    with faults.translated("forgetting who carries a button"):
        return conn.execute(_FORGET, (device_id,)).rowcount == 1


def to_seal(
    conn: Connection, key_ids: Sequence[str], limit: int
) -> list[tuple[str, Sealed | Holder]]:
    """Holders in clear or sealed under one of these keys, held: (device_id, holder)."""
    with faults.translated("looking for holders to seal"):
        rows = conn.execute(_TO_SEAL, (list(key_ids), limit)).fetchall()
    return [(device_id, _held(*rest)) for device_id, *rest in rows]


def seal(conn: Connection, device_id: str, holder: Sealed) -> None:
    """Put a sealed holder in the place of what is stored; who saved it stays."""
    with faults.translated("sealing who carries a button"):
        conn.execute(_SEAL, (*holder, device_id))


def _held(
    key_id: str | None, sealed: bytes | None, name: str, phone: str, note: str
) -> Sealed | Holder:
    if key_id is None or sealed is None:
        return Holder(name, phone, note)
    return Sealed(key_id, bytes(sealed))
