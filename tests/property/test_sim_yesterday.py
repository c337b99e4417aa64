"""Whatever is drawn, a truth is whole, and the fixes tell of the way that was driven."""

import math
from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy import cities
from firmware_sim import deviations, run_truth, shift
from firmware_sim.behaviour import generator
from firmware_sim.city import Counts, Plan, build
from firmware_sim.route_plan import Hours

DAY = date(2026, 9, 14)
ZONE = ZoneInfo("America/Mexico_City")
HOURS = Hours.around(datetime(2026, 9, 15, 18, 10, tzinfo=UTC), ZONE)
_FAR_M = 90.0
"""No receiver is so wrong."""


@cache
def _plan() -> Plan:
    return build(cities.load("coatzacoalcos").folder, seed=5, counts=Counts(truck=120, bus=0))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    truck=st.sampled_from(sorted(_plan().truck_routes)),
    number=st.integers(0, 30),
    silences=st.integers(0, 3),
)
def test_every_block_has_one_state_and_the_driven_line_bears_it_out(
    seed: int, truck: str, number: int, silences: int
) -> None:
    """Closed without leaps, missed exactly where it never went, and seen where it was."""
    plan, rng = _plan(), generator(seed, truck)
    route = plan.truck_routes[truck]
    driven = deviations.deviated(route, plan.streets, number, rng)
    for before, after in pairwise([*driven.route.legs, driven.route.legs[0]]):
        assert before.end_m == after.start_m
    began_at = HOURS.on(DAY, ZONE)[0]
    done = shift.drive(truck, driven, plan.plane, began_at, rng, silences=silences)
    truth = run_truth.judge(done, route)

    blocks = [leg for leg in route.legs if leg.service]
    assert len(truth.segments) == len(blocks)
    gone = {(leg.start_m, leg.end_m) for leg in driven.route.legs}
    for leg, state in zip(blocks, truth.segments.values(), strict=True):
        assert state in run_truth.STATES
        assert (state == "missed") == ((leg.start_m, leg.end_m) not in gone)
        assert state != "unknown" or done.silences
    assert len(done.silences) <= silences
    assert done.path_m[-1] == done.track.length_m

    xy_m = np.array([plan.plane.xy_m(fix.lat_deg, fix.lon_deg) for fix in done.sent])
    at_s = [(fix.measured_at - began_at).total_seconds() for fix in done.sent]
    assert at_s == sorted(set(at_s))
    for (x_m, y_m), when_s in zip(xy_m.tolist(), at_s, strict=True):
        along_m = float(done.path_m[min(len(done.path_m) - 1, round(when_s * 2))])
        leg = done.track.legs[done.track.leg_at(along_m)]
        assert math.dist((x_m, y_m), leg.start_m) < _FAR_M + math.dist(leg.start_m, leg.end_m)
