"""A run as CSV: one row a block, in the plan's order. Columns: docs/reports.md."""

from collections.abc import Mapping
from typing import Any, Final

from control_center.reports import sheet
from control_center.reports.run import Report

COLUMNS: Final = (
    *("run_id", "service_date", "route_id", "route_name", "version", "device_id", "device_name"),
    *("order", "segment_id", "street", "colonia", "service", "state", "confidence"),
    *("length_m", "seen_pct", "mean_kmh", "from", "to", "in_window"),
    *("verdict", "reason", "note", "reviewed_by", "reviewed_at", "attachment_sha256"),
    *("revision", "sha256"),
)


def file(report: Report, lang: str = "es") -> bytes:
    """Write the blocks; states and reasons stay in their codes, whatever the language."""
    del lang
    return sheet.written(COLUMNS, (_row(report, segment) for segment in report.segments))


def _row(report: Report, segment: Mapping[str, Any]) -> list[object]:
    said = report.said_of(segment["segment_id"])
    words = said[-1].words.material() if said else {}
    run = report.run
    known = {
        "run_id": run.run_id,
        "service_date": run.service_date.isoformat(),
        "route_id": run.route_id,
        "route_name": run.route_name,
        "version": report.document["version"],
        "device_id": run.device_id,
        "device_name": run.device_name,
        "revision": report.revision.revision,
        "sha256": report.revision.sha256,
    }
    spoken = ("verdict", "reason", "note", "reviewed_by", "reviewed_at", "attachment_sha256")
    values = {**segment, **known, **{name: words.get(name) for name in spoken}}
    return [values.get(name) for name in COLUMNS]
