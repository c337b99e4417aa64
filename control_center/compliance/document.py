"""The report document of a run: what its truck did against the plan, as plain JSON values.

A pure function of the plan, the fixes and the limits, all of which it names or holds: the same
input gives the same bytes, here and on any other machine, so a digest of it can be recomputed by
whoever doubts it. See docs/route-compliance.md for what its states mean.

Nobody is blamed for a tracker: without usable fixes, or with those of two trackers, every block is
unknown and `problem` says why. Nor is anybody blamed too early: while a run is provisional, what
was not served yet is unknown.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from control_center.compliance import astray, happenings, parked
from control_center.compliance.limits import Limits
from control_center.compliance.values import known, number, span, when
from core.quality import UNBELIEVABLE, Flag
from core.units import kmh_from_mps
from geo.arrays import I64
from geo.fleet import FleetReport, Roads, check_fleet
from geo.physics import DEFAULT
from geo.plan import Block
from geo.report import RunReport, SegmentReport, StopReport, run_report
from geo.route import Place, Route
from geo.trace import Trace, trace
from store.trace import Columns

ENGINE: Final = "1"
"""Grows when the same input gives another document."""
STATES: Final = ("serviced", "too_fast", "missed", "unknown")
_MIXED_FROM: Final = 12
_MIXED_SHARE: Final = 0.2
_EXCUSED: Final = 0.5
"""Confidence that nothing more can be said of a block that would be missed, were the run over."""
_PUNCTUAL_S: Final = 60.0
"""Hours are said in minutes, and a corner is passed between two fixes."""
_ONE_RUN: Final = np.zeros(1, np.int64)


class Laid(NamedTuple):
    """A route made ready for matching; the same for every day and truck, so worth keeping."""

    roads: Roads
    sha256: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A run: what is to be judged, by what."""

    route: Route
    day: date
    zone: ZoneInfo
    limits: Limits
    provisional: bool
    window_s: tuple[float, float]
    """When the run begins and ends, Unix time."""


def build(  # noqa: PLR0913  a pure function names everything that it depends on
    route: Route,
    version: int,
    device_id: str,
    service_date: date,
    zone: ZoneInfo,
    columns: Columns,
    *,
    limits: Limits | None = None,
    provisional: bool = False,
    laid: Laid | None = None,
) -> dict[str, Any]:
    """Judge one run and write its document.

    columns      fixes of the truck; those outside the window and its margins are left out
    provisional  the run is still open: what was not served yet is unknown, not missed
    laid         the route as `lay_out` made it ready, where it is at hand: saves half of the work
    """
    by = replace(limits or Limits(), timezone=zone.key)
    begin_s, end_s = (instant.timestamp() for instant in route.window(service_date, zone))
    asked = _Asked(route, service_date, zone, by, provisional, (begin_s, end_s))
    margin_s = asked.limits.margin_s
    mine = columns.take((columns.t_s >= begin_s - margin_s) & (columns.t_s < end_s + margin_s))
    doubtful = mine.flags & int(UNBELIEVABLE) != 0
    used = mine.take(~doubtful)
    roads, plan_sha256 = laid or lay_out(route)
    plan = route.plan(service_date, zone)
    ready = replace(roads, plans=(plan,))
    awake_s = parked.window_s(used, roads, asked.window_s, route.depot)
    awake = replace(roads, plans=(replace(plan, window_s=awake_s),))
    report = check_fleet(awake, _trace(used), _ONE_RUN)
    problem = _problem(report, mine)
    return {
        "engine": ENGINE,
        "route_id": route.route_id,
        "route_name": route.name,
        "version": version,
        "plan_sha256": plan_sha256,
        "device_id": device_id,
        "service_date": service_date.isoformat(),
        "window": span(begin_s, end_s),
        "provisional": provisional,
        "judged_with": asked.limits.document(),
        "fixes": len(report.fixes),
        "dropped": {
            "unplaced": int(report.dropped.unplaced[0]),
            "repeated": int(report.dropped.repeated[0]),
            "spikes": int(report.dropped.spikes[0]),
            "flagged": int(doubtful.sum()),
        },
        **(_judged(asked, report, ready, used) if problem is None else _unknown(asked, ready)),
        "silences": [] if problem and len(report.fixes) else _silences(asked, report),
        "problem": problem,
    }


def lay_out(route: Route) -> Laid:
    """Make a route ready for matching."""
    return Laid(Roads.of([route.plan(date(2000, 1, 1), ZoneInfo("UTC"))]), route.sha256())


def _trace(columns: Columns) -> Trace:
    return trace(
        columns.t_s,
        columns.lat_deg,
        columns.lon_deg,
        speed_mps=columns.speed_mps,
        heading_deg=columns.heading_deg,
        hdop=columns.hdop,
        seq=columns.seq,
    )


def _problem(report: FleetReport, given: Columns) -> str | None:
    """Why nothing can be said of the run; None: something can."""
    if not given.rows:
        return "sin posiciones del rastreador · no fixes from the tracker"
    if not len(report.fixes):
        return (
            f"ninguna de {given.rows} posiciones es utilizable · "
            f"none of {given.rows} fixes is usable"
        )
    # Where ingest sees the jumps between two trackers first, only one of them is left to judge.
    jumps = int((given.flags & int(Flag.JUMP) != 0).sum()) + int(report.dropped.spikes[0])
    if report.mixed[0] or (given.rows >= _MIXED_FROM and jumps > _MIXED_SHARE * given.rows):
        return (
            f"parecen dos rastreadores mezclados: {jumps} de {given.rows} posiciones fuera de "
            f"alcance · two trackers seem mixed: {jumps} of {given.rows} fixes out of reach"
        )
    return None


def _judged(asked: _Asked, report: FleetReport, roads: Roads, used: Columns) -> dict[str, Any]:
    run = run_report(report, roads, 0)
    scene = happenings.Scene(
        report.fixes,
        ignition=used.ignition[report.fixes.row].astype(np.int64),
        pto=used.pto[report.fixes.row].astype(np.int64),
        projection=roads.projections[0],
    )
    happened = happenings.found(
        scene,
        asked.route,
        overspeed_kmh=asked.limits.overspeed_kmh,
        overspeed_s=asked.limits.overspeed_s,
    )
    away = astray.off_route(run.off_route, _driven(run), happened.visits)
    segments = [
        _segment(asked, block, found, order)
        for order, (block, found) in enumerate(
            zip(asked.route.blocks, run.segments, strict=True), start=1
        )
    ]
    punctual = asked.route.service_window is not None
    return {
        "coverage_pct": known(100.0 * run.coverage, 2),
        "order_kept_pct": number(100.0 * run.order_kept, 1),
        "began": when(run.began_s),
        "ended": when(run.ended_s),
        "begin_late_s": _seconds(run.begin_late_s) if punctual else None,
        "end_late_s": _seconds(run.end_late_s) if punctual else None,
        "off_route_s": known(sum(to_s - from_s for from_s, to_s in away), 1),
        "off_route": [span(*one) for one in away],
        "service_m": round(run.service_m),
        "deadhead_m": round(run.deadhead_m),
        "receiver_error_m": number(run.receiver_error_m, 1),
        **_totals(segments),
        "segments": segments,
        "stops": _stops(asked.route, run, report, roads),
        "events": happened.events,
        "landfill_trips": happened.landfill_trips,
    }


def _driven(run: RunReport) -> list[astray.Span]:
    """When each block was driven, as far as it was seen: crossing one is not driving it."""
    return [
        (one.from_s, one.to_s)
        for one in run.segments
        if one.state in ("serviced", "too_fast") and one.from_s is not None and one.to_s is not None
    ]


def _unknown(asked: _Asked, roads: Roads) -> dict[str, Any]:
    """Nothing is known, so nobody missed anything."""
    segments = [
        {
            **_named(block, order),
            "state": "unknown",
            "confidence": 0.0,
            "length_m": known(length_m, 1),
            "seen_pct": 0.0,
            "mean_kmh": None,
            "from": None,
            "to": None,
            "in_window": None,
        }
        for order, (block, length_m) in enumerate(
            zip(asked.route.blocks, roads.courses.length_m, strict=True), start=1
        )
    ]
    return {
        "coverage_pct": 0.0,
        "order_kept_pct": None,
        "began": None,
        "ended": None,
        "begin_late_s": None,
        "end_late_s": None,
        "off_route_s": 0.0,
        "off_route": [],
        "service_m": 0,
        "deadhead_m": 0,
        "receiver_error_m": None,
        **_totals(segments),
        "segments": segments,
        "stops": [],
        "events": [],
        "landfill_trips": 0,
    }


def _named(block: Block, order: int) -> dict[str, Any]:
    return {
        "segment_id": block.segment_id,
        "order": order,
        "street": block.street,
        "colonia": block.colonia,
        "service": block.service,
    }


def _segment(asked: _Asked, block: Block, found: SegmentReport, order: int) -> dict[str, Any]:
    excused = found.state == "missed" and asked.provisional
    return {
        **_named(block, order),
        "state": "unknown" if excused else found.state,
        "confidence": _EXCUSED if excused else known(found.confidence, 3),
        "length_m": known(found.length_m, 1),
        "seen_pct": known(100.0 * found.seen, 1),
        "mean_kmh": None if found.mean_mps is None else number(kmh_from_mps(found.mean_mps), 1),
        "from": when(found.from_s),
        "to": when(found.to_s),
        "in_window": _in_window(asked, block, found),
    }


def _in_window(asked: _Asked, block: Block, found: SegmentReport) -> bool | None:
    """Whether it was driven when it should be; None: it was not, or nobody said when."""
    said = asked.window_s if asked.route.service_window is not None else None
    if block.window is not None:
        own = asked.route.block_window(block, asked.day, asked.zone)
        said = (own[0].timestamp(), own[1].timestamp()) if own is not None else said
    if said is None or found.from_s is None or found.to_s is None:
        return None
    return said[0] - _PUNCTUAL_S <= found.from_s and found.to_s <= said[1] + _PUNCTUAL_S


def _totals(segments: list[dict[str, Any]]) -> dict[str, Any]:
    """Blocks to be served, by state: how many, and how long together."""
    lengths: dict[str, list[float]] = {state: [] for state in STATES}
    for one in segments:
        if one["service"]:
            lengths[one["state"]].append(one["length_m"])
    return {
        "counts": {state: len(found) for state, found in lengths.items()},
        "lengths_m": {state: known(sum(found), 1) for state, found in lengths.items()},
    }


def _stops(route: Route, run: RunReport, report: FleetReport, roads: Roads) -> list[dict[str, Any]]:
    stays = report.stops
    places = [place for place in (route.depot, route.landfill, *route.allowed_stops) if place]
    x_m, y_m = roads.projections[0].forward(
        np.array([place.lon_deg for place in places]),
        np.array([place.lat_deg for place in places]),
    )
    away = np.hypot(stays.x_m[:, None] - x_m, stays.y_m[:, None] - y_m)
    holds = away <= np.array([place.radius_m for place in places])
    return [_stop(stop, holds[at], places) for at, stop in enumerate(run.stops)]


def _stop(stop: StopReport, holds: Any, places: list[Place]) -> dict[str, Any]:
    at: I64 = np.flatnonzero(holds)
    return {
        "from": when(stop.from_s),
        "to": when(stop.to_s),
        "lat": known(stop.lat_deg, 7),
        "lon": known(stop.lon_deg, 7),
        "on_route": stop.on_route,
        "silent": stop.silent,
        "place": places[at[0]].name if len(at) else None,
    }


def _silences(asked: _Asked, report: FleetReport) -> list[list[str | None]]:
    """Pauses between fixes within the window, before the first and, once it is over, at its end."""
    begin_s, end_s = asked.window_s
    t_s = report.fixes.t_s
    inside = t_s[(t_s > begin_s) & (t_s < end_s)]
    edges = np.concatenate(([begin_s], inside, [] if asked.provisional else [end_s]))
    long = np.flatnonzero(np.diff(edges) > DEFAULT.silence_s)
    return [span(edges[at], edges[at + 1]) for at in long]


def _seconds(value: float | None) -> float | None:
    return None if value is None else number(value, 1)
