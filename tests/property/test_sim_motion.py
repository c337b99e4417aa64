"""Vehicles stay on their route within their strength; receivers err as receivers do."""

import math
import random
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gps import Receiver
from firmware_sim.motion import ACCELERATION_MPS2, BRAKING_MPS2, BUS, STEP_S, TRUCK, Track, Vehicle
from firmware_sim.routes import Leg, Route

_CREEP_MPS = 0.6
_LAST_MPS = 1.2  # from which it halts within the half metre that counts as arrived


@st.composite
def _routes(draw: st.DrawFn) -> Route:
    """A closed line of a few corners at least a block apart."""
    count = draw(st.integers(3, 9))
    radii_m = draw(st.lists(st.floats(80, 900), min_size=count, max_size=count))
    points = [
        (radius_m * math.cos(2 * math.pi * k / count), radius_m * math.sin(2 * math.pi * k / count))
        for k, radius_m in enumerate(radii_m)
    ]
    service = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    legs = tuple(
        Leg(start, end, serving)
        for (start, end), serving in zip(pairwise([*points, points[0]]), service, strict=True)
    )
    landfill_m = draw(st.sampled_from([None, *points[1:]]))
    return Route("R", legs, landfill_m)


def _off_m(point: tuple[float, float], leg: Leg) -> float:
    (ax, ay), (bx, by), (px, py) = leg.start_m, leg.end_m, point
    length2 = (bx - ax) ** 2 + (by - ay) ** 2
    share = min(1.0, max(0.0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length2))
    return math.dist(point, (ax + share * (bx - ax), ay + share * (by - ay)))


@settings(max_examples=60, deadline=None)
@given(route=_routes(), seed=st.integers(0, 2**32), where=st.floats(0, 1), bus=st.booleans())
def test_a_vehicle_stays_on_its_route_and_within_its_strength(
    route: Route, seed: int, where: float, *, bus: bool
) -> None:
    """On the line, never too fast, never speeding up or braking beyond what it can."""
    habits = BUS if bus else TRUCK
    track = Track(route, habits, random.Random(seed))
    vehicle = Vehicle(track, where * track.length_m)
    top_mps = max(habits.service_mps, habits.transit_mps)
    speed_mps, travelled_m = 0.0, vehicle.travelled_m
    for _ in range(400):
        vehicle.advance(STEP_S)
        assert min(_off_m(vehicle.xy_m, leg) for leg in route.legs) < 1e-6
        assert 0 <= vehicle.speed_mps <= top_mps
        assert vehicle.speed_mps - speed_mps <= ACCELERATION_MPS2 * STEP_S + 1e-9
        lost_mps = speed_mps - vehicle.speed_mps
        halting_mps = _LAST_MPS if vehicle.speed_mps == 0 else 0.0
        assert lost_mps <= BRAKING_MPS2 * STEP_S + halting_mps + 1e-9
        assert 0 <= vehicle.travelled_m - travelled_m <= top_mps * STEP_S + 1.0
        speed_mps, travelled_m = vehicle.speed_mps, vehicle.travelled_m


@settings(max_examples=25, deadline=None)
@given(route=_routes(), seed=st.integers(0, 2**32))
def test_a_vehicle_never_gets_stuck(route: Route, seed: int) -> None:
    """However its stops lie, it comes round again."""
    track = Track(route, TRUCK, random.Random(seed))
    vehicle = Vehicle(track, 0)
    rests_s = sum(gate.dwell_s for gate in track.gates)
    slowest_s = track.length_m / _CREEP_MPS + rests_s
    vehicle.advance(slowest_s + 60)
    assert vehicle.laps >= 1


@settings(max_examples=25, deadline=None)
@given(route=_routes(), seed=st.integers(0, 2**32), cuts=st.lists(st.floats(0.5, 7), min_size=3))
def test_the_same_seed_drives_the_same_way(route: Route, seed: int, cuts: list[float]) -> None:
    """Two vehicles asked at the same instants are at the same places."""
    one, two = (Vehicle(Track(route, TRUCK, random.Random(seed)), 10.0) for _ in range(2))
    for seconds_s in cuts:
        one.advance(seconds_s)
        two.advance(seconds_s)
        assert (one.xy_m, one.speed_mps) == (two.xy_m, two.speed_mps)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), error_m=st.floats(3, 9))
def test_gps_errors_are_as_large_and_as_lasting_as_they_should_be(
    seed: int, error_m: float
) -> None:
    """The spread is the receiver's, and neighbours in time err alike."""
    receiver = Receiver(random.Random(seed), error_m=error_m)
    errors = np.array([receiver.fix((0.0, 0.0), 3.0, 90.0, 1.0)[:2] for _ in range(15_000)])
    is_usual = np.hypot(errors[:, 0], errors[:, 1]) < 4 * error_m
    usual = errors[is_usual]
    spread_m = float(np.sqrt((usual**2).sum(axis=1).mean()))
    assert 0.75 * error_m < spread_m < 1.35 * error_m
    both = is_usual[:-1] & is_usual[1:]
    lag_one = float(np.corrcoef(errors[:-1, 0][both], errors[1:, 0][both])[0, 1])
    assert lag_one > 0.85
    steps_m = np.hypot(*np.diff(usual, axis=0).T)
    assert np.median(steps_m) < 0.6 * error_m


@given(seed=st.integers(0, 2**32), heading_deg=st.floats(0, 359.99))
def test_headings_stay_headings_and_freeze_at_rest(seed: int, heading_deg: float) -> None:
    """Between 0 and 360, and unchanged while it stands."""
    receiver = Receiver(random.Random(seed))
    moving = receiver.fix((0, 0), 5.0, heading_deg, 1.0)
    resting = receiver.fix((0, 0), 0.0, (heading_deg + 90) % 360, 1.0)
    assert 0 <= moving.heading_deg < 360
    assert resting.heading_deg == moving.heading_deg
    assert resting.speed_mps == 0
