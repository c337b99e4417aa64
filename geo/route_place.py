"""Places a route knows beside its streets: its depot, its landfill, where a truck may stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from geo import route_values as values
from geo.plan import PLACE
from geo.route_values import ValueRefused

DEPOT: Final = "depot"
LANDFILL: Final = "landfill"
ALLOWED_STOP: Final = "allowed_stop"
KINDS: Final = (DEPOT, LANDFILL, ALLOWED_STOP)
RADIUS_M: Final = {DEPOT: 150.0, LANDFILL: 300.0, ALLOWED_STOP: 60.0}
"""How large a place is when its file does not say."""
_LARGEST_M: Final = 5000.0


@dataclass(frozen=True, slots=True)
class Place:
    """A circle around a point, WGS 84."""

    name: str
    lat_deg: float
    lon_deg: float
    radius_m: float


def read(feature: Mapping[str, Any]) -> tuple[str, Place]:
    """A Point with the property `place`: its kind and itself; ValueRefused says what is wrong."""
    about = feature["properties"]
    kind = values.folded(values.text(about[PLACE], PLACE))
    if kind not in KINDS:
        raise ValueRefused(f"{PLACE} {kind!r} is none of {', '.join(KINDS)}")
    geometry = feature.get("geometry")
    if not isinstance(geometry, Mapping) or geometry.get("type") != "Point":
        raise ValueRefused(f"a {kind} is a Point with longitude and latitude, this has none")
    try:
        lon_deg, lat_deg = (
            _degrees(angle) for angle in values.line([geometry.get("coordinates")])[0]
        )
    except ValueRefused:
        raise ValueRefused(f"a {kind} needs coordinates: longitude and latitude") from None
    if not (abs(lon_deg) <= 180.0 and abs(lat_deg) <= 90.0):  # noqa: PLR2004  WGS 84
        raise ValueRefused("a coordinate is outside longitude -180..180, latitude -90..90")
    radius_m = values.number(about.get("radius_m", RADIUS_M[kind]), "radius_m")
    if not 0 < radius_m <= _LARGEST_M:
        raise ValueRefused(f"radius_m must be above 0 and at most {_LARGEST_M:g}")
    return kind, Place(
        name=values.text(about.get("name"), "name") or kind,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        radius_m=radius_m,
    )


def feature(kind: str, place: Place) -> dict[str, Any]:
    """Undo `read`."""
    return {
        "type": "Feature",
        "geometry": {
            "type": "Point",
            "coordinates": [_degrees(place.lon_deg), _degrees(place.lat_deg)],
        },
        "properties": {PLACE: kind, "name": place.name, "radius_m": place.radius_m},
    }


def _degrees(angle: float) -> float:
    """To the centimetre, and never a negative zero."""
    return round(float(angle), 7) + 0.0
