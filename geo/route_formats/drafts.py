"""A plan as a file says it, before it is judged: GeoJSON features that `geo.route` then reads.

Formats only translate. What a street or a place may be is decided once, for all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from geo.plan import PLACE
from geo.route_place import ALLOWED_STOP, DEPOT, KINDS, LANDFILL
from geo.route_values import folded

_WORDS: Final = {
    DEPOT: ("depot", "base", "deposito", "encierro", "patio"),
    LANDFILL: ("landfill", "relleno", "tiradero", "vertedero"),
}


@dataclass
class Draft:
    """Properties of the plan, and its features in the order of the file."""

    about: dict[str, Any] = field(default_factory=dict)
    features: list[Any] = field(default_factory=list)

    def add_line(self, points: Sequence[Any], about: dict[str, Any]) -> None:
        """A street, or a whole route drawn in one go."""
        self._add("LineString", points, about)

    def add_point(self, point: Sequence[Any], about: dict[str, Any]) -> None:
        """A place; what it is, its name says, unless the property `place` does."""
        if not about.get(PLACE):
            about = {**about, PLACE: kind_named(str(about.get("name", "")))}
        self._add("Point", point, about)

    def add_other(self, geometry: str, about: dict[str, Any]) -> None:
        """Something that no plan has; it is refused by its number."""
        self._add(geometry, (), about)

    def _add(self, geometry: str, coordinates: Any, about: dict[str, Any]) -> None:
        self.features.append(
            {
                "type": "Feature",
                "geometry": {"type": geometry, "coordinates": coordinates},
                "properties": dict(about),
            }
        )

    def document(self) -> dict[str, Any]:
        """The GeoJSON."""
        return {
            "type": "FeatureCollection",
            "properties": self.about,
            "features": self.features,
        }


def kind_named(name: str) -> str:
    """What a point on a map is, by the first word of its name; an allowed stop if nothing else.

    >>> kind_named("Relleno sanitario"), kind_named("Gasolinera")
    ('landfill', 'allowed_stop')
    """
    if folded(name) in KINDS:
        return folded(name)
    first = folded(name).replace("_", " ").partition(" ")[0]
    for kind, words in _WORDS.items():
        if first in words:
            return kind
    return ALLOWED_STOP
