"""Commands to a device, and what came of them."""

from functools import partial

import anyio.to_thread
from fastapi import APIRouter, Request, status

from control_center.api.devices import DeviceIdPath, row_of
from control_center.api.models import CommandAnswer, CommandIssued, CommandOrder, Commands
from control_center.audit import notes
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from devices.commands import state
from store import command as store_command

router = APIRouter(prefix="/api/devices/{device_id}/commands", tags=["commands"])
_NEWEST = 50


@router.post("", status_code=status.HTTP_202_ACCEPTED, **needs(Right.COMMAND))
async def send_command(
    center: CenterDep, device_id: DeviceIdPath, order: CommandOrder, who: Who, request: Request
) -> CommandIssued:
    """Hand a command to the broker; the device answers on its own time."""
    issue = partial(
        center.commands.issue,
        device_id,
        order.name,
        order.args,
        issued_by=who.username,
        told=lambda command_id: notes.entry(
            who,
            request,
            "device.command",
            "device",
            device_id,
            command_id=command_id,
            name=order.name,
            args=order.args,
        ),
        expires_s=order.expires_s,
    )
    return CommandIssued(id=await anyio.to_thread.run_sync(issue))


@router.get("", **needs(Right.VIEW))
async def list_commands(center: CenterDep, device_id: DeviceIdPath) -> Commands:
    """Answer the newest 50 commands and their state."""
    await row_of(center, device_id)
    now = center.clock()
    found = await store_command.newest(center.pool, device_id, limit=_NEWEST)
    return Commands(
        commands=[
            CommandAnswer(
                id=one.command_id,
                name=one.name,
                args=one.args,
                issued_at=one.issued_at,
                issued_by=one.issued_by,
                state=state(now, ok=one.ok, failure=one.failure, expires_at=one.expires_at),
                answered_at=one.answered_at,
                detail=one.failure if one.ok is None else one.detail,
            )
            for one in found
        ]
    )
