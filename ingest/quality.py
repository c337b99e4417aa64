"""Believe or doubt a message, knowing what its device said before.

The assessor holds a little state per device (last believable place, last
counter, runs of identical values) and moves it only forward in the device's own
time, so late and repeated data neither confuse it nor are confused by it. A
clock that cannot be right refuses the message (`ClockAhead`, `ClockBehind`);
every other doubt is a flag that travels with the row. This runs once a row on
the hottest path: hence plain integers for flags and written-out ranges.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.device import Device
from core.errors import ClockAhead, ClockBehind, MessageRefused
from core.messages import GpsFix, Reading, Uplink
from core.metrics import METRICS
from core.quality import NO_FLAGS, Assessed, Flag
from devices.kinds import KINDS

_M_PER_DEG: Final = 111_320.0
_JUMP_SLACK_M: Final = 200.0
"""What two bad fixes may differ by without any motion."""
_NEAR_DEG: Final = _JUMP_SLACK_M / _M_PER_DEG / math.sqrt(2)
"""Closer than this in both directions is within the slack at any latitude."""
_REBASE_AFTER: Final = 4
"""Fixes in a row that agree with each other and not with the past: the past was wrong."""
_CLOCK_TOLERANCE: Final = timedelta(seconds=10)
_RANGE: Final = int(Flag.RANGE)
_STUCK: Final = int(Flag.STUCK)
_JUMP: Final = int(Flag.JUMP)
_LATE: Final = int(Flag.LATE)
_CLOCK: Final = int(Flag.CLOCK)
_SEQ_BACK: Final = int(Flag.SEQ_BACK)
_METRIC_RANGES: Final = {name: (m.lo, m.hi, m.stuck_after) for name, m in METRICS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the settings tolerate."""

    clock_ahead: timedelta = timedelta(seconds=300)
    late: timedelta = timedelta(seconds=300)


@dataclass(slots=True)
class _Place:
    at: datetime
    lat_deg: float
    lon_deg: float

    def reaches(self, fix: GpsFix, max_speed_mps: float) -> bool:
        """Tell whether a vehicle could be at both."""
        dlat_deg = fix.lat_deg - self.lat_deg
        dlon_deg = fix.lon_deg - self.lon_deg
        if -_NEAR_DEG < dlat_deg < _NEAR_DEG and -_NEAR_DEG < dlon_deg < _NEAR_DEG:
            return True
        dx_m = dlon_deg * _M_PER_DEG * math.cos(math.radians(self.lat_deg))
        span_s = abs((fix.measured_at - self.at).total_seconds())
        return math.hypot(dx_m, dlat_deg * _M_PER_DEG) <= max_speed_mps * span_s + _JUMP_SLACK_M


@dataclass(slots=True)
class _Run:
    """Identical values in a row of one metric."""

    value: float
    since: datetime
    at: datetime
    length: int = 1


@dataclass(slots=True)
class _Memory:
    """What we remember of one device."""

    seq: int = -1
    at: datetime | None = None
    place: _Place | None = None
    stray: _Place | None = None
    strays: int = 0
    runs: dict[str, _Run] = field(default_factory=dict)


class Assessor:
    """Assesses messages one by one; one a worker."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._memories: dict[str, _Memory] = {}

    def remember(self, places: Iterable[tuple[str, datetime, float, float]]) -> None:
        """Start from the database's latest fixes: (device_id, measured_at, lat_deg, lon_deg)."""
        for device_id, at, lat_deg, lon_deg in places:
            self._memory(device_id).place = _Place(at, lat_deg, lon_deg)

    def assess(
        self, device: Device, messages: Sequence[Uplink], received_at: datetime
    ) -> tuple[list[Assessed[Uplink]], list[tuple[Uplink, MessageRefused]]]:
        """Assess what one device sent at once: (what is history, what is not and why).

        Refusals are ClockAhead and ClockBehind; nothing is raised for them, so that
        a message costs its neighbours nothing.
        """
        memory = self._memory(device.device_id)
        late_before = received_at - self._limits.late
        oldest = None if device.backfill else received_at - KINDS[device.kind].horizon
        tolerated = received_at + _CLOCK_TOLERANCE
        latest = received_at + self._limits.clock_ahead
        taken: list[Assessed[Uplink]] = []
        refused: list[tuple[Uplink, MessageRefused]] = []
        for message in messages:
            at = message.measured_at
            flags = 0
            if at < late_before:
                if oldest is not None and at < oldest:
                    refused.append((message, _behind(device, received_at - at)))
                    continue
                flags = _LATE
            elif at > tolerated:
                if at > latest:
                    refused.append((message, _ahead(at - received_at)))
                    continue
                flags = _CLOCK
            if memory.at is None or at > memory.at:
                if 0 < message.seq < memory.seq:
                    flags |= _SEQ_BACK
                memory.at = at
                memory.seq = message.seq
            if message.__class__ is GpsFix:
                flags |= self._fix_flags(device, memory, message)
                taken.append(Assessed(message, flags))
            elif message.__class__ is Reading:
                taken.append(Assessed(message, flags, self._metric_flags(memory, message)))
            else:
                taken.append(Assessed(message, flags))
        return taken, refused

    def _memory(self, device_id: str) -> _Memory:
        memory = self._memories.get(device_id)
        if memory is None:
            memory = self._memories[device_id] = _Memory()
        return memory

    def _fix_flags(self, device: Device, memory: _Memory, fix: GpsFix) -> int:
        if not _is_possible(fix):
            return _RANGE
        max_speed_mps = KINDS[device.kind].max_speed_mps
        if max_speed_mps is None:
            return 0
        place = memory.place
        if place is None:
            memory.place = _Place(fix.measured_at, fix.lat_deg, fix.lon_deg)
        elif not place.reaches(fix, max_speed_mps):
            return self._stray(memory, fix, max_speed_mps)
        elif fix.measured_at > place.at:
            place.at, place.lat_deg, place.lon_deg = fix.measured_at, fix.lat_deg, fix.lon_deg
            memory.strays = 0
        return 0

    @staticmethod
    def _stray(memory: _Memory, fix: GpsFix, max_speed_mps: float) -> int:
        """Doubt a fix far from the past, until several newer ones agree."""
        if memory.place is not None and fix.measured_at < memory.place.at:
            return _JUMP
        here = _Place(fix.measured_at, fix.lat_deg, fix.lon_deg)
        agrees = memory.stray is not None and memory.stray.reaches(fix, max_speed_mps)
        memory.strays = memory.strays + 1 if agrees else 1
        memory.stray = here
        if memory.strays < _REBASE_AFTER:
            return _JUMP
        memory.place, memory.stray, memory.strays = here, None, 0
        return 0

    @staticmethod
    def _metric_flags(memory: _Memory, reading: Reading) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for metric, value in reading.values.items():
            lo, hi, stuck_after = _METRIC_RANGES[metric]
            flags = 0 if lo <= value <= hi else _RANGE
            if stuck_after is not None:
                run = memory.runs.get(metric)
                if run is None or (reading.measured_at > run.at and value != run.value):
                    memory.runs[metric] = _Run(value, reading.measured_at, reading.measured_at)
                elif value == run.value:
                    if reading.measured_at > run.at:
                        run.length += 1
                        run.at = reading.measured_at
                    if run.length >= stuck_after and reading.measured_at >= run.since:
                        flags |= _STUCK
            if flags:
                found[metric] = flags
        return found or NO_FLAGS


def _is_possible(fix: GpsFix) -> bool:
    """Tell whether every number of a fix is one that a receiver on a vehicle can report."""
    return (
        ((n := fix.speed_mps) is None or 0.0 <= n <= 100.0)  # noqa: PLR2004  the ranges
        and ((n := fix.heading_deg) is None or 0.0 <= n <= 360.0)  # noqa: PLR2004
        and ((n := fix.hdop) is None or 0.0 <= n <= 100.0)  # noqa: PLR2004
        and ((n := fix.accuracy_m) is None or 0.0 <= n <= 100_000.0)  # noqa: PLR2004
        and ((n := fix.altitude_m) is None or -500.0 <= n <= 9000.0)  # noqa: PLR2004
        and ((n := fix.odometer_m) is None or 0.0 <= n <= 1e10)  # noqa: PLR2004
        and ((n := fix.battery_v) is None or 0.0 <= n <= 1000.0)  # noqa: PLR2004
        and not (fix.lat_deg == 0.0 and fix.lon_deg == 0.0)  # where receivers without a fix are
    )


def _ahead(by: timedelta) -> ClockAhead:
    return ClockAhead(f"ts is {by} ahead of our clock; set the device's clock (NTP, GPS)")


def _behind(device: Device, by: timedelta) -> ClockBehind:
    return ClockBehind(
        f"ts is {by.days} days old, a {device.kind} may send {KINDS[device.kind].horizon.days}; "
        "set its clock, or enrol it with --backfill"
    )
