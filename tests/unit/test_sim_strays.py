"""Errands of live trucks: they happen, can be noticed, and end where they began."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
import shapely

from deploy import cities
from firmware_sim.behaviour import generator
from firmware_sim.city import Counts, Plan, build
from firmware_sim.strays import STRAYS, Stray
from firmware_sim.vehicles import Truck

NOON = datetime(2026, 9, 14, 18, 0, tzinfo=UTC)
OVERSPEED_MPS = 60 / 3.6
_TICKS = 1500


class Seen(NamedTuple):
    """What an errand looked like, in seconds."""

    told: list[tuple[datetime | None, datetime | None]]
    off_s: float
    fast_s: float
    stood_s: float


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The default number of trucks."""
    return build(cities.load("coatzacoalcos").folder, seed=1, counts=Counts(bus=0))


def _truck(plan: Plan, device_id: str) -> Truck:
    found = next(one for planned, one in plan.behaviours() if planned.device_id == device_id)
    assert isinstance(found, Truck)
    return found


def _run(plan: Plan, label: str) -> Seen:
    truck = _truck(plan, "T-020")
    legs = plan.truck_routes["T-020"].legs
    streets = shapely.union_all(shapely.linestrings([(leg.start_m, leg.end_m) for leg in legs]))
    told: list[tuple[datetime | None, datetime | None]] = []
    stray = Stray(
        label,
        plan.streets,
        plan.truck_routes["T-020"],
        generator(1, label),
        lambda one: told.append((one.began_at, one.ended_at)),
    )
    truck.errands.append(stray)
    own, at, step_s = truck.vehicle, NOON, truck.interval_s
    off_s = fast_s = longest_s = standing_s = 0.0
    for _ in range(_TICKS):
        at += timedelta(seconds=step_s)
        truck.tick(at, step_s)
        vehicle = truck.vehicle
        off_s += step_s * (shapely.distance(streets, shapely.Point(vehicle.xy_m)) > 30)
        fast_s += step_s * (vehicle.speed_mps > OVERSPEED_MPS)
        standing_s = standing_s + step_s if vehicle.speed_mps == 0 else 0.0
        longest_s = max(longest_s, standing_s)
        if not truck.errands:
            break
    assert truck.vehicle is own
    assert not truck.errands
    return Seen(told, off_s, fast_s, longest_s)


@pytest.mark.parametrize("label", STRAYS)
def test_an_errand_begins_and_ends_and_both_are_told(plan: Plan, label: str) -> None:
    """Once each, in minutes."""
    [(began, not_yet), (began_again, ended)] = _run(plan, label).told
    assert began == began_again
    assert not_yet is None
    assert began is not None
    assert ended is not None
    assert timedelta(seconds=45) < ended - began < timedelta(minutes=10)


def test_each_errand_is_what_it_is_called(plan: Plan) -> None:
    """Off the plan, above the limit, or standing: long enough to be noticed."""
    assert _run(plan, "off_route").off_s > 45
    assert _run(plan, "overspeed").fast_s > 20
    assert _run(plan, "unplanned_stop").stood_s > 110
    assert _run(plan, "off_route").fast_s == _run(plan, "unplanned_stop").fast_s == 0


def test_a_truck_without_errands_never_leaves_its_plan(plan: Plan) -> None:
    """The lap goes on as it always did."""
    truck = _truck(plan, "T-020")
    own = truck.vehicle
    for _ in range(200):
        truck.tick(NOON, truck.interval_s)
    assert truck.vehicle is own
