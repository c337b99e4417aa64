"""One past window for one clock: positions, alarms, incidents and their logs, readings, passages.

Bounded whatever the window holds: positions become coarser, lists say that they were cut. Who
pressed a panic button is in none of it, and plates are counts.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from control_center.alarms import values
from core.clock import epoch_us
from store import replay as store
from store.pool import Connection
from store.replay import Window

LONGEST: Final = timedelta(days=1)
_POSITIONS: Final = 40_000
_DEVICES: Final = 4000
_FINEST: Final = timedelta(seconds=5)
_ALARMS: Final = 2000
_INCIDENTS: Final = 500
_LINES: Final = 5000
_READINGS: Final = 20_000
_PASSAGES: Final = 10_000
_KINDS: Final = ("truck", "bus")
_METRICS: Final = ("pm25_ugm3", "pm10_ugm3", "o3_ppb", "laeq_db", "people_count", "vehicle_count")


def build(conn: Connection, since: datetime, until: datetime) -> dict[str, Any]:
    """Everything of a window of at most a day."""
    names = store.movers(conn, _KINDS, limit=_DEVICES)
    step = step_of(until - since, len(names))
    whole = Window(since, until, 0)
    found = store.positions(conn, names, whole, step)
    tracks: dict[str, list[tuple[int, float, float]]] = {}
    for one in found:
        point = (epoch_us(one.at) // 1000, one.lon_deg, one.lat_deg)
        tracks.setdefault(one.device_id, []).append(point)
    alarms = store.alarms(conn, whole._replace(limit=_ALARMS + 1))
    incidents = store.incidents(conn, whole._replace(limit=_INCIDENTS + 1))
    numbers = [row.incident_id for row in incidents[:_INCIDENTS]]
    lines = store.log(conn, numbers, whole._replace(limit=_LINES + 1))
    readings = store.readings(conn, _METRICS, whole._replace(limit=_READINGS + 1))
    passages = store.passages(conn, whole._replace(limit=_PASSAGES + 1))
    series: dict[str, dict[str, list[tuple[int, float | None]]]] = {}
    for mean in readings[:_READINGS]:
        points = series.setdefault(mean.device_id, {}).setdefault(mean.metric, [])
        points.append((epoch_us(mean.hour) // 1000, mean.mean))
    return {
        "from": since,
        "to": until,
        "step_s": step.total_seconds(),
        "positions": tracks,
        "alarms": [values.alarm(row) for row in alarms[:_ALARMS]],
        "incidents": [values.incident(row) for row in incidents[:_INCIDENTS]],
        "log": [line._asdict() for line in lines[:_LINES]],
        "readings": series,
        "passages": [one._asdict() for one in passages[:_PASSAGES]],
        "cut": [
            name
            for name, rows, most in (
                ("alarms", alarms, _ALARMS),
                ("incidents", incidents, _INCIDENTS),
                ("log", lines, _LINES),
                ("readings", readings, _READINGS),
                ("passages", passages, _PASSAGES),
            )
            if len(rows) > most
        ],
    }


def step_of(span: timedelta, devices: int) -> timedelta:
    """How far apart positions are, so that all of them are few enough; whole seconds.

    >>> step_of(timedelta(hours=1), 100), step_of(timedelta(days=1), 1000)
    (datetime.timedelta(seconds=9), datetime.timedelta(seconds=2160))
    """
    wanted_s = -(-span.total_seconds() * max(devices, 1) // _POSITIONS)
    return max(_FINEST, timedelta(seconds=wanted_s))
