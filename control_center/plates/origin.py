"""What a plate tells of its vehicle, and no more: class, and state of origin.

Both come from closed lists, so nothing that a camera writes can end up in a count.
"""

from functools import cache
from typing import Final

from vision.formats import grammar

_VEHICLES: Final = {
    **dict.fromkeys(("car", "auto", "sedan", "suv", "automóvil"), "car"),
    **dict.fromkeys(("pickup", "truck", "lorry", "camión", "camioneta", "van"), "truck"),
    **dict.fromkeys(("bus", "autobús", "coach"), "bus"),
    **dict.fromkeys(("motorcycle", "motorbike", "moto", "motocicleta"), "motorcycle"),
    **dict.fromkeys(("taxi", "trailer"), None),
}
"""What cameras call vehicles, and the class; None: the word itself."""
_KINDS: Final = {
    "car, private": "car",
    "car": "car",
    "ecological": "car",
    "disability": "car",
    "antique": "car",
    "border zone": "car",
    "truck, private": "truck",
    "cargo, federal": "truck",
    "bus, private": "bus",
    "taxi or public transport": "taxi",
    "motorcycle": "motorcycle",
    "trailer": "trailer",
    **dict.fromkeys(("police", "fire brigade", "civil protection", "ambulance"), "emergency"),
}
"""Kinds of plates (vision/formats), and the class."""
CLASSES: Final = ("car", "truck", "bus", "taxi", "motorcycle", "trailer", "emergency")


def class_and_state(
    plate: str | None, region: str, *, vehicle: str | None, said: dict[str, object]
) -> tuple[str, str]:
    """Class and state of a passage; '' where nothing tells.

    plate   capitals and digits; None: it cannot be opened
    region  whose plates most are
    said    fields beyond the vocabulary: our own reader's `state` and `kind`
    """
    forms = grammar.region(region)
    mask = None if plate is None else forms.mask_of(plate)
    kind = said.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        kind = None if mask is None else mask.kind
    seen = (vehicle or "").strip().lower()
    of_vehicle = _VEHICLES[seen] or seen if seen in _VEHICLES else ""
    state = said.get("state")
    if not isinstance(state, str) or state not in states(region):
        state = None if plate is None else forms.state(plate)
    return of_vehicle or _KINDS.get(kind or "", ""), state or ""


@cache
def states(region: str) -> frozenset[str]:
    """Every state that a region's plates can be of."""
    masks = grammar.region(region).masks
    return frozenset(
        name for mask in masks for name in (*mask.states, *(series.state for series in mask.series))
    )
