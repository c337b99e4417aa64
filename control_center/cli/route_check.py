"""`c5 route check`: what a truck did against what was planned, from two files.

It needs no database and loads nothing that would slow it down: files are checked by the hundred.
"""

import csv
import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

from control_center.cli.output import Json, emit, say, table
from core.clock import rfc3339
from core.errors import C5Error
from core.units import kmh_from_mps, mps_from_kmh
from geo import compliance
from geo.plan import Plan, PlanRefused, from_geojson
from geo.report import RunReport
from geo.route_formats import reading
from geo.route_formats.reading import Options, format_of
from geo.trace import Trace, TraceRefused, trace

_NEEDED: Final = ("ts", "lat", "lon")
_DRAWN: Final = (".gpx", ".kml")
_MS_FROM: Final = 1e11
"""A number this large is milliseconds since 1970, not seconds."""


class FileUnreadable(C5Error):
    """A file is missing or is not what it should be."""

    reason = "file_unreadable"


def check(
    route: Annotated[
        Path,
        typer.Option("--route", help="The plan: GeoJSON, GPX or KML, a line a block, in order."),
    ],
    fixes: Annotated[
        Path,
        typer.Option(
            "--fixes",
            help="What the tracker sent: CSV with ts, lat, lon (degrees) and, where reported, "
            "seq, speed_kmh, heading_deg, hdop.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """Say block by block what was serviced, too_fast, missed or unknown; exit 1 if it cannot."""
    report = compliance.check(read_plan(route), read_fixes(fixes))
    answer = as_answer(report)
    if as_json:
        emit(answer)
        return
    _show(report)


def read_plan(path: Path) -> Plan:
    """The plan in a file of any format; what is no GPX or KML by its name is GeoJSON."""
    if path.suffix.lower() in _DRAWN:
        return from_geojson(reading.document(_bytes(path), format_of(path.name), Options()))
    try:
        document = json.loads(_text(path))
    except (ValueError, RecursionError) as exc:
        raise FileUnreadable(f"{path} is not JSON: {exc}") from None
    if not isinstance(document, dict):
        raise PlanRefused("", [f"{path} is not a GeoJSON FeatureCollection"])
    return from_geojson(document)


def read_fixes(path: Path) -> Trace:
    """The fixes in a CSV file; a value that is no number counts as not reported."""
    rows = list(csv.DictReader(_text(path).splitlines()))
    columns = rows[0].keys() if rows else _text(path).partition("\n")[0].strip().split(",")
    absent = [name for name in _NEEDED if name not in columns]
    if absent:
        raise TraceRefused(f"{path} has no column {', '.join(absent)}; the first line names them")
    devices = {row["device_id"] for row in rows if row.get("device_id")}
    if len(devices) > 1:
        raise TraceRefused(
            f"{path} holds {len(devices)} devices ({', '.join(sorted(devices)[:4])}); "
            "give one truck's fixes"
        )
    return trace(
        np.array([_instant(row["ts"]) for row in rows], np.float64),
        _column(rows, "lat"),
        _column(rows, "lon"),
        speed_mps=mps_from_kmh(1.0) * _column(rows, "speed_kmh"),
        heading_deg=_column(rows, "heading_deg"),
        hdop=_column(rows, "hdop"),
        seq=np.nan_to_num(_column(rows, "seq")).astype(np.int64),
    )


def as_answer(report: RunReport) -> dict[str, Any]:
    """The report as JSON values: times RFC 3339, speeds km/h, shares in percent."""
    return {
        "route_id": report.route_id,
        "coverage_pct": round(100.0 * report.coverage, 2),
        "order_kept_pct": round(100.0 * report.order_kept, 1),
        "began": _when(report.began_s),
        "ended": _when(report.ended_s),
        "begin_late_s": _rounded(report.begin_late_s),
        "end_late_s": _rounded(report.end_late_s),
        "off_route_s": round(report.off_route_s, 1),
        "off_route": [[_when(begin), _when(end)] for begin, end in report.off_route],
        "service_m": round(report.service_m),
        "deadhead_m": round(report.deadhead_m),
        "receiver_error_m": round(report.receiver_error_m, 1),
        "fixes": report.fixes,
        "dropped": {
            "unplaced": report.unplaced,
            "repeated": report.repeated,
            "spikes": report.spikes,
        },
        "segments": [
            {
                "segment_id": segment.segment_id,
                "state": segment.state,
                "confidence": round(segment.confidence, 3),
                "length_m": round(segment.length_m, 1),
                "seen_pct": round(100.0 * segment.seen, 1),
                "mean_kmh": None
                if segment.mean_mps is None
                else round(kmh_from_mps(segment.mean_mps), 1),
                "from": _when(segment.from_s),
                "to": _when(segment.to_s),
            }
            for segment in report.segments
        ],
        "stops": [
            {
                "from": _when(stop.from_s),
                "to": _when(stop.to_s),
                "lat": round(stop.lat_deg, 7),
                "lon": round(stop.lon_deg, 7),
                "on_route": stop.on_route,
                "silent": stop.silent,
            }
            for stop in report.stops
        ],
    }


def _show(report: RunReport) -> None:
    states = [segment.state for segment in report.segments]
    say(
        f"{report.route_id}: {100 * report.coverage:.1f} % serviced; "
        + ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
        + f"; {report.off_route_s:.0f} s off route"
    )
    table(
        ("block", "state", "confidence", "km/h", "from"),
        [
            (
                segment.segment_id,
                segment.state,
                f"{segment.confidence:.2f}",
                None if segment.mean_mps is None else f"{kmh_from_mps(segment.mean_mps):.1f}",
                _when(segment.from_s),
            )
            for segment in report.segments
        ],
    )


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise FileUnreadable(f"{path} cannot be read: {exc}") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise FileUnreadable(f"{path} cannot be read: {exc}") from None


def _column(rows: Iterable[Mapping[str, str | None]], name: str) -> np.ndarray[Any, Any]:
    return np.array([_float(row.get(name)) for row in rows], np.float64)


def _float(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def _instant(text: str | None) -> float:
    """RFC 3339 with its offset, or seconds or milliseconds since 1970; NaN if it is neither."""
    number = _float(text)
    if not math.isnan(number):
        return number / 1000.0 if abs(number) > _MS_FROM else number
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return math.nan
    return moment.timestamp() if moment.tzinfo else math.nan


def _when(unix_s: float | None) -> str | None:
    return None if unix_s is None else rfc3339(datetime.fromtimestamp(unix_s, UTC))


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


__all__ = ["as_answer", "check", "read_fixes", "read_plan"]
