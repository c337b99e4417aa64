"""New samples of the series that the anomaly engine watches, summed up by steps of time.

Each series has a moment up to which it is known. A step of time is read once it is over; what
comes for it later is history, and not read here: the engine learns in order. A step in which
only values lie that can't be believed answers NaN, so that doubt is told from silence.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from core.quality import UNBELIEVABLE
from store import faults
from store.pool import Connection

_READINGS: Final = """
SELECT v.device_id, v.metric, extract(epoch FROM v.measured_at)::float8
  FROM latest_value v JOIN device d USING (device_id)
 WHERE d.state = 'active' AND v.metric = ANY(%(metrics)s)"""
_STATUSES: Final = """
SELECT p.device_id, %(metric)s, extract(epoch FROM p.measured_at)::float8
  FROM presence p JOIN device d USING (device_id)
 WHERE d.state = 'active' AND d.kind <> ALL (%(apart)s)"""
_SPEEDS: Final = """
SELECT f.device_id, %(metric)s, extract(epoch FROM f.measured_at)::float8
  FROM latest_fix f JOIN device d USING (device_id)
 WHERE d.state = 'active' AND d.kind = 'truck'"""
_PASSAGES: Final = """
SELECT d.device_id, %(metric)s, extract(epoch FROM s.received_at)::float8
  FROM device d JOIN last_seen s USING (device_id)
 WHERE d.state = 'active' AND d.kind = 'camera'"""
_MESSAGES: Final = """
SELECT d.device_id, %(metric)s, extract(epoch FROM s.received_at)::float8
  FROM device d JOIN last_seen s USING (device_id) WHERE d.state = 'active'"""
_ASKED: Final = """unnest(%(device_ids)s::text[], %(metrics)s::text[], %(after_s)s::float8[])
       WITH ORDINALITY AS asked (device_id, metric, after_s, nth)"""
_MINE: Final = """{series} AND measured_at >= to_timestamp(asked.after_s)
          AND measured_at >= to_timestamp(%(floor_s)s)
          AND measured_at < to_timestamp(%(until_s)s)"""
_FIRST: Final = f"""
SELECT extract(epoch FROM min(first.measured_at))::float8 FROM {_ASKED}
 CROSS JOIN LATERAL (
       SELECT measured_at FROM {{table}} WHERE {_MINE} ORDER BY measured_at LIMIT 1) AS first"""  # noqa: S608  constants
_ROWS: Final = f"""
SELECT (asked.nth - 1)::int, step.at_s, step.value FROM {_ASKED}
 CROSS JOIN LATERAL (
       SELECT floor(extract(epoch FROM measured_at)::float8 / %(step_s)s) * %(step_s)s AS at_s,
              {{value}} AS value
         FROM {{table}} WHERE {_MINE} GROUP BY 1) AS step
 ORDER BY 1, 2"""  # noqa: S608  constants
_MEAN: Final = "coalesce(avg({column}) FILTER (WHERE flags & %(bad)s = 0), 'NaN')"
_HOURS: Final = f"""
  FROM {_ASKED}
  JOIN (SELECT device_id, hour, stored FROM ledger_hour
         WHERE hour >= to_timestamp(%(floor_s)s) AND hour < to_timestamp(%(until_s)s)
        UNION ALL
        SELECT device_id, hour, stored FROM ledger_delta
         WHERE hour >= to_timestamp(%(floor_s)s) AND hour < to_timestamp(%(until_s)s)) AS ledger
    ON ledger.device_id = asked.device_id AND ledger.hour >= to_timestamp(asked.after_s)"""  # noqa: S608  constants
_FIRST_HOUR: Final = f"SELECT extract(epoch FROM min(ledger.hour))::float8 {_HOURS}"  # noqa: S608  constants
_LEDGER: Final = f"""
SELECT (asked.nth - 1)::int, extract(epoch FROM ledger.hour)::float8, sum(ledger.stored)::float8
{_HOURS} GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608  constants


_DOUBTED: Final = """
SELECT device_id, metric, min(measured_at), max(measured_at)
  FROM (SELECT device_id, metric, measured_at,
               count(*) FILTER (WHERE apart) OVER (PARTITION BY device_id, metric
                                                   ORDER BY measured_at, seq) AS stretch
          FROM (SELECT device_id, metric, measured_at, seq,
                       measured_at - lag(measured_at) OVER (PARTITION BY device_id, metric
                                                            ORDER BY measured_at, seq)
                       > %(apart)s AS apart
                  FROM reading WHERE measured_at >= %(since)s AND measured_at < %(until)s
                   AND flags & %(bad)s <> 0) AS row) AS row
 GROUP BY device_id, metric, stretch ORDER BY 1, 2, 3"""


class Source(NamedTuple):
    """Where a kind of series comes from."""

    series: str
    """The statement that lists them: device, metric, newest sample (Unix time)."""
    first: str
    """The statement that finds the first row of any of them."""
    rows: str
    """The statement that reads them by steps."""
    counts: bool = False
    """Whether a step without a row is a sample too: none was counted."""


def _source(listing: str, table: str, *, value: str, metric: bool = False) -> Source:
    series = "device_id = asked.device_id" + (" AND metric = asked.metric" if metric else "")
    names = {"table": table, "series": series, "value": value}
    return Source(listing, _FIRST.format(**names), _ROWS.format(**names))


READING: Final = _source(_READINGS, "reading", value=_MEAN.format(column="value"), metric=True)
BATTERY: Final = _source(_STATUSES, "status", value=_MEAN.format(column="battery_v"))
SIGNAL: Final = _source(_STATUSES, "status", value=_MEAN.format(column="rssi_dbm"))
SPEED: Final = _source(_SPEEDS, "gps_fix", value=_MEAN.format(column="3.6 * speed_mps"))
PASSAGES: Final = _source(_PASSAGES, "plate_read", value="count(*)::float8")._replace(counts=True)
MESSAGES: Final = Source(_MESSAGES, _FIRST_HOUR, _LEDGER, counts=True)


class Series(NamedTuple):
    """One series, and its newest sample's time (Unix)."""

    device_id: str
    metric: str
    newest_s: float


class Sample(NamedTuple):
    """One step of a series; `nth` is its place in what was asked."""

    nth: int
    at_s: float
    """When the step began, Unix time."""
    value: float
    """NaN: nothing believable in it."""


class Asked(NamedTuple):
    """A series and the moment up to which it is known (Unix time)."""

    device_id: str
    metric: str
    after_s: float


def series(
    conn: Connection, source: Source, metrics: Sequence[str], apart: Sequence[str] = ()
) -> list[Series]:
    """Every series of a source that there is of active devices.

    metrics  those of readings; of any other source the one name it goes by
    apart    kinds of device that are left out (status only)
    """
    values = {"metrics": list(metrics), "metric": metrics[0], "apart": list(apart)}
    with faults.translated("listing series"):
        return [Series(*row) for row in conn.execute(source.series, values)]


def first(
    conn: Connection, source: Source, asked: Sequence[Asked], *, until_s: float
) -> float | None:
    """When the oldest row was measured that is new to any of these series; None: there is none."""
    with faults.translated("looking for new samples"):
        row = conn.execute(source.first, _values(asked, until_s, 1.0)).fetchone()
    return None if row is None else row[0]


def read(
    conn: Connection, source: Source, asked: Sequence[Asked], *, step_s: float, until_s: float
) -> list[Sample]:
    """Steps of each series from its moment to before `until_s`, by series and time.

    step_s  length of a step; moments and `until_s` are multiples of it
    """
    with faults.translated("reading new samples"):
        found = conn.execute(source.rows, _values(asked, until_s, step_s))
        return [Sample(*row) for row in found]


class Doubted(NamedTuple):
    """A stretch of readings that can't be believed."""

    device_id: str
    metric: str
    begins_at: datetime
    ends_at: datetime


def doubted(
    conn: Connection, since: datetime, until: datetime, flags: int, apart: timedelta
) -> list[Doubted]:
    """Stretches of readings with any of these flags; those farther apart than `apart` are two."""
    values = {"since": since, "until": until, "bad": flags, "apart": apart}
    with faults.translated("listing doubtful readings"):
        return [Doubted(*row) for row in conn.execute(_DOUBTED, values)]


def _values(asked: Sequence[Asked], until_s: float, step_s: float) -> dict[str, Any]:
    return {
        "device_ids": [one.device_id for one in asked],
        "metrics": [one.metric for one in asked],
        "after_s": [one.after_s for one in asked],
        "floor_s": min(one.after_s for one in asked),
        "step_s": step_s,
        "until_s": until_s,
        "bad": int(UNBELIEVABLE),
    }
