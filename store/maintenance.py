"""When somebody serviced a station: an instrument may say something else from then on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import errors

from core.errors import NotFound
from store import faults
from store.pool import Connection

_NOTE: Final = """
INSERT INTO maintenance (device_id, done_at, note, noted_by)
VALUES (%(device_id)s, %(done_at)s, %(note)s, %(noted_by)s)
ON CONFLICT (device_id, done_at) DO UPDATE SET note = excluded.note, noted_by = excluded.noted_by"""
_LISTED: Final = """
SELECT device_id, done_at, note, noted_by FROM maintenance
 WHERE device_id = %s ORDER BY done_at DESC"""
_SINCE: Final = """
SELECT DISTINCT ON (device_id) device_id, done_at FROM maintenance
 WHERE device_id = ANY(%s) AND done_at >= %s AND done_at < %s
 ORDER BY device_id, done_at DESC"""


class Maintenance(NamedTuple):
    """One visit."""

    device_id: str
    done_at: datetime
    note: str
    noted_by: str


def note(conn: Connection, visit: Maintenance) -> None:
    """Save a visit; the same instant again corrects it. NotFound: there is no such device."""
    with faults.translated("noting a maintenance"):
        try:
            with conn.transaction():
                conn.execute(_NOTE, visit._asdict())
        except errors.ForeignKeyViolation:
            raise NotFound(f"no device {visit.device_id!r}; see /api/devices") from None


def listed(conn: Connection, device_id: str) -> list[Maintenance]:
    """Visits to a device, newest first."""
    with faults.translated("listing maintenance"):
        return [Maintenance(*row) for row in conn.execute(_LISTED, (device_id,))]


def newest(
    conn: Connection, device_ids: Sequence[str], since: datetime, until: datetime
) -> dict[str, datetime]:
    """The last visit to each of these devices in a window, where there was one."""
    with faults.translated("looking for maintenance"):
        return dict(conn.execute(_SINCE, (list(device_ids), since, until)).fetchall())
