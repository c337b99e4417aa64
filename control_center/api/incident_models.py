"""The shapes of incidents and shifts, as the OpenAPI document states them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from control_center.api.alarm_models import AlarmAnswer, Number, Shape, Text, Words
from control_center.api.models import DeviceId
from control_center.incidents.machine import Action, State
from control_center.rules.rule import Name, Title, plain
from control_center.rules.severity import Severity

Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
IncidentStates = Literal["open", "closed", "all"]


class Due(Shape):
    """What is waited for, and until when."""

    step: Literal["acknowledge", "dispatch", "resolve"]
    at: datetime


class IncidentAnswer(Shape):
    """One incident; null: not yet, or nobody."""

    incident_id: int
    kind: str
    severity: Severity
    state: State
    title_es: str
    title_en: str
    device_id: str | None
    lat_deg: float | None
    lon_deg: float | None
    opened_at: datetime
    opened_by: Annotated[str, Field(description="c5: by alarms")]
    last_at: Annotated[datetime, Field(description="of its newest alarm")]
    acknowledged_at: datetime | None
    dispatched_at: datetime | None
    on_scene_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    assignee: str | None
    role: Annotated[str, Field(description="whose turn it is")]
    alarms: int
    next_due: Due | None
    overdue: bool
    escalated_to: str | None
    version: int


class Incidents(Shape):
    """Incidents, the newest first, and how many are open in all."""

    incidents: list[IncidentAnswer]
    open: dict[Severity, int]


class LogEntry(Shape):
    """A line of the log."""

    entry_id: int
    at: datetime
    by: str
    kind: str
    text_es: str
    text_en: str
    detail: dict[str, Any]


class SopBranch(Shape):
    """An answer that a step may have."""

    answer: str
    es: str
    en: str
    step: str | None


class SopStep(Shape):
    """A step and what became of it; `next` are the steps that it may lead to."""

    step_id: str
    text_es: str
    text_en: str
    mandatory: bool
    state: Literal["open", "done", "skipped"]
    current: Annotated[bool, Field(description="it is this one's turn")]
    on_path: Annotated[bool, Field(description="false: another branch was taken, or may be")]
    answer: str | None
    by: str | None
    at: datetime | None
    reason: str
    next: list[str]
    branches: list[SopBranch]


class SopAnswer(Shape):
    """The procedure of an incident, as of when it was opened."""

    sop_id: str
    version: int
    title_es: str
    title_en: str
    steps: list[SopStep]


class UnitAnswer(Shape):
    """Somebody who was sent."""

    device_id: str
    name: str | None
    state: Literal["assigned", "en_route", "on_scene", "cleared"]
    assigned_at: datetime
    en_route_at: datetime | None
    on_scene_at: datetime | None
    cleared_at: datetime | None


class LinkAnswer(Shape):
    """Another incident, and what it is to this one."""

    incident_id: int
    relation: str


class FileAnswer(Shape):
    """A file beside an incident; its bytes are under /api/incidents/{id}/files/{sha256}."""

    sha256: str
    name: str
    media_type: str
    bytes: int
    by: str
    at: datetime


class Person(Shape):
    """Who carries a panic button; every answer of it is on record."""

    name: str
    phone: str
    note: str


class IncidentDetail(IncidentAnswer):
    """An incident with all that belongs to it."""

    timeline: list[LogEntry]
    alarm_list: Annotated[list[AlarmAnswer], Field(description="the newest 200")]
    sop: SopAnswer | None
    units: list[UnitAnswer]
    links: list[LinkAnswer]
    files: list[FileAnswer]
    track: Annotated[
        list[tuple[int, float, float]],
        Field(description="[epoch ms, longitude, latitude] of who pressed; with the right panic"),
    ]
    person: Person | None
    person_sealed: Annotated[
        bool, Field(description="somebody is on record, and the key of that record is not set here")
    ]


class NearUnit(Shape):
    """A unit that could be sent."""

    device_id: str
    name: str
    kind: str
    distance_m: float | None
    state: Literal["available", "assigned", "en_route", "on_scene", "silent"]
    incident_id: int | None
    lat_deg: float
    lon_deg: float
    last_at: datetime


class NearUnits(Shape):
    """Units, the best first: available ones by distance, then the others."""

    units: list[NearUnit]


class IncidentOrder(Shape):
    """An incident that somebody opens by hand."""

    kind: Name = "manual"
    severity: Severity
    title: Title
    lat_deg: Lat | None = None
    lon_deg: Lon | None = None
    note: Text = ""
    key: UUID | None = None


class ActionOrder(Shape):
    """What somebody does about an incident that they saw as of `version`; `key` makes it once."""

    version: Number
    action: Action
    key: UUID
    text: Text = ""
    device_id: DeviceId | None = None
    incident_id: Number | None = None
    relation: Literal["related", "duplicate", "cause"] = "related"
    step_id: Name | None = None
    answer: Name | None = None
    to_role: Annotated[str, Field(max_length=32)] | None = None


class HolderOrder(Shape):
    """Who carries a panic button."""

    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain)]
    phone: Annotated[str, Field(max_length=40), AfterValidator(plain)] = ""
    note: Annotated[str, Field(max_length=2000), AfterValidator(plain)] = ""


class ShiftAnswer(Shape):
    """A shift; null: not yet."""

    shift_id: int
    began_at: datetime
    began_by: str
    note: str
    handed_at: datetime | None
    handed_by: str | None
    handed_to: str | None
    accepted_at: datetime | None
    accepted_by: str | None
    open: Annotated[dict[str, Any], Field(description="what was open when it was handed over")]


class Shifts(Shape):
    """Shifts, the newest first."""

    shifts: list[ShiftAnswer]


class CurrentShift(Shape):
    """The shift that goes on, and the one whose note waits to be accepted."""

    current: ShiftAnswer | None
    waiting: ShiftAnswer | None


class HandoverOrder(Shape):
    """What the next shift must know."""

    note: Words
    to: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")] | None = None
