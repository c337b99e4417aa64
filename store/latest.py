"""The newest believable state of each device; late data never turns it back.

Each function takes rows with at most one a key, sorts them, and upserts in one
statement: workers that touch the same devices take their locks in the same
order, at the end of their transactions. Columns go over in binary (%b): as text,
psycopg quotes each timestamp by itself, which takes eight times as long.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from core.messages import GpsFix, Status
from store.pool import Connection

_FIXES = """
INSERT INTO latest_fix (device_id, measured_at, seq, received_at, lat_deg, lon_deg,
                        speed_mps, heading_deg, flags)
SELECT * FROM unnest(%b::text[], %b::timestamptz[], %b::bigint[], %b::timestamptz[],
                     %b::float8[], %b::float8[], %b::float8[], %b::float8[], %b::smallint[])
ON CONFLICT (device_id) DO UPDATE SET
    measured_at = excluded.measured_at, seq = excluded.seq, received_at = excluded.received_at,
    lat_deg = excluded.lat_deg, lon_deg = excluded.lon_deg, speed_mps = excluded.speed_mps,
    heading_deg = excluded.heading_deg, flags = excluded.flags
WHERE (excluded.measured_at, excluded.seq) > (latest_fix.measured_at, latest_fix.seq)
"""
_VALUES = """
INSERT INTO latest_value (device_id, metric, measured_at, seq, received_at, value, flags)
SELECT * FROM unnest(%b::text[], %b::text[], %b::timestamptz[], %b::bigint[],
                     %b::timestamptz[], %b::float8[], %b::smallint[])
ON CONFLICT (device_id, metric) DO UPDATE SET
    measured_at = excluded.measured_at, seq = excluded.seq, received_at = excluded.received_at,
    value = excluded.value, flags = excluded.flags
WHERE (excluded.measured_at, excluded.seq) > (latest_value.measured_at, latest_value.seq)
"""
_PRESENCE = """
INSERT INTO presence AS p (device_id, online, session, measured_at, received_at, since, firmware,
                           battery_v, battery_pct, rssi_dbm, uptime_s, outbox)
SELECT * FROM unnest(%b::text[], %b::boolean[], %b::bigint[], %b::timestamptz[],
                     %b::timestamptz[], %b::timestamptz[], %b::text[], %b::float8[],
                     %b::float8[], %b::float8[], %b::float8[], %b::bigint[])
ON CONFLICT (device_id) DO UPDATE SET
    online = excluded.online, session = excluded.session, measured_at = excluded.measured_at,
    received_at = excluded.received_at,
    since = CASE WHEN p.online = excluded.online THEN p.since ELSE excluded.received_at END,
    firmware = coalesce(excluded.firmware, p.firmware),
    battery_v = coalesce(excluded.battery_v, p.battery_v),
    battery_pct = coalesce(excluded.battery_pct, p.battery_pct),
    rssi_dbm = coalesce(excluded.rssi_dbm, p.rssi_dbm),
    uptime_s = coalesce(excluded.uptime_s, p.uptime_s),
    outbox = coalesce(excluded.outbox, p.outbox)
WHERE (excluded.session, NOT excluded.online, excluded.measured_at)
    > (p.session, NOT p.online, p.measured_at)
"""
_SEEN = """
INSERT INTO last_seen (device_id, received_at) SELECT * FROM unnest(%b::text[], %b::timestamptz[])
ON CONFLICT (device_id) DO UPDATE SET received_at = excluded.received_at
WHERE excluded.received_at > last_seen.received_at
"""


class LatestValue(NamedTuple):
    """One metric of one device at its newest."""

    device_id: str
    metric: str
    measured_at: datetime
    seq: int
    received_at: datetime
    value: float
    flags: int


def upsert_fixes(conn: Connection, fixes: Sequence[tuple[GpsFix, int]]) -> None:
    """Move vehicles; (fix, flags) at most once a device."""
    _unnest(
        conn,
        _FIXES,
        [
            (
                fix.device_id,
                fix.measured_at,
                fix.seq,
                fix.received_at,
                fix.lat_deg,
                fix.lon_deg,
                fix.speed_mps,
                fix.heading_deg,
                flags,
            )
            for fix, flags in sorted(fixes, key=lambda pair: pair[0].device_id)
        ],
    )


def upsert_values(conn: Connection, values: Sequence[LatestValue]) -> None:
    """Renew metrics; at most once a device and metric."""
    _unnest(conn, _VALUES, sorted(values))


def upsert_presence(conn: Connection, statuses: Sequence[Status]) -> None:
    """Renew presence; at most one status a device."""
    _unnest(
        conn,
        _PRESENCE,
        [
            (
                status.device_id,
                status.online,
                status.session,
                status.measured_at,
                status.received_at,
                status.received_at,
                status.firmware,
                status.battery_v,
                status.battery_pct,
                status.rssi_dbm,
                status.uptime_s,
                status.outbox,
            )
            for status in sorted(statuses, key=lambda status: status.device_id)
        ],
    )


def touch(conn: Connection, seen: Sequence[tuple[str, datetime]]) -> None:
    """Note when each device was last heard: (device_id, received_at), once a device."""
    _unnest(conn, _SEEN, sorted(seen))


def fixes(conn: Connection) -> list[tuple[str, datetime, float, float]]:
    """Every vehicle's last believable place: (device_id, measured_at, lat_deg, lon_deg)."""
    return conn.execute(
        "SELECT device_id, measured_at, lat_deg, lon_deg FROM latest_fix"
    ).fetchall()


def _unnest(conn: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        conn.execute(statement.encode(), [list(column) for column in zip(*rows, strict=True)])
