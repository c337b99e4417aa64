"""Who carries a panic button: written by who enrols it, read in its incidents alone."""

from typing import Final

from fastapi import APIRouter, Request, Response, status

from control_center.api import incident_models as models
from control_center.api.devices import DeviceIdPath
from control_center.api.plates_access import Ring
from control_center.api.room import actor, in_room
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.incidents import holder
from control_center.plates.people import note
from store import panic
from store.panic import Holder
from store.pool import Connection

router = APIRouter(prefix="/api/panic", tags=["panic"])
_NOTHING: Final = status.HTTP_204_NO_CONTENT


@router.put("/{device_id}/holder", status_code=_NOTHING, **needs(Right.ENROL))
async def save_holder(
    center: CenterDep,
    request: Request,
    who: Who,
    ring: Ring,
    device_id: DeviceIdPath,
    order: models.HolderOrder,
) -> Response:
    """Say who carries a button; it is sealed, and answered only in the incidents that it opens."""
    now, by = center.clock(), actor(request, who)
    carrier = holder.sealed(ring, Holder(order.name, order.phone, order.note))

    def work(conn: Connection) -> None:
        panic.save(conn, device_id, carrier, at=now, by=by.username)
        note(conn, by, now, "panic.holder.save", ("device", device_id))

    await in_room(center, work)
    return Response(status_code=_NOTHING)


@router.delete("/{device_id}/holder", status_code=_NOTHING, **needs(Right.ENROL))
async def forget_holder(
    center: CenterDep, request: Request, who: Who, device_id: DeviceIdPath
) -> Response:
    """Take whoever carried a button off the record; nobody on it is no mistake."""
    now, by = center.clock(), actor(request, who)

    def noted(conn: Connection) -> None:
        if panic.forget(conn, device_id):
            note(conn, by, now, "panic.holder.forget", ("device", device_id))

    await in_room(center, noted)
    return Response(status_code=_NOTHING)
