"""What a route's planner would have written: the GeoJSON of docs/route-plans.md.

The blocks to be served come in order, each with the name of its street and its
quarter; between them lies the way there, which is driven and not served. So the
trip to the landfill is part of the plan, and whatever is off it is off the plan.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from firmware_sim.city import Plan, Site
from firmware_sim.routes import SERVICE_MAX_MEAN_KMH, XY, Leg, Route
from firmware_sim.streets import Block

Blocks = dict[frozenset[XY], Block]
"""Streets by the places of their corners."""

DEPOT_RADIUS_M: Final = 150.0
LANDFILL_RADIUS_M: Final = 250.0
_BEFORE_NOW_MIN: Final = 240
_LENGTH_MIN: Final = 480
_STEP_MIN: Final = 30
_ROWS: Final = 60
"""Streets are counted from so many before the middle of the city."""
_DAY_MIN: Final = 24 * 60 - 1


@dataclass(frozen=True, slots=True)
class Hours:
    """Local times between which trucks are out; within one day."""

    begin: time
    end: time

    @classmethod
    def around(cls, now: datetime, zone: ZoneInfo) -> "Hours":
        """Eight hours of which it is now about half past; cut at midnight.

        >>> Hours.around(datetime(2026, 9, 14, 18, 10, tzinfo=UTC), ZoneInfo("America/Mexico_City"))
        Hours(begin=datetime.time(8, 0), end=datetime.time(16, 0))
        """
        local = now.astimezone(zone)
        minute = 60 * local.hour + local.minute
        begin = max(0, (minute - _BEFORE_NOW_MIN) // _STEP_MIN * _STEP_MIN)
        begin = min(begin, _DAY_MIN + 1 - _LENGTH_MIN)
        end = min(begin + _LENGTH_MIN, _DAY_MIN)
        return cls(time(*divmod(begin, 60)), time(*divmod(end, 60)))

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Where it lies on a local day, UTC."""
        begin, end = (
            datetime.combine(day, at, zone).astimezone(UTC) for at in (self.begin, self.end)
        )
        return begin, end

    def text(self) -> list[str]:
        """As a plan spells it."""
        return [at.strftime("%H:%M") for at in (self.begin, self.end)]


def yesterday(now: datetime, zone: ZoneInfo) -> date:
    """The local day before this one."""
    return now.astimezone(zone).date() - timedelta(days=1)


def documents(plan: Plan, hours: Hours) -> dict[str, dict[str, Any]]:
    """The plan of every truck's route, by truck."""
    blocks = by_corners(plan)
    return {
        device_id: document(plan, route, hours, blocks)
        for device_id, route in plan.truck_routes.items()
    }


def by_corners(plan: Plan) -> Blocks:
    """Every street of the city, to be found by its ends."""
    points = plan.streets.points
    return {frozenset((points[one.a], points[one.b])): one for one in plan.streets.blocks}


def document(plan: Plan, route: Route, hours: Hours, blocks: Blocks) -> dict[str, Any]:
    """One route's plan."""
    features: list[dict[str, Any]] = []
    served = 0
    for serving, run in groupby(route.legs, key=lambda leg: leg.service):
        for line in [[leg] for leg in run] if serving else [list(run)]:
            served += serving
            name = f"S{served:03}" if serving else f"X{served:03}"
            features.append(_feature(plan, line, name, len(features) + 1, blocks))
    middle = route.legs[len(route.legs) // 2].start_m
    return {
        "type": "FeatureCollection",
        "properties": {
            "route_id": route.route_id,
            "name": f"Ruta {route.route_id[2:]} · {quarter(plan, middle)}",
            "service_max_mean_kmh": SERVICE_MAX_MEAN_KMH,
            "service_window": hours.text(),
        },
        "features": [
            *features,
            _place("depot", plan.depot, DEPOT_RADIUS_M),
            _place("landfill", plan.landfill, LANDFILL_RADIUS_M),
        ],
    }


def street_name(block: Block) -> str:
    """Avenues have names of their own; along the shore streets are even, across odd.

    >>> street_name(Block(0, 1, along=True, row=-3, rank=0, avenue=False))
    'Calle 114'
    """
    if block.avenue:
        return f"Avenida {_ROWS + block.row} {'Poniente' if block.along else 'Norte'}"
    return f"Calle {2 * (_ROWS + block.row) + (not block.along)}"


def quarter(plan: Plan, place_m: XY) -> str:
    """The nearest of the city's quarters."""
    x_m, y_m = place_m

    def away_m(site: Site) -> float:
        return math.dist(plan.plane.xy_m(site.lat_deg, site.lon_deg), (x_m, y_m))

    return min(plan.quarters, key=away_m).name


def _feature(
    plan: Plan, legs: Sequence[Leg], name: str, order: int, blocks: Blocks
) -> dict[str, Any]:
    corners = [legs[0].start_m, *(leg.end_m for leg in legs)]
    lat_lon = [plan.plane.lat_lon(*corner) for corner in corners]
    about: dict[str, Any] = {"segment_id": name, "order": order, "service": legs[0].service}
    if legs[0].service:
        middle_m = ((corners[0][0] + corners[1][0]) / 2, (corners[0][1] + corners[1][1]) / 2)
        about["street"] = street_name(blocks[frozenset(corners)])
        about["colonia"] = quarter(plan, middle_m)
    return {
        "type": "Feature",
        "geometry": {
            "type": "LineString",
            "coordinates": [[round(lon, 7), round(lat, 7)] for lat, lon in lat_lon],
        },
        "properties": about,
    }


def _place(kind: str, site: Site, radius_m: float) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [site.lon_deg, site.lat_deg]},
        "properties": {"place": kind, "name": site.name, "radius_m": radius_m},
    }
