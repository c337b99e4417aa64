"""NOM-081 as a street sensor can screen against it: `indicativo`, never an infringement."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from core.errors import ConfigError
from sensing.arrays import F64, Bools
from sensing.noise.levels import leq_db
from sensing.noise.periods import Local

RULE: Final = "nom081-2013"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be heard in a zone, dB(A); None: no limit then."""

    zone: str
    es: str
    en: str
    day_db: float | None
    night_db: float | None
    day_hours: tuple[int, int]
    citation: str
    label: str

    def is_day(self, local: Local) -> Bools:
        """Which samples are in the norm's day, which is not that of Lden."""
        begin, end = self.day_hours
        inside: Bools = (local.hour >= begin) & (local.hour < end)
        return inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """One half of the day against its limit."""

    limit_db: float
    laeq_db: float
    samples_above: int

    @property
    def is_above(self) -> bool:
        """Whether its mean is above the limit."""
        return self.laeq_db > self.limit_db


@cache
def limits(zone: str) -> Limits:
    """The limits of residential, commercial or school zones; ConfigError for another."""
    text = files("sensing.rules").joinpath(f"{RULE}.toml").read_text(encoding="utf-8")
    said: dict[str, Any] = tomllib.loads(text)
    found = said["zones"].get(zone)
    if found is None:
        raise ConfigError(f"no zone {zone!r}; choose one of {', '.join(said['zones'])}")
    return Limits(
        zone=zone,
        es=found["es"],
        en=found["en"],
        day_db=found.get("day_db"),
        night_db=found.get("night_db"),
        day_hours=tuple(said["day"]),
        citation=said["citation"],
        label=said["label"],
    )


def screen(level_db: F64, limit_db: float | None) -> Screened | None:
    """Hold samples of one half of the day against its limit; None without limit or samples."""
    if limit_db is None or not len(level_db):
        return None
    return Screened(
        limit_db=limit_db,
        laeq_db=leq_db(level_db),
        samples_above=int(np.count_nonzero(level_db > limit_db)),
    )
