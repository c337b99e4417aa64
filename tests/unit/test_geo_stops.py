"""Stays: found where they were, as long as they were, on the plan or off it."""

import numpy as np
import pytest
import shapely

from geo.fleet import FleetReport, Roads, check_fleet
from geo.stops import stops
from tests.unit.geo_town import START_S, Point, Truck, plan_of, points, row

_AWAY: list[Point] = [(188.0, -200.0)]


def _judged(truck: Truck, blocks: list[list[Point]], **sent: object) -> tuple[Roads, FleetReport]:
    roads = Roads.of([plan_of(blocks)])
    trace = truck.sends(noise_m=5.0, **sent)  # type: ignore[arg-type]
    return roads, check_fleet(roads, trace, np.zeros(1, np.int64))


def test_a_stop_beside_the_plan_is_off_route_and_as_long_as_it_was() -> None:
    """Ten minutes at a place 200 m away."""
    blocks = row(6)
    truck = Truck().serve(points(blocks[:2])).rush(_AWAY).wait(600)
    truck.rush([(188.0, 0.0)]).serve(points(blocks[2:]))
    _, report = _judged(truck, blocks)
    assert len(report.stops) == 1
    assert not report.stops.on_route[0]
    lasted = report.stops.to_s[0] - report.stops.from_s[0]
    assert lasted == pytest.approx(600.0, abs=15.0)
    assert report.off_route_s[0] == pytest.approx(600.0 + 2 * 185.0 / 11.0, abs=25.0)


@pytest.mark.parametrize(("away_m", "on_route"), [(4.0, True), (24.0, False)])
def test_a_long_stop_is_placed_better_than_the_receiver_errs(
    away_m: float, *, on_route: bool
) -> None:
    """Errors of 5 m average out over ten minutes."""
    blocks = row(6)
    truck = Truck().serve(points(blocks[:3])).rush([(276.0, away_m)]).wait(900)
    truck.rush([(282.0, 0.0)]).serve(points(blocks[3:]))
    _, report = _judged(truck, blocks)
    assert report.stops.on_route.tolist() == [on_route]


def test_a_stop_goes_on_through_a_silence_and_says_so() -> None:
    """A truck found where it was left has stayed there."""
    blocks = row(6)
    truck = Truck().serve(points(blocks[:2])).rush(_AWAY)
    begin = len(truck.x_y_m)
    truck.wait(900).rush([(188.0, 0.0)]).serve(points(blocks[2:]))
    _, report = _judged(truck, blocks, silent=[(begin + 200.0, begin + 600.0)])
    assert len(report.stops) == 1
    assert report.stops.silent[0]
    assert report.stops.from_s[0] == pytest.approx(START_S + begin, abs=15.0)


def test_service_stops_of_seconds_are_no_stays() -> None:
    """Stopping for ten seconds every 35 m is the job."""
    blocks = row(8)
    _, report = _judged(Truck().serve(points(blocks)), blocks)
    assert len(report.stops) == 0


def test_a_stop_at_an_allowed_place_names_the_place() -> None:
    """The depot is one; the street in front of it is not."""
    blocks = row(4)
    truck = Truck().serve(points(blocks[:2])).rush(_AWAY).wait(600)
    roads, report = _judged(truck, blocks)
    x_m, y_m = float(report.stops.x_m[0]), float(report.stops.y_m[0])
    depot = shapely.Point(x_m, y_m).buffer(30.0)
    other = shapely.Point(x_m + 500.0, y_m).buffer(30.0)
    found = stops(
        report.trip,
        report.plan_of_run,
        roads.table,
        report.matched.sigma_m,
        allowed=[other, depot],
    )
    assert found.allowed.tolist() == [1]
