"""What rules are about: things that happened, and levels that something has.

Every event in the database is something that happened, whoever made it. A level is a number that
is looked at again and again: the newest value of a metric, silence, the air's category, a lag.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


class Place(NamedTuple):
    """WGS 84, degrees."""

    lat_deg: float
    lon_deg: float


class Happened(NamedTuple):
    """One event."""

    device_id: str
    kind: str | None
    """Of the device; None: it is gone from the registry."""
    type: str
    severity: str | None
    at: datetime
    place: Place | None
    """Where it happened, else where its device stands; None: nobody knows."""
    value: float | None = None
    text: str | None = None
    extra: Mapping[str, Any] = {}


class Reading(StrEnum):
    """Which level of a device, or of C5 itself."""

    METRIC = "metric"
    SILENCE = "silence"
    """1: silent or offline though it should be there; 0: it is."""
    AIR = "air"
    """The category's place in NOM-172's order, 0 the best."""
    INGEST_LAG = "ingest_lag"
    """Seconds from arrival to commit, of no device."""


class Level(NamedTuple):
    """One number as it is now."""

    reading: Reading
    value: float
    at: datetime
    device_id: str | None = None
    kind: str | None = None
    metric: str | None = None
    place: Place | None = None
