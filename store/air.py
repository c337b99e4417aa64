"""Hourly means that can be believed, and the air index that is made of them.

Means are read from the raw readings, calibrated, flagged ones left out. An index row keeps how
many readings of its hour the rollup had counted, believed and doubted, when it was judged: where
the rollup says something else now, readings came, or were found doubtful, since.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from core.quality import UNBELIEVABLE
from core.topics import Kind
from store import faults
from store.calibration import JOIN, VALUE
from store.pool import Connection

_BAD: Final = int(UNBELIEVABLE)
_STATIONS: Final = """
SELECT device_id, name, lat_deg, lon_deg, interval_s FROM device
 WHERE kind = %s AND (NOT %s OR state = 'active') ORDER BY device_id"""
_HOURLY: Final = f"""
SELECT raw.device_id, raw.metric, date_trunc('hour', raw.measured_at) AS hour,
       avg({VALUE.format(value="raw.value")}) FILTER (WHERE raw.flags & {_BAD} = 0) AS mean,
       count(*) FILTER (WHERE raw.flags & {_BAD} = 0) AS n,
       count(DISTINCT date_trunc('minute', raw.measured_at))
           FILTER (WHERE raw.flags & {_BAD} = 0) AS minutes,
       coalesce(bit_or(raw.flags) FILTER (WHERE raw.flags & {_BAD} <> 0), 0) AS doubts
  FROM reading raw {JOIN.format(row="raw", at="measured_at")}
 WHERE raw.device_id = ANY(%(device_ids)s) AND raw.metric = ANY(%(metrics)s)
   AND raw.measured_at >= %(since)s AND raw.measured_at < %(until)s
 GROUP BY raw.device_id, raw.metric, hour"""  # noqa: S608  constants
_COUNTED: Final = """
SELECT device_id, hour, sum(n)::bigint AS believed, sum(flagged)::bigint AS doubted
  FROM reading_hourly
 WHERE device_id = ANY(%(device_ids)s) AND metric = ANY(%(metrics)s)
   AND hour >= %(since)s AND hour < %(until)s
 GROUP BY device_id, hour"""
_DUE: Final = f"""
SELECT counted.device_id, counted.hour
  FROM ({_COUNTED}) counted LEFT JOIN air_index held USING (device_id, hour)
 WHERE (held.believed, held.doubted) IS DISTINCT FROM (counted.believed, counted.doubted)
 ORDER BY hour DESC, device_id"""  # noqa: S608  constants
_SAVE: Final = """
INSERT INTO air_index (device_id, hour, rule_id, category, dominant, detail, epa_aqi, believed,
                       doubted)
SELECT * FROM unnest(%s::text[], %s::timestamptz[], %s::text[], %s::smallint[], %s::text[],
                     %s::jsonb[], %s::smallint[], %s::bigint[], %s::bigint[])
ON CONFLICT (device_id, hour) DO UPDATE SET
    rule_id = excluded.rule_id, category = excluded.category, dominant = excluded.dominant,
    detail = excluded.detail, epa_aqi = excluded.epa_aqi, believed = excluded.believed,
    doubted = excluded.doubted"""
_WINDOW: Final = """
SELECT device_id, hour, rule_id, category, dominant, detail, epa_aqi, believed, doubted
  FROM air_index WHERE device_id = %s AND hour >= %s AND hour < %s ORDER BY hour"""
_NEWEST: Final = """
SELECT DISTINCT ON (device_id)
       device_id, hour, rule_id, category, dominant, detail, epa_aqi, believed, doubted
  FROM air_index WHERE device_id = ANY(%s) AND hour >= %s AND hour < %s
 ORDER BY device_id, hour DESC"""
_DOUBTS: Final = """
SELECT device_id, bit_or(flags)::int FROM reading
 WHERE device_id = ANY(%s) AND metric = ANY(%s) AND measured_at >= %s AND flags <> 0
 GROUP BY device_id"""


class Station(NamedTuple):
    """Who measures, and where."""

    device_id: str
    name: str
    lat_deg: float | None
    lon_deg: float | None
    interval_s: float | None
    """None: its kind's."""


class Mean(NamedTuple):
    """One metric of one station in one hour."""

    device_id: str
    metric: str
    hour: datetime
    mean: float | None
    """Of what is believed, calibrated; None: nothing is."""
    n: int
    """Readings that it is the mean of."""
    minutes: int
    """Distinct minutes in which they were measured."""
    doubts: int
    """Flags of the others."""


class Judged(NamedTuple):
    """The index of one station and hour."""

    device_id: str
    hour: datetime
    rule_id: str
    category: int
    """Place in the rule's categories; -1: too few data."""
    dominant: str | None
    detail: dict[str, Any]
    epa_aqi: int | None
    believed: int
    doubted: int


class Scope(NamedTuple):
    """Which stations and metrics, and which whole hours."""

    device_ids: Sequence[str]
    metrics: Sequence[str]
    since: datetime
    until: datetime
    """Exclusive."""


def stations(conn: Connection, *, kind: Kind = Kind.AIR, active: bool = True) -> list[Station]:
    """Stations of a kind by id; all there ever were, if not only active ones."""
    with faults.translated("listing stations"):
        return [Station(*row) for row in conn.execute(_STATIONS, (kind, active))]


def hourly(conn: Connection, scope: Scope) -> list[Mean]:
    """Hourly means of the raw readings; hours without any are left out."""
    with faults.translated("averaging readings"):
        return [Mean(*row) for row in conn.execute(_HOURLY.encode(), _asked(scope))]


def counted(conn: Connection, scope: Scope) -> dict[tuple[str, datetime], tuple[int, int]]:
    """Readings believed and doubted of each station and hour, as the rollup has them."""
    with faults.translated("counting readings"):
        return {
            (device_id, hour): (believed, doubted)
            for device_id, hour, believed, doubted in conn.execute(_COUNTED, _asked(scope))
        }


def due(conn: Connection, scope: Scope) -> list[tuple[str, datetime]]:
    """Stations and hours whose readings changed since they were judged, newest hour first."""
    with faults.translated("looking for hours to judge"):
        return conn.execute(_DUE.encode(), _asked(scope)).fetchall()


def save(conn: Connection, judged: Sequence[Judged]) -> None:
    """Write hours as they were judged, at most once a station and hour."""
    if not judged:
        return
    columns = [list(column) for column in zip(*judged, strict=True)]
    detail = Judged._fields.index("detail")
    columns[detail] = [Jsonb(one) for one in columns[detail]]
    with faults.translated("saving the air index"), conn.transaction():
        conn.execute(_SAVE, columns)


def window(conn: Connection, device_id: str, since: datetime, until: datetime) -> list[Judged]:
    """A station's hours in a window, oldest first; hours nobody judged are left out."""
    with faults.translated("reading the air index"):
        return [Judged(*row) for row in conn.execute(_WINDOW, (device_id, since, until))]


def newest(
    conn: Connection, device_ids: Sequence[str], since: datetime, until: datetime
) -> dict[str, Judged]:
    """The last hour judged of each station in a window, where there is one."""
    with faults.translated("reading the air index"):
        rows = conn.execute(_NEWEST, (list(device_ids), since, until)).fetchall()
    return {row[0]: Judged(*row) for row in rows}


def doubts(
    conn: Connection, device_ids: Sequence[str], metrics: Sequence[str], since: datetime
) -> dict[str, int]:
    """Flags of each station's readings since then, all together; without stations in order."""
    with faults.translated("reading flags"):
        return dict(conn.execute(_DOUBTS, (list(device_ids), list(metrics), since)).fetchall())


def _asked(scope: Scope) -> dict[str, Any]:
    return {
        "device_ids": list(scope.device_ids),
        "metrics": list(scope.metrics),
        "since": scope.since,
        "until": scope.until,
    }
