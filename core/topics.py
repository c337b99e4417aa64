"""Topics: `c5/v1/{kind}/{device_id}/{stream}`, built and parsed side by side.

Enrolment is the one topic outside that tree: `c5/enroll/{kind}/{device_id}`,
the only place where a device nobody knows may speak.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from core.errors import UnknownTopic

ROOT: Final = "c5/v1"
ENROLL_ROOT: Final = "c5/enroll"
NOTICE_ROOT: Final = "c5/notice"
"""Below it the control center tells others of incidents; no device speaks there."""
DEVICE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Kind(StrEnum):
    """What a device is."""

    TRUCK = "truck"
    AIR = "air"
    NOISE = "noise"
    CAMERA = "camera"
    COUNTER = "counter"
    PANIC = "panic"
    POWER = "power"
    BUS = "bus"


class Stream(StrEnum):
    """What a device says, or is told."""

    GPS = "gps"
    READING = "reading"
    PLATE = "plate"
    EVENT = "event"
    STATUS = "status"
    CMD = "cmd"
    ACK = "ack"


_KINDS: Final = {kind.value: kind for kind in Kind}
_STREAMS: Final = {stream.value: stream for stream in Stream}
UPLINK: Final = tuple(stream for stream in Stream if stream is not Stream.CMD)
"""Streams that a device publishes; `cmd` alone flows towards it."""


class Address(NamedTuple):
    """Who speaks, and about what."""

    kind: Kind
    device_id: str
    stream: Stream


def telemetry(kind: Kind, device_id: str, stream: Stream) -> str:
    """Build a device's topic.

    >>> telemetry(Kind.TRUCK, "T-07", Stream.GPS)
    'c5/v1/truck/T-07/gps'
    """
    return f"{ROOT}/{kind}/{checked_device_id(device_id)}/{stream}"


def parse(topic: str) -> Address:
    """Undo `telemetry`; refuse anything else by name.

    >>> parse("c5/v1/truck/T-07/gps").device_id
    'T-07'
    """
    match topic.split("/"):
        case ["c5", "v1", kind, device_id, stream] if (
            kind in _KINDS and stream in _STREAMS and DEVICE_ID.fullmatch(device_id)
        ):
            return Address(_KINDS[kind], device_id, _STREAMS[stream])
    raise UnknownTopic(f"{topic[:200]!r} is not c5/v1/<kind>/<device>/<stream>")


def enrollment(kind: Kind, device_id: str) -> str:
    """Build the topic on which an unknown device asks to be let in."""
    return f"{ENROLL_ROOT}/{kind}/{checked_device_id(device_id)}"


def parse_enrollment(topic: str) -> tuple[Kind, str]:
    """Undo `enrollment`; refuse anything else by name."""
    match topic.split("/"):
        case ["c5", "enroll", kind, device_id] if kind in _KINDS and DEVICE_ID.fullmatch(device_id):
            return _KINDS[kind], device_id
    raise UnknownTopic(f"{topic[:200]!r} is not c5/enroll/<kind>/<device>")


def checked_device_id(device_id: str) -> str:
    """Answer the name itself, or refuse one that could not be a topic level."""
    if not DEVICE_ID.fullmatch(device_id):
        raise UnknownTopic(
            f"device id {device_id[:80]!r} must be 1 to 64 of A-Z, a-z, 0-9, '_' and '-'"
        )
    return device_id
