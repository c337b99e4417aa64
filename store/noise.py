"""A sound level meter's samples as columns, and which zone of NOM-081 it stands in.

Flagged samples are left out, calibrations applied. A peak (LAmax) of the same instant and counter
belongs to the sample; without one it is NaN.
"""

from datetime import datetime
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.errors import NotFound
from core.quality import UNBELIEVABLE
from store import faults
from store.calibration import JOIN, VALUE
from store.pool import Connection

_BAD: Final = int(UNBELIEVABLE)
_VALUE: Final = VALUE.format(value="raw.value")
_READ: Final = f"""
SELECT array_agg(extract(epoch FROM at)::float8 ORDER BY at, seq),
       array_agg(laeq_db ORDER BY at, seq), array_agg(coalesce(lamax_db, 'NaN') ORDER BY at, seq)
  FROM (SELECT raw.measured_at AS at, raw.seq,
               max({_VALUE}) FILTER (WHERE raw.metric = 'laeq_db') AS laeq_db,
               max({_VALUE}) FILTER (WHERE raw.metric = 'lamax_db') AS lamax_db
          FROM reading raw {JOIN.format(row="raw", at="measured_at")}
         WHERE raw.device_id = %(device_id)s AND raw.metric IN ('laeq_db', 'lamax_db')
           AND raw.measured_at >= %(since)s AND raw.measured_at < %(until)s
           AND raw.flags & {_BAD} = 0
         GROUP BY raw.measured_at, raw.seq) AS sample
 WHERE laeq_db IS NOT NULL"""  # noqa: S608  constants
_ZONES: Final = """
SELECT device_id, attributes ->> 'noise_zone' FROM device WHERE attributes ? 'noise_zone'"""
_STAND: Final = """
UPDATE device SET attributes = attributes || jsonb_build_object('noise_zone', %s::text),
                  changed_at = now()
 WHERE device_id = %s"""


class Levels(NamedTuple):
    """Samples in order of time; one entry a sample in every array."""

    t_s: npt.NDArray[np.float64]
    """Unix time of its beginning."""
    laeq_db: npt.NDArray[np.float64]
    lamax_db: npt.NDArray[np.float64]
    """NaN: not reported, or not believed."""


def read(conn: Connection, device_id: str, since: datetime, until: datetime) -> Levels:
    """What a meter heard from `since` to before `until`, as far as it is believed."""
    window = {"device_id": device_id, "since": since, "until": until}
    with faults.translated(f"reading the levels of {device_id}"):
        row = conn.execute(_READ.encode(), window).fetchone()
    return Levels(*(np.array(column or [], np.float64) for column in row or (None,) * 3))


def zones(conn: Connection) -> dict[str, str]:
    """The zone of each device that has one."""
    with faults.translated("reading zones"):
        return dict(conn.execute(_ZONES).fetchall())


def stand(conn: Connection, device_id: str, zone: str) -> None:
    """Say in which zone a device stands; NotFound: there is no such device."""
    with faults.translated("noting a zone"):
        if not conn.execute(_STAND, (zone, device_id)).rowcount:
            raise NotFound(f"no device {device_id[:80]!r}; see `c5 device list`")
