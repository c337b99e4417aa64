"""A route: the planned streets with their days, hours and places, as one version of it says.

Read from and written as one canonical GeoJSON document, so that its digest names it: a report
says under which plan it was made, and anyone can check. See docs/route-plans.md.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from pyproj import Geod

from core.units import mps_from_kmh
from geo import route_place, route_values, service_day
from geo.plan import Block, Plan, PlanRefused, is_place, parts, read_blocks
from geo.route_place import ALLOWED_STOP, DEPOT, LANDFILL, Place
from geo.route_values import WEEKDAYS, ValueRefused, Window

ROUTE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_BLOCKS: Final = 20_000
MAX_POINTS: Final = 500_000
_MAX_FEATURES: Final = MAX_BLOCKS + 1000
_EARTH: Final = Geod(ellps="WGS84")
_DECIMALS: Final = 7
"""Of a degree: a centimetre."""


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """Blocks in the order they are to be driven, and when; `from_document` makes a right one."""

    route_id: str
    name: str
    blocks: tuple[Block, ...]
    max_mean_kmh: float | None = None
    """Driven faster than this, mean over the block, a block was passed and not served."""
    service_window: Window | None = None
    """Local times; an end that is not after its start is on the next day. None: the whole day."""
    weekdays: frozenset[int] = frozenset()
    """0 is Monday; empty: every day."""
    depot: Place | None = None
    landfill: Place | None = None
    allowed_stops: tuple[Place, ...] = ()

    @property
    def length_m(self) -> float:
        """Length of the streets to be served."""
        return sum(length_m(block) for block in self.blocks if block.service)

    def serves_on(self, day: date) -> bool:
        """Whether it is driven on this local day."""
        return not self.weekdays or day.weekday() in self.weekdays

    def window(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When the run of this local day begins and ends, UTC; the whole day if nothing is said."""
        if self.service_window is None:
            return service_day.whole(day, zone)
        return service_day.instants(day, self.service_window, zone)

    def block_window(
        self, block: Block, day: date, zone: ZoneInfo
    ) -> tuple[datetime, datetime] | None:
        """When a block is to be served in the run of this local day, UTC; None: nothing is said."""
        if block.window is None:
            return None
        later = service_day.days_later(block.window, self.service_window) or 0
        return service_day.instants(day, block.window, zone, days_later=later)

    def plan(self, day: date, zone: ZoneInfo) -> Plan:
        """What the engine judges the run of this local day by; without hours nobody is late."""
        window_s = (np.nan, np.nan)
        if self.service_window is not None:
            begin, end = self.window(day, zone)
            window_s = (begin.timestamp(), end.timestamp())
        return Plan(
            route_id=self.route_id,
            blocks=self.blocks,
            max_mean_mps=np.inf if self.max_mean_kmh is None else mps_from_kmh(self.max_mean_kmh),
            window_s=window_s,
        )

    def document(self) -> dict[str, Any]:
        """The canonical GeoJSON: what `from_document` reads as the same route."""
        about: dict[str, Any] = {"route_id": self.route_id, "name": self.name}
        if self.max_mean_kmh is not None:
            about["service_max_mean_kmh"] = float(self.max_mean_kmh)
        if self.service_window is not None:
            about["service_window"] = route_values.as_text(self.service_window)
        if self.weekdays:
            about["weekdays"] = [WEEKDAYS[day] for day in sorted(self.weekdays)]
        places = [(DEPOT, self.depot), (LANDFILL, self.landfill)]
        places += [(ALLOWED_STOP, stop) for stop in self.allowed_stops]
        return {
            "type": "FeatureCollection",
            "properties": about,
            "features": [_street(block, order) for order, block in enumerate(self.blocks, start=1)]
            + [route_place.feature(kind, place) for kind, place in places if place is not None],
        }

    def sha256(self) -> str:
        """Digest of the canonical document, in hexadecimal."""
        text = json.dumps(
            self.document(),
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
        )
        return hashlib.sha256(text.encode()).hexdigest()


def from_document(document: Mapping[str, Any]) -> Route:
    """Read a route; PlanRefused names all that is wrong with it."""
    about, features = parts(document)
    if len(features) > _MAX_FEATURES:
        raise PlanRefused("", [f"it has more than {MAX_BLOCKS} blocks; split it into routes"])
    blocks, problems = read_blocks(features)
    blocks = tuple(replace(block, lonlat_deg=_rounded(block)) for block in blocks)
    places = _places(features, problems)
    route = _with_properties(about, blocks, problems)
    problems += [] if problems else _whole_problems(route)
    if problems:
        raise PlanRefused(route.route_id, problems)
    return replace(
        route,
        depot=next(iter(places[DEPOT]), None),
        landfill=next(iter(places[LANDFILL]), None),
        allowed_stops=tuple(places[ALLOWED_STOP]),
    )


def length_m(block: Block) -> float:
    """Length of a block, on the ellipsoid."""
    return float(_EARTH.line_length(block.lonlat_deg[:, 0], block.lonlat_deg[:, 1]))


def _rounded(block: Block) -> Any:
    """Coordinates to the centimetre, without negative zeros: the same everywhere they are kept."""
    return np.round(block.lonlat_deg, _DECIMALS) + 0.0


def _with_properties(
    about: Mapping[str, Any], blocks: tuple[Block, ...], problems: list[str]
) -> Route:
    """The route without its places; what its properties do wrong is added to the problems."""
    route = Route(route_id="", name="", blocks=blocks)
    for read in (_identity, _speed, _hours, _days):
        try:
            route = read(route, about)
        except ValueRefused as problem:
            problems.append(str(problem))
    return route


def _identity(route: Route, about: Mapping[str, Any]) -> Route:
    route_id = route_values.text(about.get("route_id"), "route_id")
    if not ROUTE_ID.fullmatch(route_id):
        raise ValueRefused(
            f"route_id {route_id!r} must be 1 to 64 of A-Z, a-z, 0-9, '_' and '-'; "
            "give one in the file, or with --id"
        )
    name = route_values.text(about.get("name"), "name")
    return replace(route, route_id=route_id, name=name or route_id)


def _speed(route: Route, about: Mapping[str, Any]) -> Route:
    if about.get("service_max_mean_kmh") is None:
        return route
    limit = route_values.number(about["service_max_mean_kmh"], "service_max_mean_kmh")
    if not limit > 0:
        raise ValueRefused("service_max_mean_kmh must be a speed above 0")
    return replace(route, max_mean_kmh=limit)


def _hours(route: Route, about: Mapping[str, Any]) -> Route:
    if about.get("service_window") is None:
        return route
    hours = route_values.window(about["service_window"], "service_window")
    return replace(route, service_window=hours)


def _days(route: Route, about: Mapping[str, Any]) -> Route:
    if about.get("weekdays") is None:
        return route
    return replace(route, weekdays=route_values.weekdays(about["weekdays"], "weekdays"))


def _places(features: Sequence[Any], problems: list[str]) -> dict[str, list[Place]]:
    """The places among the features; what is wrong with them is added to the problems."""
    found: dict[str, list[Place]] = {kind: [] for kind in route_place.KINDS}
    for at, feature in enumerate(features, start=1):
        if not is_place(feature):
            continue
        try:
            kind, place = route_place.read(feature)
            if kind != ALLOWED_STOP and found[kind]:
                raise ValueRefused(f"there already is a {kind}, {found[kind][0].name!r}")  # noqa: TRY301  said like the others
        except ValueRefused as problem:
            said = str(feature["properties"].get("name") or "")[:40]
            problems.append(f"feature {at}{f' ({said!r})' if said else ''}: {problem}")
        else:
            found[kind].append(place)
    return found


def _whole_problems(route: Route) -> list[str]:
    """What is wrong between parts that are right by themselves."""
    problems = []
    if not any(block.service for block in route.blocks):
        problems.append("no block is to be served; set service true on at least one")
    if len(route.blocks) > MAX_BLOCKS:
        problems.append(f"it has more than {MAX_BLOCKS} blocks; split it into several routes")
    if sum(len(block.lonlat_deg) for block in route.blocks) > MAX_POINTS:
        problems.append(f"it has more than {MAX_POINTS} points; simplify its lines")
    for block in route.blocks:
        flat = (block.lonlat_deg == block.lonlat_deg[0]).all()
        if flat:
            problems.append(f"block {block.segment_id!r}: it is shorter than a centimetre")
        if block.window is not None:
            problems += [
                f"block {block.segment_id!r}: {problem}"
                for problem in _window_problems(block.window, route.service_window)
            ]
    return problems


def _window_problems(window: Window, service_window: Window | None) -> list[str]:
    shown = "-".join(route_values.as_text(window))
    overnight = service_window is not None and service_day.crosses_midnight(service_window)
    if service_day.crosses_midnight(window) and not overnight:
        return [f"window {shown} ends before it starts; exchange its times"]
    if service_day.days_later(window, service_window) is None:
        hours = "-".join(route_values.as_text(service_window)) if service_window else ""
        return [f"window {shown} is outside the service window {hours}; correct one of them"]
    return []


def _street(block: Block, order: int) -> dict[str, Any]:
    about: dict[str, Any] = {
        "segment_id": block.segment_id,
        "order": order,
        "service": block.service,
    }
    about.update({name: said for name in ("street", "colonia") if (said := getattr(block, name))})
    if block.window is not None:
        about["window"] = route_values.as_text(block.window)
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": _rounded(block).tolist()},
        "properties": about,
    }


__all__ = ["Place", "Route", "from_document", "length_m"]
