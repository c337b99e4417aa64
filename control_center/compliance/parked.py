"""Runs whose day began, or was over, where the tracker was first heard, or last.

A tracker that is first heard, or last, from a truck under way was silent before, or after, and the
engine calls unknown what time allowed then: nobody is blamed for a tracker. The engine knows who
stood still. What it does not know is who had the ignition off or was in its depot: off the plan
such a truck had not begun yet, or was done, and what it left out is missed.
"""

import numpy as np

from geo.arrays import Bools
from geo.fleet import Roads
from geo.offroute import distance_to_plan
from geo.physics import DEFAULT, Physics
from geo.route import Place
from store.trace import Columns

_OFF = 0


def window_s(
    columns: Columns,
    roads: Roads,
    said_s: tuple[float, float],
    depot: Place | None,
    physics: Physics = DEFAULT,
) -> tuple[float, float]:
    """When silence of the tracker begins and ends to mean something; Unix time.

    columns  of one run, in any order
    said_s   the run's own window, which it is unless the truck was parked at that end
    """
    placed = columns.take(np.isfinite(columns.lat_deg) & np.isfinite(columns.lon_deg))
    if not placed.rows:
        return said_s
    ends = (float(placed.t_s.min()), float(placed.t_s.max()))
    first, last = (
        end_s if _parked(placed.take(placed.t_s == end_s), roads, depot, physics).all() else own_s
        for end_s, own_s in zip(ends, said_s, strict=True)
    )
    return first, last


def _parked(here: Columns, roads: Roads, depot: Place | None, physics: Physics) -> Bools:
    projection = roads.projections[0]
    x_m, y_m = projection.forward(here.lon_deg, here.lat_deg)
    nearest_m = distance_to_plan(np.zeros(here.rows, np.int64), x_m, y_m, roads.table)
    done: Bools = here.ignition == _OFF
    if depot is not None:
        depot_x_m, depot_y_m = projection.forward(
            np.array([depot.lon_deg]), np.array([depot.lat_deg])
        )
        done = done | (np.hypot(x_m - depot_x_m, y_m - depot_y_m) <= depot.radius_m)
    off_plan: Bools = nearest_m > physics.off_route_m
    return done & off_plan
