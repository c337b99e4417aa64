"""What goes wrong in the field, done on purpose, each with a label and its expected fate.

A fault is ordered for a device and befalls its next fitting message. Fates:
`rejected` (kept among the rejects), `flagged` (stored, doubted), `duplicate`
(counted, not stored twice), `late_ok` (stored, though late) and `refused` (by
the broker; nobody behind it ever sees the message).
"""

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from core import codec
from core.messages import GpsFix, Reading, Uplink
from core.metrics import METRICS
from core.topics import Kind, Stream, telemetry
from firmware_sim.behaviour import STREAM_OF, numbered

MOVING: Final = frozenset({Kind.TRUCK, Kind.BUS})
STATIONS: Final = frozenset({Kind.AIR, Kind.NOISE})
ALL: Final = frozenset(Kind)


class FaultKind(NamedTuple):
    """What a label means."""

    label: str
    expected: str
    reason: str
    """The code or flag under which it is expected to be found."""
    kinds: frozenset[Kind]


FAULTS: Final = {
    fault.label: fault
    for fault in (
        FaultKind("duplicate", "duplicate", "", ALL),
        FaultKind("late", "late_ok", "late", STATIONS),
        FaultKind("broken_json", "rejected", "broken_json", ALL),
        FaultKind("wrong_type", "rejected", "invalid_field", MOVING | STATIONS),
        FaultKind("impossible_place", "rejected", "invalid_field", MOVING),
        FaultKind("missing_time", "rejected", "missing_field", MOVING | STATIONS),
        FaultKind("clock_ahead", "rejected", "clock_ahead", MOVING | STATIONS),
        FaultKind("clock_behind", "rejected", "clock_behind", MOVING | STATIONS),
        FaultKind("out_of_range", "flagged", "range", STATIONS),
        FaultKind("impossible_jump", "flagged", "jump", MOVING),
        FaultKind("stuck", "flagged", "stuck", frozenset({Kind.NOISE})),
        FaultKind("wrong_topic", "refused", "", ALL),
        FaultKind("outage", "late_ok", "", MOVING | STATIONS),
    )
}
_ANY_MESSAGE: Final = frozenset({"duplicate", "broken_json", "wrong_topic"})
BAD: Final = frozenset({"rejected", "flagged"})
"""Fates of messages that must be found among the rejects or the flags."""


@dataclass(frozen=True, slots=True)
class FaultRates:
    """Seconds between two faults of a label, over the whole city; a missing label never happens."""

    every_s: dict[str, float] = field(default_factory=dict)
    strays_every_s: dict[str, float] = field(default_factory=dict)
    """The same of what trucks do that was not planned (firmware_sim.strays)."""

    @classmethod
    def none(cls) -> "FaultRates":
        """A city where nothing goes wrong."""
        return cls()

    @classmethod
    def demo(cls) -> "FaultRates":
        """Every label within the first seconds, then now and then."""
        often = dict.fromkeys(FAULTS, 15.0)
        strays = {"off_route": 40.0, "unplanned_stop": 40.0, "overspeed": 25.0}
        return cls({**often, "stuck": 45.0, "outage": 30.0, "duplicate": 6.0}, strays)


class Note(NamedTuple):
    """What the truth will say about one message."""

    label: str
    expected: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """One thing to hand to the outbox."""

    stream: Stream
    build: Callable[[int], bytes]
    numbered: bool = True
    """False: it takes no number of its own; `build` gets the next one, unused."""
    topic: str | None = None
    """None: the device's own topic of the stream."""
    repeat: bool = False
    """Send the same bytes once more."""
    note: Note | None = None


class Injector:
    """One device's bad luck."""

    def __init__(self, device_id: str, kind: Kind, rng: random.Random) -> None:
        self.device_id = device_id
        self.kind = kind
        self._rng = rng
        self._ordered: deque[str] = deque()
        self._frozen: Reading | None = None
        self._frozen_sent = 0
        self._frozen_total = 0

    def order(self, label: str) -> None:
        """Let this befall the next fitting message."""
        self._ordered.append(label)

    def apply(self, messages: Sequence[Uplink]) -> list[Shipment]:
        """Turn what the device means to say into what it will send."""
        shipments: list[Shipment] = []
        for message in messages:
            if self._frozen is not None and isinstance(message, Reading):
                shipments.append(self._repeat_frozen(message))
            elif self._ordered and self._fits(self._ordered[0], message):
                shipments += self._befall(self._ordered.popleft(), message)
            else:
                shipments.append(_plain(message))
        return shipments

    def _fits(self, label: str, message: Uplink) -> bool:
        if label in _ANY_MESSAGE:
            return True
        return isinstance(message, GpsFix if self.kind in MOVING else Reading)

    def _befall(self, label: str, message: Uplink) -> list[Shipment]:
        fault = FAULTS[label]
        note = Note(label, fault.expected, fault.reason)
        stream = STREAM_OF[type(message)]
        match label:
            case "duplicate":
                return [Shipment(stream=stream, build=_builder(message), repeat=True, note=note)]
            case "broken_json":
                cut = self._rng.uniform(0.3, 0.9)
                broken = Shipment(
                    stream=stream,
                    build=lambda seq: _cut(numbered(message, seq), cut),
                    numbered=False,
                    note=note,
                )
                return [broken, _plain(message)]
            case "wrong_topic":
                stray = Shipment(
                    stream=stream,
                    build=_builder(message),
                    numbered=False,
                    topic=telemetry(self.kind, f"{self.device_id[:50]}-other", stream),
                    note=note,
                )
                return [stray, _plain(message)]
            case "stuck" if isinstance(message, Reading):
                self._frozen = message
                self._frozen_sent = 0
                self._frozen_total = _stuck_after(message) + 3
                return [self._repeat_frozen(message)]
        return [Shipment(stream=stream, build=self._bent(label, message), note=note)]

    def _bent(self, label: str, message: Uplink) -> Callable[[int], bytes]:
        """Build a message that is wrong in itself."""
        if label in {"late", "clock_ahead", "clock_behind"}:
            return _builder(message, measured_at=self._wrong_time(label, message.measured_at))
        if isinstance(message, GpsFix):
            lat_deg = message.lat_deg + self._rng.choice((-0.12, 0.12))
            changes: dict[str, dict[str, object]] = {
                "impossible_jump": {"lat_deg": lat_deg},
                "impossible_place": {"lat_deg": 118.2},
                "wrong_type": {"lat_deg": "n/a"},
                "missing_time": {"ts": None},
            }
        else:
            name = self._rng.choice([n for n in _values(message) if METRICS[n].stuck_after])
            changes = {
                "out_of_range": {name: METRICS[name].hi * self._rng.uniform(3, 9)},
                "wrong_type": {name: "n/a"},
                "missing_time": {"ts": None},
            }
        return _rewritten(message, changes[label])

    def _wrong_time(self, label: str, at: datetime) -> datetime:
        match label:
            case "late":
                return at - timedelta(seconds=self._rng.uniform(420, 1500))
            case "clock_ahead":
                return at + timedelta(hours=self._rng.uniform(1, 200_000))
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=self._rng.uniform(0, 86_400))

    def _repeat_frozen(self, message: Uplink) -> Shipment:
        """Show the frozen values at this moment; doubtful once they have repeated long enough."""
        frozen = self._frozen
        assert frozen is not None  # noqa: S101  callers have looked
        self._frozen_sent += 1
        doubted = self._frozen_sent >= _stuck_after(frozen)
        fault = FAULTS["stuck"]
        if self._frozen_sent >= self._frozen_total:
            self._frozen = None
        return Shipment(
            stream=Stream.READING,
            build=_builder(message, values=frozen.values),
            note=Note(fault.label, fault.expected, fault.reason) if doubted else None,
        )


def _plain(message: Uplink) -> Shipment:
    return Shipment(stream=STREAM_OF[type(message)], build=_builder(message))


def _builder(message: Uplink, **changes: object) -> Callable[[int], bytes]:
    return lambda seq: codec.encode(msgspec.structs.replace(message, seq=seq, **changes))


def _rewritten(message: Uplink, changes: dict[str, object]) -> Callable[[int], bytes]:
    """Write a message with other words in some fields; None takes a field out."""

    def build(seq: int) -> bytes:
        fields = codec.to_wire(msgspec.structs.replace(message, seq=seq)) | changes
        return msgspec.json.encode({k: v for k, v in fields.items() if v is not None})

    return build


def _cut(payload: bytes, share: float) -> bytes:
    """The beginning of an object: never valid JSON, for its last brace is missing."""
    return payload[: max(1, int(len(payload) * share))]


def _values(message: Uplink) -> dict[str, float]:
    return message.values if isinstance(message, Reading) else {}


def _stuck_after(reading: Reading) -> int:
    """After how many identical readings the first of its metrics is doubted."""
    return min(METRICS[name].stuck_after or 1000 for name in reading.values)
