"""Blocks that a tracker may have lost: it fell silent, or was first heard, while on the road.

The engine knows silences between fixes, and those that begin or end on the plan. A truck may also
be on its way, to the landfill or back, when its tracker goes mute for the rest of the window. What
it had before it then is unknown, as far as time allows: nobody is blamed for a tracker. One that
stood, had its ignition off or was in its depot was not lost: its day began, or was over, there.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.arrays import F64, I8, Bools
from geo.fleet import FleetReport, Roads
from geo.physics import DEFAULT, Physics

_OFF: Final = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """The first or the last that was heard of a run."""

    x_m: float
    y_m: float
    spare_s: float
    """Of the window, before it or after it."""
    early: bool


def blocks(
    report: FleetReport,
    roads: Roads,
    window_s: tuple[float, float],
    ignition: I8,
    depot: tuple[float, float, float] | None,
    physics: Physics = DEFAULT,
) -> Bools:
    """For each block of a single run's plan, whether silence at an edge of the run may hide it.

    ignition  of each fix of the report: 1 on, 0 off, -1 not reported
    depot     easting, northing and radius in the plan's metres; None: the plan has none
    """
    courses = roads.courses
    hidden: Bools = np.zeros(courses.blocks, bool)
    speed = min(roads.plans[0].max_mean_mps, physics.top_mps)
    track = report.trip.track
    on = track.block[track.block >= 0]
    lowest, highest = (on.min(), on.max()) if len(on) else (courses.blocks, -1)
    number = np.arange(courses.blocks)
    for edge in _edges(report, window_s, ignition, depot, physics):
        ends: F64 = courses.end_m if edge.early else courses.start_m
        way = np.hypot(ends[:, 0] - edge.x_m, ends[:, 1] - edge.y_m)
        fits = physics.detour * way + courses.length_m <= speed * edge.spare_s
        hidden |= fits & (number < lowest if edge.early else number > highest)
    return hidden


def _edges(
    report: FleetReport,
    window_s: tuple[float, float],
    ignition: I8,
    depot: tuple[float, float, float] | None,
    physics: Physics,
) -> list[Edge]:
    """Where the tracker was first, or last, heard, if that was on the road and off the plan."""
    fixes, track = report.fixes, report.trip.track
    found = []
    for at, early, spare_s in (
        (0, True, fixes.t_s[0] - window_s[0]),
        (-1, False, window_s[1] - fixes.t_s[-1]),
    ):
        x_m, y_m = float(fixes.x_m[at]), float(fixes.y_m[at])
        parked = (
            fixes.speed_mps[at] < physics.standing_mps
            or ignition[at] == _OFF
            or (depot is not None and np.hypot(x_m - depot[0], y_m - depot[1]) <= depot[2])
        )
        on_plan = len(track.block) > 0 and track.block[at] >= 0
        if spare_s > physics.silence_s and not parked and not on_plan:
            found.append(Edge(x_m, y_m, float(spare_s), early))
    return found
