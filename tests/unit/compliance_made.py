"""Plans, fixes and reports that tests of compliance share."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from control_center.compliance import document
from geo.plan import Block
from geo.route import Place, Route
from geo.trace import Trace
from store.trace import Columns
from tests.unit.geo_town import Point, Truck, degrees, points, row

ZONE = ZoneInfo("America/Mexico_City")
DAY = date(2025, 3, 4)
STREETS = row(8)
AWAY = (900.0, -600.0)


def place(name: str, at: Point, radius_m: float = 60.0) -> Place:
    """A circle on the map, as plans name one."""
    [[lon_deg, lat_deg]] = degrees([at])
    return Place(name, float(lat_deg), float(lon_deg), radius_m)


def route(streets: Sequence[Sequence[Point]] = STREETS, **more: Any) -> Route:
    """A plan over these streets."""
    blocks = tuple(
        Block(f"S{at:03}", degrees(line), street=f"Calle {at}", colonia="Centro")
        for at, line in enumerate(streets, start=1)
    )
    said: dict[str, Any] = {
        "name": "Centro",
        "service_window": (time(6), time(7)),
        "max_mean_kmh": 20.0,
    }
    return Route("R1", blocks=blocks, **(said | more))


ROUTE = route()


def begin_s(route: Route = ROUTE, day: date = DAY, zone: ZoneInfo = ZONE) -> float:
    """When the window of a day opens, Unix time."""
    return route.window(day, zone)[0].timestamp()


def columns(trace: Trace, **other: Any) -> Columns:
    """A trace as the store reads it."""
    count = len(trace)
    made = Columns(
        t_s=trace.t_s,
        lat_deg=trace.lat_deg,
        lon_deg=trace.lon_deg,
        speed_mps=trace.speed_mps,
        heading_deg=trace.heading_deg,
        hdop=trace.hdop,
        seq=trace.seq,
        flags=np.zeros(count, np.int64),
        ignition=np.full(count, -1, np.int8),
        pto=np.full(count, -1, np.int8),
    )
    return made._replace(**other)


def served(count: int = 8, **sends: Any) -> Columns:
    """A truck that serves so many blocks, from the beginning of the window on."""
    truck = Truck().serve(points(STREETS[:count]))
    return columns(truck.sends(**({"start_s": begin_s()} | sends)))


def built(columns: Columns, route: Route = ROUTE, **more: Any) -> dict[str, Any]:
    """The report of these fixes."""
    return document.build(route, 1, "T-1", DAY, ZONE, columns, **more)


def states(built: dict[str, Any]) -> list[str]:
    """Each block's state, in order."""
    return [segment["state"] for segment in built["segments"]]
