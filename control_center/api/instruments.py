"""Instruments: how each is calibrated, and when somebody serviced it."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, status

from control_center.api import sensing_models as models
from control_center.api.devices import DeviceIdPath, row_of
from control_center.api.instants import utc
from control_center.api.reading import noted, on_connection
from control_center.audit import notes
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.problems import InvalidQuery
from store import calibration, maintenance
from store.calibration import Calibration
from store.maintenance import Maintenance

router = APIRouter(prefix="/api/devices/{device_id}", tags=["instruments"])
CalibrationId = Annotated[int, Path(ge=1, lt=2**63, description="calibration id")]


@router.get("/calibrations", **needs(Right.VIEW))
async def list_calibrations(center: CenterDep, device_id: DeviceIdPath) -> models.Calibrations:
    """Answer a device's calibrations, the newest first."""
    await row_of(center, device_id)
    found = await on_connection(center, lambda conn: calibration.listed(conn, device_id))
    return models.Calibrations(calibrations=[_calibration(one) for one in found])


@router.post("/calibrations", status_code=status.HTTP_201_CREATED, **needs(Right.ENROL))
async def add_calibration(
    center: CenterDep,
    device_id: DeviceIdPath,
    who: Who,
    request: Request,
    order: models.CalibrationOrder,
) -> models.CalibrationAnswer:
    """Apply gain and offset on read from an instant on; raw values stay as they are."""
    if order.metric not in models.KNOWN_METRICS:
        raise InvalidQuery(f"no metric {order.metric!r}; see metrics in /api/config")
    new = Calibration(
        calibration_id=0,
        device_id=device_id,
        made_by=who.username,
        made_at=center.clock(),
        **{
            **order.model_dump(),
            "valid_from": utc(order.valid_from),
            "valid_to": utc(order.valid_to) if order.valid_to else None,
        },
    )
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise InvalidQuery("valid_to is not after valid_from; swap them")
    made = await noted(
        center,
        partial(calibration.add, new=new),
        lambda made: notes.entry(
            who,
            request,
            "calibration.add",
            "device",
            device_id,
            new.note,
            calibration_id=made.calibration_id,
            **order.model_dump(exclude={"note"}),
        ),
    )
    return _calibration(made)


@router.delete(
    "/calibrations/{calibration_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    **needs(Right.ENROL),
)
async def remove_calibration(
    center: CenterDep,
    device_id: DeviceIdPath,
    calibration_id: CalibrationId,
    who: Who,
    request: Request,
) -> Response:
    """Take a calibration back, as if it had never been made."""
    work = partial(calibration.remove, device_id=device_id, calibration_id=calibration_id)
    told = notes.entry(
        who, request, "calibration.remove", "device", device_id, calibration_id=calibration_id
    )
    await noted(center, work, lambda _: told)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/maintenance", **needs(Right.VIEW))
async def list_maintenance(center: CenterDep, device_id: DeviceIdPath) -> models.MaintenanceList:
    """Answer the visits to a device, the newest first."""
    await row_of(center, device_id)
    found = await on_connection(center, lambda conn: maintenance.listed(conn, device_id))
    return models.MaintenanceList(
        maintenance=[models.MaintenanceAnswer(**one._asdict()) for one in found]
    )


@router.post("/maintenance", status_code=status.HTTP_201_CREATED, **needs(Right.ENROL))
async def note_maintenance(
    center: CenterDep,
    device_id: DeviceIdPath,
    who: Who,
    request: Request,
    order: models.MaintenanceOrder,
) -> models.MaintenanceAnswer:
    """Note a visit: a step of what it measures from then on is looked for."""
    visit = Maintenance(device_id, utc(order.done_at), order.note, who.username)
    if visit.done_at > center.clock():
        raise InvalidQuery("done_at is ahead of now; note a visit after it was made")
    told = notes.entry(
        who, request, "maintenance.note", "device", device_id, visit.note, done_at=visit.done_at
    )
    await noted(center, partial(maintenance.note, visit=visit), lambda _: told)
    return models.MaintenanceAnswer(**visit._asdict())


def _calibration(one: Calibration) -> models.CalibrationAnswer:
    return models.CalibrationAnswer(**one._asdict())
