"""Yesterday's collection as it went: plans imported, fixes stored, runs judged by the engine.

One truck does what trucks do: serves most of its streets, rushes through some, leaves one out,
falls silent for a while, unloads at the landfill. Others are perfect, late, or were never heard.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from control_center.compliance import backfill
from core import clock
from core.device import Device
from core.messages import GpsFix
from core.settings import Settings
from core.topics import Kind
from geo.projection import LocalProjection
from geo.route import from_document
from geo.trace import Trace
from store import device as store_device
from store import pool
from store import route as store_route
from store.pool import Connection
from tests.servers.rows import commit
from tests.unit.geo_town import Point, Truck

ZONE: Final = ZoneInfo("America/Mexico_City")
CENTRO: Final = LocalProjection(-94.4330, 18.1390)
LANDFILL: Final = (-94.4590, 18.1290)
DEPOT: Final = (-94.4405, 18.1352)
_STREETS: Final = (
    *("Ignacio Zaragoza", "Benito Juárez", "Miguel Hidalgo"),
    *("José María Morelos", "Venustiano Carranza"),
)
_TILT: Final = np.radians(6.0)
_BLOCK_M: Final = 96.0
_STEP_M: Final = 110.0
_COLUMNS: Final = 12
_ROW_M: Final = 120.0
_WINDOW_S: Final = 2 * 3600


@dataclass(frozen=True, slots=True)
class Streets:
    """A grid of streets driven up and down, as a furrow is ploughed."""

    town: LocalProjection
    rows: int = 5

    def lines_m(self) -> list[list[Point]]:
        """Blocks in the order they are to be driven, metres."""
        lines = []
        for row in range(self.rows):
            y = row * _ROW_M
            ends = [(at * _STEP_M, at * _STEP_M + _BLOCK_M) for at in range(_COLUMNS)]
            if row % 2:
                ends = [(end, begin) for begin, end in reversed(ends)]
            lines += [[_tilted(begin, y), _tilted(end, y)] for begin, end in ends]
        return lines

    def plan(self, route_id: str, name: str, colonia: str) -> dict[str, Any]:
        """The plan as an import reads it."""
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": self._degrees(line)},
                "properties": {
                    "segment_id": f"S{order:03}",
                    "order": order,
                    "street": _STREETS[(order - 1) // _COLUMNS],
                    "colonia": colonia,
                },
            }
            for order, line in enumerate(self.lines_m(), start=1)
        ]
        places = [("depot", "Base de limpia", DEPOT, 120), ("landfill", "Relleno", LANDFILL, 250)]
        return {
            "type": "FeatureCollection",
            "properties": {
                "route_id": route_id,
                "name": name,
                "service_max_mean_kmh": 20,
                "service_window": ["06:00", "08:00"],
            },
            "features": features
            + [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": list(where)},
                    "properties": {"place": kind, "name": place, "radius_m": radius},
                }
                for kind, place, where, radius in places
            ],
        }

    def metres(self, where: tuple[float, float]) -> Point:
        """A longitude and latitude, in this grid's metres."""
        x, y = self.town.forward(np.array([where[0]]), np.array([where[1]]))
        return float(x[0]), float(y[0])

    def _degrees(self, line: Sequence[Point]) -> list[list[float]]:
        x_y = np.array(line)
        lon, lat = self.town.inverse(x_y[:, 0], x_y[:, 1])
        return [[float(a), float(b)] for a, b in zip(lon, lat, strict=True)]


def _tilted(x: float, y: float) -> Point:
    return (
        float(x * np.cos(_TILT) - y * np.sin(_TILT)),
        float(x * np.sin(_TILT) + y * np.cos(_TILT)),
    )


def _points(lines: Sequence[Sequence[Point]]) -> list[Point]:
    return [point for line in lines for point in line]


def eventful(streets: Streets) -> tuple[Truck, list[tuple[float, float]]]:
    """A day with everything in it, and when the tracker was silent (seconds from its start)."""
    lines = streets.lines_m()
    truck = Truck([streets.metres(DEPOT)]).wait(300)
    truck.rush(_points(lines[:1])[:1]).serve(_points(lines[:5]))
    closed = [_tilted(5 * _STEP_M - 7, -0.5 * _ROW_M), _tilted(8 * _STEP_M - 7, -0.5 * _ROW_M)]
    truck.rush(closed, 7.0)  # around three blocks, which nobody came through
    truck.serve(_points(lines[8:17]))
    truck.rush(_points(lines[17:20]), 9.5)  # passed, and not served
    truck.serve(_points(lines[20:36])).wait(400)
    back = truck.x_y_m[-1]
    truck.rush([streets.metres(LANDFILL)], 18.5).wait(540).rush([back], 12.0)
    truck.serve(_points(lines[36:50]))
    silent_from_s = len(truck.x_y_m)
    truck.serve(_points(lines[50:53]))
    silent_to_s = len(truck.x_y_m)
    truck.serve(_points(lines[53:]))
    return _home(truck, streets), [(silent_from_s, silent_to_s)]


def _home(truck: Truck, streets: Streets) -> Truck:
    """Back to the depot, and there until the window is over."""
    truck.rush([streets.metres(DEPOT)], 10.0)
    return truck.wait(max(60, _WINDOW_S - len(truck.x_y_m)))


def perfect(streets: Streets, blocks: int | None = None) -> Truck:
    """Every block as planned, or the first ones."""
    return _home(Truck().serve(_points(streets.lines_m()[:blocks])), streets)


def yesterday() -> date:
    """The local day before this one."""
    return (clock.utc_now().astimezone(ZONE) - timedelta(days=1)).date()


def began_s(day: date, *, minutes: float) -> float:
    """So long after six in the morning, Unix time."""
    return datetime(day.year, day.month, day.day, 6, tzinfo=ZONE).timestamp() + minutes * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """One truck, its plan, and what its tracker sent."""

    route_id: str
    name: str
    colonia: str
    truck: Device
    streets: Streets
    trace: Trace | None
    supervisor: str


def outings(day: date) -> list[Outing]:
    """Four routes of a morning."""

    def at(lon_deg: float, lat_deg: float, rows: int = 5) -> Streets:
        return Streets(LocalProjection(lon_deg, lat_deg), rows)

    main, second = Streets(CENTRO), at(-94.4180, 18.1410, 4)
    third, fourth = at(-94.4480, 18.1440, 3), at(-94.4620, 18.1380, 3)
    truck, silent = eventful(main)
    return [
        Outing(
            route_id="CEN-01",
            name="Centro poniente",
            colonia="Centro",
            truck=Device(device_id="T-07", kind=Kind.TRUCK, name="Recolector 07 Álamos"),
            streets=main,
            trace=truck.sends(
                noise_m=3.0, silent=silent, town=main.town, start_s=began_s(day, minutes=1)
            ),
            supervisor="ana",
        ),
        Outing(
            route_id="CEN-02",
            name="Centro oriente",
            colonia="María de la Piedad",
            truck=Device(device_id="T-08", kind=Kind.TRUCK, name="Recolector 08 Ceiba"),
            streets=second,
            trace=perfect(second).sends(
                noise_m=3.0, town=second.town, start_s=began_s(day, minutes=3), seed=2
            ),
            supervisor="ana",
        ),
        Outing(
            route_id="PLA-03",
            name="Playa Sol",
            colonia="Playa Sol",
            truck=Device(device_id="T-09", kind=Kind.TRUCK, name="Recolector 09 Mangle"),
            streets=third,
            trace=None,
            supervisor="luis",
        ),
        Outing(
            route_id="PET-04",
            name="Petrolera",
            colonia="Petrolera",
            truck=Device(device_id="T-10", kind=Kind.TRUCK, name="Recolector 10 Roble"),
            streets=fourth,
            trace=perfect(fourth, 21).sends(
                noise_m=3.0, town=fourth.town, start_s=began_s(day, minutes=41), seed=4
            ),
            supervisor="luis",
        ),
    ]


def live_through(database_url: str, settings: Settings, day: date) -> None:
    """Import the plans, store the fixes, and judge the day; the supervisors exist already."""
    with pool.connect(database_url) as conn:
        for one in outings(day):
            _keep(conn, one, day)
        conn.commit()
    with pool.connect(database_url, autocommit=True) as conn:
        jobs = backfill.planned(conn, settings, day, day)
    done = [backfill.judge(replace(job, database_url=database_url)) for job in jobs]
    assert [one.cause for one in done if one.outcome is None] == []


def _keep(conn: Connection, one: Outing, day: date) -> None:
    store_device.save(conn, [one.truck])
    route = from_document(one.streets.plan(one.route_id, one.name, one.colonia))
    store_route.save(
        conn,
        route.route_id,
        route.name,
        route.document(),
        route.sha256(),
        len(route.blocks),
        route.length_m,
        day - timedelta(days=30),
        "tests",
        one.supervisor,
    )
    store_route.assign(conn, route.route_id, one.truck.device_id, day - timedelta(days=30))
    if one.trace is not None:
        commit(conn, list(_fixes(one.truck.device_id, one.trace)))


def _fixes(device_id: str, trace: Trace) -> list[GpsFix]:
    rows = zip(
        trace.t_s,
        trace.lat_deg,
        trace.lon_deg,
        trace.speed_mps,
        trace.heading_deg,
        strict=True,
    )
    made = []
    for seq, (t_s, lat, lon, speed, heading) in enumerate(rows, start=1):
        at = clock.from_epoch_ms(t_s * 1000.0)
        made.append(
            GpsFix(
                float(lat),
                float(lon),
                float(speed),
                float(heading),
                device_id=device_id,
                seq=seq,
                measured_at=at,
                received_at=at,
            )
        )
    return made
