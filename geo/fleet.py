"""Did the trucks serve their streets: from plans and traces to reports, for a whole fleet at once.

`check` answers for one truck; `check_fleet` for many, in columns. Nothing here decides anything:
it calls, in order, cleaning, matching, the itinerary, passes, silences and verdicts, and adds up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I64, Bools, median_by, sum_by
from geo.candidates import Table
from geo.confidence import confidence
from geo.course import Courses, lay_out, projection_of
from geo.grid import build
from geo.itinerary import Itinerary, itinerary
from geo.match import Matched, match
from geo.offroute import OffRoute, off_route
from geo.passes import Passes, passes
from geo.physics import DEFAULT, Physics
from geo.plan import Plan, validated
from geo.projection import LocalProjection
from geo.silence import hideable, unheard
from geo.stops import Stops, stops
from geo.trace import Dropped, Fixes, Trace, believed, filled, gated, mixed, ordered
from geo.verdict import SERVICED, Verdict, verdict

_SAMPLING_S = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """Plans made ready for matching; made once, used for every trace."""

    plans: tuple[Plan, ...]
    projections: tuple[LocalProjection, ...]
    courses: Courses
    table: Table

    @classmethod
    def of(cls, plans: Sequence[Plan], physics: Physics = DEFAULT) -> "Roads":
        """Validate and lay out these plans."""
        ready = tuple(validated(plan) for plan in plans)
        projections = tuple(projection_of(plan) for plan in ready)
        courses = lay_out(ready, projections, physics)
        return cls(ready, projections, courses, Table(courses, build(courses, physics), physics))


@dataclass(frozen=True, slots=True, eq=False)
class FleetReport:
    """What every run did; arrays with one entry a run unless said otherwise."""

    plan_of_run: I64
    fixes: Fixes
    dropped: Dropped
    mixed: Bools
    """More than one tracker seems to be in the run: its verdicts mean nothing."""
    matched: Matched
    trip: Itinerary
    passes: Passes
    verdict: Verdict
    confidence: F64
    """A row of the verdict each."""
    coverage: F64
    """Share of the plan's service length that was serviced."""
    order_kept: F64
    """Share of serviced blocks begun after the serviced block before them; 1 is all."""
    began_s: F64
    """When the first serviced block was entered; NaN if none was."""
    ended_s: F64
    """When the last was left."""
    off_route: OffRoute
    off_route_s: F64
    service_m: F64
    """Driven while serving."""
    deadhead_m: F64
    """Driven otherwise, as far as fixes tell."""
    stops: Stops


def clean(
    raw: Trace,
    plan_of_run: I64,
    projections: Sequence[LocalProjection],
    physics: Physics = DEFAULT,
) -> tuple[Fixes, Dropped]:
    """Fixes in the metres of each run's plan, without repeats and spikes."""
    runs = len(plan_of_run)
    rows, dropped = ordered(raw, runs)
    run = raw.run[rows]
    x_m, y_m = np.empty(len(rows)), np.empty(len(rows))
    edge = np.searchsorted(run, np.arange(runs + 1))
    for each in range(runs):
        part = slice(edge[each], edge[each + 1])
        here = rows[part]
        x_m[part], y_m[part] = projections[plan_of_run[each]].forward(
            raw.lon_deg[here], raw.lat_deg[here]
        )
    placed = np.isfinite(x_m)
    unplaced = dropped.unplaced + np.bincount(run[~placed], minlength=runs)
    rows = rows[placed]
    fixes = Fixes(
        run=raw.run[rows],
        t_s=raw.t_s[rows],
        x_m=x_m[placed],
        y_m=y_m[placed],
        speed_mps=raw.speed_mps[rows],
        heading_deg=raw.heading_deg[rows],
        hdop=raw.hdop[rows],
        row=rows,
    )
    fixes, spikes = gated(believed(fixes), runs, physics)
    counted = Dropped(unplaced=unplaced, repeated=dropped.repeated, spikes=spikes)
    return filled(fixes, physics), counted


def check_fleet(
    roads: Roads, raw: Trace, plan_of_run: I64, physics: Physics = DEFAULT
) -> FleetReport:
    """Judge every run of a fleet; `raw.run` counts from 0, `plan_of_run` has an entry for each."""
    runs = len(plan_of_run)
    fixes, dropped = clean(raw, plan_of_run, roads.projections, physics)
    matched = match(fixes, plan_of_run, roads.table, physics)
    return _report(roads, fixes, dropped, matched, plan_of_run, runs, physics)


def _report(
    roads: Roads,
    fixes: Fixes,
    dropped: Dropped,
    matched: Matched,
    plan_of_run: I64,
    runs: int,
    physics: Physics,
) -> FleetReport:
    courses = roads.courses
    limit = np.array([roads.plans[plan].max_mean_mps for plan in plan_of_run], np.float64)
    trip = itinerary(matched, courses, runs, physics)
    done = passes(trip.legs, courses, plan_of_run, physics)
    window_s = np.array([roads.plans[plan].window_s for plan in plan_of_run]).reshape(runs, 2)
    between = hideable(trip, courses, plan_of_run, limit, physics)
    beyond = unheard(trip, courses, plan_of_run, limit, window_s, physics)
    hidden = (np.append(between[0], beyond[0]), np.append(between[1], beyond[1]))
    found = verdict(done, courses, plan_of_run, limit, hidden, sampling_s(fixes, runs), physics)
    away = off_route(trip, plan_of_run, roads.table, matched.sigma_m, physics)
    service = np.concatenate(
        [[block.service for block in plan.blocks] for plan in roads.plans]
    ).astype(bool)
    length = courses.length_m[found.block] * service[found.block]
    served = found.state == SERVICED
    total = sum_by(found.run, length, runs)
    coverage = sum_by(found.run, length * served, runs) / np.where(total > 0, total, np.nan)
    order_kept, began_s, ended_s = _timing(found, done, runs)
    service_m, deadhead_m = _distances(found, done, trip, runs)
    return FleetReport(
        plan_of_run=plan_of_run,
        fixes=fixes,
        dropped=dropped,
        mixed=mixed(fixes, dropped.spikes),
        matched=matched,
        trip=trip,
        passes=done,
        verdict=found,
        confidence=confidence(
            found,
            _observed(found, trip, courses),
            courses,
            limit,
            np.unique(trip.track.run[trip.silent]),
            physics,
        ),
        coverage=np.nan_to_num(coverage),
        order_kept=order_kept,
        began_s=began_s,
        ended_s=ended_s,
        off_route=away,
        off_route_s=away.seconds(runs),
        service_m=service_m,
        deadhead_m=deadhead_m,
        stops=stops(trip, plan_of_run, roads.table, matched.sigma_m, physics=physics),
    )


def sampling_s(fixes: Fixes, runs: int) -> F64:
    """Usual time between fixes of each run."""
    same = fixes.run[1:] == fixes.run[:-1]
    usual = median_by(fixes.run[1:][same], np.diff(fixes.t_s)[same], runs)
    return np.where(np.isnan(usual), _SAMPLING_S, usual)


def _observed(found: Verdict, trip: Itinerary, courses: Courses) -> I64:
    """Observations matched to each row's block."""
    track = trip.track
    on = track.block >= 0
    key = track.run[on] * courses.blocks + track.block[on]
    rows = found.run * courses.blocks + found.block
    order = np.sort(key)
    return np.searchsorted(order, rows, side="right") - np.searchsorted(order, rows, side="left")


def _timing(found: Verdict, done: Passes, runs: int) -> tuple[F64, F64, F64]:
    """Order kept, and when service began and ended."""
    rows = np.flatnonzero((found.state == SERVICED) & (found.decided_by >= 0))
    run, by = found.run[rows], found.decided_by[rows]
    from_s, to_s = done.from_s[by], done.to_s[by]
    next_one = run[1:] == run[:-1]
    after = from_s[1:] >= from_s[:-1]
    pairs = np.bincount(run[1:][next_one], minlength=runs)
    kept = np.bincount(run[1:][next_one & after], minlength=runs)
    began, ended = np.full(runs, np.inf), np.full(runs, -np.inf)
    np.minimum.at(began, run, from_s)
    np.maximum.at(ended, run, to_s)
    return (
        np.where(pairs > 0, kept / np.maximum(pairs, 1), 1.0),
        np.where(np.isfinite(began), began, np.nan),
        np.where(np.isfinite(ended), ended, np.nan),
    )


def _distances(found: Verdict, done: Passes, trip: Itinerary, runs: int) -> tuple[F64, F64]:
    """Ground driven while serving, and otherwise."""
    chosen = found.decided_by[(found.state == SERVICED) & (found.decided_by >= 0)]
    ground = done.seen_m + done.hidden_m
    service = sum_by(done.run[chosen], ground[chosen], runs)
    legs, track = trip.legs, trip.track
    on_plan = sum_by(legs.run, np.abs(legs.to_m - legs.from_m) * (legs.kind < 2), runs)  # noqa: PLR2004
    step = np.flatnonzero(~track.first)
    free = step[(track.block[step] < 0) | (track.block[step - 1] < 0)]
    way = np.hypot(track.x_m[free] - track.x_m[free - 1], track.y_m[free] - track.y_m[free - 1])
    off_plan = sum_by(track.run[free], way, runs)
    return service, np.maximum(on_plan + off_plan - service, 0.0)
