"""What comparisons with a reference found: value = gain * raw + offset, applied on read.

Raw readings stay as they were stored. Where a calibration begins to hold or no longer does, what
rests on the values is taken back: the index of those hours is judged again, and doubts about how
the instrument agrees with its neighbours are forgotten until somebody looks again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import errors

from core.errors import Conflict, NotFound
from core.quality import Flag
from store import faults
from store.pool import Connection

JOIN: Final = """
  LEFT JOIN calibration_span span
    ON span.device_id = {row}.device_id AND span.metric = {row}.metric
   AND span.valid_from <= {row}.{at} AND {row}.{at} < span.valid_until"""
"""To be formatted with the name of the rows and of their instant; at most one a row."""
VALUE: Final = "coalesce(span.gain, 1) * {value} + coalesce(span.offset_value, 0)"
"""A raw value, calibrated; without a calibration, itself."""

_ADD: Final = """
INSERT INTO calibration (device_id, metric, valid_from, valid_to, gain, offset_value, note, made_by,
                         made_at)
VALUES (%(device_id)s, %(metric)s, %(valid_from)s, %(valid_to)s, %(gain)s, %(offset)s, %(note)s,
        %(made_by)s, %(made_at)s)
RETURNING calibration_id"""
_LISTED: Final = """
SELECT calibration_id, device_id, metric, valid_from, valid_to, gain, offset_value, note, made_by,
       made_at
  FROM calibration WHERE device_id = %s ORDER BY metric, valid_from DESC"""
_NEWEST: Final = """
SELECT device_id, metric, max(edge)
  FROM calibration CROSS JOIN LATERAL (VALUES (valid_from), (valid_to)) AS edges (edge)
 WHERE device_id = ANY(%s) AND edge <= %s
 GROUP BY device_id, metric"""
_REMOVE: Final = """
DELETE FROM calibration WHERE device_id = %s AND calibration_id = %s
RETURNING metric, valid_from, valid_to"""
_STALE: Final = """
UPDATE air_index SET believed = -1
 WHERE device_id = %(device_id)s AND hour >= date_trunc('hour', %(since)s)
   AND hour < coalesce(%(until)s::timestamptz, 'infinity')"""
_FORGET: Final = """
WITH cleared AS (
    UPDATE reading SET flags = flags & ~%(doubts)s::smallint
     WHERE device_id = %(device_id)s AND metric = %(metric)s AND measured_at >= %(since)s
       AND measured_at < coalesce(%(until)s::timestamptz, 'infinity') AND flags & %(doubts)s <> 0
    RETURNING measured_at
)
INSERT INTO ledger_delta (device_id, hour)
SELECT DISTINCT %(device_id)s, date_trunc('hour', measured_at) FROM cleared"""


class Calibration(NamedTuple):
    """One comparison of a sensor with a reference."""

    calibration_id: int
    device_id: str
    metric: str
    valid_from: datetime
    valid_to: datetime | None
    """Exclusive; None: until the next one of this metric."""
    gain: float
    offset: float
    """In the metric's unit."""
    note: str
    made_by: str
    made_at: datetime


def add(conn: Connection, new: Calibration) -> Calibration:
    """Save a calibration under a number of its own; Conflict when that instant has one.

    NotFound: there is no such device.
    """
    with faults.translated("saving a calibration"):
        try:
            with conn.transaction():
                [(number,)] = conn.execute(_ADD, new._asdict()).fetchall()
                _took_effect(conn, new.device_id, new.metric, new.valid_from, new.valid_to)
        except errors.UniqueViolation:
            raise Conflict(
                f"{new.device_id} has a calibration of {new.metric} from that instant; "
                "remove it first"
            ) from None
        except errors.ForeignKeyViolation:
            raise NotFound(f"no device {new.device_id!r}; see /api/devices") from None
    return new._replace(calibration_id=number)


def listed(conn: Connection, device_id: str) -> list[Calibration]:
    """Calibrations of a device by metric, newest first."""
    with faults.translated("listing calibrations"):
        return [Calibration(*row) for row in conn.execute(_LISTED, (device_id,))]


def newest(
    conn: Connection, device_ids: Sequence[str], until: datetime
) -> dict[tuple[str, str], datetime]:
    """When a calibration last began or ended to hold by then, by device and metric."""
    with faults.translated("looking for calibrations"):
        return {
            (device_id, metric): at
            for device_id, metric, at in conn.execute(_NEWEST, (list(device_ids), until))
        }


def remove(conn: Connection, device_id: str, calibration_id: int) -> None:
    """Take a calibration back; NotFound when there is none of that number."""
    with faults.translated("removing a calibration"), conn.transaction():
        row = conn.execute(_REMOVE, (device_id, calibration_id)).fetchone()
        if row is None:
            raise NotFound(f"{device_id} has no calibration {calibration_id}; list them first")
        _took_effect(conn, device_id, *row)


def _took_effect(
    conn: Connection, device_id: str, metric: str, since: datetime, until: datetime | None
) -> None:
    span = {
        "device_id": device_id,
        "metric": metric,
        "since": since,
        "until": until,
        "doubts": int(Flag.DRIFT | Flag.STEP),
    }
    conn.execute(_STALE, span)
    conn.execute(_FORGET, span)
