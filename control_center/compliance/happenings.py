"""What a run's fixes tell besides its streets: speed, idling, braking, places and the lift.

Each happening says when it was (for a moment between two fixes: the earliest and the latest), how
much, and where. A silence ends everything that lasts: what was not reported is not claimed.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import shapely

from control_center.compliance.astray import STAY_S, Span
from control_center.compliance.values import known, number, when
from core.units import kmh_from_mps, mps_from_kmh
from geo import events, fences
from geo.arrays import F64, I64, Bools
from geo.physics import DEFAULT, Physics
from geo.projection import LocalProjection
from geo.route import Place, Route
from geo.trace import Fixes

_CIRCLE: Final = 32
"""Points a quarter of a fence."""
_ON: Final = 1


class Found(NamedTuple):
    """What happened."""

    events: list[dict[str, Any]]
    """By time."""
    landfill_trips: int
    visits: list[Span]
    """When the truck was in its depot or at the landfill, as long as it may have been."""


class Scene:
    """One run's clean fixes, with the inputs that its tracker reported beside them."""

    def __init__(
        self,
        fixes: Fixes,
        *,
        ignition: I64,
        pto: I64,
        projection: LocalProjection,
        physics: Physics = DEFAULT,
    ) -> None:
        """`ignition` and `pto` have an entry a fix: 1 on, 0 off, -1 not reported."""
        self.fixes = fixes
        self.ignition = ignition
        self.pto = pto
        self.physics = physics
        self._projection = projection
        self.lon_deg, self.lat_deg = projection.inverse(fixes.x_m, fixes.y_m)
        silent = np.diff(fixes.t_s) > physics.silence_s
        self.cut: Bools = np.concatenate((np.ones(min(len(fixes), 1), bool), silent))
        """Fixes that begin anew: the first, and the first after each silence."""

    def area(self, place: Place) -> shapely.Polygon:
        """A place as a polygon in the metres of the fixes."""
        x_m, y_m = self._projection.forward(np.array([place.lon_deg]), np.array([place.lat_deg]))
        return shapely.Point(x_m[0], y_m[0]).buffer(place.radius_m, quad_segs=_CIRCLE)

    def happening(
        self, kind: str, from_s: float, to_s: float, value: float | None = None, unit: str = ""
    ) -> dict[str, Any]:
        """One of them, placed at the fix with which it began."""
        at = min(int(np.searchsorted(self.fixes.t_s, from_s)), len(self.fixes) - 1)
        return {
            "type": kind,
            "from": when(from_s),
            "to": when(to_s),
            "value": None if value is None else number(value, 1),
            "unit": unit or None,
            "lat": known(self.lat_deg[at], 7),
            "lon": known(self.lon_deg[at], 7),
        }


def found(scene: Scene, route: Route, *, overspeed_kmh: float, overspeed_s: float) -> Found:
    """Everything that happened."""
    if not len(scene.fixes):
        return Found([], 0, [])
    doors, trips, visits = _doors(scene, route)
    every = [
        *_speeding(scene, mps_from_kmh(overspeed_kmh), overspeed_s),
        *_idling(scene),
        *_braking(scene),
        *_lift(scene),
        *doors,
    ]
    by_time = sorted(every, key=lambda one: (one["from"], one["type"], one["to"]))
    return Found(by_time, trips, visits)


def _speeding(scene: Scene, limit_mps: float, at_least_s: float) -> Iterator[dict[str, Any]]:
    fast = events.overspeed(scene.fixes, limit_mps, at_least_s=at_least_s, physics=scene.physics)
    for from_s, to_s, peak in zip(fast.from_s, fast.to_s, fast.peak, strict=True):
        yield scene.happening("overspeed", from_s, to_s, kmh_from_mps(peak), "km/h")


def _idling(scene: Scene) -> Iterator[dict[str, Any]]:
    idle = events.idling(scene.fixes, scene.ignition == _ON, physics=scene.physics)
    for from_s, to_s, lasted_s in zip(idle.from_s, idle.to_s, idle.peak, strict=True):
        yield scene.happening("idling", from_s, to_s, lasted_s, "s")


def _braking(scene: Scene) -> Iterator[dict[str, Any]]:
    hard = events.harsh_braking(scene.fixes)
    for from_s, to_s, peak in zip(hard.from_s, hard.to_s, hard.peak, strict=True):
        yield scene.happening("harsh_braking", from_s, to_s, peak, "m/s2")


def _lift(scene: Scene) -> Iterator[dict[str, Any]]:
    """Spans with the lift or press on, and the moments at which it was seen to go off."""
    t_s, on = scene.fixes.t_s, scene.pto == _ON
    fresh = scene.cut.copy()
    fresh[1:] |= on[1:] != on[:-1]
    begin = np.flatnonzero(fresh)
    last = np.append(begin[1:], len(t_s)) - 1
    for first, end in zip(begin[on[begin]], last[on[begin]], strict=True):
        lasted_s = float(t_s[end] - t_s[first])
        yield scene.happening("pto_on", t_s[first], t_s[end], lasted_s, "s")
        after = end + 1
        if after < len(t_s) and not scene.cut[after] and scene.pto[after] == 0:
            yield scene.happening("pto_off", t_s[end], t_s[after])


def _doors(scene: Scene, route: Route) -> Found:
    """Depot and landfill entered and left."""
    places = [("depot", route.depot), ("landfill", route.landfill)]
    known_places = [(name, place) for name, place in places if place is not None]
    areas = [scene.area(place) for _, place in known_places]
    passed = fences.passages(scene.fixes, areas, scene.physics)
    out: list[dict[str, Any]] = []
    visits: list[Span] = []
    trips = 0
    for at, (name, _) in enumerate(known_places):
        mine = passed.fence == at
        enters, exits = mine & (passed.kind == fences.ENTER), mine & (passed.kind == fences.EXIT)
        for word, rows in (("enter", enters), ("exit", exits)):
            out += [
                scene.happening(f"{name}_{word}", passed.from_s[row], passed.to_s[row])
                for row in np.flatnonzero(rows)
            ]
        visits += _visits(passed.from_s[enters], passed.to_s[exits], scene.fixes.t_s)
        if name == "landfill":
            trips = _stays(passed.to_s[enters], passed.from_s[exits], scene.fixes.t_s[-1])
    return Found(out, trips, visits)


def _visits(entered_s: F64, left_s: F64, t_s: F64) -> list[Span]:
    """From each entering to the leaving after it; the fixes may begin or end inside."""
    if len(left_s) and not (len(entered_s) and entered_s[0] < left_s[0]):
        entered_s = np.append(t_s[0], entered_s)
    left_s = np.append(left_s, t_s[-1])
    return [(float(a), float(b)) for a, b in zip(entered_s, left_s, strict=False)]


def _stays(entered_s: F64, left_s: F64, end_s: float) -> int:
    """How many visits lasted, from the latest moment of entering to the earliest of leaving."""
    left = np.append(left_s, end_s)[np.searchsorted(left_s, entered_s)]
    return int((left - entered_s >= STAY_S).sum())
