"""The JSON shapes that devices send, one struct a stream, units in the names.

These are the contract of docs/payloads.md. Types are checked while parsing;
a field outside the struct makes the strict decoder refuse, and `core.codec`
then sorts it into `extra`.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

MAX_SEQ = 2**63 - 1
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ)]
Instant = Annotated[datetime, Meta(tz=True)]
Timestamp = Instant | int | float
"""RFC 3339 with an offset, or epoch milliseconds."""
Text = Annotated[str, Meta(max_length=4096)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Number = Annotated[float, Meta(ge=-1e30, le=1e30)]
"""Stays finite in whatever unit it is converted to."""
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class _Wire(msgspec.Struct, forbid_unknown_fields=True, gc=False, kw_only=True, omit_defaults=True):
    ts: Timestamp
    seq: Seq


class GpsWire(_Wire, forbid_unknown_fields=True, gc=False, kw_only=True, omit_defaults=True):
    """Stream gps."""

    lat_deg: Latitude
    lon_deg: Longitude
    speed_kmh: Number | None = None
    heading_deg: Number | None = None
    altitude_m: Number | None = None
    hdop: Number | None = None
    accuracy_m: Number | None = None
    satellites: Annotated[int, Meta(ge=0, le=1000)] | None = None
    odometer_km: Number | None = None
    battery_v: Number | None = None
    ignition: bool | None = None
    pto: bool | None = None


ReadingWire = dict[str, Instant | float | int | None]
"""Stream reading: ts and seq, and metrics by name; `core.shapes` checks the names."""


class PlateWire(_Wire, forbid_unknown_fields=True, gc=False, kw_only=True, omit_defaults=True):
    """Stream plate."""

    plate: Annotated[str, Meta(min_length=1, max_length=32)]
    score: Number | None = None
    dscore: Number | None = None
    box: tuple[Number, Number, Number, Number] | None = None
    region: Name | None = None
    candidates: tuple[tuple[Annotated[str, Meta(max_length=32)], Number], ...] = ()
    direction: Name | None = None
    orientation: Number | None = None
    vehicle: Name | None = None


class EventWire(_Wire, forbid_unknown_fields=True, gc=False, kw_only=True, omit_defaults=True):
    """Stream event."""

    type: Name
    severity: Name | None = None
    lat_deg: Latitude | None = None
    lon_deg: Longitude | None = None
    value: Number | None = None
    text: Text | None = None


class StatusWire(_Wire, forbid_unknown_fields=True, gc=False, kw_only=True, omit_defaults=True):
    """Stream status, retained; also the will."""

    online: bool
    session: Seq | None = None
    firmware: Name | None = None
    battery_v: Number | None = None
    battery_pct: Number | None = None
    rssi_dbm: Number | None = None
    uptime_s: Number | None = None
    outbox: Seq | None = None


class AckWire(_Wire, forbid_unknown_fields=True, gc=False, kw_only=True, omit_defaults=True):
    """Stream ack: the answer to a command."""

    command_id: Name
    ok: bool
    detail: Text | None = None


class CommandWire(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """Stream cmd: towards the device."""

    id: Name
    name: Name
    args: dict[str, object] = {}
    expires_at: Instant | None = None
