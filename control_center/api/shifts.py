"""Shifts: who has the room, what was handed over, and who accepted it."""

from functools import partial
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response, status

from control_center.api import incident_models as models
from control_center.api.alarms import JSON
from control_center.api.room import actor, in_room
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.incidents import shifts
from control_center.problems import InvalidQuery
from store import account, shift
from store.pool import Connection

router = APIRouter(prefix="/api/shifts", tags=["shifts"])
ShiftId = Annotated[int, Path(ge=1, lt=2**63, description="shift id")]


@router.get(
    "", response_class=Response, responses={200: {"model": models.Shifts}}, **needs(Right.ATTEND)
)
async def list_shifts(
    center: CenterDep, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Response:
    """Answer shifts, the newest first."""

    def read(conn: Connection) -> bytes:
        found = shift.listed(conn, limit=limit)
        return msgspec.json.encode({"shifts": [one._asdict() for one in found]})

    return Response(await in_room(center, read), media_type=JSON)


@router.get(
    "/current",
    response_class=Response,
    responses={200: {"model": models.CurrentShift}},
    **needs(Right.ATTEND),
)
async def current_shift(center: CenterDep) -> Response:
    """Answer the shift that goes on, and the handover that waits to be accepted."""

    def read(conn: Connection) -> bytes:
        now, waiting = shift.current(conn), shift.waiting(conn)
        said = {
            "current": None if now is None else now._asdict(),
            "waiting": None if waiting is None else waiting._asdict(),
        }
        return msgspec.json.encode(said)

    return Response(await in_room(center, read), media_type=JSON)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_class=Response,
    responses={201: {"model": models.ShiftAnswer}},
    **needs(Right.ATTEND),
)
async def begin_shift(center: CenterDep, request: Request, who: Who) -> Response:
    """Begin a shift when none goes on; later ones begin by accepting a handover."""
    work = partial(shifts.begin, who=actor(request, who), now=center.clock())
    body = msgspec.json.encode((await in_room(center, work))._asdict())
    return Response(body, status_code=status.HTTP_201_CREATED, media_type=JSON)


@router.post(
    "/handover",
    response_class=Response,
    responses={200: {"model": models.ShiftAnswer}},
    **needs(Right.ATTEND),
)
async def hand_over(
    center: CenterDep, request: Request, who: Who, order: models.HandoverOrder
) -> Response:
    """End the shift that goes on, with a note for the next; what is open is written into it."""
    if order.to is not None and await account.find(center.pool, order.to) is None:
        raise InvalidQuery(f"to: nobody is called {order.to}; use a username, or leave it out")
    work = partial(
        shifts.hand_over,
        text=order.note,
        to=order.to,
        who=actor(request, who),
        now=center.clock(),
    )
    return Response(msgspec.json.encode((await in_room(center, work))._asdict()), media_type=JSON)


@router.post(
    "/{shift_id}/accept",
    response_class=Response,
    responses={200: {"model": models.ShiftAnswer}},
    **needs(Right.ATTEND),
)
async def accept_shift(
    center: CenterDep, request: Request, who: Who, shift_id: ShiftId
) -> Response:
    """Accept a handover and begin the next shift; nobody accepts their own."""
    work = partial(shifts.accept, shift_id=shift_id, who=actor(request, who), now=center.clock())
    return Response(msgspec.json.encode((await in_room(center, work))._asdict()), media_type=JSON)
