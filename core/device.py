"""A device as the registry knows it."""

from dataclasses import dataclass
from enum import StrEnum

from core.topics import Kind


class State(StrEnum):
    """How far a device is let in."""

    ACTIVE = "active"
    PENDING = "pending"
    """It asked, or spoke unasked; nothing it says is stored until someone approves it."""
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One registered device."""

    device_id: str
    kind: Kind
    name: str
    state: State = State.ACTIVE
    lat_deg: float | None = None
    """Where it stands; None: it moves, or nobody said."""
    lon_deg: float | None = None
    backfill: bool = False
    """It may send measurements of any past."""
    interval_s: float | None = None
    """Expected seconds between two messages; None: its kind's."""
