"""How a vehicle moves along a closed route: it speeds up, brakes, stops and goes on.

A track is prepared once: its gates are the points where a speed is not to be
exceeded, swept backwards so that braking for one never means braking too hard
for the one before. A vehicle is always on its route, never faster than the
gates and limits allow, and never speeds up or brakes beyond its strength.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

from firmware_sim.routes import Leg, Route

ACCELERATION_MPS2: Final = 0.9
BRAKING_MPS2: Final = 1.4
STEP_S: Final = 0.5
_CREEP_MPS: Final = 0.6
_ARRIVED_M: Final = 0.5
_SHARP_TURN_DEG: Final = 25.0
_TURN_MPS: Final = 3.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a kind of vehicle is driven."""

    service_mps: float
    transit_mps: float
    service_stop_m: tuple[float, float] | None
    """Distance between two pick-ups, least and most; None: it picks nothing up."""
    service_dwell_s: tuple[float, float]
    transit_stop_m: tuple[float, float]
    """Distance between two halts in transit: lights, or bus stops."""
    transit_dwell_s: tuple[float, float]


TRUCK: Final = Habits(
    service_mps=4.6,
    transit_mps=11.5,
    service_stop_m=(45.0, 120.0),
    service_dwell_s=(4.0, 14.0),
    transit_stop_m=(350.0, 1100.0),
    transit_dwell_s=(6.0, 28.0),
)
BUS: Final = Habits(
    service_mps=10.0,
    transit_mps=10.5,
    service_stop_m=None,
    service_dwell_s=(0.0, 0.0),
    transit_stop_m=(260.0, 480.0),
    transit_dwell_s=(6.0, 20.0),
)
_UNLOADING_S: Final = (60.0, 150.0)
_RESTING_S: Final = 20.0


class Gate(NamedTuple):
    """A point with a highest speed; a stop when that is zero."""

    at_m: float
    speed_mps: float
    dwell_s: float


class Track:
    """A route made ready to be driven on.

    halts_s  how long it stands at the end of a leg, by the leg's number
    """

    def __init__(
        self,
        route: Route,
        habits: Habits,
        rng: random.Random,
        halts_s: Mapping[int, float] = MappingProxyType({}),
    ) -> None:
        self.legs = route.legs
        self.starts_m = [0.0]
        for leg in route.legs:
            self.starts_m.append(self.starts_m[-1] + math.dist(leg.start_m, leg.end_m))
        self.length_m = self.starts_m.pop()
        self.limits_mps = [
            habits.service_mps if leg.service else habits.transit_mps for leg in route.legs
        ]
        gates = [*self._corners(), *self._stops(habits, rng)]
        gates += [Gate(self.starts_m[leg + 1], 0.0, stand_s) for leg, stand_s in halts_s.items()]
        if route.landfill_m is not None:
            at_m = next(
                start_m
                for leg, start_m in zip(route.legs, self.starts_m, strict=True)
                if leg.start_m == route.landfill_m
            )
            gates.append(Gate(at_m, 0.0, rng.uniform(*_UNLOADING_S)))
        gates.append(Gate(self.length_m, 0.0, _RESTING_S))
        self.gates = _brakeable(sorted(gates))

    def leg_at(self, along_m: float) -> int:
        """Which leg a distance from the start lies on."""
        return max(0, bisect_right(self.starts_m, along_m) - 1)

    def service_span_m(self) -> tuple[float, float]:
        """Where service begins and ends; the whole track when it has none."""
        serving = [index for index, leg in enumerate(self.legs) if leg.service]
        if not serving:
            return 0.0, self.length_m
        ends_m = [*self.starts_m[1:], self.length_m]
        return self.starts_m[serving[0]], ends_m[serving[-1]]

    def _corners(self) -> list[Gate]:
        gates = []
        for index, (before, after) in enumerate(pairwise(self.legs)):
            turn_deg = abs((heading_deg(after) - heading_deg(before) + 180) % 360 - 180)
            slow = min(self.limits_mps[index], self.limits_mps[index + 1])
            speed_mps = min(slow, _TURN_MPS) if turn_deg > _SHARP_TURN_DEG else slow
            gates.append(Gate(self.starts_m[index + 1], speed_mps, 0.0))
        return gates

    def _stops(self, habits: Habits, rng: random.Random) -> list[Gate]:
        gates: list[Gate] = []
        at_m = 0.0
        while True:
            leg = self.legs[self.leg_at(at_m)]
            serving = leg.service and habits.service_stop_m is not None
            apart_m = habits.service_stop_m if serving else habits.transit_stop_m
            at_m += rng.uniform(*(apart_m or habits.transit_stop_m))
            if at_m >= self.length_m - _ARRIVED_M:
                return gates
            stops_here = self.legs[self.leg_at(at_m)].service is leg.service
            if stops_here:
                dwell_s = habits.service_dwell_s if serving else habits.transit_dwell_s
                gates.append(Gate(at_m, 0.0, rng.uniform(*dwell_s)))


class Vehicle:
    """Something that drives round and round on a track."""

    def __init__(self, track: Track, along_m: float) -> None:
        self.track = track
        self.along_m = along_m % track.length_m
        self.speed_mps = 0.0
        self.laps = 0
        self.dwell_s = 0.0
        self._gate = bisect_right(track.gates, (self.along_m, math.inf, math.inf))

    @property
    def travelled_m(self) -> float:
        """How far it has gone since the start of its first lap."""
        return self.laps * self.track.length_m + self.along_m

    @property
    def leg(self) -> Leg:
        """The piece of the route it is on."""
        return self.track.legs[self.track.leg_at(self.along_m)]

    @property
    def xy_m(self) -> tuple[float, float]:
        """Where it is on the plane."""
        index = self.track.leg_at(self.along_m)
        leg = self.track.legs[index]
        length_m = math.dist(leg.start_m, leg.end_m)
        share = min(1.0, (self.along_m - self.track.starts_m[index]) / length_m)
        return (
            leg.start_m[0] + share * (leg.end_m[0] - leg.start_m[0]),
            leg.start_m[1] + share * (leg.end_m[1] - leg.start_m[1]),
        )

    @property
    def heading_deg(self) -> float:
        """Where it points, clockwise from north."""
        return heading_deg(self.leg)

    @property
    def is_serving(self) -> bool:
        """Whether it is collecting."""
        return self.leg.service

    def advance(self, seconds_s: float) -> None:
        """Let time pass."""
        left_s = seconds_s
        while left_s > 0:
            if self.dwell_s > 0:
                rested_s = min(left_s, self.dwell_s)
                self.dwell_s -= rested_s
                left_s -= rested_s
            else:
                self._drive(min(STEP_S, left_s))
                left_s -= STEP_S

    def _drive(self, step_s: float) -> None:
        gate = self.track.gates[self._gate]
        limit_mps = self.track.limits_mps[self.track.leg_at(self.along_m)]
        safe_mps = _safe_mps(gate, gate.at_m - self.along_m, self.speed_mps, step_s)
        most_mps = self.speed_mps + ACCELERATION_MPS2 * step_s
        speed_mps = min(most_mps, max(_CREEP_MPS, min(limit_mps, safe_mps)))
        moved_m = (self.speed_mps + speed_mps) / 2 * step_s
        self.speed_mps = speed_mps
        self.along_m += moved_m
        while self.along_m >= gate.at_m - (_ARRIVED_M if gate.speed_mps == 0 else 0):
            self._gate += 1
            if gate.speed_mps == 0:
                self._halt(gate)
                return
            gate = self.track.gates[self._gate]

    def _halt(self, gate: Gate) -> None:
        self.along_m = gate.at_m
        self.speed_mps = 0.0
        self.dwell_s = gate.dwell_s
        if self._gate == len(self.track.gates):
            self.along_m = 0.0
            self.laps += 1
            self._gate = 0


def _safe_mps(gate: Gate, ahead_m: float, speed_mps: float, step_s: float) -> float:
    """The greatest speed after a step from which braking still meets the gate.

    It solves v² = gate² + 2·b·(ahead - (speed + v)/2·step) for v.
    """
    half = BRAKING_MPS2 * step_s / 2
    squared = half**2 + gate.speed_mps**2 + 2 * BRAKING_MPS2 * ahead_m - 2 * half * speed_mps
    return math.sqrt(max(0.0, squared)) - half


def heading_deg(leg: Leg) -> float:
    """A leg's direction, clockwise from north."""
    east_m, north_m = (end - start for start, end in zip(leg.start_m, leg.end_m, strict=True))
    return math.degrees(math.atan2(east_m, north_m)) % 360


def _brakeable(gates: list[Gate]) -> list[Gate]:
    """Lower each gate's speed so that the next one can be met; stops stay stops."""
    swept = [gates[-1]]
    for gate in reversed(gates[:-1]):
        following = swept[-1]
        reachable_mps = math.sqrt(
            following.speed_mps**2 + 2 * BRAKING_MPS2 * (following.at_m - gate.at_m)
        )
        if gate.speed_mps > 0:
            reachable_mps = max(reachable_mps, 0.01)
        swept.append(gate._replace(speed_mps=min(gate.speed_mps, reachable_mps)))
    swept.reverse()
    return swept
