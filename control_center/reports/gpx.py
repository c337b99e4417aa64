"""A run as GPX 1.1: the driven trace as a track, blocks as routes, stops as waypoints."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gpxpy import gpx

from control_center.reports.run import Report
from control_center.reports.texts import STATES, pick, texts
from control_center.reports.trail import trails

_DIGITS = 7


def file(report: Report, lang: str = "es") -> bytes:
    """Write a run; a track segment ends where the tracker fell silent."""
    words = texts(lang)
    run = report.run
    out = gpx.GPX()
    out.creator = "C5"
    out.name = _clean(f"{run.route_name} · {run.device_name} · {run.service_date.isoformat()}")
    out.description = f"sha256 {report.revision.sha256}"
    out.tracks.append(_track(report))
    for segment in report.segments:
        line = report.shapes.lines.get(segment["segment_id"])
        if line is not None:
            route = gpx.GPXRoute(
                name=_clean(segment["segment_id"]),
                description=_clean(f"{segment.get('street') or ''} {_state(segment, lang)}"),
            )
            route.points = [
                gpx.GPXRoutePoint(round(lat, _DIGITS), round(lon, _DIGITS)) for lon, lat in line
            ]
            out.routes.append(route)
    for stop in report.document["stops"]:
        out.waypoints.append(
            gpx.GPXWaypoint(
                round(stop["lat"], _DIGITS),
                round(stop["lon"], _DIGITS),
                time=datetime.fromisoformat(stop["from"]),
                name=_clean(stop.get("place") or words["stop"]),
            )
        )
    return str(out.to_xml(version="1.1")).encode()


def _track(report: Report) -> gpx.GPXTrack:
    track = gpx.GPXTrack(name=_clean(report.run.device_name))
    for trail in trails(report.trace):
        track.segments.append(
            gpx.GPXTrackSegment(
                [
                    gpx.GPXTrackPoint(
                        round(point.lat_deg, _DIGITS), round(point.lon_deg, _DIGITS), time=point.at
                    )
                    for point in trail
                ]
            )
        )
    return track


def _state(segment: Mapping[str, Any], lang: str) -> str:
    return pick(STATES[segment["state"]], lang)


def _clean(text: str) -> str:
    """Without the control characters that no XML may hold."""
    return "".join(sign for sign in text if sign >= " " or sign in "\t\n").replace("\x7f", "")
