"""One run of a fleet's report as plain values, for edges that speak of one truck."""

from dataclasses import dataclass

import numpy as np

from geo.fleet import FleetReport, Roads
from geo.plan import Plan
from geo.verdict import STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentReport:
    """One block of one run."""

    segment_id: str
    state: str
    confidence: float
    length_m: float
    seen: float
    mean_mps: float | None
    from_s: float | None
    to_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReport:
    """One stay."""

    from_s: float
    to_s: float
    lat_deg: float
    lon_deg: float
    on_route: bool
    silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One truck's run against its plan."""

    route_id: str
    coverage: float
    order_kept: float
    began_s: float | None
    ended_s: float | None
    begin_late_s: float | None
    """After the window began; negative is early."""
    end_late_s: float | None
    """After the window ended."""
    off_route_s: float
    off_route: tuple[tuple[float, float], ...]
    service_m: float
    deadhead_m: float
    receiver_error_m: float
    fixes: int
    unplaced: int
    repeated: int
    spikes: int
    segments: tuple[SegmentReport, ...]
    stops: tuple[StopReport, ...]


def run_report(report: FleetReport, roads: Roads, run: int) -> RunReport:
    """One run of a fleet's report, as plain values."""
    plan = roads.plans[report.plan_of_run[run]]
    begin_s, end_s = plan.window_s
    began_s, ended_s = float(report.began_s[run]), float(report.ended_s[run])
    away = report.off_route
    mine = np.flatnonzero(away.run == run)
    return RunReport(
        route_id=plan.route_id,
        coverage=float(report.coverage[run]),
        order_kept=float(report.order_kept[run]),
        began_s=_or_none(began_s),
        ended_s=_or_none(ended_s),
        begin_late_s=_or_none(began_s - begin_s),
        end_late_s=_or_none(ended_s - end_s),
        off_route_s=float(report.off_route_s[run]),
        off_route=tuple((float(away.from_s[k]), float(away.to_s[k])) for k in mine),
        service_m=float(report.service_m[run]),
        deadhead_m=float(report.deadhead_m[run]),
        receiver_error_m=float(report.matched.sigma_m[run]),
        fixes=int((report.fixes.run == run).sum()),
        unplaced=int(report.dropped.unplaced[run]),
        repeated=int(report.dropped.repeated[run]),
        spikes=int(report.dropped.spikes[run]),
        segments=_segments(report, roads, plan, run),
        stops=_stays(report, roads, run),
    )


def _segments(report: FleetReport, roads: Roads, plan: Plan, run: int) -> tuple[SegmentReport, ...]:
    found = report.verdict
    out = []
    for block, row in zip(plan.blocks, np.flatnonzero(found.run == run), strict=True):
        by = int(found.decided_by[row])
        out.append(
            SegmentReport(
                segment_id=block.segment_id,
                state=STATES[found.state[row]],
                confidence=float(report.confidence[row]),
                length_m=float(roads.courses.length_m[found.block[row]]),
                seen=float(found.seen[row]),
                mean_mps=_or_none(float(found.mean_mps[row])),
                from_s=float(report.passes.from_s[by]) if by >= 0 else None,
                to_s=float(report.passes.to_s[by]) if by >= 0 else None,
            )
        )
    return tuple(out)


def _stays(report: FleetReport, roads: Roads, run: int) -> tuple[StopReport, ...]:
    stays = report.stops
    projection = roads.projections[report.plan_of_run[run]]
    rows = np.flatnonzero(stays.run == run)
    lon, lat = projection.inverse(stays.x_m[rows], stays.y_m[rows])
    return tuple(
        StopReport(
            from_s=float(stays.from_s[row]),
            to_s=float(stays.to_s[row]),
            lat_deg=float(lat[at]),
            lon_deg=float(lon[at]),
            on_route=bool(stays.on_route[row]),
            silent=bool(stays.silent[row]),
        )
        for at, row in enumerate(rows)
    )


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
