"""A database row of a device as the page gets it: presence worked out, units at the edge."""

from datetime import datetime
from typing import Any

import msgspec

from control_center.feed.presence import device_of, signs_of
from core import clock, quality
from core.units import kmh_from_mps
from devices import health, registry
from store.snapshot import Row

_SELF_REPORTED = ("battery_v", "battery_pct", "rssi_dbm", "uptime_s")


def device(row: Row, now: datetime) -> dict[str, Any]:
    """Describe one device (models.Device)."""
    signs = signs_of(row)
    return {
        "device_id": row.device_id,
        "kind": row.kind,
        "name": row.name,
        "state": row.state,
        "presence": health.presence(signs, now),
        "since": health.since(signs, now),
        "last_seen_at": row.last_seen_at,
        "lat_deg": row.lat_deg,
        "lon_deg": row.lon_deg,
        "fix": _fix(row),
        "values": _values(row),
        "firmware": row.firmware,
        "silence_s": registry.silence_s(device_of(row)),
    }


def devices(rows: list[Row], now: datetime) -> bytes:
    """Write every device as JSON (models.Devices); a thousand take a few milliseconds."""
    return msgspec.json.encode({"as_of": now, "devices": [device(row, now) for row in rows]})


def _fix(row: Row) -> dict[str, Any] | None:
    if row.fix_at is None:
        return None
    return {
        "lat_deg": row.fix_lat_deg,
        "lon_deg": row.fix_lon_deg,
        "speed_kmh": None if row.speed_mps is None else kmh_from_mps(row.speed_mps),
        "heading_deg": row.heading_deg,
        "measured_at": row.fix_at,
        "flags": quality.names(row.fix_flags or 0),
    }


def _values(row: Row) -> dict[str, Any]:
    """The newest of each metric; its status fills in what readings lack or have older."""
    values: dict[str, dict[str, Any]] = {
        metric: {
            "value": value,
            "measured_at": clock.from_epoch_ms(at_ms),
            "flags": quality.names(flags),
        }
        for metric, (value, at_ms, flags) in (row.newest or {}).items()
    }
    for metric in _SELF_REPORTED:
        value = getattr(row, metric)
        at = row.status_measured_at
        if value is None or at is None:
            continue
        if metric not in values or values[metric]["measured_at"] < at:
            values[metric] = {"value": value, "measured_at": at, "flags": []}
    return values
