"""An anomaly in plain words, Spanish first: what, why, how much and what was usual."""

from typing import Final

from control_center.anomaly import watched
from sensing.anomaly import Reason

SILENCE: Final = "silence"
WHY: Final[dict[str, tuple[str, str]]] = {
    "level": ("cambió de nivel", "its level changed"),
    "spike": ("salto repentino", "sudden spike"),
    "flatline": ("no cambia", "does not change"),
    "variance": ("varía como nunca", "varies as never before"),
    "season": ("inusual a esta hora", "unusual at this hour"),
    "trend": ("se va alejando de lo usual", "drifts away from the usual"),
    SILENCE: ("la estación calla", "the station is silent"),
}
_OF: Final = {
    Reason.LEVEL: "level",
    Reason.SPIKE: "spike",
    Reason.FLATLINE: "flatline",
    Reason.VARIANCE: "variance",
    Reason.SEASONAL: "season",
    Reason.TREND: "trend",
}


def why(reason: int) -> str:
    """The reason as it is stored; what the engine gives no word for is a spike so far."""
    return _OF.get(Reason(reason), "spike")


def began(metric: str, reason: str, value: float | None, usual: float | None) -> str:
    """What an operator reads beside the event's title.

    >>> began("pm25_ugm3", "level", 85.24, 12.0)
    'PM2.5: cambió de nivel · its level changed: 85.2 µg/m³ (usual 12)'
    >>> began("messages", "silence", None, None)
    'la estación calla · the station is silent'
    """
    es, en = WHY[reason]
    if reason == SILENCE:
        return f"{es} · {en}"
    called = watched.name(metric)
    second = en if called.es == called.en else f"{called.en}, {en}"
    said = f"{called.es}: {es} · {second}"
    if value is None:
        return said
    amount = f"{value:.3g} {called.unit}".strip()
    return f"{said}: {amount}" + ("" if usual is None else f" (usual {usual:.3g})")


def ended(metric: str, reason: str) -> str:
    """What is said when it is over.

    >>> ended("pm25_ugm3", "level")
    'PM2.5: como de costumbre · as usual again'
    """
    if reason == SILENCE:
        return "la estación habla de nuevo · the station speaks again"
    called = watched.name(metric)
    second = "" if called.es == called.en else f"{called.en} "
    return f"{called.es}: como de costumbre · {second}as usual again"
