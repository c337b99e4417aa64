"""Frozen messages, SI and UTC inside, units in names.

`(device_id, measured_at, seq)` is the identity of every one of them; `None`
means "not reported", never zero. `extra` holds what the device said beyond the
vocabulary. They are msgspec structs without garbage-collector tracking: a busy
ingest holds tens of thousands.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

Extra = dict[str, object] | None


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What all uplink messages share."""

    device_id: str
    seq: int
    """Grows by one a message and survives reboots; 0 when the format has no counter."""
    measured_at: datetime
    """Device clock."""
    received_at: datetime
    """Ours."""
    extra: Extra = None


class GpsFix(Message, frozen=True, gc=False):
    """One position as the device claimed it: WGS 84.

    Its own fields may be given in order, which the decoder does: naming all
    seventeen costs three times what the rest of building one does.
    """

    lat_deg: float
    lon_deg: float
    speed_mps: float | None = None
    heading_deg: float | None = None
    altitude_m: float | None = None
    hdop: float | None = None
    accuracy_m: float | None = None
    satellites: int | None = None
    odometer_m: float | None = None
    battery_v: float | None = None
    ignition: bool | None = None
    pto: bool | None = None
    """Power take-off: the truck's lift or press is working."""


class Reading(Message, frozen=True, kw_only=True, gc=False):
    """Numbers measured at one instant, by metric name (core.metrics)."""

    values: dict[str, float]


class PlateRead(Message, frozen=True, kw_only=True, gc=False):
    """One passage of a plate before a camera; personal data until it is hashed."""

    plate: str
    score: float | None = None
    """Confidence of the text, 0 to 1."""
    dscore: float | None = None
    """Confidence of the detection, 0 to 1."""
    box: tuple[float, float, float, float] | None = None
    """xmin, ymin, xmax, ymax in pixels."""
    region: str | None = None
    candidates: tuple[tuple[str, float], ...] = ()
    direction: str | None = None
    """`in` or `out` of the city."""
    orientation: float | None = None
    vehicle: str | None = None


class CropDoubt(StrEnum):
    """Why the photograph that came with a read was not kept."""

    TOO_LARGE = "too_large"
    NOT_BASE64 = "not_base64"
    NOT_JPEG = "not_jpeg"
    WRONG_SHA256 = "wrong_sha256"


class SealedCrop(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The photograph of a plate, encrypted."""

    sha256: str
    """Of the JPEG in clear, hexadecimal."""
    sealed: bytes


class SealedPlate(Message, frozen=True, kw_only=True, gc=False):
    """A plate read as it is stored: no letter of the plate in clear (see core.seal)."""

    plate_hmac: bytes
    key_id: str
    sealed: bytes | None
    """Encrypted JSON of the plate, box, candidates, orientation and unknown fields."""
    score: float | None = None
    dscore: float | None = None
    region: str | None = None
    direction: str | None = None
    vehicle: str | None = None
    crop_doubt: CropDoubt | None = None
    """None: no photograph came, or it was kept."""
    crop: SealedCrop | None = None
    """Its photograph; stored apart."""


class Event(Message, frozen=True, kw_only=True, gc=False):
    """Something happened; `type` names it."""

    type: str
    severity: str | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    value: float | None = None
    text: str | None = None


class Status(Message, frozen=True, kw_only=True, gc=False):
    """The device about itself. The broker publishes its will when it vanishes."""

    online: bool
    session: int
    """`seq` of the message that opened this connection; orders presence across reconnects."""
    firmware: str | None = None
    battery_v: float | None = None
    battery_pct: float | None = None
    rssi_dbm: float | None = None
    uptime_s: float | None = None
    outbox: int | None = None
    """Messages the device still holds for us."""


class Ack(Message, frozen=True, kw_only=True, gc=False):
    """A device's answer to a command."""

    command_id: str
    ok: bool
    detail: str | None = None


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """An order to a device, as published on its `cmd` topic."""

    id: str
    name: str
    args: dict[str, object] = {}
    expires_at: datetime | None = None


Stored = GpsFix | Reading | SealedPlate | Event | Status | Ack
"""What the database takes."""
Uplink = GpsFix | Reading | PlateRead | Event | Status | Ack
