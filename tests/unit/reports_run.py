"""Reports made by hand, without a database."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from control_center.reports import geometry
from control_center.reports.run import Report
from control_center.reports.trail import Point
from store.review import Review, Words
from store.run import Revision, Run
from tests.servers import run_town as runs

ZONE = ZoneInfo("America/Mexico_City")
BEGIN_MS = int(runs.BEGIN.timestamp() * 1000)


def report(
    states: Mapping[str, str] | None = None,
    *,
    plan: dict[str, Any] | None = None,
    reviews: Sequence[Review] = (),
    trace: Sequence[Point] | None = None,
    truck: str = "Camión 7",
    **changed: Any,
) -> Report:
    """A closed run whose blocks were serviced, but those that `states` names."""
    drawn = runs.plan() if plan is None else plan
    document = runs.document(drawn, states, **changed)
    counts = document["counts"]
    about = drawn["properties"]
    return Report(
        city="Coatzacoalcos",
        zone=ZONE,
        run=Run(
            run_id=31,
            route_id=about["route_id"],
            route_name=about["name"],
            supervisor=None,
            service_date=runs.DAY,
            device_id="T-07",
            device_name=truck,
            version=1,
            window_from=runs.BEGIN,
            window_to=runs.END,
            state="closed",
            revision=1,
            fix_rows=0,
            computed_at=runs.END,
            coverage=0.5,
            **counts,
            **{f"{state}_m": length for state, length in document["lengths_m"].items()},
            begin_late_s=document["begin_late_s"],
            end_late_s=document["end_late_s"],
            off_route_s=185.0,
            service_m=1.0,
            deadhead_m=1.0,
            length_m=2400.0,
            gaps=sum(counts.values()) - counts["serviced"],
            reviewed=0,
        ),
        revision=Revision(
            31, 1, runs.END + timedelta(minutes=30), "closed", document, runs.digest(document)
        ),
        reviews=reviews,
        shapes=geometry.shapes(drawn),
        trace=driven() if trace is None else trace,
    )


def driven(every_s: int = 10) -> list[Point]:
    """Fixes along all blocks."""
    return [
        Point(BEGIN_MS + n * every_s * 1000, lon, lat, 5.0, 0)
        for n, (lon, lat) in enumerate(runs.drive())
    ]


def review(
    segment_id: str, *, verdict: str = "disputed", note: str = "obra", number: int = 1
) -> Review:
    """A supervisor's words."""
    words = Words(
        31, 1, segment_id, verdict, "calle_cerrada", note, "ab" * 32, "ana.lopez", runs.END
    )
    return Review(number, words, "", f"{number:064x}")
