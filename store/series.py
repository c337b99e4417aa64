"""One device's metric, or its track, over a window: every row, or one a bucket.

A row counts for mean, minimum and maximum only while nothing makes it
unbelievable; what does not count is counted. Buckets are aligned to UTC. Values
are calibrated by what holds at their instant.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.quality import UNBELIEVABLE
from store import faults
from store.calibration import JOIN, VALUE
from store.pool import AsyncPool

_READING: Final = f"""
SELECT raw.measured_at, {VALUE.format(value="raw.value")} AS value, raw.flags
  FROM reading raw {JOIN.format(row="raw", at="measured_at")}
 WHERE raw.device_id = %(device_id)s AND raw.metric = %(metric)s
   AND raw.measured_at >= %(since)s AND raw.measured_at < %(until)s"""  # noqa: S608  constants
_SPEED: Final = """
SELECT measured_at, speed_mps * 3.6 AS value, flags FROM gps_fix
 WHERE device_id = %(device_id)s AND speed_mps IS NOT NULL
   AND measured_at >= %(since)s AND measured_at < %(until)s"""
_ROWS: Final = " ORDER BY measured_at LIMIT %(limit)s"
_BUCKETED: Final = """
SELECT time_bucket(%(bucket)s, measured_at) AS at,
       avg(value) FILTER (WHERE flags & %(unbelievable)s = 0) AS mean,
       min(value) FILTER (WHERE flags & %(unbelievable)s = 0) AS least,
       max(value) FILTER (WHERE flags & %(unbelievable)s = 0) AS most,
       count(*) FILTER (WHERE flags & %(unbelievable)s <> 0) AS flagged
  FROM ({rows}) AS row
 GROUP BY at ORDER BY at LIMIT %(limit)s"""
_TRACK: Final = """
SELECT measured_at AS at, lon_deg, lat_deg, speed_mps, flags FROM gps_fix
 WHERE device_id = %(device_id)s AND measured_at >= %(since)s AND measured_at < %(until)s
 ORDER BY measured_at, seq LIMIT %(limit)s"""
_THINNED: Final = """
SELECT DISTINCT ON (time_bucket(%(bucket)s, measured_at))
       measured_at AS at, lon_deg, lat_deg, speed_mps, flags FROM gps_fix
 WHERE device_id = %(device_id)s AND measured_at >= %(since)s AND measured_at < %(until)s
 ORDER BY time_bucket(%(bucket)s, measured_at), flags & %(unbelievable)s, measured_at
 LIMIT %(limit)s"""
SPEED: Final = "speed_kmh"
"""The one series that comes from fixes."""


class Window(NamedTuple):
    """Which device, and since when until when (exclusive)."""

    device_id: str
    since: datetime
    until: datetime


class Point(NamedTuple):
    """One row or one bucket; None: nothing believable in it."""

    at: datetime
    mean: float | None
    least: float | None
    most: float | None
    flagged: int


class Place(NamedTuple):
    """One fix of a track."""

    at: datetime
    lon_deg: float
    lat_deg: float
    speed_mps: float | None
    flags: int


async def rows(pool: AsyncPool, window: Window, metric: str, *, limit: int) -> list[Point]:
    """Read every row of a series, oldest first; the first `limit` of them."""
    statement = (_SPEED if metric == SPEED else _READING) + _ROWS
    values = {**window._asdict(), "metric": metric, "limit": limit}
    with faults.translated("reading a series"):
        async with pool.connection() as conn:
            cur = await conn.execute(statement.encode(), values)
            return [_point(**row) async for row in cur]


async def buckets(
    pool: AsyncPool, window: Window, metric: str, *, bucket: timedelta, limit: int
) -> list[Point]:
    """Read a series summed up by buckets, oldest first; empty buckets are left out."""
    statement = _BUCKETED.format(rows=_SPEED if metric == SPEED else _READING)
    values = {
        **window._asdict(),
        "metric": metric,
        "bucket": bucket,
        "limit": limit,
        "unbelievable": int(UNBELIEVABLE),
    }
    with faults.translated("summing up a series"):
        async with pool.connection() as conn:
            return [Point(**row) async for row in await conn.execute(statement.encode(), values)]


async def track(
    pool: AsyncPool, window: Window, *, bucket: timedelta | None, limit: int
) -> list[Place]:
    """Read where a device was, oldest first; with a bucket, one fix in each, a believable one."""
    values = {
        **window._asdict(),
        "bucket": bucket,
        "limit": limit,
        "unbelievable": int(UNBELIEVABLE),
    }
    statement = _TRACK if bucket is None else _THINNED
    with faults.translated("reading a track"):
        async with pool.connection() as conn:
            return [Place(**row) async for row in await conn.execute(statement, values)]


def _point(measured_at: datetime, value: float, flags: int) -> Point:
    if flags & UNBELIEVABLE:
        return Point(measured_at, None, None, None, 1)
    return Point(measured_at, value, value, value, 0)
