"""Everything that one run's report is made of, read in one go.

The engine's document is what was signed. Beside it, never inside it, stand the
supervisors' words; geometry comes from the plan version that the document names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from control_center.reports import geometry, trail
from control_center.reports.geometry import Shapes
from control_center.reports.trail import Point
from core.errors import NotFound
from core.settings import Settings
from deploy import cities
from store import review as store_review
from store import route as store_route
from store import run as store_run
from store import trace as store_trace
from store.pool import Connection
from store.review import Review
from store.run import Revision, Run

SERVICED: Final = "serviced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run: who, when, what the engine found, what people said, where it was."""

    city: str
    zone: ZoneInfo
    run: Run
    revision: Revision
    reviews: Sequence[Review]
    shapes: Shapes
    trace: Sequence[Point]

    @property
    def document(self) -> Mapping[str, Any]:
        """What the engine found, as it was signed."""
        return self.revision.document

    @property
    def file_name(self) -> str:
        """A name for its files, without the extension."""
        run = self.run
        return f"{run.route_id}_{run.service_date.isoformat()}_{run.device_id}"

    @property
    def segments(self) -> Sequence[Mapping[str, Any]]:
        """Blocks in the plan's order, as the engine judged them."""
        found: Sequence[Mapping[str, Any]] = self.document["segments"]
        return found

    @property
    def gaps(self) -> list[Mapping[str, Any]]:
        """Blocks to be serviced that were not, as far as is known; or not yet."""
        return [one for one in self.segments if is_gap(one)]

    def said_of(self, segment_id: str) -> list[Review]:
        """All reviews of a block, oldest first; the last one stands."""
        return [one for one in self.reviews if one.words.segment_id == segment_id]


def is_gap(segment: Mapping[str, Any]) -> bool:
    """Tell whether a block was to be serviced and was not, as far as is known."""
    return bool(segment["service"]) and segment["state"] != SERVICED


def gather(
    conn: Connection,
    settings: Settings,
    run_id: int,
    revision: int | None = None,
    *,
    traced: bool = True,
) -> Report:
    """Read a run's report; NotFound when there is no such run, or it was not judged yet.

    revision  which; None: the newest
    traced    read the fixes too
    """
    run = store_run.get(conn, run_id)
    found = judged(conn, run_id, revision)
    plan = store_route.version(conn, run.route_id, found.document["version"])
    return Report(
        city=cities.load(settings.city).name,
        zone=ZoneInfo(settings.timezone),
        run=run,
        revision=found,
        reviews=store_review.listed(conn, run_id),
        shapes=geometry.shapes(plan.document),
        trace=trace(conn, settings, run, found) if traced else (),
    )


def judged(conn: Connection, run_id: int, revision: int | None = None) -> Revision:
    """One revision, the newest by default; NotFound when there is none."""
    found = store_run.revision(conn, run_id, revision)
    if found is None and revision is None:
        raise NotFound(f"run {run_id} has no report yet; it is judged within minutes")
    if found is None:
        raise NotFound(f"run {run_id} has no revision {revision}; /api/runs/{run_id} lists them")
    return found


def trace(conn: Connection, settings: Settings, run: Run, found: Revision | None) -> list[Point]:
    """The truck's fixes of a run: its window, and the margin that it was judged with."""
    judged_with = {} if found is None else found.document.get("judged_with", {})
    margin = timedelta(seconds=judged_with.get("margin_s", settings.routes.margin_s))
    begin, end = run.window_from, run.window_to
    if found is not None:
        begin, end = (datetime.fromisoformat(text) for text in found.document["window"])
    return trail.points(store_trace.read(conn, run.device_id, begin - margin, end + margin))
