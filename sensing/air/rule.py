"""Rules of an air index, read from their dated files and chosen by the data's own date."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

from core.errors import ConfigError

MEXICAN: Final = ("nom172-2024", "nom172-2026")
"""Versions of the Mexican index, oldest first."""
EPA: Final = "epa-aqi-2024"
INSUFFICIENT: Final = "insuficiente"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pollutant:
    """How one pollutant enters an index."""

    name: str
    unit: str
    """ug/m3, ppb or ppm: of the bounds."""
    mean: str
    """hour, moving_8h, weighted_12h (times `factor`) or nowcast_12h."""
    decimals: int
    bounds: tuple[float, ...]
    """Upper bounds, inclusive, of the categories but the last; of all where a number is made."""
    factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One band of an index, as people are told of it."""

    key: str
    es: str
    en: str
    colour: str
    risk_es: str = ""
    risk_en: str = ""
    advice_es: Mapping[str, str] = field(default_factory=dict)
    """`sensitive` and `everyone`."""
    advice_en: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of an index."""

    id: str
    title: str
    citation: str
    valid_from: date
    pollutants: tuple[Pollutant, ...]
    categories: tuple[Category, ...]
    temperature_c: float
    pressure_kpa: float
    rounding: str = "half_up"
    """half_up, or down: cut off."""
    number: tuple[float, ...] = ()
    """Top of each band as an index number; empty: the index is a category and no number."""

    def pollutant(self, name: str) -> Pollutant:
        """One of its pollutants."""
        return next(one for one in self.pollutants if one.name == name)


@cache
def load(rule_id: str) -> Rule:
    """Read one rule; ConfigError when there is none of that name or it is incomplete."""
    try:
        said = _said(rule_id)
        return Rule(
            id=said["id"],
            title=said["title"],
            citation=said["citation"],
            valid_from=said["valid_from"],
            pollutants=tuple(
                Pollutant(name=name, **_tupled(said["pollutants"][name])) for name in said["order"]
            ),
            categories=tuple(Category(**one) for one in said["categories"]),
            temperature_c=said["reference"]["temperature_c"],
            pressure_kpa=said["reference"]["pressure_kpa"],
            rounding=said.get("rounding", "half_up"),
            number=tuple(said.get("number", ())),
        )
    except (OSError, KeyError, TypeError, ValueError) as exc:
        raise ConfigError(
            f"rule {rule_id!r} cannot be read: {exc!r}; see the files in sensing/rules"
        ) from exc


def in_force(day: date, versions: Sequence[str] = MEXICAN) -> Rule:
    """The version for data of a day; older data fall under the oldest version."""
    rules = [load(one) for one in versions]
    return next((rule for rule in reversed(rules) if rule.valid_from <= day), rules[0])


def _said(rule_id: str) -> dict[str, Any]:
    text = files("sensing.rules").joinpath(f"{rule_id}.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)
    base = said.pop("base", None)
    return said if base is None else _merged(_said(base), said)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` wins; tables are joined."""
    joined = dict(base)
    for name, value in over.items():
        below = joined.get(name)
        both = isinstance(below, dict) and isinstance(value, dict)
        joined[name] = _merged(below, value) if both and isinstance(below, dict) else value
    return joined


def _tupled(said: Mapping[str, Any]) -> dict[str, Any]:
    return {**said, "bounds": tuple(float(bound) for bound in said["bounds"])}
