"""JSON payloads to messages and back.

One payload is an object or an array of them. Each element is taken or refused
by itself: `decode` never raises for what a device sent, it answers the messages
and the refusals. The common case is one strict parse (core.shapes); only a
payload that it refuses is looked at again, patiently: cut into the bytes of its
elements, so that no fault reaches a neighbour (core.split), foreign formats
translated (core.adapters), unknown fields kept in `extra`, faults named.
"""

import re
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

import msgspec

from core import clock, shapes, split, storable, wire
from core.adapters import objects, senml
from core.errors import BrokenPayload, InvalidField, MessageRefused, MissingField, TooLarge
from core.messages import Command, Reading, Uplink
from core.metrics import METRICS
from core.shapes import M_PER_KM, SHAPES, Shape, instant
from core.split import MAX_ITEMS
from core.topics import Address, Stream
from core.units import KMH_PER_MPS

__all__ = [
    "MAX_ITEMS",
    "MAX_PAYLOAD_BYTES",
    "Decoded",
    "Refusal",
    "decode",
    "decode_command",
    "encode",
    "encode_command",
    "encode_many",
    "instant",
    "to_wire",
]

MAX_PAYLOAD_BYTES: Final = 1_048_576
_ALIASES: Final = {"lat": "lat_deg", "lon": "lon_deg", "lng": "lon_deg"}
_PARSE_ERRORS: Final = (msgspec.DecodeError, ValueError, OverflowError, RecursionError)
_ANY: Final = msgspec.json.Decoder()
_SEQ: Final = re.compile(rb'"seq"\s*:\s*(\d{1,19})\s*[,}]')


class Refusal(NamedTuple):
    """One element that could not be taken, with its bytes and why."""

    raw: bytes
    reason: str
    detail: str
    seq: int | None
    """The element's counter where it could still be read; the ledger accounts for it."""


class Decoded(NamedTuple):
    """All that one payload held."""

    messages: list[Uplink]
    refused: list[Refusal]


def decode(address: Address, payload: bytes, received_at: datetime) -> Decoded:
    """Read one MQTT payload; never raises for its content."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        detail = f"{len(payload)} bytes; send at most {MAX_PAYLOAD_BYTES} a message"
        return Decoded([], [Refusal(payload, TooLarge.reason, detail, None)])
    shape = SHAPES.get(address.stream)
    if shape is None or (b"\\" in payload and b"\\u0000" in payload):
        return _decode_patiently(address, payload, received_at)
    try:
        if payload[:1] == b"[":
            items = shape.many(payload)
            if not items or len(items) > MAX_ITEMS:
                return _decode_patiently(address, payload, received_at)
            build = shape.build
            device_id = address.device_id
            return Decoded([build(device_id, received_at, item, None) for item in items], [])
        item = shape.one(payload)
        return Decoded([shape.build(address.device_id, received_at, item, None)], [])
    except (*_PARSE_ERRORS, MessageRefused):
        return _decode_patiently(address, payload, received_at)


def encode(message: Uplink) -> bytes:
    """Write one message as its device sends it; `decode` undoes it."""
    return msgspec.json.encode(to_wire(message))


def encode_many(messages: list[Uplink]) -> bytes:
    """Write an array of messages of one stream."""
    return msgspec.json.encode([to_wire(message) for message in messages])


def encode_command(command: Command) -> bytes:
    """Write a command for a device's cmd topic."""
    return msgspec.json.encode(msgspec.structs.asdict(command))


def decode_command(payload: bytes) -> Command:
    """Read a command; BrokenPayload if it is none."""
    try:
        got = msgspec.json.decode(payload, type=wire.CommandWire)
    except _PARSE_ERRORS as exc:
        raise BrokenPayload(f"not a command: {exc}; send id and name") from exc
    return Command(id=got.id, name=got.name, args=got.args, expires_at=got.expires_at)


def to_wire(message: Uplink) -> dict[str, object]:
    """Spell a message with the payload's names and units."""
    fields = msgspec.structs.asdict(message)
    for inner in ("device_id", "received_at"):
        del fields[inner]
    out: dict[str, object] = {
        "ts": clock.rfc3339(fields.pop("measured_at")),
        "seq": fields.pop("seq"),
    }
    extra = fields.pop("extra") or {}
    out |= fields.pop("values", {})
    if (speed_mps := fields.pop("speed_mps", None)) is not None:
        out["speed_kmh"] = speed_mps * KMH_PER_MPS
    if (odometer_m := fields.pop("odometer_m", None)) is not None:
        out["odometer_km"] = odometer_m / M_PER_KM
    out |= {name: value for name, value in fields.items() if value is not None and value != ()}
    return extra | out


def _decode_patiently(address: Address, payload: bytes, received_at: datetime) -> Decoded:
    """Take or refuse every element by itself, and name what is wrong."""
    try:
        parts = split.elements(payload)
    except MessageRefused as exc:
        return Decoded([], [Refusal(payload, exc.reason, str(exc), None)])
    items = [_parse(part) for part in parts]
    if payload.lstrip()[:1] == b"[" and senml.is_pack(items):
        return _decode_pack(address, payload, items, received_at)
    out = Decoded([], [])
    for part, item in zip(parts, items, strict=True):
        element = item
        try:
            if isinstance(item, MessageRefused):
                raise item
            element = objects.translate(item, address.stream)
            out.messages.append(_from_element(address, element, received_at))
        except MessageRefused as exc:
            out.refused.append(Refusal(part, exc.reason, str(exc), _seq_of(element, part)))
    return out


def _decode_pack(
    address: Address, payload: bytes, items: list[Any], received_at: datetime
) -> Decoded:
    """Do the same for SenML, whose records lean on one another."""
    try:
        for item in items:
            if isinstance(item, MessageRefused):
                raise item
        elements = senml.elements(items, address.stream, received_at)
    except MessageRefused as exc:
        return Decoded([], [Refusal(payload, exc.reason, str(exc), None)])
    out = Decoded([], [])
    for element in elements:
        try:
            if element.fault is not None:
                raise element.fault
            out.messages.append(_from_element(address, element.fields, received_at))
        except MessageRefused as exc:
            raw = msgspec.json.encode(element.records)
            out.refused.append(Refusal(raw, exc.reason, str(exc), None))
    return out


def _parse(part: bytes) -> object:
    """Answer the parsed element, or the refusal of one that is no JSON."""
    try:
        item = _ANY.decode(part)
        storable.check_texts(item)
    except MessageRefused as exc:
        return exc
    except RecursionError:
        return TooLarge(f"nested more than {storable.MAX_DEPTH} deep; send flat objects")
    except msgspec.ValidationError as exc:
        return InvalidField(f"{exc}; send numbers that fit 64 bits")
    except _PARSE_ERRORS as exc:
        return BrokenPayload(f"not JSON: {exc}; send UTF-8 JSON, without NaN or Infinity")
    return item


def _from_element(address: Address, element: object, received_at: datetime) -> Uplink:
    if not isinstance(element, dict):
        raise BrokenPayload(f"{str(element)[:80]!r} is not a JSON object; send objects")
    shape = SHAPES.get(address.stream)
    if shape is None:
        raise InvalidField(f"stream {address.stream} flows towards devices; publish on ack instead")
    known = _spelled(element, shape)
    for name in shape.required:
        if name not in known:
            always = ", ".join(shape.required)
            raise MissingField(f"{name} is missing; every {address.stream} carries {always}")
    if address.stream is Stream.READING:
        return _reading(address.device_id, received_at, known)
    fields = {name: value for name, value in known.items() if name in shape.names}
    extra = {name: value for name, value in known.items() if name not in shape.names}
    storable.check_extra(extra)
    return shape.build(address.device_id, received_at, _convert(fields, shape.kind), extra or None)


def _spelled(element: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """Use our spelling of a position's fields, unless both are there: then both stay."""
    known = {name: value for name, value in element.items() if name not in _ALIASES}
    for name in _ALIASES.keys() & element.keys():
        ours = _ALIASES[name]
        known[ours if ours in shape.names and ours not in known else name] = element[name]
    return known


def _reading(device_id: str, received_at: datetime, known: dict[str, Any]) -> Reading:
    head = _convert({name: known.pop(name) for name in shapes.HEAD}, _Head)
    values: dict[str, float] = {}
    extra: dict[str, object] = {}
    for name, value in known.items():
        if name not in METRICS:
            extra[name] = value
        elif isinstance(value, bool) or not isinstance(value, int | float | None):
            raise InvalidField(f"{name} is {str(value)[:40]!r}; send a number or leave it out")
        elif value is not None:
            values[name] = _float(name, value)
    if not values and not extra:
        raise MissingField("no metric in this reading; send at least one, such as pm25_ugm3")
    storable.check_extra(extra)
    return Reading(
        device_id=device_id,
        seq=head.seq,
        measured_at=instant(head.ts),
        received_at=received_at,
        values=values,
        extra=extra or None,
    )


class _Head(msgspec.Struct):
    ts: wire.Timestamp
    seq: wire.Seq


def _float(name: str, value: float) -> float:
    try:
        return float(value)
    except OverflowError as exc:
        raise InvalidField(f"{name} is beyond any number; send what was measured") from exc


def _convert(fields: dict[str, Any], kind: Any) -> Any:
    try:
        return msgspec.convert(fields, kind)
    except (msgspec.ValidationError, ValueError, OverflowError) as exc:
        raise InvalidField(f"{exc}; see docs/payloads.md") from exc


def _seq_of(element: object, raw: bytes) -> int | None:
    """Read the counter of a refused element; of one that is no JSON, only if it is plain to see."""
    if isinstance(element, MessageRefused):
        seen = _SEQ.findall(raw)
        seq: object = int(seen[0]) if len(seen) == 1 else None
    else:
        seq = element.get("seq") if isinstance(element, dict) else None
    valid = isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq <= wire.MAX_SEQ
    return cast("int", seq) if valid else None
