"""A driver's day as it was driven: the plan, with what was left out, hurried or gone off to.

From a plan's blocks in order a new order is made, deviations put in, and the
whole joined to a line of legs again by ways through the streets. Which kinds a
truck has goes by its number, so that a small fleet has them all; where and how
long is drawn.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import shapely

from firmware_sim.routes import XY, Leg, Route
from firmware_sim.streets import Streets

_EDGE: Final = 6
"""Blocks at either end of a plan that are served as planned."""
_APART: Final = 3
"""Blocks as planned between two deviations."""
_TRIES: Final = 60
_AWAY_M: Final = (110.0, 900.0)
"""How far from the plan, and from where it is left, a detour goes."""
_STOP_S: Final = (320.0, 900.0)
_SECOND: Final = 1


class Kind(StrEnum):
    """What a driver did that was not planned."""

    SKIPPED = "skipped"
    """Blocks left out, by other streets."""
    HURRIED = "hurried"
    """Blocks driven without a stop, above the service speed."""
    LATER = "later"
    """Blocks left out at first and served at the end."""
    SWAPPED = "swapped"
    """Two stretches served in the other order."""
    DETOUR = "detour"
    """Off the plan and back."""
    STOP = "stop"
    """Off the plan, and standing there for minutes."""


class Deviation(NamedTuple):
    """One of them, and which blocks of the plan (from 0) it is about."""

    kind: Kind
    blocks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Driven:
    """A day's line of legs, and what stands on it."""

    route: Route
    halts_s: dict[int, float]
    """How long it stood at the end of a leg, by the leg's number."""
    deviations: tuple[Deviation, ...]
    off_plan: frozenset[int]
    """Legs at whose end it stood off the plan."""
    along: frozenset[int]
    """Legs on which it drove along a block because the plan says so, hurried ones included."""
    left_at: dict[int, int]
    """By number of a block that was skipped: the leg on which it was passed by."""


class _Task(NamedTuple):
    """A block to drive along, or (without a number) a corner to go to and stand at."""

    number: int | None
    start: int
    end: int
    hurried: bool = False
    stand_s: float = 0.0


def deviated(route: Route, streets: Streets, number: int, rng: random.Random) -> Driven:
    """A day of the truck with this number (from 0) in its fleet."""
    corners = {point: index for index, point in enumerate(streets.points)}
    tasks = [
        _Task(order, corners[leg.start_m], corners[leg.end_m])
        for order, leg in enumerate(leg for leg in route.legs if leg.service)
    ]
    day = _Day(tasks, rng)
    for _ in range(rng.randint(1, 3)):
        day.skip(rng.randint(1, 5))
    for _ in range(rng.randint(1, 3)):
        day.hurry(rng.randint(2, 6))
    if number % 4 == _SECOND:
        day.postpone(rng.randint(1, 3))
    if number % 3 == _SECOND:
        day.swap(rng.randint(2, 5))
    far = far_corners(route, streets)
    for stands in [*[False] * (number % 2 + 1), *[True] * (number % 3 == 0)]:
        day.leave(far, streets, rng.uniform(*_STOP_S) if stands else 0.0)
    return _joined(route, streets, corners, day)


@dataclass(slots=True)
class _Day:
    """Tasks in the making; each stretch of them is changed once at the most."""

    tasks: list[_Task]
    rng: random.Random
    deviations: list[Deviation] = field(default_factory=list)
    avoided: set[tuple[int, int]] = field(default_factory=set)
    _busy: set[int] = field(default_factory=set)
    _put_off: list[_Task] = field(default_factory=list)

    def skip(self, count: int) -> None:
        """Leave blocks out."""
        taken = self._stretch(count)
        self._drop(taken)
        self._note(Kind.SKIPPED, taken)

    def hurry(self, count: int) -> None:
        """Drive along blocks without serving them."""
        taken = self._stretch(count)
        for task in taken:
            self.tasks[self.tasks.index(task)] = task._replace(hurried=True)
        self._note(Kind.HURRIED, taken)

    def postpone(self, count: int) -> None:
        """Leave blocks out and serve them at the end."""
        taken = self._stretch(count)
        self._drop(taken)
        self.tasks += taken
        self._note(Kind.LATER, taken)

    def swap(self, count: int) -> None:
        """Serve the second half of a stretch before the first."""
        taken = self._stretch(2 * count)
        if taken:
            at = self.tasks.index(taken[0])
            self.tasks[at : at + len(taken)] = [*taken[count:], *taken[:count]]
        self._note(Kind.SWAPPED, taken)

    def leave(self, far: Sequence[int], streets: Streets, stand_s: float) -> None:
        """Go somewhere off the plan and back."""
        for _ in range(_TRIES):
            taken = self._stretch(1)
            if not taken:
                return
            here = streets.points[taken[0].end]
            near = [at for at in far if math.dist(here, streets.points[at]) < _AWAY_M[1]]
            if near:
                goal = self.rng.choice(near)
                at = self.tasks.index(taken[0]) + 1
                self.tasks.insert(at, _Task(None, goal, goal, stand_s=stand_s))
                self._note(Kind.STOP if stand_s else Kind.DETOUR, taken)
                return

    def _stretch(self, count: int) -> list[_Task]:
        """Draw neighbouring tasks that nothing has happened to; none if there is no room."""
        for _ in range(_TRIES):
            room = len(self.tasks) - 2 * _EDGE - count
            if room < 1:
                return []
            at = _EDGE + self.rng.randrange(room)
            taken = self.tasks[at : at + count]
            numbers = [task.number for task in taken if task.number is not None]
            if len(numbers) == count and not self._busy.intersection(numbers):
                first, last = min(numbers), max(numbers)
                self._busy.update(range(first - _APART, last + _APART + 1))
                return taken
        return []

    def _drop(self, taken: Sequence[_Task]) -> None:
        for task in taken:
            self.tasks.remove(task)
            self.avoided.add((min(task.start, task.end), max(task.start, task.end)))

    def _note(self, kind: Kind, taken: Sequence[_Task]) -> None:
        if taken:
            blocks = tuple(task.number for task in taken if task.number is not None)
            self.deviations.append(Deviation(kind, blocks))


def far_corners(route: Route, streets: Streets) -> list[int]:
    """Corners too far from every street of the plan to be taken for one of it."""
    plan = shapely.STRtree([shapely.LineString((leg.start_m, leg.end_m)) for leg in route.legs])
    corners = shapely.points(streets.xy_m)
    near, _ = plan.query(corners, predicate="dwithin", distance=_AWAY_M[0])
    far: list[int] = np.setdiff1d(np.arange(len(streets.points)), near).tolist()
    return far


def _joined(route: Route, streets: Streets, corners: dict[XY, int], day: _Day) -> Driven:
    """Make one closed line of the tasks, from the depot by the landfill and home."""
    serving = [index for index, leg in enumerate(route.legs) if leg.service]
    legs = list(route.legs[: serving[0]])
    halts_s: dict[int, float] = {}
    off_plan: set[int] = set()
    along: set[int] = set()
    left_at: dict[int, int] = {}
    here = corners[route.legs[serving[0]].start_m]
    finish = corners[route.legs[serving[-1]].end_m]
    expected = 0
    for task in [*day.tasks, _Task(None, finish, finish)]:
        legs += _way(streets, here, task.start, day.avoided)
        if task.number is None:
            if task.stand_s:
                halts_s[len(legs) - 1] = task.stand_s
                off_plan.add(len(legs) - 1)
        else:
            for number in range(expected, task.number):
                left_at.setdefault(number, len(legs) - 1)
            expected = max(expected, task.number + 1)
            start_m, end_m = streets.points[task.start], streets.points[task.end]
            along.add(len(legs))
            legs.append(Leg(start_m, end_m, not task.hurried))
        here = task.end
    legs += route.legs[serving[-1] + 1 :]
    driven = Route(route.route_id, tuple(legs), route.landfill_m)
    return Driven(
        driven, halts_s, tuple(day.deviations), frozenset(off_plan), frozenset(along), left_at
    )


def _way(streets: Streets, start: int, end: int, avoided: set[tuple[int, int]]) -> Iterator[Leg]:
    for one, other in pairwise(streets.way(start, end, without=avoided)):
        yield Leg(streets.points[one], streets.points[other], service=False)
