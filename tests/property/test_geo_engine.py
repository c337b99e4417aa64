"""What must hold for any town, truck and tracker: verdicts follow from what was driven alone.

Not from where north is, nor from the order of rows, nor from who else is judged beside; and what
was not heard is never held against anyone.
"""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.compliance import check
from geo.fleet import Roads, check_fleet
from geo.plan import Block, Plan
from geo.report import RunReport
from geo.trace import Trace, stack
from geo.verdict import STATES
from tests.unit.geo_town import START_S, TOWN, Point, Truck, plan_of

_SHIFT_S = 6 * 3600.0
_AWAY_MPS = 7.0
_RUSH_MPS = 8.0


@dataclass(frozen=True)
class Case:
    """A plan and what one truck's tracker sent of a run over it."""

    plan: Plan
    sent: Trace


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Streets driven up and down; some blocks left out by the next street, some rushed."""
    wide, rows = draw(st.integers(2, 4)), draw(st.integers(2, 3))
    length, apart = draw(st.integers(60, 110)), draw(st.integers(45, 80))
    step = length + 14.0
    lines: list[list[Point]] = []
    for row in range(rows):
        streets = [
            [(k * step, float(row * apart)), (k * step + length, float(row * apart))]
            for k in range(wide)
        ]
        lines += streets if row % 2 == 0 else [line[::-1] for line in streets[::-1]]
    fate = draw(st.lists(st.sampled_from("sssssrm"), min_size=len(lines), max_size=len(lines)))
    truck = Truck(x_y_m=[(-60.0, -40.0)]).wait(60).rush(lines[0][:1], _AWAY_MPS)
    for at, (line, what) in enumerate(zip(lines, fate, strict=True)):
        if what == "s":
            truck.serve(line)
        elif what == "r":
            truck.rush(line, _RUSH_MPS)
        else:
            truck.rush([(x + 25.0, y - 150.0) for x, y in line], _AWAY_MPS)
        if what != "s" and at + 1 < len(lines):
            truck.rush([lines[at + 1][0]], _AWAY_MPS)
    truck.rush([(-60.0, -300.0)], _AWAY_MPS).wait(120)
    sent = truck.sends(
        step_s=draw(st.sampled_from([5, 10, 15])),
        noise_m=draw(st.floats(0.0, 6.0)),
        seed=draw(st.integers(0, 999)),
    )
    return Case(plan_of(lines, window_s=(START_S, START_S + _SHIFT_S)), sent)


def _states(report: RunReport) -> list[str]:
    return [segment.state for segment in report.segments]


@settings(max_examples=30)
@given(case=cases(), seed=st.integers(0, 999))
def test_the_order_of_rows_and_their_repeats_change_nothing(case: Case, seed: int) -> None:
    """Rows come late and twice; the report is the same to the last digit."""
    rng = np.random.default_rng(seed)
    rows = np.arange(len(case.sent))
    again = rng.choice(rows, len(rows) // 4)
    shuffled = case.sent.take(rng.permutation(np.concatenate((rows, again))))
    usual, other = check(case.plan, case.sent), check(case.plan, shuffled)
    assert other.repeated == len(again)
    assert replace(other, repeated=0) == replace(usual, repeated=0)


@settings(max_examples=30)
@given(
    case=cases(),
    angle_deg=st.floats(0.0, 360.0),
    side=st.sampled_from([1.0, -1.0]),
    east_m=st.floats(-500.0, 500.0),
)
def test_where_north_is_changes_no_state(
    case: Case, angle_deg: float, side: float, east_m: float
) -> None:
    """A town turned, mirrored and moved is the same town."""
    angle = np.radians(angle_deg)

    def moved(lonlat_deg: np.ndarray) -> np.ndarray:
        x, y = TOWN.forward(lonlat_deg[:, 0], lonlat_deg[:, 1])
        x = side * x
        turned_x = x * np.cos(angle) + y * np.sin(angle) + east_m
        return np.column_stack(TOWN.inverse(turned_x, y * np.cos(angle) - x * np.sin(angle)))

    plan = replace(
        case.plan,
        blocks=tuple(Block(one.segment_id, moved(one.lonlat_deg)) for one in case.plan.blocks),
    )
    place = moved(np.column_stack((case.sent.lon_deg, case.sent.lat_deg)))
    sent = replace(
        case.sent,
        lon_deg=place[:, 0],
        lat_deg=place[:, 1],
        heading_deg=(side * case.sent.heading_deg + angle_deg) % 360.0,
    )
    assert _states(check(plan, sent)) == _states(check(case.plan, case.sent))


@settings(max_examples=30)
@given(case=cases(), days=st.integers(-40, 40), seconds=st.integers(0, 86_399))
def test_the_time_of_day_changes_no_state(case: Case, days: int, seconds: int) -> None:
    """Midnights and changes of clocks are moments like others."""
    later_s = days * 86_400.0 + seconds
    begin_s, end_s = case.plan.window_s
    plan = replace(case.plan, window_s=(begin_s + later_s, end_s + later_s))
    sent = replace(case.sent, t_s=case.sent.t_s + later_s)
    assert _states(check(plan, sent)) == _states(check(case.plan, case.sent))


@settings(max_examples=30)
@given(case=cases(), begin=st.floats(0.0, 1.0), share=st.floats(0.02, 0.6))
def test_a_silence_turns_no_serviced_block_into_a_missed_one(
    case: Case, begin: float, share: float
) -> None:
    """Whatever stretch of the day the tracker does not report, to its very ends."""
    count = len(case.sent)
    rows = np.arange(count)
    silent = (rows >= begin * count) & (rows < (begin + share) * count)
    assume(not silent.all())
    whole, part = check(case.plan, case.sent), check(case.plan, case.sent.take(~silent))
    blamed = [
        (before, after)
        for before, after in zip(_states(whole), _states(part), strict=True)
        if before == "serviced" and after == "missed"
    ]
    assert blamed == []


@settings(max_examples=10)
@given(some=st.lists(cases(), min_size=2, max_size=4))
def test_a_truck_is_judged_alike_alone_and_in_a_fleet(some: list[Case]) -> None:
    """Whoever is judged beside it, however long their days."""
    roads = Roads.of([case.plan for case in some])
    report = check_fleet(roads, stack([case.sent for case in some]), np.arange(len(some)))
    for run, case in enumerate(some):
        alone = check(case.plan, case.sent)
        rows = report.verdict.run == run
        assert [STATES[k] for k in report.verdict.state[rows]] == _states(alone)
        assert np.isclose(report.off_route_s[run], alone.off_route_s)
        assert np.isclose(report.coverage[run], alone.coverage)
