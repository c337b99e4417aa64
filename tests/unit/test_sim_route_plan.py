"""What the simulator's planner writes is a plan, and its shift holds the present."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy import cities
from firmware_sim import route_plan
from firmware_sim.city import Counts, Plan, build
from firmware_sim.route_plan import Hours
from geo import route as geo_route

ZONE = ZoneInfo("America/Mexico_City")
NOON = datetime(2026, 9, 14, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A city of a few trucks."""
    return build(cities.load("coatzacoalcos").folder, seed=3, counts=Counts(truck=60, bus=0))


@given(now=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  hypothesis wants bounds without a zone
def test_a_shift_holds_the_present_within_one_local_day(now: datetime) -> None:
    """Six hours or more, so that yesterday's runs fit in and are over, and today's are live."""
    hours = Hours.around(now, ZONE)
    today = now.astimezone(ZONE).date()
    begin, end = hours.on(today, ZONE)
    assert begin <= now
    assert now < end or end.astimezone(ZONE).minute == 59
    assert (end - begin).total_seconds() >= 6 * 3600
    assert {at.astimezone(ZONE).date() for at in (begin, end)} == {today}
    assert hours.on(route_plan.yesterday(now, ZONE), ZONE)[1] < now


def test_a_plan_is_read_as_a_route_with_streets_quarters_and_places(plan: Plan) -> None:
    """Every block to be served, in order, under its name; the way between is not served."""
    hours = Hours.around(NOON, ZONE)
    for device_id, document in route_plan.documents(plan, hours).items():
        route = geo_route.from_document(document)
        served = [block for block in route.blocks if block.service]
        legs = [leg for leg in plan.truck_routes[device_id].legs if leg.service]
        assert [block.segment_id for block in served] == [
            f"S{order:03}" for order in range(1, len(legs) + 1)
        ]
        assert all(block.street and block.colonia for block in served)
        assert route.window(date(2026, 9, 13), ZONE) == hours.on(date(2026, 9, 13), ZONE)
        assert route.depot is not None
        assert route.landfill is not None
        assert route.max_mean_kmh == 20


def test_streets_keep_their_name_from_end_to_end(plan: Plan) -> None:
    """Blocks of one street are called alike, and crossing streets otherwise."""
    along = {b.row: route_plan.street_name(b) for b in plan.streets.blocks if b.along}
    across = {b.row: route_plan.street_name(b) for b in plan.streets.blocks if not b.along}
    names = [*along.values(), *across.values()]
    assert len(set(names)) == len(names)
    assert all(name.startswith(("Calle ", "Avenida ")) for name in names)
