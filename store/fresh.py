"""Fixes newer than what is known of each truck: one look into the primary key a truck.

The cursor is the truck's own clock. So a fix that arrives behind a newer one is never read here;
the run's report is computed from all of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from core.quality import UNBELIEVABLE
from store import faults
from store.pool import Connection

_SELECT: Final = """
SELECT (asked.nth - 1)::int, extract(epoch FROM fix.measured_at)::float8,
       extract(epoch FROM fix.received_at)::float8, fix.lat_deg, fix.lon_deg,
       coalesce(fix.speed_mps, 'NaN'), coalesce(fix.hdop, 'NaN')
  FROM unnest(%(device_ids)b::text[], %(after_s)b::float8[])
       WITH ORDINALITY AS asked (device_id, after_s, nth)
 CROSS JOIN LATERAL (
       SELECT measured_at, received_at, lat_deg, lon_deg, speed_mps, hdop FROM gps_fix
        WHERE device_id = asked.device_id AND measured_at > to_timestamp(asked.after_s)
          AND measured_at > %(floor)s AND flags & %(unbelievable)s = 0
        ORDER BY measured_at, seq LIMIT %(limit)s) AS fix"""
_MOST_A_TRUCK: Final = 1000


class Fresh(NamedTuple):
    """One fix; `nth` is its truck's place in the list that was asked for."""

    nth: int
    t_s: float
    """Unix time, the device's clock."""
    received_s: float
    lat_deg: float
    lon_deg: float
    speed_mps: float
    """NaN: not reported; so with HDOP."""
    hdop: float


def read(
    conn: Connection,
    device_ids: Sequence[str],
    after_s: Sequence[float],
    *,
    floor: datetime,
    most: int = _MOST_A_TRUCK,
) -> list[Fresh]:
    """Believable fixes of each truck after its own moment (Unix time), oldest first.

    floor  nothing measured before this is read
    most   of a truck; the rest is read next time
    """
    values = {
        "device_ids": list(device_ids),
        "after_s": list(after_s),
        "floor": floor,
        "limit": most,
        "unbelievable": int(UNBELIEVABLE),
    }
    with faults.translated("reading new fixes"):
        return [Fresh(*row) for row in conn.execute(_SELECT, values)]
