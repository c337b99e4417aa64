"""Past events, newest first: what devices said, and what C5 made itself."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from store import faults
from store.pool import AsyncPool

_SELECT: Final = """
SELECT event.device_id, device.name AS device_name, device.kind AS device_kind,
       event.measured_at, event.received_at, event.seq, event.type, event.severity, event.lat_deg,
       event.lon_deg, event.value, event.text, event.extra
  FROM event LEFT JOIN device USING (device_id)
 WHERE event.measured_at >= %(since)s AND event.measured_at < %(until)s
   AND (%(device_id)s::text IS NULL OR event.device_id = %(device_id)s)
   AND (%(type)s::text IS NULL OR event.type = %(type)s)
 ORDER BY event.measured_at DESC, event.device_id, event.seq LIMIT %(limit)s"""


class Past(NamedTuple):
    """One stored event."""

    device_id: str
    device_name: str | None
    """None: the device is gone from the registry."""
    device_kind: str | None
    """Likewise."""
    measured_at: datetime
    received_at: datetime
    seq: int
    """Below 0: C5 made it, see core.happenings."""
    type: str
    severity: str | None
    lat_deg: float | None
    lon_deg: float | None
    value: float | None
    text: str | None
    extra: dict[str, Any] | None


async def newest(
    pool: AsyncPool,
    since: datetime,
    until: datetime,
    *,
    device_id: str | None = None,
    kind: str | None = None,
    limit: int,
) -> list[Past]:
    """Events from `since` to before `until`, of one device or type or of all, the newest first."""
    values = {
        "since": since,
        "until": until,
        "device_id": device_id,
        "type": kind,
        "limit": limit,
    }
    with faults.translated("reading events"):
        async with pool.connection() as conn:
            return [Past(**row) async for row in await conn.execute(_SELECT, values)]
