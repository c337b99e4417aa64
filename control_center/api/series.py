"""Charts and tracks of one device."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from control_center import charts
from control_center.api.devices import DeviceIdPath, interval_s, row_of
from control_center.api.models import Series, Track
from control_center.auth.guard import needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.problems import InvalidQuery
from core import clock, quality
from core.metrics import METRICS
from core.units import kmh_from_mps
from store.series import SPEED, Window

router = APIRouter(prefix="/api/devices/{device_id}", tags=["devices"])
Since = Annotated[datetime, Query(alias="from", description="RFC 3339 with an offset")]
Until = Annotated[datetime, Query(alias="to", description="RFC 3339 with an offset, exclusive")]
Points = Annotated[int, Query(ge=10, le=5000, description="points answered at the most")]
_SERIES_DAYS = 400
_TRACK_DAYS = 31


@router.get("/series", **needs(Right.VIEW))
async def series(
    center: CenterDep,
    device_id: DeviceIdPath,
    metric: Annotated[str, Query(description="a metric's name, or speed_kmh")],
    since: Since,
    until: Until,
    points: Points = 600,
) -> Series:
    """Answer a metric over at most 400 days; unbelievable rows are counted, never averaged."""
    if metric != SPEED and metric not in METRICS:
        raise InvalidQuery(f"no metric {metric[:40]!r}; see metrics in /api/config")
    window = _window(device_id, since, until, days=_SERIES_DAYS)
    row = await row_of(center, device_id)
    drawn = await charts.chart(
        center.pool, window, metric, points=points, interval_s=interval_s(row)
    )
    return Series(
        device_id=device_id,
        metric=metric,
        unit="km/h" if metric == SPEED else METRICS[metric].unit,
        bucket_s=drawn.bucket_s,
        points=drawn.points,
    )


@router.get("/track", **needs(Right.VIEW))
async def track(center: CenterDep, device_id: DeviceIdPath, since: Since, until: Until) -> Track:
    """Answer where a device was, over at most 31 days and in at most 5 000 points."""
    await row_of(center, device_id)
    places = await charts.track(center.pool, _window(device_id, since, until, days=_TRACK_DAYS))
    return Track(
        points=[
            (
                clock.epoch_us(place.at) // 1000,
                place.lon_deg,
                place.lat_deg,
                None if place.speed_mps is None else kmh_from_mps(place.speed_mps),
                quality.names(place.flags),
            )
            for place in places
        ]
    )


def _window(device_id: str, since: datetime, until: datetime, *, days: int) -> Window:
    if since.tzinfo is None or until.tzinfo is None:
        raise InvalidQuery("from and to need an offset, such as Z or -06:00")
    if until <= since:
        raise InvalidQuery("to is not after from; swap them")
    if until - since > timedelta(days=days):
        raise InvalidQuery(f"the window is longer than {days} days; ask for less")
    return Window(device_id, since.astimezone(UTC), until.astimezone(UTC))
