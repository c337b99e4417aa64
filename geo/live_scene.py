"""What a live watch looks at: the plan, the hours and the places of every truck on duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from geo.arrays import F64, I64, Bools, offsets, ranges
from geo.live_streets import Streets
from geo.physics import DEFAULT, Physics
from geo.plan import Plan

DEPOT, LANDFILL = 0, 1
EARTH_M = 111_320.0
"""Metres in a degree of latitude, near enough for places of a few kilometres."""


class Circle(Protocol):
    """A place: a depot, a landfill, a stop that is allowed."""

    @property
    def lat_deg(self) -> float:
        """Its centre, WGS 84."""

    @property
    def lon_deg(self) -> float:
        """Its centre, WGS 84."""

    @property
    def radius_m(self) -> float:
        """How far it reaches."""


@dataclass(frozen=True, slots=True, eq=False)
class Duty:
    """What one truck is to do; `plan.window_s` says when, NaN: at any time."""

    plan: Plan
    depot: Circle | None = None
    landfill: Circle | None = None
    allowed: Sequence[Circle] = ()
    silence_s: float = DEFAULT.silence_s
    """A longer pause between its fixes is a silence."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Duties in columns, one entry a truck; made once, and again when duties change."""

    streets: Streets
    physics: Physics
    plan: I64
    window_s: F64
    """(2, trucks) begin and end of its service."""
    silence_s: F64
    doors: F64
    """(2, 3, trucks) depot and landfill: latitude, longitude, radius; NaN: it has none."""
    allowed: F64
    """(3, places) of all trucks, one truck's after the other's."""
    allowed_from: I64
    """First allowed place of each truck, and the end: trucks + 1 entries."""

    @classmethod
    def of(cls, duties: Sequence[Duty], physics: Physics = DEFAULT) -> "Scene":
        """Lay out at least one duty; trucks that share a plan object share its streets."""
        plans = list({id(duty.plan): duty.plan for duty in duties}.values())
        number = {id(plan): at for at, plan in enumerate(plans)}
        window = np.array([duty.plan.window_s for duty in duties], np.float64).T
        places = [place for duty in duties for place in duty.allowed]
        return cls(
            streets=Streets.of(plans, physics),
            physics=physics,
            plan=np.array([number[id(duty.plan)] for duty in duties], np.int64),
            window_s=np.stack(
                (np.nan_to_num(window[0], nan=-np.inf), np.nan_to_num(window[1], nan=np.inf))
            ),
            silence_s=np.array([duty.silence_s for duty in duties]),
            doors=np.stack(
                [
                    _circles([duty.depot for duty in duties]),
                    _circles([duty.landfill for duty in duties]),
                ]
            ),
            allowed=_circles(places),
            allowed_from=offsets(np.array([len(duty.allowed) for duty in duties])),
        )

    def __len__(self) -> int:
        return len(self.plan)

    def at_allowed(self, truck: I64, lat_deg: F64, lon_deg: F64) -> Bools:
        """Whether each place is within one that its truck may stand at."""
        begin = self.allowed_from[truck]
        which, row = ranges(begin, self.allowed_from[truck + 1] - begin)
        lat, lon, radius = self.allowed[:, which]
        found = np.zeros(len(truck), bool)
        found[row[distance_m(lat, lon, lat_deg[row], lon_deg[row]) <= radius]] = True
        return found


def distance_m(lat_deg: F64, lon_deg: F64, to_lat_deg: F64, to_lon_deg: F64) -> F64:
    """Between places a few kilometres apart; NaN in, NaN out."""
    dx, dy = offset_m(lat_deg, lon_deg, to_lat_deg, to_lon_deg)
    return np.sqrt(dx * dx + dy * dy)


def offset_m(lat_deg: F64, lon_deg: F64, to_lat_deg: F64, to_lon_deg: F64) -> tuple[F64, F64]:
    """Easting and northing from one place to another near it."""
    turn = (to_lon_deg - lon_deg + 180.0) % 360.0 - 180.0
    return turn * EARTH_M * np.cos(np.radians(lat_deg)), (to_lat_deg - lat_deg) * EARTH_M


def _circles(places: Sequence[Circle | None]) -> F64:
    rows = [
        (np.nan,) * 3 if place is None else (place.lat_deg, place.lon_deg, place.radius_m)
        for place in places
    ]
    return np.array(rows, np.float64).reshape(-1, 3).T
