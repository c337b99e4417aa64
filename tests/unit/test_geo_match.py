"""Matching tells apart what receivers blur: near streets, directions, turns, repeats."""

import numpy as np
import pytest

from geo.compliance import check
from geo.report import RunReport
from tests.unit.geo_town import Point, Truck, plan_of, points, row


def _states(report: RunReport) -> str:
    """First letters of the states, in order."""
    return "".join(segment.state[0] for segment in report.segments)


@pytest.mark.parametrize("step_s", [5, 10, 20])
@pytest.mark.parametrize("noise_m", [3.0, 7.0])
def test_parallel_streets_40_m_apart_are_told_apart(step_s: int, noise_m: float) -> None:
    """A truck that serves one of two parallel streets has not served the other."""
    north = [line[::-1] for line in row(5, y=40.0)[::-1]]
    driven = row(5)
    trace = Truck().serve(points(driven)).sends(step_s=step_s, noise_m=noise_m, seed=3)
    report = check(plan_of([*driven, *north]), trace)
    assert _states(report) == "sssss" + "mmmmm"


@pytest.mark.parametrize("seed", range(4))
def test_directions_of_one_street_are_told_apart(seed: int) -> None:
    """The other direction of a street is another block, though it lies in the same place."""
    east = row(4)
    west = [line[::-1] for line in row(4, y=3.0)[::-1]]
    trace = Truck().serve(points(east)).sends(noise_m=5.0, seed=seed)
    report = check(plan_of([*east, *west]), trace)
    assert _states(report) == "ssssmmmm"


def test_a_turn_at_a_dead_end_serves_both_directions() -> None:
    """There and back again: the block before the dead end and the block after it."""
    there: list[Point] = [(0.0, 0.0), (200.0, 0.0)]
    back: list[Point] = [(200.0, 3.0), (0.0, 3.0)]
    trace = Truck().serve([*there, *back]).sends(noise_m=4.0)
    assert _states(check(plan_of([there, back]), trace)) == "ss"


def test_a_street_served_at_the_second_pass_is_served() -> None:
    """Driven through at speed first and served later: served."""
    blocks = row(4)
    truck = Truck().rush(points(blocks)).rush([(360.0, 300.0), (0.0, 300.0)])
    report = check(plan_of(blocks), truck.serve(points(blocks)).sends(noise_m=4.0))
    assert _states(report) == "ssss"


def test_a_street_only_driven_through_is_too_fast() -> None:
    """Passing at 40 km/h is not serving."""
    blocks = row(6)
    truck = Truck().serve(points(blocks[:2])).rush(points(blocks[2:4]))
    report = check(plan_of(blocks), truck.serve(points(blocks[4:])).sends(noise_m=3.0))
    assert _states(report) == "ssttss"


def test_a_skipped_street_is_missed_and_the_detour_is_off_route() -> None:
    """Around two blocks by a street 120 m away."""
    blocks = row(6)
    detour: list[Point] = [(181.0, -120.0), (369.0, -120.0), (369.0, 0.0)]
    truck = Truck().serve(points(blocks[:2])).rush(detour).serve(points(blocks[4:]))
    report = check(plan_of(blocks), truck.sends(noise_m=3.0))
    assert _states(report) == "ssmmss"
    assert 20.0 < report.off_route_s < 60.0


def test_one_wild_fix_changes_nothing() -> None:
    """A fix 150 m off, between good ones, is dropped and counted."""
    blocks = row(5)
    sent = Truck().serve(points(blocks)).sends(noise_m=3.0)
    sent.lat_deg[20] += 0.0014
    report = check(plan_of(blocks), sent)
    assert _states(report) == "sssss"
    assert report.spikes == 1


def test_a_receiver_error_is_measured() -> None:
    """The spread across the street comes out near what it is."""
    blocks = row(14)
    quiet = check(plan_of(blocks), Truck().serve(points(blocks)).sends(noise_m=3.0, seed=1))
    loud = check(plan_of(blocks), Truck().serve(points(blocks)).sends(noise_m=9.0, seed=1))
    assert quiet.receiver_error_m == pytest.approx(3.0, abs=1.2)
    assert loud.receiver_error_m > 1.7 * quiet.receiver_error_m


def test_trackers_without_speed_and_heading_are_matched_by_their_displacement() -> None:
    """Positions and times alone will do."""
    blocks = row(6)
    sent = Truck().serve(points(blocks)).sends(noise_m=3.0)
    sent.speed_mps[:] = np.nan
    sent.heading_deg[:] = np.nan
    sent.hdop[:] = np.nan
    assert _states(check(plan_of(blocks), sent)) == "ssssss"
