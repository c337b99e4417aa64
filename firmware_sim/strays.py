"""What a truck on its live route does now and then that was not planned.

It goes off its plan and back, stands somewhere for minutes, or races along a
straight street. An errand begins when the road allows it, and ends where it
began, so the truck goes on with its route as if nothing had been. Whoever
ordered it is told when it begins and when it is over.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from firmware_sim.deviations import far_corners
from firmware_sim.motion import TRUCK, Track, Vehicle, heading_deg
from firmware_sim.routes import Leg, Route
from firmware_sim.streets import Streets
from firmware_sim.vehicles import Truck

STRAYS: Final = ("off_route", "unplanned_stop", "overspeed")
"""What can be ordered, named as the events by which it is noticed."""
_AWAY_M: Final = (150.0, 700.0)
"""From where the plan is left to the first corner off it, and from there to the next."""
_NEAREST: Final = 8
"""Of so many of the nearest corners one is drawn."""
_STAND_S: Final = (120.0, 240.0)
_RACE: Final = replace(TRUCK, transit_mps=21.0, transit_stop_m=(1e6, 2e6))
_GO: Final = replace(TRUCK, transit_stop_m=(1e6, 2e6))
_RACE_M: Final = (650.0, 1100.0)
_STRAIGHT_DEG: Final = 15.0
_LEAST_M: Final = 5.0

Told = Callable[["Stray"], None]


@dataclass(slots=True)
class Stray:
    """One errand, from its order to its end (firmware_sim.vehicles.Errand)."""

    label: str
    streets: Streets
    plan: Route
    rng: random.Random
    told: Told
    began_at: datetime | None = None
    ended_at: datetime | None = None
    _own: Vehicle | None = field(default=None, init=False)
    _until: datetime | None = field(default=None, init=False)
    _far: list[int] | None = field(default=None, init=False)

    def is_possible(self, truck: Truck) -> bool:
        """Whether it could begin where the truck is now."""
        if self.label == "unplanned_stop":
            return truck.vehicle.dwell_s > 0
        return self._loop(truck.vehicle) is not None

    def go_on(self, truck: Truck, at: datetime) -> bool:
        """Begin when there is a way to, see whether it is over otherwise."""
        if self.began_at is None:
            if self._begin(truck, at):
                self.began_at = at
                self.told(self)
            return True
        if not self._is_over(truck, at):
            return True
        if self._own is not None:
            truck.vehicle = self._own
        self.ended_at = at
        self.told(self)
        return False

    def _begin(self, truck: Truck, at: datetime) -> bool:
        vehicle = truck.vehicle
        if self.label == "unplanned_stop":
            if vehicle.dwell_s <= 0:
                return False
            stand_s = self.rng.uniform(*_STAND_S)
            vehicle.dwell_s += stand_s
            self._until = at + timedelta(seconds=stand_s)
            return True
        loop = self._loop(vehicle)
        if loop is None:
            return False
        habits = _RACE if self.label == "overspeed" else _GO
        away = Vehicle(Track(loop, habits, self.rng), 0.0)
        away.speed_mps, vehicle.speed_mps = vehicle.speed_mps, 0.0
        self._own, truck.vehicle = vehicle, away
        return True

    def _is_over(self, truck: Truck, at: datetime) -> bool:
        return at >= self._until if self._until is not None else truck.vehicle.laps > 0

    def _loop(self, vehicle: Vehicle) -> Route | None:
        """A closed way from where it is, by the end of its street and back by its beginning."""
        leg, here = vehicle.leg, vehicle.xy_m
        if min(math.dist(here, leg.start_m), math.dist(here, leg.end_m)) < _LEAST_M:
            return None
        points = self.streets.points
        corners = {point: index for index, point in enumerate(points)}
        start, end = corners.get(leg.start_m), corners.get(leg.end_m)
        if start is None or end is None:
            return None
        out = self._straight(start, end) if self.label == "overspeed" else self._out(end)
        if out is None:
            return None
        line = [here, *(points[at] for at in [*out, *self.streets.way(out[-1], start)[1:]]), here]
        legs = tuple(Leg(one, other, service=False) for one, other in pairwise(line))
        return Route(self.plan.route_id, legs)

    def _out(self, corner: int) -> list[int] | None:
        """The way from a corner to one off the plan."""
        if self._far is None:
            self._far = far_corners(self.plan, self.streets)
        first = self._off_plan(corner, self._far)
        second = None if first is None else self._off_plan(first, self._far)
        if first is None or second is None:
            return None
        return [*self.streets.way(corner, first), *self.streets.way(first, second)[1:]]

    def _off_plan(self, corner: int, far: Sequence[int]) -> int | None:
        """Draw one of the corners off the plan that lie next, beyond a first distance."""
        here = self.streets.points[corner]
        points = self.streets.points
        away_m = {one: math.dist(here, points[one]) for one in far}
        near = [one for one, far_m in away_m.items() if _AWAY_M[0] < far_m < _AWAY_M[1]]
        near.sort(key=away_m.__getitem__)
        return self.rng.choice(near[:_NEAREST]) if near else None

    def _straight(self, before: int, corner: int) -> list[int] | None:
        """A way straight on, as long as it can be raced along; None where the street ends."""
        corners = [before, corner]
        gone_m = 0.0
        while gone_m < _RACE_M[1]:
            ahead = self._ahead(corners)
            if ahead is None:
                break
            gone_m += math.dist(self.streets.points[corners[-1]], self.streets.points[ahead])
            corners.append(ahead)
        return corners[1:] if gone_m >= _RACE_M[0] else None

    def _ahead(self, corners: Sequence[int]) -> int | None:
        """The corner after the last ones without a turn."""
        points = self.streets.points
        last = Leg(points[corners[-2]], points[corners[-1]], service=False)
        for corner, _ in self.streets.near[corners[-1]]:
            if corner == corners[-2]:
                continue
            ahead = Leg(points[corners[-1]], points[corner], service=False)
            if abs((heading_deg(ahead) - heading_deg(last) + 180) % 360 - 180) < _STRAIGHT_DEG:
                return corner
        return None
