"""The registry's rows. Every change is announced on `c5_registry` by a trigger."""

from collections.abc import Iterable
from typing import Any, Final

from core.device import Device, State
from core.errors import NotFound
from core.topics import Kind
from store import faults
from store.pool import Connection

_COLUMNS: Final = "device_id, kind, name, state, lat_deg, lon_deg, backfill, interval_s"
_GET: Final = f"SELECT {_COLUMNS} FROM device WHERE device_id = %s"  # noqa: S608  constants
_GET_LOCKED: Final = f"{_GET} FOR UPDATE"
_LIST: Final = f"""
SELECT {_COLUMNS} FROM device
 WHERE %(state)s::text IS NULL OR state = %(state)s
 ORDER BY device_id"""  # noqa: S608  constants
_SAVE: Final = f"""
INSERT INTO device ({_COLUMNS})
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (device_id) DO UPDATE SET
    kind = EXCLUDED.kind, name = EXCLUDED.name, state = EXCLUDED.state,
    lat_deg = EXCLUDED.lat_deg, lon_deg = EXCLUDED.lon_deg,
    backfill = EXCLUDED.backfill, interval_s = EXCLUDED.interval_s, changed_at = now()"""  # noqa: S608  constants
_NOTE_PENDING: Final = """
INSERT INTO device (device_id, kind, name, state)
SELECT %(device_id)s, %(kind)s, %(device_id)s, 'pending'
 WHERE (SELECT count(*) FROM device WHERE state = 'pending') < %(pending_max)s
ON CONFLICT (device_id) DO NOTHING"""


def find(conn: Connection, device_id: str, *, lock: bool = False) -> Device | None:
    """Read one device; None when there is none.

    lock  hold its row until the transaction ends
    """
    with faults.translated("reading a device"):
        row = conn.execute(_GET_LOCKED if lock else _GET, (device_id,)).fetchone()
    return None if row is None else _device(row)


def get(conn: Connection, device_id: str, *, lock: bool = False) -> Device:
    """Read one device; NotFound when there is none."""
    device = find(conn, device_id, lock=lock)
    if device is None:
        raise NotFound(f"no device {device_id[:80]!r}; see `c5 device list`")
    return device


def listed(conn: Connection, state: State | None = None) -> list[Device]:
    """Read all devices, or those of one state, by name."""
    with faults.translated("listing devices"):
        return [_device(row) for row in conn.execute(_LIST, {"state": state})]


def active(conn: Connection) -> dict[str, Device]:
    """Read whom ingest admits, by device_id."""
    return {device.device_id: device for device in listed(conn, State.ACTIVE)}


def save(conn: Connection, devices: Iterable[Device]) -> None:
    """Write devices as they shall be, new ones and known ones alike."""
    rows = [
        (d.device_id, d.kind, d.name, d.state, d.lat_deg, d.lon_deg, d.backfill, d.interval_s)
        for d in devices
    ]
    with faults.translated("saving devices"), conn.cursor() as cur:
        cur.executemany(_SAVE, rows)


def note_pending(conn: Connection, kind: Kind, device_id: str, *, pending_max: int = 1000) -> bool:
    """Remember that an unknown device spoke; answer whether it is new.

    A known device stays as it is, and beyond `pending_max` waiting devices no
    more are remembered: strangers cannot fill the registry.
    """
    values = {"device_id": device_id, "kind": kind, "pending_max": pending_max}
    with faults.translated("noting a pending device"):
        return conn.execute(_NOTE_PENDING, values).rowcount == 1


def _device(row: tuple[Any, ...]) -> Device:
    device_id, kind, name, state, lat_deg, lon_deg, backfill, interval_s = row
    return Device(
        device_id=device_id,
        kind=Kind(kind),
        name=name,
        state=State(state),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        backfill=backfill,
        interval_s=interval_s,
    )
