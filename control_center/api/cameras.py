"""Cameras: whether their streams are up, who passed today, and what they see now."""

from datetime import datetime
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

import anyio.to_thread
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from control_center import latest_frames
from control_center.api.devices import DeviceIdPath, row_of
from control_center.auth.guard import needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.feed.presence import signs_of
from control_center.latest_frames import AGE_HEADER
from core.errors import NotFound
from core.topics import Kind
from devices import health
from devices.health import Presence
from store import camera, snapshot

router = APIRouter(prefix="/api/cameras", tags=["cameras"])
_JPEG = "image/jpeg"
_STREAM: dict[str | None, Literal["up", "down", "unknown"]] = {
    "stream_up": "up",
    "stream_down": "down",
}


class Today(BaseModel):
    """Passages since local midnight, by direction."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    entered: int = Field(serialization_alias="in")
    left: int = Field(serialization_alias="out")


class CameraAnswer(BaseModel):
    """One camera; null: not known."""

    model_config = ConfigDict(extra="forbid")

    device_id: str
    name: str
    lat_deg: float | None
    lon_deg: float | None
    online: bool
    stream: Literal["up", "down", "unknown"]
    """What it last said of its stream; unknown while it is not online, or it never spoke of it."""
    last_passage_at: datetime | None
    today: Today


class Cameras(BaseModel):
    """Every camera."""

    model_config = ConfigDict(extra="forbid")

    cameras: list[CameraAnswer]


@router.get("", **needs(Right.VIEW))
async def list_cameras(center: CenterDep) -> Cameras:
    """Answer every camera that is let in, by device id; no plates."""
    now = center.clock()
    midnight = now.astimezone(ZoneInfo(center.settings.timezone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    known = await camera.everything(center.pool, midnight)
    rows = await snapshot.some(center.pool, list(known))
    return Cameras(
        cameras=[
            _described(row, known[row.device_id], now)
            for row in sorted(rows, key=lambda row: row.device_id)
            if row.state == "active"
        ]
    )


@router.get(
    "/{device_id}/frame.jpg",
    response_class=Response,
    responses={200: {"content": {_JPEG: {}}}},
    **needs(Right.VIEW),
)
async def latest_frame(center: CenterDep, device_id: DeviceIdPath) -> Response:
    """Answer what a camera sees now, as JPEG; it is kept nowhere. X-Frame-Age-Ms is its age."""
    row = await row_of(center, device_id)
    if row.kind != Kind.CAMERA:
        raise NotFound(f"{device_id} is no camera; see /api/cameras")
    own = center.settings.lpr
    latest = await anyio.to_thread.run_sync(
        partial(latest_frames.fetch, own.frames_urls, device_id, stale_s=own.frame_stale_s)
    )
    headers = {AGE_HEADER: str(round(latest.age_s * 1000)), "Cache-Control": "no-store"}
    return Response(latest.jpeg, media_type=_JPEG, headers=headers)


def _described(row: snapshot.Row, more: camera.Row, now: datetime) -> CameraAnswer:
    online = health.presence(signs_of(row), now) is Presence.ONLINE
    return CameraAnswer(
        device_id=row.device_id,
        name=row.name,
        lat_deg=row.lat_deg,
        lon_deg=row.lon_deg,
        online=online,
        stream=_STREAM.get(more.stream_event, "unknown") if online else "unknown",
        last_passage_at=more.last_passage_at,
        today=Today(entered=more.entered, left=more.left_city),
    )
