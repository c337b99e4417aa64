"""One fix a truck, judged: what each of the watches makes of it.

Every quantity here is computed for a row by itself, so it does not matter which trucks share a
round.
"""

from dataclasses import dataclass

import numpy as np

from core.happenings import SPECS, Happening
from core.units import KMH_PER_MPS
from geo.arrays import F64, Bools
from geo.live_doors import Passed, Way, passing
from geo.live_latch import Latch
from geo.live_scene import DEPOT, LANDFILL, Scene, distance_m
from geo.live_state import Happenings, Recent, Rules, State
from geo.live_streets import Beside

_DOORS = {
    DEPOT: (Happening.DEPOT_ENTER, Happening.DEPOT_EXIT),
    LANDFILL: (Happening.LANDFILL_ENTER, Happening.LANDFILL_EXIT),
}


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A fix a truck, and what follows from it, its truck's duty and the fix before."""

    recent: Recent
    mark: F64
    silent: Bools
    step_s: F64
    """Since the fix before; 0 after a silence and at first."""
    speed_mps: F64
    """Where the tracker gave none, by displacement."""
    beside: Beside
    limit_m: F64
    """Farther than this is off the plan, whatever the receiver's error."""
    on_duty: Bools


def take_in(state: State, scene: Scene, recent: Recent, rules: Rules) -> list[Happenings]:
    """Take in at most one fix of each truck, newer than its newest, and change the state."""
    own = state.take(recent.truck)
    seen = _seen(own, scene, recent, rules)
    way = Way(own.mark[0], seen.mark[0], own.mark[1:], seen.mark[1:], seen.silent)
    passed = passing(own.doors, scene.doors[..., recent.truck], way, rules.dwell_s)
    _note(own, seen, scene, rules)
    found = [
        *_off_route(own, seen, scene, rules),
        *_stops(own, seen, scene, rules),
        *_overspeed(own, seen, rules),
        *_passages(seen, passed),
    ]
    own.mark = seen.mark
    state.put(recent.truck, own)
    return found


def _seen(own: State, scene: Scene, recent: Recent, rules: Rules) -> _Seen:
    physics, truck = scene.physics, recent.truck
    mark = np.stack((recent.t_s, recent.lat_deg, recent.lon_deg))
    since_s = recent.t_s - own.mark[0]
    silent = ~(since_s <= scene.silence_s[truck])
    moved = distance_m(own.mark[1], own.mark[2], recent.lat_deg, recent.lon_deg)
    by_way = np.where(silent, np.nan, moved / since_s)
    beside = scene.streets.beside(scene.plan[truck], recent.lat_deg, recent.lon_deg)
    hdop = np.maximum(np.nan_to_num(recent.hdop, nan=1.0), 1.0)
    error = np.minimum(physics.noise_unknown_m * hdop, physics.noise_ceiling_m)
    limit = np.sqrt(physics.off_route_m**2 + (rules.sigmas * error) ** 2)
    window = scene.window_s[:, truck]
    return _Seen(
        recent=recent,
        mark=mark,
        silent=silent,
        step_s=np.where(silent, 0.0, since_s),
        speed_mps=np.where(np.isnan(recent.speed_mps), by_way, recent.speed_mps),
        beside=beside,
        limit_m=limit,
        on_duty=(recent.t_s >= window[0]) & (recent.t_s <= window[1]),
    )


def _note(own: State, seen: _Seen, scene: Scene, rules: Rules) -> None:
    """What a truck has done so far of its duty."""
    physics = scene.physics
    near = seen.beside.distance_m <= physics.off_route_m
    own.near_s = np.where(near, np.nan_to_num(own.near_s + seen.step_s), np.nan)
    works = near & seen.on_duty & (seen.speed_mps <= physics.slow_vote_mps)
    own.worked_s = own.worked_s + np.where(works, seen.step_s, 0.0)
    stays = own.near_s >= rules.back_s
    began = (stays & seen.beside.at_first) | (own.worked_s >= rules.worked_s)
    own.begun = own.begun | (seen.on_duty & began)
    own.driven = own.driven | (seen.on_duty & (seen.speed_mps >= physics.heading_firm_mps))
    own.returning = (own.returning | own.doors.inside.any(axis=0)) & ~stays


def _off_route(own: State, seen: _Seen, scene: Scene, rules: Rules) -> list[Happenings]:
    inside = own.doors.inside.any(axis=0)
    far = seen.beside.distance_m > seen.limit_m
    on = far & seen.on_duty & own.begun & ~own.returning & ~inside
    off = (seen.beside.distance_m <= scene.physics.off_route_m) | inside | ~seen.on_duty
    fresh = own.off.hold(on, off, seen.mark, seen.silent)

    door = scene.doors[..., seen.recent.truck]
    apart = distance_m(door[:, 0], door[:, 1], seen.mark[1], seen.mark[2])
    nearer = apart < own.best_m - rules.nearer_m
    own.left_m = np.where(fresh, apart, own.left_m)
    own.best_m = np.where(fresh | nearer, apart, own.best_m)
    own.nearer_s = np.where(fresh | nearer.any(axis=0), seen.mark[0], own.nearer_s)
    heads = (own.left_m - own.best_m >= rules.heading_m).any(axis=0)
    patience = np.where(heads, rules.patience_s, rules.off_route_s)
    astray = on & (seen.mark[0] - own.nearer_s >= patience)
    began, ended = own.off.turn(astray, off, seen.mark[0], rules.off_route_s, rules.back_s)
    away = np.full(len(began), np.nan)
    for row in np.flatnonzero(began):
        plan = int(scene.plan[seen.recent.truck[row]])
        away[row] = scene.streets.far_m(plan, seen.beside.x_m[row], seen.beside.y_m[row])
    return _told(own.off, seen, Happening.OFF_ROUTE, began, ended, away)


def _stops(own: State, seen: _Seen, scene: Scene, rules: Rules) -> list[Happenings]:
    physics, truck, stop = scene.physics, seen.recent.truck, own.stop
    there = distance_m(own.stay[0], own.stay[1], seen.mark[1], seen.mark[2])
    elsewhere = (there > rules.same_place_m) & ~np.isnan(stop.since[0])
    # A standing receiver's place wanders faster than a truck that gives no speed creeps.
    silent_speed = np.isnan(seen.recent.speed_mps)
    still = silent_speed | (seen.recent.speed_mps < physics.standing_mps)
    moves = elsewhere | (seen.recent.speed_mps >= physics.heading_firm_mps)
    may = own.doors.inside.any(axis=0) | scene.at_allowed(truck, *seen.mark[1:])
    counts = seen.on_duty & own.driven & ~may
    # Standing elsewhere is another stay; being found where it was, even after a silence, is not.
    anew = ~stop.open & still & moves
    stop.clear(anew)
    on, off = still & counts & (anew | ~moves), moves | (~stop.open & ~counts)
    fresh = stop.hold(on, off, seen.mark, np.zeros(len(on), bool))
    here = np.stack((*seen.mark[1:], seen.beside.distance_m))
    own.stay_fixes = np.where(fresh, 1.0, own.stay_fixes + ~moves)
    more = (here - own.stay) / np.maximum(own.stay_fixes, 1.0)
    own.stay = np.where(fresh, here, own.stay + np.where(moves, 0.0, more))
    on_plan = own.stay[2] <= physics.off_route_m
    long_s = np.where(on_plan, rules.long_stop_s, rules.stop_s)
    began, ended = stop.turn(on, off, seen.mark[0], long_s, rules.moving_s)
    return _told(stop, seen, Happening.UNPLANNED_STOP, began, ended, seen.mark[0] - stop.since[0])


def _overspeed(own: State, seen: _Seen, rules: Rules) -> list[Happenings]:
    speed, fast = seen.recent.speed_mps, own.fast
    on, off = speed > rules.overspeed_mps, speed < rules.overspeed_mps - rules.hysteresis_mps
    fresh = fast.hold(on, off, seen.mark, seen.silent)
    own.peak_mps = np.where(fresh | np.isnan(fast.since[0]), 0.0, own.peak_mps)
    own.peak_mps = np.fmax(own.peak_mps, speed)
    began, ended = fast.turn(on, off, seen.mark[0], rules.overspeed_s, 0.0)
    peak = own.peak_mps * KMH_PER_MPS
    return _told(fast, seen, Happening.OVERSPEED, began, ended, peak, end_value=peak)


def _passages(seen: _Seen, passed: Passed) -> list[Happenings]:
    found = []
    for place, (enter, leave) in _DOORS.items():
        nothing = np.full(len(seen.silent), np.nan)
        for kind, who, at_s, value in (
            (enter, passed.entered[place], passed.entered_s[place], nothing),
            (leave, passed.left[place], passed.left_s[place], passed.stayed_s[place]),
        ):
            found += _rows(seen, kind, who, np.stack((at_s, *seen.mark[1:])), value)
    return found


def _told(
    latch: Latch,
    seen: _Seen,
    kind: Happening,
    began: Bools,
    ended: Bools,
    value: F64,
    *,
    end_value: F64 | None = None,
) -> list[Happenings]:
    """What began at `since` and ended at `back`, which is then forgotten."""
    lasted = latch.back[0] - latch.since[0] if end_value is None else end_value
    end = SPECS[kind].ended_by
    found = _rows(seen, kind, began, latch.since, value)
    if end is not None:
        found += _rows(seen, end, ended, latch.back, lasted)
    latch.clear(ended)
    return found


def _rows(seen: _Seen, kind: Happening, who: Bools, mark: F64, value: F64) -> list[Happenings]:
    rows = np.flatnonzero(who)
    if not len(rows):
        return []
    return [
        Happenings(
            truck=seen.recent.truck[rows],
            code=np.full(len(rows), SPECS[kind].code),
            at_s=mark[0, rows],
            known_s=seen.mark[0, rows],
            lat_deg=mark[1, rows],
            lon_deg=mark[2, rows],
            value=value[rows],
        )
    ]
