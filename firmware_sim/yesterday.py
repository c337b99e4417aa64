"""A day that already happened: some of a city's trucks, out on their routes.

Every truck drove its plan inside the shift, each with its own deviations; the
tracker of one said nothing all day. `out` draws it from the seed alone: the
same city has the same yesterday whenever it is asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.clock import rfc3339
from core.messages import GpsFix
from firmware_sim import deviations, run_truth, shift
from firmware_sim.behaviour import generator
from firmware_sim.city import Plan
from firmware_sim.route_plan import Hours

TRUCKS: Final = 11
_START_S: Final = (300.0, 2400.0)
_MUTE_FROM: Final = 3
"""A fleet of as many has a truck whose tracker is silent all day."""


@dataclass(frozen=True, slots=True)
class Outing:
    """One truck's yesterday: what it sent, and the truth file's line about it."""

    device_id: str
    route_id: str
    fixes: tuple[GpsFix, ...]
    """By time; without a number."""
    truth: dict[str, Any]


def trucks(plan: Plan, count: int = TRUCKS) -> list[str]:
    """Which trucks were out: as many as asked for, spread over the city."""
    names = sorted(plan.truck_routes)
    count = min(count, len(names))
    return [names[index * len(names) // count] for index in range(count)]


def out(plan: Plan, day: date, hours: Hours, *, count: int = TRUCKS) -> Iterator[Outing]:
    """Let the trucks drive that local day, one after the other."""
    chosen = trucks(plan, count)
    for number, device_id in enumerate(chosen):
        is_mute = len(chosen) >= _MUTE_FROM and number == len(chosen) - 1
        yield outing(plan, device_id, day, hours, number=number, is_mute=is_mute)


def outing(
    plan: Plan, device_id: str, day: date, hours: Hours, *, number: int, is_mute: bool = False
) -> Outing:
    """Let one truck drive that local day; its number says which deviations it has."""
    rng = generator(plan.seed, device_id, "yesterday")
    route = plan.truck_routes[device_id]
    begin, end = hours.on(day, ZoneInfo(plan.timezone))
    driven = deviations.deviated(route, plan.streets, number, rng)
    done = shift.drive(
        device_id,
        driven,
        plan.plane,
        begin + timedelta(seconds=round(rng.uniform(*_START_S))),
        rng,
        silences=rng.randint(1, 3) if number % 2 else 0,
        is_mute=is_mute,
    )
    truth = run_truth.line(
        done,
        route,
        run_truth.judge(done, route),
        service_date=day.isoformat(),
        plane=plan.plane,
    )
    window = {"window": [rfc3339(begin), rfc3339(end)]}
    return Outing(device_id, route.route_id, done.sent, {**truth, **window})
