"""Events that C5 makes itself: stored beside those of devices, told to screens with the commit.

The key is the device, the moment and minus the code of the type, so saying one again changes
nothing and tells nobody: whoever makes them may start over at any time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from core.clock import epoch_us
from core.happenings import BY_CODE, SPECS, Happening, seq_of
from store import announce, faults
from store.pool import Connection

_INSERT: Final = """
INSERT INTO event (device_id, measured_at, seq, received_at, type, severity, lat_deg, lon_deg,
                   value, text, extra)
SELECT * FROM unnest(%(device_id)s::text[], %(measured_at)s::timestamptz[], %(seq)s::bigint[],
                     %(received_at)s::timestamptz[], %(type)s::text[], %(severity)s::text[],
                     %(lat_deg)s::float8[], %(lon_deg)s::float8[], %(value)s::float8[],
                     %(text)s::text[], %(extra)s::jsonb[])
ON CONFLICT DO NOTHING
RETURNING device_id, measured_at, seq"""
_TOLD: Final = """
SELECT device_id, seq, measured_at, lat_deg, lon_deg FROM event
 WHERE device_id = ANY(%(device_ids)s) AND measured_at >= %(since)s AND seq < 0
 ORDER BY measured_at"""


class Derived(NamedTuple):
    """One event of C5's own."""

    device_id: str
    what: Happening
    at: datetime
    """When it began, or ended."""
    received_at: datetime
    """When the fix that decided it arrived."""
    lat_deg: float | None
    """None: nobody said where it stands; so with the longitude."""
    lon_deg: float | None
    value: float | None
    """In the unit of its type; None: there is none."""
    text: str
    extra: dict[str, Any]
    slot: int = 0
    """Tells apart what begins at one instant: `core.happenings.slot_of` a metric."""
    severity: str | None = None
    """None: that of its type."""

    @property
    def seq(self) -> int:
        """The counter it is stored under."""
        return seq_of(self.what, self.slot)

    @property
    def gravity(self) -> str:
        """How grave it is."""
        return self.severity or SPECS[self.what].severity


class Told(NamedTuple):
    """What was said of a truck before."""

    device_id: str
    what: Happening
    at: datetime
    lat_deg: float
    lon_deg: float


def insert(conn: Connection, events: Sequence[Derived], *, now: datetime) -> int:
    """Store events and announce those that are new, in one transaction; answer how many were."""
    if not events:
        return 0
    with faults.translated("storing events of our own"), conn.transaction():
        new = set(conn.execute(_INSERT, _columns(events)).fetchall())
        parts = [
            _change(event) for event in events if (event.device_id, event.at, event.seq) in new
        ]
        announce.changes(conn, epoch_us(now) // 1000, parts)
    return len(new)


def told(conn: Connection, device_ids: Sequence[str], since: datetime) -> list[Told]:
    """What was said of these trucks since then, oldest first."""
    values = {"device_ids": list(device_ids), "since": since}
    with faults.translated("reading events of our own"):
        return [
            Told(device_id, BY_CODE[-seq], at, lat_deg, lon_deg)
            for device_id, seq, at, lat_deg, lon_deg in conn.execute(_TOLD, values)
            if -seq in BY_CODE
        ]


def _columns(events: Sequence[Derived]) -> dict[str, list[Any]]:
    return {
        "device_id": [one.device_id for one in events],
        "measured_at": [one.at for one in events],
        "seq": [one.seq for one in events],
        "received_at": [one.received_at for one in events],
        "type": [one.what.value for one in events],
        "severity": [one.gravity for one in events],
        "lat_deg": [one.lat_deg for one in events],
        "lon_deg": [one.lon_deg for one in events],
        "value": [one.value for one in events],
        "text": [one.text for one in events],
        "extra": [Jsonb(one.extra) for one in events],
    }


def _change(event: Derived) -> dict[str, object]:
    """As ingest announces what devices say: docs/api.md, live feed."""
    return {
        "t": "ev",
        "d": event.device_id,
        "at": epoch_us(event.at) // 1000,
        "rx": epoch_us(event.received_at) // 1000,
        "type": event.what.value,
        "sev": event.gravity,
        "lat": event.lat_deg,
        "lon": event.lon_deg,
        "text": event.text,
    }
