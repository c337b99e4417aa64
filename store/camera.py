"""What is known of cameras beside what all devices have: their streams, and who passed today."""

from datetime import datetime
from typing import Final, NamedTuple

from store import faults
from store.pool import AsyncPool

_SELECT: Final = """
SELECT d.device_id, e.type AS stream_event, p.measured_at AS last_passage_at,
       coalesce(t.entered, 0) AS entered, coalesce(t.left_city, 0) AS left_city
  FROM device d
  LEFT JOIN LATERAL (
       SELECT type FROM event
        WHERE event.device_id = d.device_id AND type IN ('stream_up', 'stream_down')
        ORDER BY measured_at DESC, seq DESC LIMIT 1) e ON true
  LEFT JOIN LATERAL (
       SELECT measured_at FROM plate_read WHERE plate_read.device_id = d.device_id
        ORDER BY measured_at DESC LIMIT 1) p ON true
  LEFT JOIN LATERAL (
       SELECT count(*) FILTER (WHERE direction = 'in') AS entered,
              count(*) FILTER (WHERE direction = 'out') AS left_city
         FROM plate_read
        WHERE plate_read.device_id = d.device_id AND measured_at >= %(since)s) t ON true
 WHERE d.kind = 'camera'"""


class Row(NamedTuple):
    """One camera."""

    device_id: str
    stream_event: str | None
    """The newest of stream_up and stream_down; None: it never said."""
    last_passage_at: datetime | None
    entered: int
    """Passages into the city since the instant that was asked for."""
    left_city: int


async def everything(pool: AsyncPool, since: datetime) -> dict[str, Row]:
    """Read all cameras, by device id.

    since  from when passages are counted
    """
    with faults.translated("reading cameras"):
        async with pool.connection() as conn:
            cur = await conn.execute(_SELECT, {"since": since})
            return {row["device_id"]: Row(**row) async for row in cur}
