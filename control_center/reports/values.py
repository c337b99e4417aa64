"""Runs, reviews and traces as JSON values: km/h, metres, percent, RFC 3339; null: not known."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from control_center.reports.run import Report
from control_center.reports.trail import Point
from core import quality
from core.clock import rfc3339
from core.units import kmh_from_mps
from store.review import Review
from store.run import Listed, Run

STATES: Final = ("serviced", "too_fast", "missed", "unknown")
PointValue = tuple[int, float, float, float | None, list[str]]


def percent(share: float | None) -> float | None:
    """A share of 0 to 1 in percent, to a hundredth."""
    return None if share is None else round(100.0 * share, 2)


def rounded(value: float | None, digits: int = 1) -> float | None:
    """A figure to so many digits."""
    return None if value is None else round(value, digits)


def run(row: Run) -> dict[str, Any]:
    """One run (api.run_models.Run)."""
    return {
        "run_id": row.run_id,
        "route_id": row.route_id,
        "route_name": row.route_name,
        "service_date": row.service_date.isoformat(),
        "device_id": row.device_id,
        "device_name": row.device_name,
        "version": row.version,
        "state": row.state,
        "revision": row.revision,
        "computed_at": None if row.computed_at is None else rfc3339(row.computed_at),
        "window": [rfc3339(row.window_from), rfc3339(row.window_to)],
        "coverage_pct": percent(row.coverage),
        "serviced": row.serviced,
        "too_fast": row.too_fast,
        "missed": row.missed,
        "unknown": row.unknown,
        "lengths_m": lengths(row),
        "begin_late_s": rounded(row.begin_late_s),
        "end_late_s": rounded(row.end_late_s),
        "off_route_s": rounded(row.off_route_s),
        "service_m": rounded(row.service_m),
        "deadhead_m": rounded(row.deadhead_m),
        "gaps": row.gaps,
        "reviewed": row.reviewed,
        "supervisor": row.supervisor,
    }


def lengths(row: Run) -> dict[str, float] | None:
    """Lengths of a run's blocks by state, metres; None: it was not judged yet."""
    found = {state: rounded(getattr(row, f"{state}_m")) for state in STATES}
    return {state: length for state, length in found.items() if length is not None} or None


def detail(report: Report, revisions: Iterable[Listed]) -> dict[str, Any]:
    """A run's report in full (api.run_models.RunDetail)."""
    return {
        "run": run(report.run),
        "document": report.document,
        "sha256": report.revision.sha256,
        "revisions": [
            {
                "revision": one.revision,
                "computed_at": rfc3339(one.computed_at),
                "why": one.why,
                "sha256": one.sha256,
            }
            for one in revisions
        ],
        "reviews": [review(one) for one in report.reviews],
    }


def review(said: Review) -> dict[str, Any]:
    """One review (api.run_models.ReviewAnswer)."""
    words = said.words.material()
    del words["run_id"]
    return {
        "review_id": said.review_id,
        **words,
        "previous_sha256": said.previous_sha256,
        "sha256": said.sha256,
    }


def trace(points: Sequence[Point], *, limit: int) -> list[PointValue]:
    """Fixes as the page draws them; of more than `limit` every so many'th, and the last."""
    every = max(1, -(-len(points) // max(1, limit - 1)))
    kept = [*points[::every], *points[-1:]] if every > 1 else points
    return [
        (
            point.at_ms,
            point.lon_deg,
            point.lat_deg,
            None if point.speed_mps is None else round(kmh_from_mps(point.speed_mps), 1),
            quality.names(point.flags),
        )
        for point in kept
    ]
