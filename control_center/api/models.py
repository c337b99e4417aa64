"""The shapes of the answers, as the OpenAPI document states them. Units are in the names."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from control_center.auth.rights import Right, Role
from control_center.auth.sessions import Factor
from core.device import State
from core.topics import DEVICE_ID, Kind, Stream
from devices.commands import CommandState
from devices.health import Presence

DeviceId = Annotated[str, Field(pattern=f"^{DEVICE_ID.pattern}$")]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class User(_Answer):
    """Someone who is logged in."""

    username: str
    name: str
    role: Role
    rights: list[Right]


class SessionAnswer(_Answer):
    """A session; `csrf` goes into the X-C5-CSRF header of every change."""

    user: User
    csrf: Annotated[str, Field(description="empty for an API token, which needs none")]
    second_factor: Annotated[
        Factor, Field(description="code, enrol: nothing else is allowed before that is done")
    ]
    elsewhere: Annotated[bool, Field(description="logs in at another place: no password here")]
    expires_at: datetime
    idle_s: Annotated[float, Field(description="a session that nothing uses ends after, s")]


class Login(BaseModel):
    """What the login form sends."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(min_length=1, max_length=256)]
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class Health(_Answer):
    """Whether the service can do its work."""

    ok: bool
    database: Annotated[str, Field(pattern="^(ok|down)$")]
    live: Annotated[str, Field(pattern="^(ok|down)$")]
    version: str


class City(_Answer):
    """The first view of the map, WGS 84 degrees."""

    id: str
    name: str
    center: tuple[float, float]
    bounds: tuple[float, float, float, float]
    attribution: str


class KindAnswer(_Answer):
    """One kind of device."""

    kind: Kind
    es: str
    en: str
    silence_s: float
    interval_s: float
    streams: list[Stream]


class MetricAnswer(_Answer):
    """One measurable quantity and the range an instrument can produce."""

    unit: str
    es: str
    en: str
    lo: float
    hi: float


class Config(_Answer):
    """What a page needs to know before it draws."""

    city: City
    timezone: str
    tile_url: str | None
    version: str
    kinds: list[KindAnswer]
    metrics: dict[str, MetricAnswer]


class Fix(_Answer):
    """The newest believable position, WGS 84."""

    lat_deg: float
    lon_deg: float
    speed_kmh: float | None
    heading_deg: float | None
    measured_at: datetime
    flags: list[str]


class Value(_Answer):
    """The newest value of a metric."""

    value: float
    measured_at: datetime
    flags: list[str]


class Device(_Answer):
    """One device as it is now; null: not known."""

    device_id: str
    kind: Kind
    name: str
    state: State
    presence: Presence
    since: datetime | None
    last_seen_at: datetime | None
    lat_deg: float | None
    lon_deg: float | None
    fix: Fix | None
    values: dict[str, Value]
    firmware: str | None
    silence_s: float


class Devices(_Answer):
    """Every device at one instant."""

    as_of: datetime
    devices: list[Device]


class LedgerHour(_Answer):
    """Messages of one hour (of measurement, UTC)."""

    hour: datetime
    sent: int
    stored: int
    rejected: int
    duplicates: int
    missing: int


class DeviceDetail(Device):
    """One device, with its account of the last 24 hours."""

    interval_s: float
    ledger: list[LedgerHour]


class Series(_Answer):
    """A metric over time; a null mean is a gap, or a bucket with nothing believable."""

    device_id: str
    metric: str
    unit: str
    bucket_s: Annotated[int, Field(description="0: every row as it is")]
    points: Annotated[
        list[tuple[int, float | None, float | None, float | None, int]],
        Field(description="[epoch ms, mean, minimum, maximum, unbelievable rows]"),
    ]


class Track(_Answer):
    """Where a device was."""

    points: Annotated[
        list[tuple[int, float, float, float | None, list[str]]],
        Field(description="[epoch ms, longitude, latitude, km/h, flags]"),
    ]


class CommandOrder(BaseModel):
    """What to tell a device."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$")]
    args: dict[str, Any] = Field(default_factory=dict, max_length=32)
    expires_s: Annotated[float, Field(ge=1, le=86_400)] = 120.0


class CommandIssued(_Answer):
    """The command was handed to the broker."""

    id: str


class CommandAnswer(_Answer):
    """A command and what came of it."""

    id: str
    name: str
    args: dict[str, Any]
    issued_at: datetime
    issued_by: str
    state: CommandState
    answered_at: datetime | None
    detail: str | None


class Commands(_Answer):
    """The newest commands of a device, newest first."""

    commands: list[CommandAnswer]


class CredentialAnswer(_Answer):
    """A device's way into the broker. Never shown again."""

    username: str
    password: str


class DeviceCounts(_Answer):
    """Active devices by presence, and how many wait for approval."""

    online: int
    offline: int
    silent: int
    never: int
    pending: int


class Stats(_Answer):
    """What the header shows."""

    stored_per_s: float
    rejected_last_h: int
    duplicates_last_h: int
    missing_last_h: int
    devices: DeviceCounts
    ingest_lag_ms: float | None


class Reject(_Answer):
    """Why a message was refused."""

    id: int
    received_at: datetime
    topic: str
    device_id: str | None
    reason: str
    detail: str
    size: int
    times: int


class Rejects(_Answer):
    """The newest refusals, newest first."""

    rejects: list[Reject]
