"""A run as GeoJSON: its blocks coloured by what became of them, its stops, and its trace."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from control_center.reports import values
from control_center.reports.run import Report
from control_center.reports.trail import Trail, trails
from core import clock

_DIGITS: Final = 7


def layers(report: Report) -> dict[str, Any]:
    """Blocks as LineStrings and stops as Points, for a map."""
    last = {one.words.segment_id: one.words.verdict for one in report.reviews}
    blocks = [_block(report, segment, last) for segment in report.segments]
    stops = [_stop(stop) for stop in report.document["stops"]]
    return {
        "type": "FeatureCollection",
        "features": [*(block for block in blocks if block is not None), *stops],
    }


def file(report: Report, lang: str = "es") -> bytes:
    """The layers, the trace as one LineString a stretch, and the run's figures, as one file."""
    del lang
    drawn = layers(report)
    drawn["features"] += [_stretch(trail) for trail in trails(report.trace)]
    figures = {k: v for k, v in report.document.items() if k not in ("segments", "stops")}
    drawn["properties"] = {
        "run": values.run(report.run),
        "revision": report.revision.revision,
        "sha256": report.revision.sha256,
        "report": figures,
        "reviews": [values.review(one) for one in report.reviews],
    }
    return msgspec.json.encode(drawn)


def _block(
    report: Report, segment: Mapping[str, Any], verdicts: Mapping[str, str]
) -> dict[str, Any] | None:
    name = segment["segment_id"]
    line = report.shapes.lines.get(name)
    if line is None:
        return None
    properties = {
        "kind": "block",
        "segment_id": name,
        "order": segment.get("order"),
        "street": segment.get("street") or "",
        "colonia": segment.get("colonia") or "",
        "service": segment["service"],
        "state": segment["state"],
        "verdict": verdicts.get(name),
        "confidence": segment.get("confidence"),
        "mean_kmh": segment.get("mean_kmh"),
        "length_m": segment.get("length_m"),
        "from_ms": _ms(segment.get("from")),
        "to_ms": _ms(segment.get("to")),
    }
    return _feature("LineString", [_point(lon, lat) for lon, lat in line], properties)


def _stop(stop: Mapping[str, Any]) -> dict[str, Any]:
    properties = {
        "kind": "stop",
        "on_route": stop.get("on_route"),
        "silent": stop.get("silent"),
        "place": stop.get("place"),
        "from_ms": _ms(stop.get("from")),
        "to_ms": _ms(stop.get("to")),
    }
    return _feature("Point", _point(stop["lon"], stop["lat"]), properties)


def _stretch(trail: Trail) -> dict[str, Any]:
    properties = {
        "kind": "trace",
        "from_ms": trail[0].at_ms,
        "to_ms": trail[-1].at_ms,
        "times_ms": [point.at_ms for point in trail],
    }
    return _feature("LineString", [_point(one.lon_deg, one.lat_deg) for one in trail], properties)


def _feature(kind: str, coordinates: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def _point(lon_deg: float, lat_deg: float) -> list[float]:
    return [round(lon_deg, _DIGITS), round(lat_deg, _DIGITS)]


def _ms(text: str | None) -> int | None:
    return None if text is None else clock.epoch_us(datetime.fromisoformat(text)) // 1000
