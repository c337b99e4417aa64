"""Who carries a panic button: personal data, read only by those who need it and on record."""

from datetime import datetime
from typing import Final, NamedTuple

from psycopg import errors

from core.errors import NotFound
from store import faults
from store.pool import Connection

_GET: Final = "SELECT name, phone, note FROM panic_holder WHERE device_id = %s"
_SAVE: Final = """
INSERT INTO panic_holder (device_id, name, phone, note, saved_at, saved_by)
SELECT device_id, %(name)s, %(phone)s, %(note)s, %(at)s, %(by)s
  FROM device WHERE device_id = %(device_id)s AND kind = 'panic'
ON CONFLICT (device_id) DO UPDATE
   SET name = excluded.name, phone = excluded.phone, note = excluded.note,
       saved_at = excluded.saved_at, saved_by = excluded.saved_by"""
_FORGET: Final = "DELETE FROM panic_holder WHERE device_id = %s"


class Holder(NamedTuple):
    """Whoever carries a button."""

    name: str
    phone: str
    note: str


def get(conn: Connection, device_id: str) -> Holder | None:
    """Who carries it; None: nobody is on record."""
    with faults.translated("reading who carries a button"):
        row = conn.execute(_GET, (device_id,)).fetchone()
    return None if row is None else Holder(*row)


def save(conn: Connection, device_id: str, holder: Holder, *, at: datetime, by: str) -> None:
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
