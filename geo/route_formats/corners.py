"""Cut a route that was drawn in one go into blocks: at its corners, and where it is too long.

A corner is a turn of more than 30 degrees that stays when wiggles of a few metres are smoothed
away, so a recorded track can be cut like a drawn line.
"""

import itertools
from typing import Final

import numpy as np
from shapely import LineString, get_coordinates

from geo.arrays import F64, I64
from geo.projection import around
from geo.route_values import ValueRefused

_TURN_DEG: Final = 30.0
_WIGGLE_M: Final = 5.0
_LONGEST_M: Final = 200.0
_LONGEST_ROUTE_M: Final = 500_000.0
_SHORTEST_M: Final = 15.0
"""Two corners nearer than this are one, drawn round."""


def cut(lonlat_deg: F64) -> list[F64]:
    """The blocks of a line of (points, 2) longitudes and latitudes, finite and with a length.

    ValueRefused: it is longer than any truck's route.
    """
    projection = around(lonlat_deg[:, 0], lonlat_deg[:, 1])
    xy_m = np.column_stack(projection.forward(lonlat_deg[:, 0], lonlat_deg[:, 1]))
    at_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy_m, axis=0).T))])
    if not at_m[-1] <= _LONGEST_ROUTE_M:
        raise ValueRefused(f"it is longer than {_LONGEST_ROUTE_M / 1000:g} km; no route is")
    bounds_m = _bounds_m([0.0, *_corners_m(xy_m, at_m), float(at_m[-1])])
    lon, lat = projection.inverse(
        np.interp(bounds_m, at_m, xy_m[:, 0]), np.interp(bounds_m, at_m, xy_m[:, 1])
    )
    ends = np.column_stack([lon, lat])
    after = np.searchsorted(at_m, bounds_m[:-1], side="right")
    before = np.searchsorted(at_m, bounds_m[1:], side="left")
    return [
        np.vstack([ends[part], lonlat_deg[after[part] : before[part]], ends[part + 1]])
        for part in range(len(bounds_m) - 1)
    ]


def _bounds_m(corners_m: list[float]) -> F64:
    """Chainages to cut at: the corners, and as many as it takes between them."""
    found = [0.0]
    for begin_m, end_m in itertools.pairwise(corners_m):
        parts = int(np.ceil((end_m - begin_m) / _LONGEST_M))
        found += np.linspace(begin_m, end_m, parts + 1)[1:].tolist()
    return np.array(found)


def _corners_m(xy_m: F64, at_m: F64) -> list[float]:
    """Chainages at which the line turns, far enough from each other and from its ends."""
    simple = LineString(xy_m).simplify(_WIGGLE_M, preserve_topology=False)
    kept = _kept(xy_m, get_coordinates(simple))
    ways = np.diff(xy_m[kept], axis=0)
    heading_deg = np.degrees(np.arctan2(ways[:, 0], ways[:, 1]))
    turn_deg = np.abs((np.diff(heading_deg) + 180.0) % 360.0 - 180.0)
    found: list[float] = []
    for corner_m in at_m[kept[1:-1][turn_deg > _TURN_DEG]].tolist():
        since_m = corner_m - (found[-1] if found else 0.0)
        if since_m >= _SHORTEST_M and at_m[-1] - corner_m >= _SHORTEST_M:
            found.append(corner_m)
    return found


def _kept(points: F64, simple: F64) -> I64:
    """Which of the points the simplified line kept."""
    found, at = [], 0
    for point in simple:
        while not (points[at] == point).all():
            at += 1
        found.append(at)
        at += 1
    return np.array(found, np.int64)
