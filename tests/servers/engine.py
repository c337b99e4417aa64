"""Trucks on duty for tests of the engine: a plan, who drives it, and what their trackers sent."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from core.messages import GpsFix
from core.settings import Settings
from geo.trace import Trace
from store import route as store_route
from store.pool import Connection
from tests.servers import plans, rows
from tests.unit.geo_town import START_S, TOWN, Truck, points, row

SETTINGS = Settings(timezone="America/Mexico_City")
SINCE = date(2026, 1, 1)
BLOCKS = 10
STREETS = points(row(BLOCKS))
LEFT_S = len(Truck().serve([*STREETS[:10], (500.0, 0.0)]).x_y_m)
"""When the truck below leaves its plan."""


def at(seconds: float) -> datetime:
    """So long after the trucks' start."""
    return datetime.fromtimestamp(START_S + seconds, UTC)


def on_duty(conn: Connection, *device_ids: str, route_id: str = "R-1", **about: Any) -> None:
    """A plan of ten blocks, and these trucks that drive it."""
    plans.saved(conn, plans.plan_document(route_id, blocks=BLOCKS, **about), SINCE)
    for device_id in device_ids:
        plans.add_truck(conn, device_id)
        store_route.assign(conn, route_id, device_id, SINCE)


def place(kind: str, name: str, x_m: float, y_m: float, radius_m: float) -> dict[str, Any]:
    """A depot, landfill or allowed stop as a plan's feature, by metres from the town's centre."""
    lon, lat = TOWN.inverse(np.array([x_m]), np.array([y_m]))
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [float(lon[0]), float(lat[0])]},
        "properties": {"place": kind, "name": name, "radius_m": radius_m},
    }


def strayed() -> Truck:
    """Serves half its plan, drives 2.5 km away, comes back and serves on."""
    truck = Truck().serve([*STREETS[:10], (500.0, 0.0)])
    return truck.rush([(500.0, 2500.0), (500.0, 0.0)]).serve(STREETS[10:])


def fixes(trace: Trace, device_id: str) -> list[GpsFix]:
    """A trace as its tracker's messages, each received when it was measured."""
    return [
        GpsFix(
            float(trace.lat_deg[each]),
            float(trace.lon_deg[each]),
            float(trace.speed_mps[each]),
            device_id=device_id,
            seq=each + 1,
            measured_at=datetime.fromtimestamp(trace.t_s[each], UTC),
            received_at=datetime.fromtimestamp(trace.t_s[each], UTC),
        )
        for each in range(len(trace))
    ]


def commit(conn: Connection, messages: Sequence[GpsFix], flags: int = 0) -> None:
    """Store fixes as ingest does, announcement and all."""
    rows.commit(conn, messages, [flags] * len(messages))
    conn.commit()
