"""Air: the city's stations ranked, and one station's index hour by hour."""

from datetime import datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Query, Response

from control_center.air import answers
from control_center.api import sensing_models as models
from control_center.api.devices import DeviceIdPath, row_of
from control_center.api.reading import on_connection
from control_center.auth.guard import needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.problems import InvalidQuery
from core.errors import NotFound
from core.topics import Kind

router = APIRouter(prefix="/api/air/stations", tags=["air"])
Since = Annotated[datetime, Query(alias="from", description="RFC 3339 with an offset")]
Until = Annotated[datetime, Query(alias="to", description="RFC 3339 with an offset, exclusive")]
LONGEST: Final = timedelta(days=31)
_JSON: Final = "application/json"


@router.get(
    "", response_class=Response, responses={200: {"model": models.AirStations}}, **needs(Right.VIEW)
)
async def air_stations(center: CenterDep) -> Response:
    """Answer every active air station as it is now, the worst first."""
    zone = ZoneInfo(center.settings.timezone)
    said = await on_connection(center, lambda conn: answers.city(conn, center.clock(), zone))
    return Response(msgspec.json.encode(said), media_type=_JSON)


@router.get(
    "/{device_id}/index",
    response_class=Response,
    responses={200: {"model": models.AirHours}},
    **needs(Right.VIEW),
)
async def air_index(
    center: CenterDep, device_id: DeviceIdPath, since: Since, until: Until
) -> Response:
    """Answer a station's index over at most 31 days; hours without readings are left out."""
    if since.tzinfo is None or until.tzinfo is None:
        raise InvalidQuery("from and to need an offset, such as Z or -06:00")
    if until <= since:
        raise InvalidQuery("to is not after from; swap them")
    if until - since > LONGEST:
        raise InvalidQuery(f"the window is longer than {LONGEST.days} days; ask for less")
    row = await row_of(center, device_id)
    if row.kind != Kind.AIR:
        raise NotFound(f"{device_id} is no air station; see /api/air/stations")
    said = await on_connection(center, lambda conn: answers.hours(conn, device_id, since, until))
    return Response(msgspec.json.encode(said), media_type=_JSON)
