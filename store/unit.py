"""Who can be sent: devices that move, where they are now, and what they are at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from store import faults
from store.pool import Connection

_NEAR: Final = """
SELECT device.device_id, device.name, device.kind, fix.lat_deg, fix.lon_deg, seen.received_at,
       busy.incident_id, busy.en_route_at IS NOT NULL, busy.on_scene_at IS NOT NULL,
       device.interval_s
  FROM device JOIN latest_fix fix USING (device_id) JOIN last_seen seen USING (device_id)
  LEFT JOIN incident_unit busy
    ON busy.device_id = device.device_id AND busy.cleared_at IS NULL
 WHERE device.state = 'active' AND device.kind = ANY(%(kinds)s)"""
_EXISTS: Final = """
SELECT EXISTS (SELECT FROM device
                WHERE device_id = %s AND state = 'active' AND kind = ANY(%s))"""


class Position(NamedTuple):
    """A unit as it was last heard."""

    device_id: str
    name: str
    kind: str
    lat_deg: float
    lon_deg: float
    last_at: datetime
    incident_id: int | None
    """Where it is or goes; None: nowhere."""
    en_route: bool
    on_scene: bool
    interval_s: float | None


def positions(conn: Connection, kinds: Sequence[str]) -> list[Position]:
    """Every active device of these kinds that has said where it is."""
    with faults.translated("reading units"):
        return [Position(*row) for row in conn.execute(_NEAR, {"kinds": list(kinds)})]


def exists(conn: Connection, device_id: str, kinds: Sequence[str]) -> bool:
    """Whether there is such a unit."""
    with faults.translated("looking for a unit"):
        row = conn.execute(_EXISTS, (device_id, list(kinds))).fetchone()
    return bool(row and row[0])
