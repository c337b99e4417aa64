"""A live watch over the small town: what its trucks send, and what is told of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.happenings import BY_CODE, Happening
from geo.live import Duty, Happenings, Recent, Rules, Scene, State, step
from geo.plan import Plan
from geo.trace import Trace
from tests.unit.geo_town import START_S, TOWN, Point, plan_of, points, row

STREETS = row(10)
"""Ten blocks eastwards along y = 0, 940 m."""
PATH = points(STREETS)
RULES = Rules()


@dataclass(frozen=True, slots=True)
class Place:
    """A round place in town."""

    name: str
    lat_deg: float
    lon_deg: float
    radius_m: float


def place(at_m: Point, radius_m: float = 100.0) -> Place:
    """A place by metres from the town's centre."""
    lon, lat = TOWN.inverse(np.array([at_m[0]]), np.array([at_m[1]]))
    return Place("", float(lat[0]), float(lon[0]), radius_m)


def town_plan(window_s: tuple[float, float] = (np.nan, np.nan)) -> Plan:
    """The plan along the streets."""
    return plan_of(STREETS, window_s=window_s)


def recent(trace: Trace, truck: int = 0) -> Recent:
    """A trace as new fixes of a truck."""
    return Recent(
        truck=np.full(len(trace), truck),
        t_s=trace.t_s,
        lat_deg=trace.lat_deg,
        lon_deg=trace.lon_deg,
        speed_mps=trace.speed_mps,
        hdop=trace.hdop,
    )


def together(parts: Sequence[Recent]) -> Recent:
    """Fixes of several trucks, by time."""
    joined = Recent(
        *(np.concatenate([getattr(one, name) for one in parts]) for name in Recent.__slots__)
    )
    return joined.take(np.argsort(joined.t_s, kind="stable"))


@dataclass(frozen=True, slots=True)
class Told:
    """One happening, its times in seconds from the start."""

    what: Happening
    at_s: float
    known_s: float
    value: float


def told(found: Happenings, truck: int = 0) -> list[Told]:
    """What was told of a truck, in order."""
    rows = np.flatnonzero(found.truck == truck)
    return [
        Told(
            BY_CODE[int(found.code[at])],
            round(float(found.at_s[at]) - START_S, 3),
            round(float(found.known_s[at]) - START_S, 3),
            float(found.value[at]),
        )
        for at in rows
    ]


def watch(duty: Duty, trace: Trace, rules: Rules = RULES) -> list[Told]:
    """All that is told of one truck."""
    _, found = step(State.new(1), Scene.of([duty]), recent(trace), rules)
    return told(found)
