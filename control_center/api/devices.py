"""Devices: all of them, one of them, and letting them in or shutting them out."""

from datetime import timedelta
from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Path, Request, Response, status

from control_center import enrolment
from control_center.api import describe
from control_center.api.models import CredentialAnswer, DeviceDetail, Devices
from control_center.audit import notes
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import Center, CenterDep
from control_center.feed.presence import device_of
from core.errors import NotFound
from core.topics import DEVICE_ID
from devices.kinds import KINDS
from store import snapshot, statistics
from store.snapshot import Row

router = APIRouter(prefix="/api/devices", tags=["devices"])
DeviceIdPath = Annotated[str, Path(pattern=f"^{DEVICE_ID.pattern}$", description="device id")]
_JSON = "application/json"


@router.get("", response_class=Response, responses={200: {"model": Devices}}, **needs(Right.VIEW))
async def list_devices(center: CenterDep) -> Response:
    """Answer every device as it is now."""
    rows = await snapshot.everything(center.pool)
    return Response(describe.devices(rows, center.clock()), media_type=_JSON)


@router.get(
    "/{device_id}",
    response_class=Response,
    responses={200: {"model": DeviceDetail}},
    **needs(Right.VIEW),
)
async def get_device(center: CenterDep, device_id: DeviceIdPath) -> Response:
    """Answer one device, with its account of the last 24 hours."""
    row = await row_of(center, device_id)
    now = center.clock()
    ledger = await statistics.device_hours(center.pool, device_id, now - timedelta(hours=24))
    answer = {
        **describe.device(row, now),
        "interval_s": interval_s(row),
        "ledger": [hour._asdict() for hour in ledger],
    }
    return Response(msgspec.json.encode(answer), media_type=_JSON)


@router.post("/{device_id}/approve", **needs(Right.ENROL))
async def approve_device(
    center: CenterDep, device_id: DeviceIdPath, who: Who, request: Request
) -> CredentialAnswer:
    """Let in a device that waits or was revoked; its credential is answered this once."""
    told = notes.entry(who, request, "device.approve", "device", device_id)
    credential = await anyio.to_thread.run_sync(
        enrolment.approve, center.connections, device_id, told
    )
    return CredentialAnswer(username=credential.username, password=credential.password)


@router.post("/{device_id}/revoke", status_code=status.HTTP_204_NO_CONTENT, **needs(Right.ENROL))
async def revoke_device(
    center: CenterDep, device_id: DeviceIdPath, who: Who, request: Request
) -> Response:
    """Shut a device out; a live connection is cut."""
    told = notes.entry(who, request, "device.revoke", "device", device_id)
    await anyio.to_thread.run_sync(enrolment.revoke, center.connections, device_id, told)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


async def row_of(center: Center, device_id: str) -> Row:
    """Read one device; NotFound when there is none."""
    found = await snapshot.some(center.pool, [device_id])
    if not found:
        raise NotFound(f"no device {device_id!r}; see /api/devices")
    return found[0]


def interval_s(row: Row) -> float:
    """Seconds expected between two messages of a device."""
    return row.interval_s or KINDS[device_of(row).kind].interval_s
