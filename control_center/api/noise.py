"""Noise: all meters over a day, and one meter's local days with what stood out."""

from datetime import date
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Query, Response

from control_center.api import sensing_models as models
from control_center.api.devices import DeviceIdPath, row_of
from control_center.api.reading import on_connection
from control_center.api.runs import days
from control_center.auth.guard import needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.noise import answers
from core.errors import NotFound
from core.topics import Kind

router = APIRouter(prefix="/api/noise/stations", tags=["noise"])
Since = Annotated[date, Query(alias="from", description="local day")]
Until = Annotated[date, Query(alias="to", description="local day, inclusive")]
_MOST_DAYS: Final = 31
_JSON: Final = "application/json"


@router.get(
    "",
    response_class=Response,
    responses={200: {"model": models.NoiseStations}},
    **needs(Right.VIEW),
)
async def noise_stations(center: CenterDep) -> Response:
    """Answer every active meter over the last 24 hours, the loudest first."""
    zone = ZoneInfo(center.settings.timezone)
    said = await on_connection(center, lambda conn: answers.city(conn, center.clock(), zone))
    return Response(msgspec.json.encode(said), media_type=_JSON)


@router.get(
    "/{device_id}/days",
    response_class=Response,
    responses={200: {"model": models.NoiseDays}},
    **needs(Right.VIEW),
)
async def noise_days(
    center: CenterDep, device_id: DeviceIdPath, since: Since, until: Until
) -> Response:
    """Answer at most 31 local days of a meter; screening against NOM-081 is `indicativo`."""
    first, last = days(since, until, _MOST_DAYS)
    row = await row_of(center, device_id)
    if row.kind != Kind.NOISE:
        raise NotFound(f"{device_id} is no noise monitor; see /api/noise/stations")
    zone = ZoneInfo(center.settings.timezone)
    said = await on_connection(
        center, lambda conn: answers.days(conn, device_id, first, last, zone)
    )
    return Response(msgspec.json.encode(said), media_type=_JSON)
