"""What rules judge: events by when they were stored, and levels as they are now.

Events are read behind the oldest transaction that may still store some, so none that commits late
is passed over; who reads knows the keys of those it has already seen (control_center.alarms).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from core.quality import UNBELIEVABLE
from store import faults
from store.pool import Connection

_TURN: Final = "SELECT pg_try_advisory_lock(%s)"
_TURN_KEY: Final = 0x_C5_A1_60
_SETTLED: Final = """
SELECT greatest(least(now(), (
       SELECT min(xact_start) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid())),
       now() - interval '2 minutes')"""
_EVENTS: Final = """
SELECT event.device_id, device.kind, event.type, event.severity, event.measured_at, event.seq,
       event.stored_at, coalesce(event.lat_deg, fix.lat_deg, device.lat_deg),
       coalesce(event.lon_deg, fix.lon_deg, device.lon_deg), event.value, event.text,
       coalesce(event.extra, '{}'::jsonb)
  FROM event LEFT JOIN device USING (device_id) LEFT JOIN latest_fix fix USING (device_id)
 WHERE event.stored_at >= %(since)s AND event.measured_at >= %(floor)s
   AND event.type = ANY(%(types)s)
 ORDER BY event.stored_at, event.measured_at, event.device_id, event.seq LIMIT %(limit)s"""
_PAST: Final = """
SELECT event.device_id, device.kind, event.type, event.severity, event.measured_at, event.seq,
       event.stored_at, coalesce(event.lat_deg, device.lat_deg),
       coalesce(event.lon_deg, device.lon_deg), event.value, event.text,
       coalesce(event.extra, '{}'::jsonb)
  FROM event LEFT JOIN device USING (device_id)
 WHERE event.measured_at >= %(since)s AND event.measured_at < %(until)s
   AND event.type = ANY(%(types)s)
 ORDER BY event.measured_at, event.device_id, event.seq LIMIT %(limit)s"""
_VALUES: Final = """
SELECT value.device_id, device.kind, value.metric, value.measured_at, value.value,
       coalesce(fix.lat_deg, device.lat_deg), coalesce(fix.lon_deg, device.lon_deg)
  FROM latest_value value JOIN device USING (device_id) LEFT JOIN latest_fix fix USING (device_id)
 WHERE value.metric = ANY(%(metrics)s) AND device.state = 'active'
   AND value.flags & %(unbelievable)s = 0 AND value.measured_at >= %(since)s"""
_SAMPLES: Final = """
SELECT device.device_id, device.kind, sample.metric, sample.measured_at, sample.value,
       device.lat_deg, device.lon_deg
  FROM device
 CROSS JOIN unnest(%(metrics)b::text[]) wanted (metric)
 CROSS JOIN LATERAL (
       SELECT metric, measured_at, value FROM reading
        WHERE reading.device_id = device.device_id AND reading.metric = wanted.metric
          AND measured_at >= %(since)s AND measured_at < %(until)s
          AND flags & %(unbelievable)s = 0
        ORDER BY measured_at, seq LIMIT %(limit)s) sample
 ORDER BY sample.measured_at, device.device_id LIMIT %(limit)s"""
_AIR: Final = """
SELECT DISTINCT ON (air.device_id) air.device_id, device.kind, air.hour, air.category,
       device.lat_deg, device.lon_deg
  FROM air_index air JOIN device USING (device_id)
 WHERE air.hour >= %(since)s AND air.category >= 0 AND device.state = 'active'
 ORDER BY air.device_id, air.hour DESC"""
_AIR_PAST: Final = """
SELECT air.device_id, device.kind, air.hour, air.category, device.lat_deg, device.lon_deg
  FROM air_index air JOIN device USING (device_id)
 WHERE air.hour >= %(since)s AND air.hour < %(until)s AND air.category >= 0
 ORDER BY air.hour, air.device_id LIMIT %(limit)s"""
_PRESENCE: Final = """
SELECT device.device_id, device.kind, device.interval_s, seen.received_at, presence.online,
       presence.received_at, presence.since, coalesce(fix.lat_deg, device.lat_deg),
       coalesce(fix.lon_deg, device.lon_deg)
  FROM device JOIN last_seen seen USING (device_id) LEFT JOIN presence USING (device_id)
  LEFT JOIN latest_fix fix USING (device_id)
 WHERE device.state = 'active' AND device.kind = ANY(%(kinds)s)"""
_LAG: Final = """
SELECT extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY stored_at - received_at))
  FROM (SELECT fix.stored_at, fix.received_at
          FROM (SELECT device_id, measured_at, seq FROM latest_fix
                 WHERE received_at >= %(since)s ORDER BY received_at DESC LIMIT 200) newest
          JOIN gps_fix fix USING (device_id, measured_at, seq)
         WHERE fix.measured_at >= %(since)s - interval '1 day') sampled"""


class Event(NamedTuple):
    """One event with what is known of its device and place."""

    device_id: str
    kind: str | None
    type: str
    severity: str | None
    measured_at: datetime
    seq: int
    stored_at: datetime
    lat_deg: float | None
    lon_deg: float | None
    value: float | None
    text: str | None
    extra: dict[str, Any]


class Value(NamedTuple):
    """A metric of a device at a moment."""

    device_id: str
    kind: str
    metric: str
    measured_at: datetime
    value: float
    lat_deg: float | None
    lon_deg: float | None


class Air(NamedTuple):
    """An hour of a station."""

    device_id: str
    kind: str
    hour: datetime
    category: int
    lat_deg: float | None
    lon_deg: float | None


class Heard(NamedTuple):
    """What bears on a device's presence."""

    device_id: str
    kind: str
    interval_s: float | None
    last_seen_at: datetime
    online: bool | None
    status_at: datetime | None
    since: datetime | None
    lat_deg: float | None
    lon_deg: float | None


def take_turn(conn: Connection) -> bool:
    """Be the one who raises alarms, as long as the connection lives; False: another is."""
    with faults.translated("taking the turn to raise alarms"):
        row = conn.execute(_TURN, (_TURN_KEY,)).fetchone()
    return bool(row and row[0])


def settled(conn: Connection) -> datetime:
    """Whatever commits from now on is stored no earlier; at most two minutes ago."""
    with faults.translated("asking for open transactions"):
        row = conn.execute(_SETTLED).fetchone()
    assert row is not None  # noqa: S101  a query without FROM has one row
    at: datetime = row[0]
    return at


def events(
    conn: Connection, since: datetime, types: Sequence[str], *, floor: datetime, limit: int
) -> list[Event]:
    """Events stored from `since` on, in that order; nothing measured before `floor`."""
    values = {"since": since, "floor": floor, "types": list(types), "limit": limit}
    with faults.translated("reading new events"):
        return [Event(*row) for row in conn.execute(_EVENTS, values)]


def past_events(
    conn: Connection, since: datetime, until: datetime, types: Sequence[str], *, limit: int
) -> list[Event]:
    """Events measured in a window, oldest first."""
    values = {"since": since, "until": until, "types": list(types), "limit": limit}
    with faults.translated("reading past events"):
        return [Event(*row) for row in conn.execute(_PAST, values)]


def values(conn: Connection, metrics: Collection[str], since: datetime) -> list[Value]:
    """The newest believable value of each device, none older than `since`."""
    asked = {"metrics": list(metrics), "since": since, "unbelievable": int(UNBELIEVABLE)}
    with faults.translated("reading the newest values"):
        return [Value(*row) for row in conn.execute(_VALUES, asked)]


def past_values(
    conn: Connection, metrics: Collection[str], since: datetime, until: datetime, *, limit: int
) -> list[Value]:
    """Believable values of a window, oldest first."""
    asked = {
        "metrics": list(metrics),
        "since": since,
        "until": until,
        "unbelievable": int(UNBELIEVABLE),
        "limit": limit,
    }
    with faults.translated("reading past values"):
        return [Value(*row) for row in conn.execute(_SAMPLES, asked)]


def air(conn: Connection, since: datetime) -> list[Air]:
    """The newest judged hour of each station, none before `since`."""
    with faults.translated("reading the newest air"):
        return [Air(*row) for row in conn.execute(_AIR, {"since": since})]


def past_air(conn: Connection, since: datetime, until: datetime, *, limit: int) -> list[Air]:
    """Judged hours of a window, oldest first."""
    asked = {"since": since, "until": until, "limit": limit}
    with faults.translated("reading past air"):
        return [Air(*row) for row in conn.execute(_AIR_PAST, asked)]


def heard(conn: Connection, kinds: Collection[str]) -> list[Heard]:
    """When each active device of these kinds was last heard, and what it said of itself."""
    with faults.translated("reading who was heard"):
        return [Heard(*row) for row in conn.execute(_PRESENCE, {"kinds": list(kinds)})]


def lag_s(conn: Connection, since: datetime) -> float | None:
    """Median seconds from arrival to commit of the newest fixes; None: none came since."""
    with faults.translated("reading ingest's lag"):
        row = conn.execute(_LAG, {"since": since}).fetchone()
    return None if row is None or row[0] is None else float(row[0])
