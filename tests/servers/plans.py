"""Plans for tests that need one in the database: a row of blocks in the middle of town."""

from datetime import date
from typing import Any

import numpy as np

from control_center.auth.rights import Role
from core.device import Device, State
from core.topics import Kind
from geo import route
from geo.route import Route
from store import account, device
from store import route as store_route
from store.pool import Connection
from tests.unit.geo_town import degrees, row


def plan_document(route_id: str = "R-1", blocks: int = 4, **about: Any) -> dict[str, Any]:
    """A plan's GeoJSON: blocks of 80 m one after the other, in 5 de Mayo, colonia Centro."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": np.round(degrees(line), 7).tolist()},
            "properties": {
                "segment_id": f"S{at:03}",
                "order": at,
                "street": "5 de Mayo",
                "colonia": "Centro",
            },
        }
        for at, line in enumerate(row(blocks), start=1)
    ]
    return {
        "type": "FeatureCollection",
        "properties": {"route_id": route_id, "name": f"Ruta {route_id}", **about},
        "features": features,
    }


def saved(
    conn: Connection,
    document: dict[str, Any],
    valid_from: date,
    *,
    supervisor: str | None = None,
) -> tuple[Route, int]:
    """The plan in the database, and its version."""
    read = route.from_document(document)
    number = store_route.save(
        conn,
        read.route_id,
        read.name,
        read.document(),
        read.sha256(),
        len(read.blocks),
        read.length_m,
        valid_from,
        "test",
        supervisor,
    )
    return read, number


def add_truck(conn: Connection, device_id: str) -> None:
    """An enrolled truck."""
    truck = Device(
        device_id=device_id, kind=Kind.TRUCK, name=f"Camión {device_id}", state=State.ACTIVE
    )
    device.save(conn, [truck])


def add_supervisor(conn: Connection, username: str) -> None:
    """Someone whom a route may name."""
    account.add(
        conn, username=username, name=username, role=Role.SUPERVISOR, password_hash="unused"
    )
