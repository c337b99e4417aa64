"""Alarms: the queue, and what people do about each of them."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response, status

from control_center.alarms import acts, values
from control_center.alarms.acts import Change
from control_center.api import alarm_models as models
from control_center.api.instants import utc
from control_center.api.room import actor, in_room
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.auth.sessions import Session
from control_center.center import Center, CenterDep
from control_center.problems import InvalidQuery
from store import account, alarm
from store.pool import Connection

router = APIRouter(prefix="/api/alarms", tags=["alarms"])
AlarmId = Annotated[int, Path(ge=1, lt=2**63, description="alarm id")]
Since = Annotated[
    datetime | None, Query(alias="from", description="RFC 3339 with an offset; left out: ever")
]
Until = Annotated[
    datetime | None, Query(alias="to", description="RFC 3339 with an offset, exclusive")
]
Before = Annotated[
    int | None, Query(ge=1, lt=2**63, description="only ids below: the last of the page before")
]
Limit = Annotated[int, Query(ge=1, le=500, description="at the most")]
JSON: Final = "application/json"
_ONE: Final[dict[int | str, dict[str, Any]]] = {200: {"model": models.AlarmAnswer}}


@router.get(
    "", response_class=Response, responses={200: {"model": models.Alarms}}, **needs(Right.VIEW)
)
async def list_alarms(
    center: CenterDep,
    state: models.AlarmState = "active",
    since: Since = None,
    until: Until = None,
    limit: Limit = 200,
    before: Before = None,
) -> Response:
    """Answer alarms, the newest first; active ones are not closed, whether or not they are over."""
    begin, end = utc(since), utc(until)

    def read(conn: Connection) -> bytes:
        rows = alarm.listed(conn, state=state, since=begin, until=end, before=before, limit=limit)
        said = {"alarms": [values.alarm(row) for row in rows], "open": alarm.open_by_severity(conn)}
        return msgspec.json.encode(said)

    return Response(await in_room(center, read), media_type=JSON)


@router.get(
    "/{alarm_id}",
    response_class=Response,
    responses={200: {"model": models.AlarmDetail}},
    **needs(Right.VIEW),
)
async def get_alarm(center: CenterDep, alarm_id: AlarmId) -> Response:
    """Answer one alarm and its newest comments."""

    def read(conn: Connection) -> bytes:
        said = values.alarm(alarm.get(conn, alarm_id))
        comments = alarm.comments(conn, alarm_id, limit=100)
        return msgspec.json.encode(said | {"comments": [one._asdict() for one in comments]})

    return Response(await in_room(center, read), media_type=JSON)


@router.post(
    "/{alarm_id}/acknowledge", response_class=Response, responses=_ONE, **needs(Right.ATTEND)
)
async def acknowledge_alarm(
    center: CenterDep, request: Request, who: Who, alarm_id: AlarmId, order: models.AlarmOrder
) -> Response:
    """Say that somebody has seen it; 409 when somebody changed it meanwhile."""
    return await _act(center, request, who, alarm_id, "acknowledge", acts.acknowledge, order)


@router.post("/{alarm_id}/clear", response_class=Response, responses=_ONE, **needs(Right.ATTEND))
async def clear_alarm(
    center: CenterDep, request: Request, who: Who, alarm_id: AlarmId, order: models.AlarmOrder
) -> Response:
    """Say that what it tells of is over; what repeats it is a new alarm."""
    return await _act(center, request, who, alarm_id, "clear", acts.clear, order)


@router.post("/{alarm_id}/close", response_class=Response, responses=_ONE, **needs(Right.ATTEND))
async def close_alarm(
    center: CenterDep, request: Request, who: Who, alarm_id: AlarmId, order: models.AlarmOrder
) -> Response:
    """Say that nothing more is to be done about it."""
    return await _act(center, request, who, alarm_id, "close", acts.close, order)


@router.post("/{alarm_id}/assign", response_class=Response, responses=_ONE, **needs(Right.ATTEND))
async def assign_alarm(
    center: CenterDep, request: Request, who: Who, alarm_id: AlarmId, order: models.AssignOrder
) -> Response:
    """Give it to somebody; null: to nobody."""
    if order.assignee is not None and await account.find(center.pool, order.assignee) is None:
        raise InvalidQuery(f"assignee: nobody is called {order.assignee}; use a username")
    change = acts.assigned(order.assignee)
    seen = models.AlarmOrder(version=order.version)
    return await _act(center, request, who, alarm_id, "assign", change, seen)


@router.post(
    "/{alarm_id}/comments",
    status_code=status.HTTP_201_CREATED,
    response_class=Response,
    responses={201: {"model": models.Comments}},
    **needs(Right.ATTEND),
)
async def comment_alarm(
    center: CenterDep, request: Request, who: Who, alarm_id: AlarmId, order: models.CommentOrder
) -> Response:
    """Write beside an alarm; answered are its newest 100 comments."""
    work = partial(
        acts.comment,
        alarm_id=alarm_id,
        text=order.text,
        who=actor(request, who),
        now=center.clock(),
    )
    body = msgspec.json.encode({"comments": await in_room(center, work)})
    return Response(body, status_code=status.HTTP_201_CREATED, media_type=JSON)


async def _act(
    center: Center,
    request: Request,
    who: Session,
    alarm_id: int,
    name: str,
    change: Change,
    order: models.AlarmOrder,
) -> Response:
    work = partial(
        acts.act,
        alarm_id=alarm_id,
        change=change,
        name=name,
        version=order.version,
        text=order.note,
        who=actor(request, who),
        now=center.clock(),
    )
    return Response(msgspec.json.encode(await in_room(center, work)), media_type=JSON)
