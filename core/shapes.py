"""How each stream is parsed strictly, and how what was parsed becomes its message.

This is the hot path: one typed parse and one construction an element. What a
shape does not foresee raises, and `core.codec` looks at the element again.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from core import clock, wire
from core.errors import InvalidField, MessageRefused
from core.messages import Ack, Event, Extra, GpsFix, PlateRead, Reading, Status, Uplink
from core.metrics import METRICS
from core.topics import Stream
from core.units import KMH_PER_MPS

M_PER_KM: Final = 1000.0
HEAD: Final = ("ts", "seq")
"""What every element of every stream carries."""


class Unforeseen(MessageRefused):
    """The strict path does not know this field; the element needs the patient one."""


def instant(ts: datetime | float) -> datetime:
    """Read `ts`: RFC 3339 with an offset, or epoch milliseconds."""
    try:
        if isinstance(ts, datetime):
            if ts.tzinfo is UTC:
                return ts
            if ts.tzinfo is None:
                raise InvalidField(f"ts {ts.isoformat()} has no offset; send Z or ±hh:mm")
            return ts.astimezone(UTC)
        return clock.from_epoch_ms(ts)
    except (OverflowError, ValueError) as exc:
        raise InvalidField(
            f"ts {str(ts)[:40]} lies outside the years 1 to 9999 UTC; "
            "send RFC 3339 or epoch milliseconds"
        ) from exc


def gps(device_id: str, received_at: datetime, got: wire.GpsWire, extra: Extra) -> GpsFix:
    """Build a fix."""
    speed_kmh = got.speed_kmh
    odometer_km = got.odometer_km
    return GpsFix(
        got.lat_deg,
        got.lon_deg,
        None if speed_kmh is None else speed_kmh / KMH_PER_MPS,
        got.heading_deg,
        got.altitude_m,
        got.hdop,
        got.accuracy_m,
        got.satellites,
        None if odometer_km is None else odometer_km * M_PER_KM,
        got.battery_v,
        got.ignition,
        got.pto,
        device_id=device_id,
        seq=got.seq,
        measured_at=instant(got.ts),
        received_at=received_at,
        extra=extra,
    )


def reading(
    device_id: str, received_at: datetime, got: dict[str, Any], extra: Extra = None
) -> Reading:
    """Build a reading from metrics alone; Unforeseen if there is anything else."""
    try:
        ts = got.pop("ts")
        seq = got.pop("seq")
    except KeyError as exc:
        raise Unforeseen from exc
    if seq.__class__ is not int or not 0 <= seq <= wire.MAX_SEQ or ts is None or not got:
        raise Unforeseen
    for name, value in got.items():
        if name not in METRICS:
            raise Unforeseen
        if value.__class__ is not float:
            if value.__class__ is not int:
                raise Unforeseen
            got[name] = float(value)
    return Reading(
        device_id=device_id,
        seq=seq,
        measured_at=instant(ts),
        received_at=received_at,
        values=got,
        extra=extra,
    )


def plate(device_id: str, received_at: datetime, got: wire.PlateWire, extra: Extra) -> PlateRead:
    """Build a plate read."""
    return PlateRead(
        device_id=device_id,
        seq=got.seq,
        measured_at=instant(got.ts),
        received_at=received_at,
        extra=extra,
        plate=got.plate,
        score=got.score,
        dscore=got.dscore,
        box=got.box,
        region=got.region,
        candidates=got.candidates,
        direction=got.direction,
        orientation=got.orientation,
        vehicle=got.vehicle,
    )


def event(device_id: str, received_at: datetime, got: wire.EventWire, extra: Extra) -> Event:
    """Build an event."""
    return Event(
        device_id=device_id,
        seq=got.seq,
        measured_at=instant(got.ts),
        received_at=received_at,
        extra=extra,
        type=got.type,
        severity=got.severity,
        lat_deg=got.lat_deg,
        lon_deg=got.lon_deg,
        value=got.value,
        text=got.text,
    )


def status(device_id: str, received_at: datetime, got: wire.StatusWire, extra: Extra) -> Status:
    """Build a status; the message that opens a session is its own."""
    return Status(
        device_id=device_id,
        seq=got.seq,
        measured_at=instant(got.ts),
        received_at=received_at,
        extra=extra,
        online=got.online,
        session=got.seq if got.session is None else got.session,
        firmware=got.firmware,
        battery_v=got.battery_v,
        battery_pct=got.battery_pct,
        rssi_dbm=got.rssi_dbm,
        uptime_s=got.uptime_s,
        outbox=got.outbox,
    )


def ack(device_id: str, received_at: datetime, got: wire.AckWire, extra: Extra) -> Ack:
    """Build the answer to a command."""
    return Ack(
        device_id=device_id,
        seq=got.seq,
        measured_at=instant(got.ts),
        received_at=received_at,
        extra=extra,
        command_id=got.command_id,
        ok=got.ok,
        detail=got.detail,
    )


class Shape:
    """One stream: its strict parsers, its names, and its builder."""

    def __init__(self, kind: Any, build: Callable[..., Uplink]) -> None:
        self.kind = kind
        self.build = build
        self.one: Callable[[bytes], Any] = msgspec.json.Decoder(kind).decode
        self.many: Callable[[bytes], list[Any]] = msgspec.json.Decoder(list[kind]).decode
        fields = () if kind is wire.ReadingWire else msgspec.structs.fields(kind)
        self.names = frozenset(field.name for field in fields)
        self.required = HEAD + tuple(
            field.name for field in fields if field.required and field.name not in HEAD
        )


SHAPES: Final = {
    Stream.GPS: Shape(wire.GpsWire, gps),
    Stream.READING: Shape(wire.ReadingWire, reading),
    Stream.PLATE: Shape(wire.PlateWire, plate),
    Stream.EVENT: Shape(wire.EventWire, event),
    Stream.STATUS: Shape(wire.StatusWire, status),
    Stream.ACK: Shape(wire.AckWire, ack),
}
