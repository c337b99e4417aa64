"""Incidents: the list, one with all that belongs to it, and what people do about it."""

from functools import partial
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response, status

from control_center.alarms import shipped, values
from control_center.api import incident_models as models
from control_center.api.alarms import JSON, Before, Limit, Since, Until
from control_center.api.instants import utc
from control_center.api.reading import on_connection
from control_center.api.room import actor, in_room
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import Center, CenterDep
from control_center.incidents import archive, desk, detail, evidence, exporting, machine
from control_center.incidents.desk import Wish
from control_center.incidents.limits import Room
from control_center.plates import keys
from control_center.problems import InvalidQuery
from store import incident
from store.incident import New
from store.pool import Connection

router = APIRouter(prefix="/api/incidents", tags=["incidents"])
IncidentId = Annotated[int, Path(ge=1, lt=2**63, description="incident id")]
_ONE: Final[dict[int | str, dict[str, Any]]] = {200: {"model": models.IncidentAnswer}}
_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_attending: Final = needs(Right.ATTEND)
_attending["openapi_extra"] |= _FILE


@router.get(
    "", response_class=Response, responses={200: {"model": models.Incidents}}, **needs(Right.VIEW)
)
async def list_incidents(
    center: CenterDep,
    state: models.IncidentStates = "open",
    since: Since = None,
    until: Until = None,
    limit: Limit = 200,
    before: Before = None,
) -> Response:
    """Answer incidents, the newest first."""
    begin, end = utc(since), utc(until)

    def read(conn: Connection) -> bytes:
        rows = incident.listed(
            conn, state=state, since=begin, until=end, before=before, limit=limit
        )
        said = {
            "incidents": [values.incident(row) for row in rows],
            "open": incident.open_by_severity(conn),
        }
        return msgspec.json.encode(said)

    return Response(await in_room(center, read), media_type=JSON)


@router.get(
    "/{incident_id}",
    response_class=Response,
    responses={200: {"model": models.IncidentDetail}},
    **needs(Right.VIEW),
)
async def get_incident(
    center: CenterDep, request: Request, who: Who, incident_id: IncidentId
) -> Response:
    """Answer an incident with all that belongs to it; who pressed only with the right `panic`."""
    work = partial(
        detail.build,
        incident_id=incident_id,
        ring=keys.ring(center.settings, center.connections.plates),
        who=actor(request, who),
        sees_person=who.may(Right.PANIC),
        now=center.clock(),
    )
    return Response(msgspec.json.encode(await in_room(center, work)), media_type=JSON)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_class=Response,
    responses={201: {"model": models.IncidentAnswer}},
    **needs(Right.ATTEND),
)
async def open_incident(
    center: CenterDep, request: Request, who: Who, order: models.IncidentOrder
) -> Response:
    """Open an incident that no alarm has raised."""
    if (order.lat_deg is None) != (order.lon_deg is None):
        raise InvalidQuery("a position needs both lat_deg and lon_deg; give both or neither")
    room, now = room_of(center), center.clock()
    step = machine.due_step(machine.State.NEW)
    due_at = room.due(step, order.severity, now)
    wanted = New(
        kind=order.kind,
        severity=order.severity,
        cause=f"{order.kind}|by hand",
        title_es=order.title,
        title_en=order.title,
        device_id=None,
        lat_deg=order.lat_deg,
        lon_deg=order.lon_deg,
        opened_at=now,
        opened_by=who.username,
        last_at=now,
        role=room.escalation[0],
        due_step=step if due_at else None,
        due_at=due_at,
        alarms=0,
        sop_id=None,
        sop_version=None,
    )
    work = partial(
        desk.open_by_hand, wanted=wanted, text=order.note, key=order.key, who=actor(request, who)
    )
    body = msgspec.json.encode(values.incident(await in_room(center, work)))
    return Response(body, status_code=status.HTTP_201_CREATED, media_type=JSON)


@router.post(
    "/{incident_id}/actions", response_class=Response, responses=_ONE, **needs(Right.ATTEND)
)
async def act_on_incident(
    center: CenterDep,
    request: Request,
    who: Who,
    incident_id: IncidentId,
    order: models.ActionOrder,
) -> Response:
    """Do something about an incident, once a `key`; 409 with `current` when somebody was first."""
    wish = Wish(
        incident_id=incident_id,
        version=order.version,
        key=order.key,
        action=order.action,
        text=order.text,
        device_id=order.device_id or "",
        other_id=order.incident_id or 0,
        relation=order.relation,
        step_id=order.step_id or "",
        answer=order.answer,
        to_role=order.to_role,
    )
    work = partial(
        desk.act, wish=wish, room=room_of(center), who=actor(request, who), now=center.clock()
    )
    said = values.incident(await in_room(center, work))
    return Response(msgspec.json.encode(said), media_type=JSON)


@router.get(
    "/{incident_id}/units",
    response_class=Response,
    responses={200: {"model": models.NearUnits}},
    **needs(Right.VIEW),
)
async def units_near(center: CenterDep, incident_id: IncidentId) -> Response:
    """Answer who could be sent: available units first, by distance; at most 50."""
    work = partial(
        detail.units_near, incident_id=incident_id, room=room_of(center), now=center.clock()
    )
    return Response(msgspec.json.encode(await in_room(center, work)), media_type=JSON)


@router.post(
    "/{incident_id}/files",
    status_code=status.HTTP_201_CREATED,
    response_class=Response,
    responses={201: {"model": models.FileAnswer}},
    **_attending,
)
async def keep_file(
    center: CenterDep,
    request: Request,
    who: Who,
    incident_id: IncidentId,
    name: Annotated[str, Query(min_length=1, max_length=200, description="what it is called")],
) -> Response:
    """Keep a file of at most 16 MiB beside an incident, under the SHA-256 of its bytes."""
    content = await request.body()
    work = partial(
        evidence.keep,
        incident_id=incident_id,
        content=content,
        name=name,
        who=actor(request, who),
        now=center.clock(),
    )
    body = msgspec.json.encode(await in_room(center, work))
    return Response(body, status_code=status.HTTP_201_CREATED, media_type=JSON)


@router.get(
    "/{incident_id}/files/{sha256}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
    **needs(Right.VIEW),
)
async def get_file(
    center: CenterDep,
    incident_id: IncidentId,
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
) -> Response:
    """Answer a file: photographs to look at, anything else to save."""
    work = partial(evidence.get, incident_id=incident_id, sha256=sha256)
    found = await in_room(center, work)
    shown = "inline" if found.media_type.startswith("image/") else "attachment"
    return Response(
        found.content,
        media_type=found.media_type,
        headers={"Content-Disposition": shown, "Cache-Control": "private, max-age=31536000"},
    )


@router.get(
    "/{incident_id}/export.zip",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
    **needs(Right.ATTEND),
)
async def export_incident(
    center: CenterDep, request: Request, who: Who, incident_id: IncidentId
) -> Response:
    """Answer everything about an incident as a signed archive; that it was taken is on record."""
    work = partial(
        exporting.export,
        incident_id=incident_id,
        key=archive.signer(center.keys),
        ring=keys.ring(center.settings, center.connections.plates),
        city=center.settings.city,
        who=actor(request, who),
        sees_person=who.may(Right.PANIC),
        now=center.clock(),
    )
    name = f"incident-{incident_id}.zip"
    return Response(
        await on_connection(center, work),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def room_of(center: Center) -> Room:
    """The city's timers, roles and kinds of units."""
    return shipped.load(center.settings.city).room
