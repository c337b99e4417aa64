"""KML: each line of a placemark is a block, in the order of the file, whatever folder it is in.

ExtendedData become properties, those of the document the plan's. Points are places.
"""

from typing import Any, Final
from xml.etree.ElementTree import Element

from geo.route_formats.drafts import Draft
from geo.route_formats.markup import children, local, root_of, text_of

_GEOMETRIES: Final = ("LineString", "Point", "Polygon", "Track", "MultiTrack", "Model")


def draft(data: bytes) -> Draft:
    """Read the file; PlanRefused if it is no KML."""
    root = root_of(data, "kml")
    found = Draft()
    for document in children(root, "Document", "Folder"):
        found.about = {"name": text_of(document, "name"), **_extended(document)}
    for placemark in root.iter():
        if local(placemark) == "Placemark":
            _add(found, placemark)
    return found


def _add(found: Draft, placemark: Element) -> None:
    about = {"name": text_of(placemark, "name"), **_extended(placemark)}
    geometries = [part for part in placemark.iter() if local(part) in _GEOMETRIES]
    if not geometries:
        found.add_other("nothing", about)
    if len(geometries) > 1:  # of one placemark; what names one block cannot name several
        about = {name: said for name, said in about.items() if name not in ("segment_id", "order")}
    for part in geometries:
        points = [place.split(",")[:2] for place in text_of(part, "coordinates").split()]
        match local(part):
            case "LineString":
                found.add_line(points, about)
            case "Point":
                found.add_point(points[0] if points else [], about)
            case other:
                found.add_other(other, about)


def _extended(element: Element) -> dict[str, Any]:
    """`Data` and `SimpleData` as properties; without a value they are not there."""
    found: dict[str, Any] = {}
    for extended in children(element, "ExtendedData"):
        for part in extended.iter():
            name = part.get("name", "")
            if local(part) == "Data":
                found[name] = text_of(part, "value")
            elif local(part) == "SimpleData":
                found[name] = " ".join((part.text or "").split())
    return {name: said for name, said in found.items() if said}
