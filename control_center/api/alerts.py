"""Alerts to the public: drafted by one person, approved by another, as CAP 1.2."""

from functools import partial
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response, status

from control_center.api import alert_models as models
from control_center.api.alarms import JSON, Before
from control_center.api.room import actor, in_room
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import Center, CenterDep
from control_center.notify import alerting
from deploy import cities
from deploy.cities import City
from store import public_alert
from store.pool import Connection

router = APIRouter(prefix="/api/alerts", tags=["alerts"])
AlertId = Annotated[int, Path(ge=1, lt=2**63, description="alert id")]
_ONE: Final[dict[int | str, dict[str, Any]]] = {200: {"model": models.AlertAnswer}}
_CAP: Final = "application/cap+xml"


@router.get(
    "", response_class=Response, responses={200: {"model": models.Alerts}}, **needs(Right.VIEW)
)
async def list_alerts(
    center: CenterDep,
    state: Literal["draft", "approved", "rejected"] | None = None,
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Answer alerts, the newest first."""

    def read(conn: Connection) -> bytes:
        rows = public_alert.listed(conn, state=state, before=before, limit=limit)
        return msgspec.json.encode({"alerts": [alerting.values(row) for row in rows]})

    return Response(await in_room(center, read), media_type=JSON)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_class=Response,
    responses={201: {"model": models.AlertAnswer}},
    **needs(Right.ALERT),
)
async def draft_alert(
    center: CenterDep, request: Request, who: Who, order: models.AlertOrder
) -> Response:
    """Draft an alert; it is told to nobody before somebody else approves it."""
    work = partial(
        alerting.draft,
        wanted=order.alert,
        city=_city(center),
        incident_id=order.incident_id,
        exercise=order.exercise,
        who=actor(request, who),
        now=center.clock(),
    )
    body = msgspec.json.encode(alerting.values(await in_room(center, work)))
    return Response(body, status_code=status.HTTP_201_CREATED, media_type=JSON)


@router.get(
    "/{alert_id}/cap.xml",
    response_class=Response,
    responses={200: {"content": {_CAP: {"schema": {"type": "string"}}}}},
    **needs(Right.VIEW),
)
async def alert_xml(center: CenterDep, alert_id: AlertId) -> Response:
    """Answer an alert as CAP 1.2: as it was approved, or as it would be now."""

    def read(conn: Connection) -> str:
        held = public_alert.get(conn, alert_id)
        return alerting.rendered(conn, held, _city(center), center.clock())

    return Response(await in_room(center, read), media_type=_CAP)


@router.post("/{alert_id}/approve", response_class=Response, responses=_ONE, **needs(Right.ALERT))
async def approve_alert(
    center: CenterDep, request: Request, who: Who, alert_id: AlertId
) -> Response:
    """Approve a draft of somebody else's; 409 `same_person` for one's own."""
    work = partial(
        alerting.approve,
        alert_id=alert_id,
        city=_city(center),
        who=actor(request, who),
        now=center.clock(),
    )
    return _answer(await in_room(center, work))


@router.post("/{alert_id}/reject", response_class=Response, responses=_ONE, **needs(Right.ALERT))
async def reject_alert(
    center: CenterDep, request: Request, who: Who, alert_id: AlertId, order: models.ReasonOrder
) -> Response:
    """Reject a draft, or take one's own back."""
    work = partial(
        alerting.reject,
        alert_id=alert_id,
        reason=order.reason,
        who=actor(request, who),
        now=center.clock(),
    )
    return _answer(await in_room(center, work))


@router.post(
    "/{alert_id}/cancel",
    status_code=status.HTTP_201_CREATED,
    response_class=Response,
    responses={201: {"model": models.AlertAnswer}},
    **needs(Right.ALERT),
)
async def cancel_alert(
    center: CenterDep, request: Request, who: Who, alert_id: AlertId, order: models.ReasonOrder
) -> Response:
    """Draft the Cancel message of an approved alert; somebody else approves it."""
    work = partial(
        alerting.cancel,
        alert_id=alert_id,
        city=_city(center),
        reason=order.reason,
        who=actor(request, who),
        now=center.clock(),
    )
    body = msgspec.json.encode(alerting.values(await in_room(center, work)))
    return Response(body, status_code=status.HTTP_201_CREATED, media_type=JSON)


def _city(center: Center) -> City:
    return cities.load(center.settings.city)


def _answer(row: public_alert.PublicAlert) -> Response:
    return Response(msgspec.json.encode(alerting.values(row)), media_type=JSON)
