"""Did the truck serve its streets: one plan, one trace, one report; or a refusal and why."""

import numpy as np

from geo.fleet import Roads, check_fleet
from geo.physics import DEFAULT, Physics
from geo.plan import Plan
from geo.report import RunReport, run_report
from geo.trace import Trace, TraceRefused


def check(plan: Plan, raw: Trace, physics: Physics = DEFAULT) -> RunReport:
    """Judge one truck's day; refuse one that cannot be judged, and say why."""
    if len(np.unique(raw.run)) > 1:
        raise TraceRefused("rows of several runs; give one run, or use check_fleet")
    roads = Roads.of([plan], physics)
    one = raw.take(np.arange(len(raw)))
    report = check_fleet(roads, _as_run_0(one), np.zeros(1, np.int64), physics)
    if len(report.fixes) == 0:
        raise TraceRefused(
            f"no usable fix among {len(raw)} rows; check the columns ts, lat and lon"
        )
    if report.mixed[0]:
        raise TraceRefused(
            f"{report.dropped.spikes[0]} of {len(raw)} fixes are out of reach of their neighbours: "
            "two trackers seem mixed; split the rows by device"
        )
    return run_report(report, roads, 0)


def _as_run_0(raw: Trace) -> Trace:
    columns = {name: getattr(raw, name) for name in Trace.__slots__}
    columns["run"] = np.zeros(len(raw), np.int64)
    return Trace(**columns)
