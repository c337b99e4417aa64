"""Where a plan's blocks and places lie, read from the plan's own document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geo.route import Place, from_document

LonLat = tuple[float, float]
Line = tuple[LonLat, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Blocks by their segment_id, in order, and the places that the plan names. Degrees."""

    lines: Mapping[str, Line]
    places: Mapping[str, Place] = field(default_factory=dict)
    """depot and landfill, where the plan names them."""


def shapes(document: Mapping[str, Any]) -> Shapes:
    """Read a plan's document; geo.plan.PlanRefused when it is not one."""
    route = from_document(document)
    places = {"depot": route.depot, "landfill": route.landfill}
    return Shapes(
        lines={
            block.segment_id: tuple((float(lon), float(lat)) for lon, lat in block.lonlat_deg)
            for block in route.blocks
        },
        places={kind: place for kind, place in places.items() if place is not None},
    )
