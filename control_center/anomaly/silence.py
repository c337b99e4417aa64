"""Stations that fall silent: from the steps of time in which anything of them arrived.

What stands in one place and measures without a pause is expected to be heard; who drives home at
night is not. A silence shows as presence at once; here it becomes an anomaly that is kept.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

import numpy as np

from core.device import Device
from core.topics import Kind
from devices.kinds import KINDS
from sensing.anomaly import F64

STEADY: Final = frozenset({Kind.AIR, Kind.NOISE, Kind.COUNTER, Kind.POWER})
_SILENCES: Final = 2.0
"""Times the silence that presence tolerates."""
_INTERVALS: Final = 5.0


class Spanned(Protocol):
    """The stretch of time that is worked through."""

    @property
    def end_s(self) -> float:
        """Unix time."""

    @property
    def step_s(self) -> float:
        """Length of a step."""


class Silence(NamedTuple):
    """One station's."""

    device_id: str
    since_s: float
    until_s: float | None
    """None: it goes on."""
    is_new: bool


def limit_s(device: Device) -> float:
    """How long it may say nothing."""
    return max(_SILENCES * KINDS[device.kind].silence_s, _INTERVALS * (device.interval_s or 0.0))


def heard(
    device: Device,
    at_s: F64,
    span: Spanned,
    heard_s: dict[str, float],
    silent_s: dict[str, float],
) -> list[Silence]:
    """Take in the steps in which a station was heard, oldest first; answer what was a silence.

    heard_s, silent_s  up to when each was heard, since when each is silent; changed in place
    """
    name = device.device_id
    begun_s = silent_s.pop(name, None)
    before_s = heard_s.get(name, float(at_s[0]))
    fresh = at_s[at_s >= before_s]
    if not len(fresh):
        if begun_s is not None:
            silent_s[name] = begun_s
        return []
    found = []
    if begun_s is not None:  # what it kept meanwhile says when it measured, not when it spoke
        kept = fresh[0] - begun_s <= limit_s(device)
        found.append(Silence(name, begun_s, span.end_s if kept else float(fresh[0]), is_new=False))
    ends = np.concatenate(([before_s], fresh[:-1] + span.step_s))
    gaps = np.flatnonzero(fresh - ends > limit_s(device))
    found += [
        Silence(name, float(ends[at]), float(fresh[at]), is_new=True)
        for at in gaps.tolist()
        if begun_s is None or at > 0
    ]
    heard_s[name] = float(fresh[-1]) + span.step_s
    return found


def fallen(
    devices: Mapping[str, Device],
    until_s: float,
    heard_s: Mapping[str, float],
    silent_s: dict[str, float],
) -> list[Silence]:
    """Stations that were not heard for too long, up to now; they are noted as silent."""
    found = [
        Silence(name, last_s, None, is_new=True)
        for name, last_s in heard_s.items()
        if name not in silent_s and name in devices and until_s - last_s > limit_s(devices[name])
    ]
    silent_s.update({one.device_id: one.since_s for one in found})
    return found
