"""A past window, bounded: where vehicles were, what was raised and done, what was measured.

Positions are looked up, one a device and step of time, in the primary key: what that costs depends
on how many are asked for, not on how many there are.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.quality import UNBELIEVABLE
from store import faults
from store.alarm import COLUMNS_OF_ALARM, Alarm
from store.incident import COLUMNS_OF_INCIDENT, Incident
from store.pool import Connection

_MOVERS: Final = """
SELECT device_id FROM device
 WHERE kind = ANY(%(kinds)s) AND state = 'active' ORDER BY device_id LIMIT %(limit)s"""
_POSITIONS: Final = """
SELECT mover.device_id, fix.measured_at, fix.lon_deg, fix.lat_deg
  FROM unnest(%(device_ids)s::text[]) mover (device_id)
 CROSS JOIN generate_series(%(since)s::timestamptz, %(until)s::timestamptz - interval '1 ms',
                            %(step)s::interval) step (at)
 CROSS JOIN LATERAL (
       SELECT measured_at, lon_deg, lat_deg FROM gps_fix
        WHERE gps_fix.device_id = mover.device_id AND measured_at >= step.at
          AND measured_at < least(step.at + %(step)s::interval, %(until)s)
          AND flags & %(unbelievable)s = 0
        ORDER BY measured_at, seq LIMIT 1) fix
 ORDER BY mover.device_id, fix.measured_at"""
_ALARMS: Final = f"""
SELECT {COLUMNS_OF_ALARM} FROM alarm
 WHERE raised_at < %(until)s
   AND coalesce(closed_at, cleared_at, 'infinity') >= %(since)s
   AND raised_at >= %(since)s - interval '7 days'
 ORDER BY raised_at DESC, alarm_id DESC LIMIT %(limit)s"""  # noqa: S608  constants
_INCIDENTS: Final = f"""
SELECT {COLUMNS_OF_INCIDENT} FROM incident
 WHERE opened_at < %(until)s AND coalesce(closed_at, 'infinity') >= %(since)s
   AND opened_at >= %(since)s - interval '31 days'
 ORDER BY opened_at DESC, incident_id DESC LIMIT %(limit)s"""  # noqa: S608  constants
_LOG: Final = """
SELECT incident_id, at, by, kind, text_es, text_en FROM incident_entry
 WHERE incident_id = ANY(%(incident_ids)s) AND at >= %(since)s AND at < %(until)s
 ORDER BY at, entry_id LIMIT %(limit)s"""
_READINGS: Final = """
SELECT device_id, metric, hour, sum_value / nullif(n - flagged, 0) FROM reading_hourly
 WHERE hour >= %(since)s - interval '1 hour' AND hour < %(until)s AND sum_value IS NOT NULL
   AND metric = ANY(%(metrics)s)
 ORDER BY device_id, metric, hour LIMIT %(limit)s"""
_PASSAGES: Final = """
SELECT device_id, hour, direction, n FROM passage_hourly
 WHERE hour >= %(since)s - interval '1 hour' AND hour < %(until)s
 ORDER BY device_id, hour, direction LIMIT %(limit)s"""


class Position(NamedTuple):
    """A vehicle at a moment."""

    device_id: str
    at: datetime
    lon_deg: float
    lat_deg: float


class Entry(NamedTuple):
    """A line of an incident's log."""

    incident_id: int
    at: datetime
    by: str
    kind: str
    text_es: str
    text_en: str


class Mean(NamedTuple):
    """An hour of a metric; None: nothing believable."""

    device_id: str
    metric: str
    hour: datetime
    mean: float | None


class Passages(NamedTuple):
    """Plates of an hour of a camera."""

    device_id: str
    hour: datetime
    direction: str
    n: int


class Window(NamedTuple):
    """From, to (exclusive), and how many rows at the most."""

    since: datetime
    until: datetime
    limit: int


def movers(conn: Connection, kinds: Sequence[str], *, limit: int) -> list[str]:
    """Active devices of these kinds."""
    with faults.translated("listing vehicles"):
        rows = conn.execute(_MOVERS, {"kinds": list(kinds), "limit": limit})
        return [row[0] for row in rows]


def positions(
    conn: Connection, device_ids: Sequence[str], window: Window, step: timedelta
) -> list[Position]:
    """The first believable fix of each device in each step of a window."""
    values = {
        "device_ids": list(device_ids),
        "since": window.since,
        "until": window.until,
        "step": step,
        "unbelievable": int(UNBELIEVABLE),
    }
    with faults.translated("reading past positions"):
        return [Position(*row) for row in conn.execute(_POSITIONS, values)]


def alarms(conn: Connection, window: Window) -> list[Alarm]:
    """Alarms that went on in a window, raised at most a week before it; the newest."""
    with faults.translated("reading past alarms"):
        return [Alarm(*row) for row in conn.execute(_ALARMS, window._asdict())]


def incidents(conn: Connection, window: Window) -> list[Incident]:
    """Incidents that were open in a window, opened at most a month before it; the newest."""
    with faults.translated("reading past incidents"):
        return [Incident(*row) for row in conn.execute(_INCIDENTS, window._asdict())]


def log(conn: Connection, incident_ids: Sequence[int], window: Window) -> list[Entry]:
    """What was written into these incidents' logs in a window."""
    values = {**window._asdict(), "incident_ids": list(incident_ids)}
    with faults.translated("reading past logs"):
        return [Entry(*row) for row in conn.execute(_LOG, values)]


def readings(conn: Connection, metrics: Sequence[str], window: Window) -> list[Mean]:
    """Hourly means of these metrics."""
    values = {**window._asdict(), "metrics": list(metrics)}
    with faults.translated("reading past readings"):
        return [Mean(*row) for row in conn.execute(_READINGS, values)]


def passages(conn: Connection, window: Window) -> list[Passages]:
    """Plates an hour, camera and direction."""
    with faults.translated("reading past passages"):
        return [Passages(*row) for row in conn.execute(_PASSAGES, window._asdict())]
