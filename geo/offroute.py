"""Time spent off the plan: farther than 15 m from every planned street, whatever its direction.

The other direction of a planned street is not off route, and neither is a fix that errs, so being
off takes both: the matched history has the truck off the plan, and its place, the mean place if
it stood, is far from every street of it.
"""

from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I64, Bools, sum_by
from geo.candidates import Table
from geo.itinerary import Itinerary
from geo.observe import mean_variance
from geo.physics import DEFAULT, Physics

_FARTHEST_M = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class OffRoute:
    """Intervals off the plan, in order of run and time."""

    run: I64
    from_s: F64
    to_s: F64

    def seconds(self, runs: int) -> F64:
        """Total of each run."""
        return sum_by(self.run, self.to_s - self.from_s, runs)


def distance_to_plan(
    plan: I64, x_m: F64, y_m: F64, table: Table, physics: Physics = DEFAULT
) -> F64:
    """Metres from each place to the nearest planned street; at most 50."""
    del physics
    near = table.find(plan, x_m, y_m, np.full(len(plan), _FARTHEST_M), links=False)
    nearest = np.full(len(plan), _FARTHEST_M)
    np.minimum.at(nearest, near.place, near.distance_m)
    return nearest


def off_route(
    trip: Itinerary,
    plan_of_run: I64,
    table: Table,
    sigma_m: F64,
    physics: Physics = DEFAULT,
) -> OffRoute:
    """When each run was off the plan.

    Between a place on it and one off it the moment of crossing is interpolated. Of a silence
    between the two only the wait of a truck found standing is counted.
    """
    track = trip.track
    away = np.full(len(track.run), 0.0)
    out = np.flatnonzero(track.block < 0)
    off = np.unique(np.concatenate((out, np.maximum(out - 1, 0), out + 1)))
    off = off[off < len(track.run)]
    away[off] = distance_to_plan(
        plan_of_run[track.run[off]], track.x_m[off], track.y_m[off], table, physics
    )
    # An error adds to a distance: its square to the square.
    wander = mean_variance(track.to_s - track.from_s, physics)
    limit_m = np.sqrt(physics.off_route_m**2 + sigma_m[track.run] ** 2 * wander)
    far = (away > limit_m) & (track.block < 0)
    edge = ~track.first
    # A stay itself, and the step from each observation to the next.
    stays = np.flatnonzero(far & (track.to_s > track.from_s))
    step = np.flatnonzero(edge)
    before = step - 1
    both = far[before] & far[step]
    leaving = ~far[before] & far[step] & ~trip.silent[step]
    coming = far[before] & ~far[step] & ~trip.silent[step]
    share = _share(away[before], away[step], limit_m[step])
    begin, end = track.to_s[before], track.from_s[step]
    arrived = _arrived(trip, before, step, physics)
    waited = ~far[before] & far[step] & trip.silent[step] & (arrived < end)
    run = np.concatenate((track.run[stays], track.run[step]))
    from_s = np.concatenate(
        (
            track.from_s[stays],
            np.select([leaving, waited], [end - (end - begin) * share, arrived], begin),
        )
    )
    to_s = np.concatenate((track.to_s[stays], np.where(coming, begin + (end - begin) * share, end)))
    used = np.concatenate((np.ones(len(stays), bool), both | leaving | coming | waited))
    return _merged(run[used], from_s[used], to_s[used])


def _arrived(trip: Itinerary, before: I64, step: I64, physics: Physics) -> F64:
    """Who is found standing after a silence has stood there since it could have arrived."""
    track = trip.track
    way = physics.detour * np.hypot(
        track.x_m[step] - track.x_m[before], track.y_m[step] - track.y_m[before]
    )
    standing = track.arriving_mps[step] < physics.standing_mps
    arrived = track.to_s[before] + way / physics.slow_vote_mps
    return np.where(standing, arrived, np.inf)


def _share(one_m: F64, other_m: F64, limit_m: F64) -> F64:
    """Share of a step spent beyond the limit, the distance taken to change evenly."""
    high, low = np.maximum(one_m, other_m), np.minimum(one_m, other_m)
    share: F64 = ((high - limit_m) / np.maximum(high - low, 1.0)).clip(0.0, 1.0)
    return share


def _merged(run: I64, from_s: F64, to_s: F64) -> OffRoute:
    """Intervals that touch become one."""
    order = np.lexsort((from_s, run))
    run, from_s, to_s = run[order], from_s[order], to_s[order]
    real = to_s > from_s
    run, from_s, to_s = run[real], from_s[real], to_s[real]
    apart: Bools = np.ones(len(run), bool)
    apart[1:] = (run[1:] != run[:-1]) | (from_s[1:] > to_s[:-1] + 1e-6)
    begin = np.flatnonzero(apart)
    last = np.append(begin[1:], len(run)) - 1
    return OffRoute(run=run[begin], from_s=from_s[begin], to_s=to_s[last] if len(run) else to_s)
