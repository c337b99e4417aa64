"""Where trucks stayed, how long, and whether that was on the plan or at an allowed place.

Consecutive standing observations at one place, within what the receiver's error explains, are one
stay, even across a silence: a truck found where it was left has stayed there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.arrays import F64, I64, Bools, sum_by
from geo.candidates import Table
from geo.itinerary import Itinerary
from geo.offroute import distance_to_plan
from geo.physics import DEFAULT, Physics

_SAME_PLACE_M = 15.0
_SAME_PLACE_SIGMAS = 2.5
_LONGEST_SILENCE_S = 7200.0


@dataclass(frozen=True, slots=True, eq=False)
class Stops:
    """Stays of at least the asked duration, in order of run and time."""

    run: I64
    from_s: F64
    to_s: F64
    x_m: F64
    y_m: F64
    on_route: Bools
    silent: Bools
    """Part of the stay was not reported."""
    allowed: I64
    """Index of the allowed place that holds it; -1 if none does."""

    def __len__(self) -> int:
        return len(self.run)


def stops(
    trip: Itinerary,
    plan_of_run: I64,
    table: Table,
    sigma_m: F64,
    *,
    at_least_s: float = 180.0,
    allowed: Sequence[shapely.Polygon] = (),
    physics: Physics = DEFAULT,
) -> Stops:
    """Every stay of every run; `allowed` are polygons in the plan's metres."""
    track = trip.track
    still = np.flatnonzero(
        (track.arriving_mps < physics.standing_mps) | (track.to_s > track.from_s)
    )
    run = track.run[still]
    moved = np.hypot(np.diff(track.x_m[still]), np.diff(track.y_m[still]))
    reach = np.maximum(_SAME_PLACE_M, _SAME_PLACE_SIGMAS * sigma_m[run[1:]])
    pause = track.from_s[still[1:]] - track.to_s[still[:-1]]
    linked = np.zeros(len(still), bool)
    linked[1:] = (run[1:] == run[:-1]) & (moved <= reach) & (pause <= _LONGEST_SILENCE_S)
    begin = np.flatnonzero(~linked)
    last = np.append(begin[1:], len(still))[: len(begin)] - 1
    from_s, to_s = track.from_s[still[begin]], track.to_s[still[last]]
    group = np.cumsum(~linked) - 1
    weight = np.maximum(track.to_s[still] - track.from_s[still], 1.0)
    total = sum_by(group, weight, len(begin))
    x_m = sum_by(group, weight * track.x_m[still], len(begin))
    y_m = sum_by(group, weight * track.y_m[still], len(begin))
    on = sum_by(group, weight * (track.block[still] >= 0), len(begin))
    hushed = np.zeros(len(still), bool)
    hushed[1:] = linked[1:] & (pause > physics.silence_s)
    hidden = sum_by(group, hushed, len(begin))
    long = np.flatnonzero(to_s - from_s >= at_least_s)
    x_m, y_m = x_m[long] / total[long], y_m[long] / total[long]
    whose = run[begin[long]]
    beside = distance_to_plan(plan_of_run[whose], x_m, y_m, table, physics)
    on_route = (on[long] > total[long] / 2) | (beside <= physics.off_route_m)
    return Stops(
        run=whose,
        from_s=from_s[long],
        to_s=to_s[long],
        x_m=x_m,
        y_m=y_m,
        on_route=on_route,
        silent=hidden[long] > 0,
        allowed=_within(x_m, y_m, allowed),
    )


def _within(x_m: F64, y_m: F64, places: Sequence[shapely.Polygon]) -> I64:
    found = np.full(len(x_m), -1, np.int64)
    if len(places) and len(x_m):
        which, place = shapely.STRtree(
            np.atleast_1d(np.asarray(shapely.points(x_m, y_m), dtype=object))
        ).query(np.asarray(places, dtype=object), predicate="contains")
        found[place] = which
    return found
