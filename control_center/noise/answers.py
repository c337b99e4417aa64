"""Noise as people ask for it: all meters over a day, or one meter's local days.

A level stands for a period only when enough of it was heard; what was not heard is said.
"""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.clock import EPOCH
from core.errors import ConfigError
from core.topics import Kind
from sensing.noise.events import Events
from sensing.noise.report import Levels, Report, report
from sensing.noise.screening import Limits, limits
from store import air, noise
from store.air import Station
from store.pool import Connection

DEFAULT_ZONE: Final = "residential"
DAY: Final = timedelta(days=1)
_MINUTE_S: Final = 60.0


def city(conn: Connection, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Every active meter over the last 24 hours, the loudest first (NoiseStations)."""
    zones = noise.zones(conn)
    found = [
        _station(conn, one, now, zone, _limits(zones, one.device_id))
        for one in air.stations(conn, kind=Kind.NOISE)
    ]
    found.sort(key=lambda one: (-(one["laeq_24h_db"] or 0.0), one["device_id"]))
    return {"as_of": now, "stations": found}


def days(
    conn: Connection, device_id: str, since: date, until: date, zone: ZoneInfo
) -> dict[str, Any]:
    """A meter's local days, both ends included, and its events (NoiseDays)."""
    chosen = _limits(noise.zones(conn), device_id)
    found = _report(
        conn, device_id, _midnight(since, zone), _midnight(until + DAY, zone), zone, chosen
    )
    heard = dict(found.days)
    return {
        "zone": chosen.zone,
        "limits": {
            "day_db": chosen.day_db,
            "night_db": chosen.night_db,
            "day_hours": list(chosen.day_hours),
            "citation": chosen.citation,
            "label": chosen.label,
        },
        "days": [
            _day(since + nth * DAY, heard.get(since + nth * DAY), found.sample_s)
            for nth in range((until - since).days + 1)
        ],
        "events": _events(found.events),
    }


def _station(
    conn: Connection, station: Station, now: datetime, zone: ZoneInfo, chosen: Limits
) -> dict[str, Any]:
    whole = _report(conn, station.device_id, now - DAY, now, zone, chosen).whole
    day, night = whole.screened_day, whole.screened_night
    return {
        "device_id": station.device_id,
        "name": station.name,
        "zone": chosen.zone,
        "laeq_24h_db": _db(whole.laeq_db),
        "lden_db": _db(whole.lden_db) if whole.is_enough else None,
        "coverage": round(whole.coverage, 4),
        "above_day": day.is_above if day else None,
        "above_night": night.is_above if night else None,
        "label": chosen.label,
    }


def _report(
    conn: Connection,
    device_id: str,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    chosen: Limits,
) -> Report:
    heard = noise.read(conn, device_id, since, until)
    return report(
        heard.t_s,
        heard.laeq_db,
        zone,
        chosen,
        peak_db=heard.lamax_db,
        stretch_s=(since.timestamp(), until.timestamp()),
    )


def _day(day: date, found: Levels | None, sample_s: float) -> dict[str, Any]:
    names = ("lday", "levening", "lnight", "lden", "l10", "l50", "l90", "laeq", "lamax")
    if found is None:
        return {
            "date": day,
            **{f"{name}_db": None for name in names},
            "coverage": 0.0,
            "sufficient": False,
            "minutes_above_day": None,
            "minutes_above_night": None,
        }
    above = {
        "minutes_above_day": found.screened_day,
        "minutes_above_night": found.screened_night,
    }
    return {
        "date": day,
        **{f"{name}_db": _db(getattr(found, f"{name}_db")) for name in names},
        "coverage": round(found.coverage, 4),
        "sufficient": found.is_enough,
        **{
            key: round(one.samples_above * sample_s / _MINUTE_S, 1) if one else None
            for key, one in above.items()
        },
    }


def _events(found: Events) -> list[dict[str, Any]]:
    return [
        {
            "from": _instant(begin),
            "to": _instant(end),
            "peak_db": _db(peak),
            "sel_db": _db(sel),
        }
        for begin, end, peak, sel in zip(
            found.from_s.tolist(),
            found.to_s.tolist(),
            found.peak_db.tolist(),
            found.sel_db.tolist(),
            strict=True,
        )
    ]


def _limits(zones: Mapping[str, str], device_id: str) -> Limits:
    """Those of the meter's zone; of homes, the strictest, where nobody said one that there is."""
    try:
        return limits(zones.get(device_id, DEFAULT_ZONE))
    except ConfigError:
        return limits(DEFAULT_ZONE)


def _db(level: float) -> float | None:
    return round(float(level), 2) if math.isfinite(level) else None


def _instant(t_s: float) -> datetime:
    return EPOCH + timedelta(seconds=t_s)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
