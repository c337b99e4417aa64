"""GPX: each route and each segment of a track is a block, each waypoint a place.

Read here and not by gpxpy, whose parser expands entities: a plan needs four of GPX's elements.
"""

from typing import Final
from xml.etree.ElementTree import Element

from geo.plan import PLACE
from geo.route_formats.drafts import Draft
from geo.route_formats.markup import children, local, root_of, text_of
from geo.route_place import KINDS

PARTS: Final = ("rte", "trk", "wpt")


def draft(data: bytes) -> Draft:
    """Read the file; PlanRefused if it is no GPX."""
    root = root_of(data, "gpx")
    found = Draft()
    for metadata in children(root, "metadata"):
        found.about["name"] = text_of(metadata, "name")
    for part in children(root, *PARTS):
        name = text_of(part, "name")
        match local(part):
            case "rte":
                found.add_line(_points(part, "rtept"), {"name": name})
            case "trk":
                for segment in children(part, "trkseg"):
                    found.add_line(_points(segment, "trkpt"), {"name": name})
            case _:
                kind = text_of(part, "type")
                about = {"name": name} | ({PLACE: kind} if kind in KINDS else {})
                found.add_point(_lonlat(part), about)
    return found


def _points(part: Element, name: str) -> list[list[str | None]]:
    return [_lonlat(point) for point in children(part, name)]


def _lonlat(point: Element) -> list[str | None]:
    return [point.get("lon"), point.get("lat")]
