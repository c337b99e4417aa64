"""Levels as they are now, of whatever some rule asks for."""

from datetime import datetime, timedelta
from typing import Final

from control_center.rules.facts import Happened, Level, Place, Reading
from control_center.rules.judge import Judge
from core.device import Device, State
from core.topics import Kind
from devices import health, registry
from devices.health import Presence, Signs
from store import alarm_facts
from store.alarm_facts import Air, Event, Heard, Value
from store.pool import Connection

_OLDEST_VALUE: Final = timedelta(days=7)
_OLDEST_AIR: Final = timedelta(hours=3)
_OLDEST_LAG: Final = timedelta(minutes=5)


def read(conn: Connection, judge: Judge, now: datetime) -> list[Level]:
    """Everything that a judge's rules are about, as it is now."""
    found: list[Level] = []
    readings = judge.readings
    if Reading.METRIC in readings:
        since = now - _OLDEST_VALUE
        found += (of_value(one) for one in alarm_facts.values(conn, judge.metrics, since))
    if Reading.SILENCE in readings:
        heard = alarm_facts.heard(conn, judge.silent_kinds)
        found += (_silence(one, now) for one in heard)
    if Reading.AIR in readings:
        found += (of_air(one) for one in alarm_facts.air(conn, now - _OLDEST_AIR))
    if Reading.INGEST_LAG in readings:
        lag_s = alarm_facts.lag_s(conn, now - _OLDEST_LAG)
        if lag_s is not None:
            found.append(Level(Reading.INGEST_LAG, lag_s, now))
    return found


def of_value(one: Value) -> Level:
    """A metric's value; its time is the device's."""
    return Level(
        Reading.METRIC,
        one.value,
        one.measured_at,
        one.device_id,
        one.kind,
        one.metric,
        _place(one.lat_deg, one.lon_deg),
    )


def of_air(one: Air) -> Level:
    """A judged hour; it is known when it is over."""
    return Level(
        Reading.AIR,
        float(one.category),
        one.hour + timedelta(hours=1),
        one.device_id,
        one.kind,
        None,
        _place(one.lat_deg, one.lon_deg),
    )


def of_event(one: Event) -> Happened:
    """A row as rules see it."""
    return Happened(
        device_id=one.device_id,
        kind=one.kind,
        type=one.type,
        severity=one.severity,
        at=one.measured_at,
        place=_place(one.lat_deg, one.lon_deg),
        value=one.value,
        text=one.text,
        extra=one.extra,
    )


def _silence(one: Heard, now: datetime) -> Level:
    device = Device(
        device_id=one.device_id,
        kind=Kind(one.kind),
        name=one.device_id,
        state=State.ACTIVE,
        interval_s=one.interval_s,
    )
    signs = Signs(
        state=State.ACTIVE,
        silence_s=registry.silence_s(device),
        last_seen_at=one.last_seen_at,
        online=one.online,
        status_at=one.status_at,
        since=one.since,
    )
    gone = health.presence(signs, now) in (Presence.SILENT, Presence.OFFLINE)
    place = _place(one.lat_deg, one.lon_deg)
    return Level(Reading.SILENCE, float(gone), now, one.device_id, one.kind, None, place)


def _place(lat_deg: float | None, lon_deg: float | None) -> Place | None:
    return None if lat_deg is None or lon_deg is None else Place(lat_deg, lon_deg)
