"""Collection routes: the city cut into sectors, each swept street by street.

A route is a closed line: depot, transit to the sector, its blocks in order
(boustrophedon: along each long street, back along the next, then the short
ones), the landfill, and home. What is `service` are the directed blocks; the
rest is transit. As GeoJSON a route is its service blocks alone, in order.
"""

import math
import random
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from firmware_sim.plane import Plane
from firmware_sim.streets import Block, Streets, follow

SERVICE_MAX_MEAN_KMH: Final = 20

XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Leg:
    """A straight piece of a route."""

    start_m: XY
    end_m: XY
    service: bool


@dataclass(frozen=True, slots=True)
class Route:
    """A closed line of legs, ends joined."""

    route_id: str
    legs: tuple[Leg, ...]
    landfill_m: XY | None = None

    def geojson(self, plane: Plane) -> dict[str, object]:
        """The plan: one LineString a directed service block, in order."""
        blocks = [leg for leg in self.legs if leg.service]
        return {
            "type": "FeatureCollection",
            "properties": {
                "route_id": self.route_id,
                "service_max_mean_kmh": SERVICE_MAX_MEAN_KMH,
            },
            "features": [
                {
                    "type": "Feature",
                    "geometry": {
                        "type": "LineString",
                        "coordinates": [
                            _rounded(plane, leg.start_m),
                            _rounded(plane, leg.end_m),
                        ],
                    },
                    "properties": {"segment_id": f"S{order:03}", "order": order, "service": True},
                }
                for order, leg in enumerate(blocks, 1)
            ],
        }


def collection(streets: Streets, count: int, *, depot_m: XY, landfill_m: XY) -> list[Route]:
    """Give each of `count` trucks a sector of about equal length and a route through it."""
    depot = streets.corner_at(*depot_m)
    landfill = streets.corner_at(*landfill_m)
    to_depot, to_landfill = streets.tree(depot), streets.tree(landfill)
    routes = []
    for number, sector in enumerate(_sectors(streets, streets.blocks, count), 1):
        sweep = _sweep(sector)
        corners: list[tuple[int, bool]] = []
        for a, b in sweep:
            if corners and corners[-1][0] != a:
                corners += [(at, False) for at in streets.way(corners[-1][0], a)[1:]]
            elif not corners:
                corners.append((a, False))
            corners.append((b, True))
        first, last = corners[0][0], corners[-1][0]
        out = follow(to_depot, first)[::-1]
        unload = follow(to_landfill, last)[1:]
        home = follow(to_depot, landfill)[1:]
        points = streets.points
        line: list[tuple[XY, bool]] = [
            (depot_m, False),
            *((points[at], False) for at in out[:-1]),
            *((points[at], service) for at, service in corners),
            *((points[at], False) for at in unload),
            (landfill_m, False),
            *((points[at], False) for at in (landfill, *home)),
            (depot_m, False),
        ]
        routes.append(Route(f"R-{number:03}", _legs(line), landfill_m))
    return routes


def bus_lines(streets: Streets, count: int, rng: random.Random) -> list[Route]:
    """Loops through four far corners, along avenues where there are any."""
    routes = []
    for number in range(1, count + 1):
        around = [_quadrant_corner(streets, quadrant, rng) for quadrant in range(4)]
        corners: list[int] = [around[0]]
        for start, end in pairwise([*around, around[0]]):
            corners += streets.way(start, end)[1:]
        line = [(streets.points[at], False) for at in corners]
        routes.append(Route(f"L-{number:02}", _legs(line)))
    return routes


def _sectors(streets: Streets, blocks: list[Block], count: int) -> list[list[Block]]:
    """Halve by the longer side until there are `count` parts of about equal size."""
    if count <= 1:
        return [blocks]
    middles = [_middle(streets, block) for block in blocks]
    spans = [max(part) - min(part) for part in zip(*middles, strict=True)]
    axis = 0 if spans[0] >= spans[1] else 1
    order = sorted(range(len(blocks)), key=lambda index: (middles[index][axis], index))
    left = count // 2
    cut = len(blocks) * left // count
    return [
        *_sectors(streets, [blocks[index] for index in sorted(order[:cut])], left),
        *_sectors(streets, [blocks[index] for index in sorted(order[cut:])], count - left),
    ]


def _sweep(sector: list[Block]) -> list[tuple[int, int]]:
    """Directed blocks: every long street in turn, alternating, then every short one."""
    directed: list[tuple[int, int]] = []
    for along in (True, False):
        streets = groupby(
            sorted((b for b in sector if b.along is along), key=lambda b: (b.row, b.rank)),
            key=lambda b: b.row,
        )
        for turn, (_, row) in enumerate(streets):
            forward = [(block.a, block.b) for block in row]
            directed += forward if turn % 2 == 0 else [(b, a) for a, b in reversed(forward)]
    return directed


def _legs(line: list[tuple[XY, bool]]) -> tuple[Leg, ...]:
    return tuple(
        Leg(start, end, service)
        for (start, _), (end, service) in pairwise(line)
        if math.dist(start, end) > 0
    )


def _middle(streets: Streets, block: Block) -> XY:
    (ax, ay), (bx, by) = streets.points[block.a], streets.points[block.b]
    return (ax + bx) / 2, (ay + by) / 2


def _quadrant_corner(streets: Streets, quadrant: int, rng: random.Random) -> int:
    """A corner of one quarter of the city, chosen by chance; quarters go round."""
    mid_x, mid_y = (float(part) for part in streets.xy_m.mean(axis=0))
    east, north = quadrant in {1, 2}, quadrant in {2, 3}
    fitting = [
        index
        for index, (x, y) in enumerate(streets.points)
        if (x > mid_x) is east and (y > mid_y) is north
    ]
    return rng.choice(fitting or range(len(streets.points)))


def _rounded(plane: Plane, point_m: XY) -> list[float]:
    lat_deg, lon_deg = plane.lat_lon(*point_m)
    return [round(lon_deg, 7), round(lat_deg, 7)]
