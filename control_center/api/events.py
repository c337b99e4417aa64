"""Past events, so that a screen that was just opened does not begin with an empty list."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from control_center.api.instants import utc
from control_center.api.models import DeviceId
from control_center.auth import pressed
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.problems import InvalidQuery
from core.happenings import SPECS, of_seq
from store import event
from store.event import Past

router = APIRouter(prefix="/api/events", tags=["events"])
MAX_EVENTS: Final = 1000
_DAY: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=31)
_FAR_AHEAD: Final = timedelta(hours=1)
"""Clocks of devices may be a little ahead: their events are not hidden until then."""


class EventAnswer(BaseModel):
    """One event; null: not said."""

    model_config = ConfigDict(extra="forbid")

    device_id: str
    device_name: str | None
    type: str
    severity: str | None
    measured_at: datetime
    received_at: datetime
    lat_deg: float | None
    lon_deg: float | None
    value: float | None
    unit: Annotated[str | None, Field(description="of the value; null: the device did not say")]
    text: Annotated[
        str | None, Field(description="of a panic button's events only with the right `panic`")
    ]
    made_by: Annotated[str, Field(pattern="^(device|c5)$")]
    route_id: Annotated[str | None, Field(description="of events that C5 made")]


class Events(BaseModel):
    """Events, newest first."""

    model_config = ConfigDict(extra="forbid")

    events: list[EventAnswer]


@router.get("", **needs(Right.VIEW))
async def events(
    center: CenterDep,
    who: Who,
    since: Annotated[
        datetime | None,
        Query(alias="from", description="RFC 3339 with an offset; left out: a day before `to`"),
    ] = None,
    until: Annotated[
        datetime | None,
        Query(alias="to", description="RFC 3339 with an offset, exclusive; left out: now"),
    ] = None,
    device_id: Annotated[DeviceId | None, Query(description="only of this device")] = None,
    kind: Annotated[
        str | None, Query(alias="type", max_length=64, description="only of this type")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_EVENTS, description="at the most")] = 200,
) -> Events:
    """Answer events of at most 31 days, the newest first."""
    end = utc(until) if until else center.clock() + _FAR_AHEAD
    begin = utc(since) if since else end - _DAY
    if end <= begin:
        raise InvalidQuery("to is not after from; swap them")
    if end - begin > _LONGEST + _FAR_AHEAD:
        raise InvalidQuery(f"the window is longer than {_LONGEST.days} days; ask for less")
    found = await event.newest(center.pool, begin, end, device_id=device_id, kind=kind, limit=limit)
    sees_person = who.may(Right.PANIC)
    return Events(events=[_answer(one, sees_person=sees_person) for one in found])


def _answer(one: Past, *, sees_person: bool) -> EventAnswer:
    made = of_seq(one.seq)
    told = sees_person or not pressed.may_name(one.device_kind, one.type)
    return EventAnswer(
        device_id=one.device_id,
        device_name=one.device_name,
        type=one.type,
        severity=one.severity,
        measured_at=one.measured_at,
        received_at=one.received_at,
        lat_deg=one.lat_deg,
        lon_deg=one.lon_deg,
        value=one.value,
        unit=None if made is None else SPECS[made].unit,
        text=one.text if told else None,
        made_by="device" if made is None else "c5",
        route_id=None if made is None else (one.extra or {}).get("route_id"),
    )
