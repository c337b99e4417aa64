"""Plates of a region as data: masks, letters that are not used, series and what they tell.

A mask is L for a letter, D for a digit; anything else stands for itself. A country that issues only
some letters or digits at a place says so with `letters` and `only`, so that countries whose masks
are alike are not taken for each other. A region file says what exists; whether a read is taken to
be one of them is for `vision.formats.fit` to weigh.
"""

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

from core.errors import ConfigError

DIGITS: Final = "0123456789"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
REGIONS: Final = ("mx", "us", "br", "eu", "generic")


class UnknownRegion(ConfigError):
    """No such region; the message lists those there are."""

    reason = "unknown_region"

    def __init__(self, region: str) -> None:
        super().__init__(f"{region!r} is no region of plates; choose one of {', '.join(REGIONS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Leading letters that were given to one state."""

    first: str
    last: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """One form that plates of a region have."""

    text: str
    kind: str
    cost: float
    """How unusual it is beside the region's commonest, in nats."""
    letters: str
    edition: str = ""
    states: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
    only: tuple[tuple[int, str], ...] = ()
    """Places, from 0, at which fewer characters are issued than the mask's mark says, and those."""

    def allowed(self, at: int) -> str:
        """Characters that may stand at a place."""
        for place, marks in self.only:
            if place == at:
                return marks
        match self.text[at]:
            case "L":
                return self.letters
            case "D":
                return DIGITS
            case mark:
                return mark

    def fits(self, plate: str) -> bool:
        """Whether a plate has this form."""
        return len(plate) == len(self.text) and all(
            mark in self.allowed(at) for at, mark in enumerate(plate)
        )

    def state(self, plate: str) -> str | None:
        """The state whose series holds the plate, where only one can."""
        for one in self.series:
            if one.first <= plate[: len(one.first)] <= one.last:
                return one.state
        return self.states[0] if len(self.states) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """What is known of a region's plates."""

    id: str
    title: str
    citation: str
    reach: float
    """A mask may ask for characters this much less likely than those read, in nats, in all."""
    masks: tuple[Mask, ...]
    digits: bool = False
    """Every plate of the region has a digit, whatever its mask."""
    unmasked: tuple[tuple[str, str], ...] = ()
    """One glyph for two characters, and how it is written where no mask tells them apart."""

    def written(self, plate: str) -> str:
        """How a text that fits no mask is written down."""
        for glyph, mark in self.unmasked:
            plate = plate.replace(glyph, mark)
        return plate

    def mask_of(self, plate: str) -> Mask | None:
        """The commonest mask that a plate fits; None: it fits none."""
        fitting = [one for one in self.masks if one.fits(plate)]
        return min(fitting, key=lambda one: one.cost, default=None)

    def state(self, plate: str) -> str | None:
        """The state that a plate tells; None: none, or its forms do not agree on one."""
        told = {one.state(plate) for one in self.masks if one.fits(plate)}
        return told.pop() if len(told) == 1 else None


@cache
def region(name: str) -> Region:
    """Read a region's file; UnknownRegion, or ConfigError where the file is wrong."""
    if name not in REGIONS:
        raise UnknownRegion(name)
    try:
        said = tomllib.loads(
            files("vision.formats").joinpath(f"{name}.toml").read_text(encoding="utf-8")
        )
        return Region(
            id=said["id"],
            title=said["title"],
            citation=said["citation"],
            reach=float(said["reach"]),
            digits=bool(said.get("digits", False)),
            unmasked=tuple(said.get("unmasked", {}).items()),
            masks=tuple(_mask(one, said["letters"]) for one in said["masks"]),
        )
    except (OSError, KeyError, TypeError, ValueError) as exc:
        raise ConfigError(
            f"region {name!r} cannot be read: {exc!r}; see the files in vision/formats"
        ) from exc


def _mask(said: dict[str, Any], letters: str) -> Mask:
    if not set(said["text"]) <= set(LETTERS + DIGITS):
        raise ValueError(f"mask {said['text']!r} has marks other than A-Z and 0-9")
    mask = Mask(
        text=said["text"],
        kind=said["kind"],
        cost=float(said["cost"]),
        letters=said.get("letters", letters),
        edition=said.get("edition", ""),
        states=tuple(said.get("states", ())),
        series=tuple(Series(**one) for one in said.get("series", ())),
    )
    only = tuple((int(place) - 1, marks) for place, marks in said.get("only", {}).items())
    for place, marks in only:
        if not 0 <= place < len(mask.text) or not marks or set(marks) - set(mask.allowed(place)):
            raise ValueError(
                f"mask {mask.text!r}: only {place + 1} = {marks!r} is not a part of it"
            )
    return replace(mask, only=only)
