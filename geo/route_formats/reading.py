"""A plan's file as a route, whatever its format; refused with every reason, never a crash."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Final

import numpy as np

from geo import route
from geo.arrays import F64
from geo.plan import Block, PlanRefused, block_problems
from geo.route import Route
from geo.route_formats import corners, geojson, gpx, kml
from geo.route_formats.drafts import Draft
from geo.route_values import ValueRefused, folded, line, number

FORMATS: Final[Mapping[str, Callable[[bytes], Draft]]] = {
    "geojson": geojson.draft,
    "gpx": gpx.draft,
    "kml": kml.draft,
}
MAX_BYTES: Final = 8 * 1024 * 1024
_SUFFIXES: Final = {".json": "geojson"} | {f".{name}": name for name in FORMATS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is said beside the file; None leaves what the file says."""

    route_id: str | None = None
    name: str | None = None
    service_window: str | None = None
    """Two local times: 06:00-14:00."""
    weekdays: str | None = None
    """mon,wed,fri."""
    max_mean_kmh: float | None = None
    split: bool | None = None
    """Cut lines at corners; None: a GPX or KML file that holds one line only."""
    stem: str = ""
    """Made the route's id where neither the file nor `route_id` says one."""


def format_of(name: str) -> str:
    """The format that a file's name says; PlanRefused when it says none."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in _SUFFIXES:
        raise PlanRefused("", [f"{name[-80:]!r} ends in none of {', '.join(sorted(_SUFFIXES))}"])
    return _SUFFIXES[suffix]


def read(data: bytes, form: str, options: Options | None = None) -> Route:
    """Read a route from a file's bytes; PlanRefused names all that is wrong with it."""
    return route.from_document(document(data, form, options or Options()))


def document(data: bytes, form: str, options: Options) -> dict[str, Any]:
    """The file as a GeoJSON document that is still to be judged."""
    if form not in FORMATS:
        raise PlanRefused("", [f"format {form[:20]!r} is none of {', '.join(FORMATS)}"])
    if not data.strip():
        raise PlanRefused("", ["the file is empty"])
    if len(data) > MAX_BYTES:
        raise PlanRefused("", [f"the file is larger than {MAX_BYTES} bytes; simplify its lines"])
    draft = FORMATS[form](data)
    alone = form != "geojson" and len(_lines(draft)) == 1
    if options.split or (options.split is None and alone):
        _split(draft)
    _name(draft)
    draft.about.update(_said(options))
    draft.about["route_id"] = draft.about.get("route_id") or _slug(options.stem)
    return draft.document()


def _said(options: Options) -> dict[str, Any]:
    said = {
        "route_id": options.route_id,
        "name": options.name,
        "service_window": options.service_window,
        "weekdays": options.weekdays,
        "service_max_mean_kmh": options.max_mean_kmh,
    }
    return {name: value for name, value in said.items() if value is not None}


def _slug(stem: str) -> str:
    """A file's name as a route's id.

    >>> _slug("Ruta 7 (Zona Ñ)")
    'ruta-7-zona-n'
    """
    return re.sub("[^a-z0-9_]+", "-", folded(stem)).strip("-")[:64]


def _name(draft: Draft) -> None:
    """Give every line a street, if its name is one, and an id."""
    for count, about in enumerate(map(_about, _lines(draft)), start=1):
        about["street"] = about.get("street") or about.get("name")
        about["segment_id"] = about.get("segment_id") or f"S{count:03}"


def _split(draft: Draft) -> None:
    """Cut every line; the only one gives the plan its name, and its blocks their own ids."""
    whole, draft.features = _in_order(draft.features), []
    lines = [feature for feature in whole if _is_line(feature)]
    if len(lines) == 1:
        name = _about(lines[0]).pop("name", None)
        draft.about["name"] = draft.about.get("name") or name
    for at, feature in enumerate(whole, start=1):
        pieces = _pieces(feature, at) if _is_line(feature) else []
        about = {
            name: said
            for name, said in (_about(feature) if pieces else {}).items()
            if name not in {"segment_id", "order"}
        }
        for piece in pieces:
            draft.add_line(piece.tolist(), dict(about))
        if not pieces:
            draft.features.append(feature)


def _in_order(features: list[Any]) -> list[Any]:
    """Lines as their `order` says, if it does for all of them; then whatever is no line."""
    lines = [feature for feature in features if _is_line(feature)]
    orders = [_about(feature).get("order") for feature in lines]
    with suppress(ValueRefused):
        numbers = [number(order, "order") for order in orders]
        lines = [lines[at] for at in np.argsort(numbers, kind="stable")]
    return lines + [feature for feature in features if not _is_line(feature)]


def _pieces(feature: Any, at: int) -> list[F64]:
    """The blocks of a line; none if it is no right line, which is then refused as it is."""
    block = Block(f"S{at:03}", np.empty((0, 2)))
    try:
        block = replace(block, lonlat_deg=line(feature["geometry"].get("coordinates")))
        return [] if block_problems([(at, block)]) else corners.cut(block.lonlat_deg)
    except ValueRefused as problem:
        raise PlanRefused("", [f"feature {at}: {problem}"]) from None


def _lines(draft: Draft) -> list[Any]:
    return [feature for feature in draft.features if _is_line(feature)]


def _is_line(feature: Any) -> bool:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    return isinstance(geometry, dict) and geometry.get("type") == "LineString"


def _about(feature: Any) -> dict[str, Any]:
    """A feature's properties, made if it has none; what is no object is left to be refused."""
    about = feature.get("properties")
    if about is None:
        about = feature["properties"] = {}
    return about if isinstance(about, dict) else {}
