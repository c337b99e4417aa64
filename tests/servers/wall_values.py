"""Values as a panel of Grafana shows them: unit, decimals, mappings and the colour of thresholds.

Only what C5's dashboards use, from a panel's JSON alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from typing import Any, Final
from zoneinfo import ZoneInfo

from dashboards.queries import TIMEZONE

PALETTE: Final = (
    *("#73BF69", "#F2CC0C", "#8AB8FF", "#FF780A", "#F2495C", "#5794F2", "#B877D9", "#705DA0"),
    *("#37872D", "#FADE2A", "#447EBC", "#C15C17", "#890F02", "#0A437C", "#6D1F62", "#584477"),
)
_ZONE: Final = ZoneInfo(TIMEZONE)
_THOUSANDS: Final = ((1e9, "G"), (1e6, "M"), (1e3, "K"))
_SUFFIX: Final = {
    "velocitykmh": " km/h",
    "conμgm3": " µg/m³",
    "ppm": " ppm",
    "celsius": " °C",
    "humidity": " %H",
    "percent": " %",
    "volt": " V",
    "dBm": " dBm",
    "h": " h",
    "none": "",
}
_SPANS: Final = ((86_400, "d"), (3600, "h"), (60, "min"))


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a panel: its configuration, overrides applied."""

    name: str
    title: str
    config: dict[str, Any]

    @property
    def is_hidden(self) -> bool:
        """Whether an override takes it out."""
        return bool(self.config.get("custom.hidden") or self.config.get("custom.hideFrom"))

    def text(self, value: Any) -> str:
        """The value in words."""
        mapped = self._mapped(value)
        if mapped is not None:
            return str(mapped["text"])
        if value is None:
            return "-"
        if isinstance(value, datetime):
            return value.astimezone(_ZONE).strftime("%d/%m %H:%M")
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return _number(float(value), self.config.get("unit", "short"), self.config.get("decimals"))

    def colour(self, value: Any, usual: str = "#C8CCD4") -> str:
        """The colour that mappings or thresholds give a value."""
        mapped = self._mapped(value)
        if mapped is not None and mapped.get("color"):
            return str(mapped["color"])
        if fixed := self.config.get("color", {}).get("fixedColor"):
            return str(fixed)
        found = usual
        if isinstance(value, int | float):
            for step in self.steps:
                if step["value"] is None or value >= step["value"]:
                    found = step["color"]
        return usual if found == "text" else found

    @property
    def steps(self) -> Sequence[dict[str, Any]]:
        """Thresholds, from below."""
        steps: Sequence[dict[str, Any]] = self.config.get("thresholds", {}).get("steps", [])
        return steps

    def _mapped(self, value: Any) -> dict[str, Any] | None:
        code = str(value).lower() if isinstance(value, bool) else str(value)
        for mapping in self.config.get("mappings", []):
            if code in mapping["options"]:
                found: dict[str, Any] = mapping["options"][code]
                return found
        return None


def field_of(panel: dict[str, Any], name: str) -> Field:
    """A column or series of a panel, by its name."""
    config = dict(panel["fieldConfig"]["defaults"])
    title = name
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["options"] == name:
            for one in override["properties"]:
                if one["id"] == "displayName":
                    title = one["value"]
                else:
                    config[one["id"]] = one["value"]
    return Field(name, title, config)


def colours() -> Iterator[str]:
    """Grafana's classic palette, over and over."""
    return cycle(PALETTE)


def _number(value: float, unit: str, decimals: int | None) -> str:
    if unit == "percentunit":
        return f"{value * 100:.{1 if decimals is None else decimals}f} %"
    if unit == "bytes":
        return _scaled(value, 1 if decimals is None else decimals) + "B"
    if unit == "s":
        return _span(value, decimals)
    if unit == "lengthm" and value >= 1000:
        return f"{value / 1000:.1f} km"
    if unit in {"short", "lengthm"}:
        text = _scaled(value, decimals)
        return f"{text} m" if unit == "lengthm" else text
    suffix = unit.removeprefix("suffix:") if unit.startswith("suffix:") else _SUFFIX.get(unit, "")
    places = (0 if value == int(value) else 1) if decimals is None else decimals
    return f"{value:.{places}f}{suffix}"


def _scaled(value: float, decimals: int | None) -> str:
    for size, letter in _THOUSANDS:
        if abs(value) >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.{(0 if value == int(value) else 1) if decimals is None else decimals}f}"


def _span(seconds: float, decimals: int | None) -> str:
    for length, letter in _SPANS:
        if seconds >= length:
            return f"{seconds / length:.1f} {letter}"
    if 0 < seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.{decimals or 0}f} s"


def local(moment: datetime) -> datetime:
    """An instant on the city's clock, without a zone, as an axis wants it."""
    return moment.astimezone(_ZONE).replace(tzinfo=None)
