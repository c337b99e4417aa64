"""The files that reports come in, by their extension."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from control_center.reports import csv, geojson, gpx, pdf, summary, summary_page
from control_center.reports.run import Report
from control_center.reports.summary import Span
from core.settings import Settings


class FileKind(NamedTuple):
    """One form of a report."""

    media_type: str
    write: Callable[[Report, str], bytes]
    """(report, language) -> the file."""


class SummaryKind(NamedTuple):
    """One form of a summary."""

    media_type: str
    write: Callable[[Settings, Span, Sequence[Mapping[str, Any]], str], bytes]
    """(settings, what was summed up, its rows, language) -> the file."""


FILES: Final[Mapping[str, FileKind]] = {
    "pdf": FileKind("application/pdf", pdf.file),
    "csv": FileKind("text/csv; charset=utf-8", csv.file),
    "geojson": FileKind("application/geo+json", geojson.file),
    "gpx": FileKind("application/gpx+xml", gpx.file),
}
SUMMARY_FILES: Final[Mapping[str, SummaryKind]] = {
    "csv": SummaryKind("text/csv; charset=utf-8", summary.table),
    "pdf": SummaryKind("application/pdf", summary_page.file),
}
