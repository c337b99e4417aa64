"""Doubts that come after the fact: which hours to look at, their samples, and the bits to set.

Setting a bit is a change of its hour, so it is told to the rollup as ingest tells of new rows: by
a delta of the ledger, in the same transaction. What is set already is left alone. One metric a
transaction: ingest renews the newest values of many at once, and nobody waits in a circle.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.happenings import Happening
from core.quality import UNBELIEVABLE, Flag
from store import faults
from store.calibration import JOIN, VALUE
from store.pool import Connection

_STANDING: Final = int(Flag.DRIFT | Flag.STEP)
"""Doubts about an instrument, not about a sample: neighbours go on being compared with it."""
_WRONG: Final = int(UNBELIEVABLE) & ~_STANDING
_DUE: Final = """
SELECT counted.device_id, counted.hour, counted.rows
  FROM (SELECT h.device_id, h.hour, sum(h.n + h.flagged)::bigint AS rows
          FROM reading_hourly h JOIN device d USING (device_id)
         WHERE d.kind = ANY(%(kinds)s) AND h.metric = ANY(%(metrics)s) AND h.hour >= %(since)s
         GROUP BY h.device_id, h.hour) counted
  LEFT JOIN quality_hour held USING (device_id, hour)
 WHERE held.rows IS DISTINCT FROM counted.rows
 ORDER BY counted.hour DESC, counted.device_id LIMIT %(limit)s"""
_LOOKED: Final = """
INSERT INTO quality_hour SELECT * FROM unnest(%s::text[], %s::timestamptz[], %s::bigint[])
ON CONFLICT (device_id, hour) DO UPDATE SET rows = excluded.rows"""
_SAMPLES: Final = """
SELECT metric, array_agg(measured_at ORDER BY measured_at, seq),
       array_agg(value ORDER BY measured_at, seq), array_agg(flags ORDER BY measured_at, seq)
  FROM reading
 WHERE device_id = %s AND metric = ANY(%s) AND measured_at >= %s AND measured_at < %s
 GROUP BY metric"""
_TELL: Final = """
, told AS (
    INSERT INTO ledger_delta (device_id, hour)
    SELECT DISTINCT device_id, date_trunc('hour', measured_at) FROM hit
), newest AS (
    UPDATE latest_value v SET flags = hit.flags FROM hit
     WHERE (v.device_id, v.metric, v.measured_at, v.seq)
         = (hit.device_id, hit.metric, hit.measured_at, hit.seq)
)
SELECT count(*) FROM hit"""
_RETURNING: Final = "RETURNING r.device_id, r.metric, r.measured_at, r.seq, r.flags"
_FLAG: Final = f"""
WITH hit AS (
    UPDATE reading r SET flags = r.flags | %(bit)s::smallint
      FROM unnest(%(at)s::timestamptz[]) AS doubted (at)
     WHERE r.device_id = %(device_id)s AND r.metric = %(metric)s AND r.measured_at = doubted.at
       AND r.measured_at >= %(since)s AND r.measured_at <= %(until)s
       AND r.flags & %(bit)s::smallint = 0
    {_RETURNING}
) {_TELL}"""  # noqa: S608  constants
_FLAG_SINCE: Final = f"""
WITH hit AS (
    UPDATE reading r SET flags = r.flags | %(bit)s::smallint
     WHERE r.device_id = %(device_id)s AND r.metric = %(metric)s
       AND r.measured_at >= %(since)s AND r.flags & %(bit)s::smallint = 0
    {_RETURNING}
) {_TELL}"""  # noqa: S608  constants
_MEAN: Final = VALUE.format(value="h.mean")
_HOURS: Final = f"""
WITH h AS (
    SELECT device_id, metric, hour, sum_value / n AS mean, false AS moved
      FROM reading_hourly
     WHERE device_id = ANY(%(device_ids)s) AND metric = ANY(%(metrics)s)
       AND hour >= %(since)s AND hour < %(until)s AND flagged = 0 AND n > 0
     UNION ALL
    SELECT c.device_id, c.metric, c.hour, avg(r.value) FILTER (WHERE r.flags & {_WRONG} = 0),
           bool_or(r.flags & {_STANDING} <> 0)
      FROM reading_hourly c
      JOIN reading r ON r.device_id = c.device_id AND r.metric = c.metric
       AND r.measured_at >= c.hour AND r.measured_at < c.hour + INTERVAL '1 hour'
     WHERE c.device_id = ANY(%(device_ids)s) AND c.metric = ANY(%(metrics)s)
       AND c.hour >= %(since)s AND c.hour < %(until)s AND c.flagged > 0
       AND r.measured_at >= %(since)s AND r.measured_at < %(until)s
     GROUP BY c.device_id, c.metric, c.hour
)
SELECT h.device_id, h.metric, h.hour, {_MEAN}, h.moved
  FROM h {JOIN.format(row="h", at="hour")}
 WHERE h.mean IS NOT NULL"""  # noqa: S608  constants
_OPEN: Final = """
SELECT DISTINCT ON (device_id, extra ->> 'metric', extra ->> 'doubt')
       device_id, extra ->> 'metric', extra ->> 'doubt', measured_at, type
  FROM event
 WHERE type = ANY(%s) AND measured_at >= %s AND seq < 0
 ORDER BY device_id, extra ->> 'metric', extra ->> 'doubt', measured_at DESC"""


class Due(NamedTuple):
    """A station's hour whose samples nobody has looked at as they are now."""

    device_id: str
    hour: datetime
    rows: int


class Samples(NamedTuple):
    """One metric of one station in order of time; raw values."""

    at: Sequence[datetime]
    value: npt.NDArray[np.float64]
    flags: npt.NDArray[np.int64]


class HourMean(NamedTuple):
    """One metric of one station in one hour, calibrated."""

    device_id: str
    metric: str
    hour: datetime
    mean: float
    moved: bool
    """Its instrument was in doubt then."""


class Open(NamedTuple):
    """A doubt that was told and not taken back."""

    device_id: str
    metric: str
    doubt: str
    since: datetime


def due(
    conn: Connection, kinds: Sequence[str], metrics: Sequence[str], since: datetime, *, limit: int
) -> list[Due]:
    """Hours with readings that nobody looked at yet, newest first."""
    asked = {"kinds": list(kinds), "metrics": list(metrics), "since": since, "limit": limit}
    with faults.translated("looking for readings to check"):
        return [Due(*row) for row in conn.execute(_DUE, asked)]


def looked_at(conn: Connection, hours: Sequence[Due]) -> None:
    """Remember that these hours were looked at, as they were counted."""
    with faults.translated("noting checked hours"):
        conn.execute(_LOOKED, [list(column) for column in zip(*hours, strict=True)])


def samples(
    conn: Connection, device_id: str, metrics: Sequence[str], since: datetime, until: datetime
) -> dict[str, Samples]:
    """A station's raw readings by metric, flagged ones included."""
    with faults.translated(f"reading the samples of {device_id}"):
        found = conn.execute(_SAMPLES, (device_id, list(metrics), since, until)).fetchall()
    return {
        metric: Samples(at, np.array(value, np.float64), np.array(flags, np.int64))
        for metric, at, value, flags in found
    }


def flag(conn: Connection, device_id: str, metric: str, at: Sequence[datetime], doubt: Flag) -> int:
    """Set a bit on the readings of these instants; answer how many did not have it."""
    if not at:
        return 0
    asked: dict[str, Any] = {
        "device_id": device_id,
        "metric": metric,
        "at": list(at),
        "since": min(at),
        "until": max(at),
        "bit": int(doubt),
    }
    with faults.translated("flagging readings"), conn.transaction():
        return _count(conn.execute(_FLAG.encode(), asked).fetchone())


def flag_since(conn: Connection, device_id: str, metric: str, since: datetime, doubt: Flag) -> int:
    """Set a bit on all readings from an instant on; answer how many did not have it."""
    asked = {"device_id": device_id, "metric": metric, "since": since, "bit": int(doubt)}
    with faults.translated("flagging readings"), conn.transaction():
        return _count(conn.execute(_FLAG_SINCE.encode(), asked).fetchone())


def hours(
    conn: Connection,
    device_ids: Sequence[str],
    metrics: Sequence[str],
    since: datetime,
    until: datetime,
) -> list[HourMean]:
    """Hourly means to compare neighbours by: wrong samples left out, moved instruments not."""
    asked = {
        "device_ids": list(device_ids),
        "metrics": list(metrics),
        "since": since,
        "until": until,
    }
    with faults.translated("averaging readings"):
        return [HourMean(*row) for row in conn.execute(_HOURS.encode(), asked)]


def still_open(conn: Connection, since: datetime) -> list[Open]:
    """Doubts told since then whose end was not."""
    begin, end = Happening.DATA_QUALITY.value, Happening.DATA_QUALITY_END.value
    with faults.translated("reading doubts told before"):
        return [
            Open(*row[:4])
            for row in conn.execute(_OPEN, ([begin, end], since)).fetchall()
            if row[4] == begin
        ]


def _count(row: tuple[Any, ...] | None) -> int:
    return int(row[0]) if row else 0
