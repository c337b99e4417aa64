"""States, coverage, order, punctuality and distances of runs whose truth is known."""

import numpy as np
import pytest

from geo.compliance import check
from geo.plan import Block, Plan
from geo.report import RunReport
from tests.unit.geo_town import START_S, Point, Truck, plan_of, points, row


def _states(report: RunReport) -> str:
    """First letters of the states, in order."""
    return "".join(segment.state[0] for segment in report.segments)


def test_a_run_as_planned_is_covered_in_order() -> None:
    """Everything serviced, in order, and nothing off route."""
    blocks = row(8)
    report = check(plan_of(blocks), Truck().serve(points(blocks)).sends(noise_m=4.0))
    assert _states(report) == "s" * 8
    assert report.coverage == pytest.approx(1.0)
    assert report.order_kept == 1.0
    assert report.off_route_s == 0.0
    assert report.service_m == pytest.approx(8 * 80.0, rel=0.03)
    assert report.deadhead_m == pytest.approx(7 * 14.0, abs=30.0)


def test_a_silence_hides_what_it_could_hide_and_no_more() -> None:
    """Blocks passed in the silence are unknown; the others are what they were seen to be."""
    blocks = row(10)
    truck = Truck().serve(points(blocks))
    report = check(plan_of(blocks), truck.sends(silent=[(120.0, 240.0)]))
    assert _states(report)[:3] == "sss"
    assert _states(report)[-4:] == "ssss"
    assert "u" in _states(report)
    assert "m" not in _states(report)
    assert report.coverage < 1.0


def test_a_street_out_of_a_silence_s_reach_is_missed() -> None:
    """Two minutes are not enough to serve a street 2 km away and be back."""
    blocks = row(8)
    far: list[Point] = [(0.0, 2000.0), (80.0, 2000.0)]
    truck = Truck().serve(points(blocks))
    report = check(plan_of([*blocks, far]), truck.sends(silent=[(100.0, 220.0)]))
    assert _states(report)[-1] == "m"


def test_driving_in_another_order_is_seen_but_covers_all_the_same() -> None:
    """The second half first."""
    blocks = row(8)
    truck = Truck().serve(points(blocks[4:])).rush([(738.0, 200.0), (0.0, 200.0), (0.0, 0.0)])
    report = check(plan_of(blocks), truck.serve(points(blocks[:4])).sends(noise_m=3.0))
    assert _states(report) == "s" * 8
    assert report.order_kept == pytest.approx(6 / 7)


def test_lateness_is_told_against_the_window() -> None:
    """Ten minutes late at the start; an hour early at the end."""
    blocks = row(4)
    plan = plan_of(blocks, window_s=(START_S - 600.0, START_S + 7200.0))
    report = check(plan, Truck().serve(points(blocks)).sends())
    assert report.begin_late_s == pytest.approx(600.0, abs=10.0)
    assert report.end_late_s is not None
    assert report.end_late_s < -6000.0


def test_a_stretch_that_is_only_driven_counts_for_nothing_in_the_coverage() -> None:
    """Blocks without service have a state, but coverage is of service only."""
    blocks = row(4)
    plan = plan_of(blocks)
    parts = [
        Block(block.segment_id, block.lonlat_deg, service=at < 2)
        for at, block in enumerate(plan.blocks)
    ]
    plan = Plan(plan.route_id, tuple(parts), plan.max_mean_mps)
    truck = Truck().serve(points(blocks[:2])).rush(points(blocks[2:]))
    report = check(plan, truck.sends(noise_m=3.0))
    assert report.coverage == pytest.approx(1.0)
    assert _states(report) == "sstt"


def test_a_block_too_short_to_be_seen_on_is_not_called_serviced() -> None:
    """No tracker can tell whether a truck worked on 20 cm of street."""
    blocks: list[list[Point]] = [
        [(0.0, 0.0), (80.0, 0.0)],
        [(90.0, 0.0), (90.2, 0.0)],
        [(100.0, 0.0), (180.0, 0.0)],
    ]
    report = check(plan_of(blocks), Truck().serve(points(blocks)).sends())
    assert _states(report) == "sms"
    assert report.segments[1].confidence <= 0.5


def test_nobody_is_blamed_for_a_short_block_where_the_truck_may_have_stopped() -> None:
    """It stopped around there: whether on those 20 cm, nobody can say."""
    blocks: list[list[Point]] = [
        [(0.0, 0.0), (80.0, 0.0)],
        [(90.0, 0.0), (90.2, 0.0)],
        [(100.0, 0.0), (180.0, 0.0)],
    ]
    truck = Truck().serve([(0.0, 0.0), (90.1, 0.0)]).wait(20).serve([(180.0, 0.0)])
    assert _states(check(plan_of(blocks), truck.sends())) == "sus"


def test_a_tracker_that_dies_at_work_leaves_the_rest_of_the_plan_unknown() -> None:
    """Silent from the fourth block on, with an hour to go: unknown, and not missed."""
    blocks = row(8)
    begin_s, end_s = START_S, START_S + 7200.0
    truck = Truck().serve(points(blocks[:4]))
    heard = check(plan_of(blocks, window_s=(begin_s, end_s)), truck.sends())
    assert _states(heard) == "ssssuuuu"


def test_a_tracker_that_wakes_up_at_work_leaves_what_came_before_unknown() -> None:
    """First heard on the fifth block, an hour into the window."""
    blocks = row(8)
    truck = Truck().serve(points(blocks[4:]))
    plan = plan_of(blocks, window_s=(START_S - 3600.0, START_S + 3600.0))
    assert _states(check(plan, truck.sends())) == "uuuussss"


@pytest.mark.parametrize(("spare_s", "states"), [(30.0, "ssssmm"), (60.0 + 45.0, "ssssum")])
def test_time_left_in_the_window_limits_what_may_have_been_served(
    spare_s: float, states: str
) -> None:
    """Heard to the end of the window nothing was hidden; with little left, little was."""
    blocks = row(6, length_m=300.0)
    truck = Truck().serve(points(blocks[:4]))
    sent = truck.sends()
    plan = plan_of(blocks, window_s=(START_S, float(sent.t_s[-1]) + spare_s))
    assert _states(check(plan, sent)) == states


def test_a_truck_that_parks_off_its_plan_has_ended_its_day() -> None:
    """What it left out is missed: its tracker says where it stands instead."""
    blocks = row(6)
    truck = Truck().serve(points(blocks[:4])).rush([(360.0, 400.0)]).wait(300)
    plan = plan_of(blocks, window_s=(START_S, START_S + 7200.0))
    assert _states(check(plan, truck.sends())) == "ssssmm"


def test_confidence_is_higher_with_more_to_go_by() -> None:
    """Fixes every 5 s say more than every 20 s, and a silence says least."""
    blocks = row(10)
    truck = Truck().serve(points(blocks))
    often = check(plan_of(blocks), truck.sends(noise_m=3.0))
    seldom = check(plan_of(blocks), truck.sends(noise_m=3.0, step_s=20))
    mean = [np.mean([one.confidence for one in report.segments]) for report in (often, seldom)]
    assert mean[0] > mean[1] > 0.5


def test_a_run_that_begins_and_ends_in_mid_block_does_not_miss_those_blocks() -> None:
    """What was done of them before the first fix and after the last is not known."""
    blocks = row(5)
    truck = Truck().serve([(60.0, 0.0), *points(blocks)[2:9], (396.0, 0.0)])
    states = _states(check(plan_of(blocks), truck.sends()))
    assert states[1:4] == "sss"
    assert "m" not in states
