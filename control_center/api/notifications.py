"""What was told outside of the room, and what came of it."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from control_center.api import alert_models as models
from control_center.api.alarms import JSON, Before
from control_center.api.room import actor, in_room
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.plates.people import note
from store import outbox
from store.outbox import Notification
from store.pool import Connection

router = APIRouter(prefix="/api/notifications", tags=["notifications"])


@router.get(
    "",
    response_class=Response,
    responses={200: {"model": models.Notifications}},
    **needs(Right.RULES),
)
async def list_notifications(
    center: CenterDep,
    state: Literal["pending", "sent", "failed"] | None = None,
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Answer notifications with their delivery state, the newest first."""

    def read(conn: Connection) -> bytes:
        rows = outbox.listed(conn, state=state, before=before, limit=limit)
        return msgspec.json.encode({"notifications": [_values(row) for row in rows]})

    return Response(await in_room(center, read), media_type=JSON)


@router.post(
    "/{notification_id}/retry",
    response_class=Response,
    responses={200: {"model": models.NotificationAnswer}},
    **needs(Right.RULES),
)
async def retry_notification(
    center: CenterDep,
    request: Request,
    who: Who,
    notification_id: Annotated[int, Path(ge=1, lt=2**63)],
) -> Response:
    """Try one again that was given up."""
    now, by = center.clock(), actor(request, who)

    def work(conn: Connection) -> bytes:
        row = outbox.retry(conn, notification_id, now)
        note(conn, by, now, "notification.retry", ("notification", notification_id))
        return msgspec.json.encode(_values(row))

    return Response(await in_room(center, work), media_type=JSON)


def _values(row: Notification) -> dict[str, Any]:
    said = {name: value for name, value in row._asdict().items() if name != "body"}
    if row.channel == "webhook":
        parts = urlsplit(row.address)  # its path or query may be the other's secret
        said["address"] = f"{parts.scheme}://{parts.hostname}"
    return said
