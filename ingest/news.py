"""What a batch changes about the present: newest state, and what screens are told."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, cast

from core.clock import epoch_us
from core.messages import Event, GpsFix, Reading, SealedPlate, Status, Stored
from core.quality import UNBELIEVABLE, Assessed
from core.units import KMH_PER_MPS
from ingest.admission import Entry
from store.latest import LatestValue

_MAX_EVENTS_ANNOUNCED: Final = 200
_MAX_TEXT_CHARS: Final = 1000
"""Fits one notification however it is escaped; the row keeps the whole text."""
_UNBELIEVABLE: Final = int(UNBELIEVABLE)

Change = dict[str, object]
"""One change as the live feed spells it: docs/api.md."""


class News:
    """The newest of everything in a batch of new entries."""

    def __init__(self, new: Sequence[Entry]) -> None:
        self._fixes: dict[str, tuple[GpsFix, int]] = {}
        self._doubtful: dict[str, tuple[GpsFix, int]] = {}
        self._values: dict[tuple[str, str], LatestValue] = {}
        self._presence: dict[str, Status] = {}
        self._reads: dict[str, list[SealedPlate]] = {}
        self._events: list[Event] = []
        for _, taken in new:
            match taken[0].message:
                case GpsFix():
                    self._take_fixes(cast("list[Assessed[GpsFix]]", taken))
                case Reading():
                    self._take_readings(cast("list[Assessed[Reading]]", taken))
                case Status():
                    self._take_statuses(cast("list[Assessed[Status]]", taken))
                case SealedPlate(device_id=device_id):
                    reads = cast("list[Assessed[SealedPlate]]", taken)
                    self._reads.setdefault(device_id, []).extend(one.message for one in reads)
                case Event():
                    events = cast("list[Assessed[Event]]", taken)
                    self._events += [one.message for one in events]

    @property
    def fixes(self) -> list[tuple[GpsFix, int]]:
        """Newest believable fix a device, with its flags."""
        return list(self._fixes.values())

    @property
    def values(self) -> list[LatestValue]:
        """Newest value a device and metric, doubtful ones with their flags."""
        return list(self._values.values())

    @property
    def presence(self) -> list[Status]:
        """Status that decides presence, one a device."""
        return list(self._presence.values())

    def changes(self) -> list[Change]:
        """What operators' screens need of it: the newest a device, and the events.

        A fix that can't be believed is told with its flags, so that a tracker which
        sends nothing else is seen as doubtful and not as silent.
        """
        return [
            *(_fix_change(fix, flags) for fix, flags in self._fixes.values()),
            *(_fix_change(fix, flags) for fix, flags in self._doubtful.values()),
            *self._value_changes(),
            *(
                {"t": "st", **_when(status), "on": status.online, "s": status.session}
                for status in self._presence.values()
            ),
            *(_event_change(event) for event in self._events[-_MAX_EVENTS_ANNOUNCED:]),
            *(_reads_change(reads) for reads in self._reads.values()),
        ]

    def _take_fixes(self, taken: Iterable[Assessed[GpsFix]]) -> None:
        for one in taken:
            fix = one.message
            newest = self._doubtful if one.flags & _UNBELIEVABLE else self._fixes
            held = newest.get(fix.device_id)
            if held is None or _is_newer(fix, held[0]):
                newest[fix.device_id] = (fix, one.flags)

    def _take_readings(self, taken: Iterable[Assessed[Reading]]) -> None:
        for assessed in taken:
            message = assessed.message
            for metric, value in message.values.items():
                key = (message.device_id, metric)
                held = self._values.get(key)
                if held is None or _is_newer(message, held):
                    self._values[key] = LatestValue(
                        *key,
                        message.measured_at,
                        message.seq,
                        message.received_at,
                        value,
                        assessed.flags_of(metric),
                    )

    def _take_statuses(self, taken: Iterable[Assessed[Status]]) -> None:
        for one in taken:
            message = one.message
            held = self._presence.get(message.device_id)
            if held is None or _presence_order(message) > _presence_order(held):
                self._presence[message.device_id] = message

    def _value_changes(self) -> Iterable[Change]:
        by_device: dict[str, list[LatestValue]] = {}
        for value in self._values.values():
            by_device.setdefault(value.device_id, []).append(value)
        for device_id, values in by_device.items():
            newest = max(values, key=lambda value: value.measured_at)
            yield {
                "t": "val",
                "d": device_id,
                "at": epoch_us(newest.measured_at) // 1000,
                "rx": epoch_us(newest.received_at) // 1000,
                "m": {value.metric: value.value for value in values},
                "f": {value.metric: value.flags for value in values if value.flags},
            }


def _is_newer(one: GpsFix | Reading, other: GpsFix | LatestValue) -> bool:
    """Tell which is newer, as the database does: by the device's clock, then its counter."""
    if one.measured_at == other.measured_at:
        return one.seq > other.seq
    return one.measured_at > other.measured_at


def _presence_order(status: Status) -> tuple[int, bool, datetime]:
    """A later session wins; within one, going offline; then the device's clock."""
    return (status.session, not status.online, status.measured_at)


def _fix_change(fix: GpsFix, flags: int) -> Change:
    return {
        "t": "fix",
        **_when(fix),
        "lat": round(fix.lat_deg, 6),
        "lon": round(fix.lon_deg, 6),
        "v": None if fix.speed_mps is None else round(fix.speed_mps * KMH_PER_MPS, 1),
        "h": fix.heading_deg,
        "f": flags,
    }


def _event_change(event: Event) -> Change:
    return {
        "t": "ev",
        **_when(event),
        "type": event.type,
        "sev": event.severity,
        "lat": event.lat_deg,
        "lon": event.lon_deg,
        "text": None if event.text is None else event.text[:_MAX_TEXT_CHARS],
    }


def _reads_change(reads: Sequence[SealedPlate]) -> Change:
    directions = [read.direction for read in reads if read.direction]
    counts = {name: directions.count(name) for name in set(directions)}
    return {"t": "pl", **_when(reads[-1]), "n": len(reads), "dir": counts}


def _when(message: Stored) -> Change:
    return {
        "d": message.device_id,
        "at": epoch_us(message.measured_at) // 1000,
        "rx": epoch_us(message.received_at) // 1000,
    }
