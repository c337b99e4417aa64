"""Devices with their newest state, all read in one statement: one instant, no torn picture."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from store import faults
from store.pool import AsyncPool

MAX_DEVICES: Final = 20_000
_SELECT: Final = """
SELECT d.device_id, d.kind, d.name, d.state, d.lat_deg, d.lon_deg, d.interval_s, d.backfill,
       s.received_at AS last_seen_at,
       p.online, p.session, p.received_at AS status_at, p.measured_at AS status_measured_at,
       p.since, p.firmware, p.battery_v, p.battery_pct, p.rssi_dbm, p.uptime_s,
       f.measured_at AS fix_at, f.lat_deg AS fix_lat_deg, f.lon_deg AS fix_lon_deg,
       f.speed_mps, f.heading_deg, f.flags AS fix_flags, v.newest
  FROM device d
  LEFT JOIN last_seen s USING (device_id)
  LEFT JOIN presence p USING (device_id)
  LEFT JOIN latest_fix f USING (device_id)
  LEFT JOIN LATERAL (
       SELECT jsonb_object_agg(metric, jsonb_build_array(
                  value, round(extract(epoch FROM measured_at) * 1000), flags)) AS newest
         FROM latest_value WHERE latest_value.device_id = d.device_id) v ON true
"""
_ALL: Final = f"{_SELECT} ORDER BY d.device_id LIMIT {MAX_DEVICES}"
_SOME: Final = f"{_SELECT} WHERE d.device_id = ANY(%s)"


class Row(NamedTuple):
    """One device and the newest that is known of it; None: nothing of that sort."""

    device_id: str
    kind: str
    name: str
    state: str
    lat_deg: float | None
    lon_deg: float | None
    interval_s: float | None
    backfill: bool
    last_seen_at: datetime | None
    online: bool | None
    session: int | None
    status_at: datetime | None
    status_measured_at: datetime | None
    since: datetime | None
    firmware: str | None
    battery_v: float | None
    battery_pct: float | None
    rssi_dbm: float | None
    uptime_s: float | None
    fix_at: datetime | None
    fix_lat_deg: float | None
    fix_lon_deg: float | None
    speed_mps: float | None
    heading_deg: float | None
    fix_flags: int | None
    newest: dict[str, list[Any]] | None
    """metric -> [value, measured epoch ms, flags]."""


async def everything(pool: AsyncPool) -> list[Row]:
    """Read every device, by name; the first MAX_DEVICES of them."""
    with faults.translated("reading all devices"):
        async with pool.connection() as conn:
            return [Row(**row) async for row in await conn.execute(_ALL)]


async def some(pool: AsyncPool, device_ids: list[str]) -> list[Row]:
    """Read these devices; who does not exist is left out."""
    with faults.translated("reading devices"):
        async with pool.connection() as conn:
            return [Row(**row) async for row in await conn.execute(_SOME, (device_ids,))]
