"""A day that already happened: plausible, labelled, and the same for the same seed."""

import math
from collections import Counter as Tally
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core import codec
from core.clock import utc_now
from core.messages import GpsFix
from core.topics import Address, Kind, Stream
from deploy import cities
from devices.kinds import KINDS
from firmware_sim import deviations, parcels, run_truth, yesterday
from firmware_sim.behaviour import generator
from firmware_sim.city import Counts, Plan, build
from firmware_sim.deviations import Kind as Deviation
from firmware_sim.motion import TRUCK
from firmware_sim.route_plan import Hours
from firmware_sim.shift import Shift, drive
from firmware_sim.yesterday import Outing

DAY = date(2026, 9, 14)
ZONE = ZoneInfo("America/Mexico_City")
HOURS = Hours.around(datetime(2026, 9, 15, 18, 10, tzinfo=UTC), ZONE)
FOLDER = cities.load("coatzacoalcos").folder
NUMBERS = range(5)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Sectors of some sixty blocks."""
    return build(FOLDER, seed=5, counts=Counts(truck=120, bus=0))


def shift(plan: Plan, number: int, *, silences: int = 2, is_mute: bool = False) -> Shift:
    """One truck's deviated day."""
    route = plan.truck_routes["T-040"]
    rng = generator(plan.seed, number)
    driven = deviations.deviated(route, plan.streets, number, rng)
    began_at = HOURS.on(DAY, ZONE)[0]
    return drive("T-040", driven, plan.plane, began_at, rng, silences=silences, is_mute=is_mute)


@pytest.fixture(scope="module", params=NUMBERS)
def one(plan: Plan, request: pytest.FixtureRequest) -> Shift:
    """Days of trucks of every number, which say what they do."""
    return shift(plan, request.param)


def test_every_block_has_exactly_one_state(plan: Plan, one: Shift) -> None:
    """None is left out, and none has a state that the page does not know."""
    truth = run_truth.judge(one, plan.truck_routes["T-040"])
    served = [leg for leg in plan.truck_routes["T-040"].legs if leg.service]
    assert list(truth.segments) == [f"S{order:03}" for order in range(1, len(served) + 1)]
    assert set(truth.segments.values()) <= set(run_truth.STATES)
    assert Tally(truth.segments.values())["serviced"] > 0.4 * len(served)
    assert set(truth.missed_or_unknown) <= {
        name for name, state in truth.segments.items() if state == "missed"
    }


def test_a_missed_block_was_not_driven_along_in_its_direction(plan: Plan, one: Shift) -> None:
    """And every other one was."""
    route = plan.truck_routes["T-040"]
    truth = run_truth.judge(one, route)
    driven = {(leg.start_m, leg.end_m) for leg in one.track.legs}
    blocks = [leg for leg in route.legs if leg.service]
    for leg, (name, state) in zip(blocks, truth.segments.items(), strict=True):
        assert ((leg.start_m, leg.end_m) not in driven) == (state == "missed"), name


def test_what_was_skipped_is_missed_and_what_was_hurried_is_too_fast(
    plan: Plan, one: Shift
) -> None:
    """Unless it was driven otherwise too, which the truth knows."""
    truth = run_truth.judge(one, plan.truck_routes["T-040"])
    found: Tally[tuple[str, str]] = Tally()
    for kind, blocks in one.driven.deviations:
        found.update((kind.value, truth.segments[f"S{block + 1:03}"]) for block in blocks)
    assert found["skipped", "missed"] >= 1
    assert found["skipped", "serviced"] <= 1
    assert found["later", "missed"] == found["swapped", "missed"] == 0
    assert found["hurried", "too_fast"] >= found["hurried", "serviced"]


def test_a_silence_is_silent_and_what_it_hides_is_unknown(plan: Plan, one: Shift) -> None:
    """No fix lies in it; blocks driven wholly inside it are no one's fault."""
    truth = run_truth.judge(one, plan.truck_routes["T-040"])
    entered, left = one.legs_s()
    states = {}
    blocks = [leg for leg in plan.truck_routes["T-040"].legs if leg.service]
    for leg, state in zip(blocks, truth.segments.values(), strict=True):
        states[leg.start_m, leg.end_m] = state
    times = Tally((leg.start_m, leg.end_m) for leg in one.track.legs)
    assert one.silences
    for begin_s, end_s in one.silences:
        at_s = [(fix.measured_at - one.began_at).total_seconds() for fix in one.sent]
        assert not any(begin_s <= at <= end_s for at in at_s)
        for index, leg in enumerate(one.track.legs):
            ends = (leg.start_m, leg.end_m)
            inside = begin_s < entered[index] and left[index] < end_s
            if inside and times[ends] == 1 and ends in states:
                assert states[ends] == "unknown"


def test_a_mute_tracker_makes_every_block_unknown(plan: Plan) -> None:
    """Nothing was sent, so nothing is known and nobody is blamed."""
    quiet = shift(plan, 0, is_mute=True)
    truth = run_truth.judge(quiet, plan.truck_routes["T-040"])
    assert quiet.sent == ()
    assert set(truth.segments.values()) == {"unknown"}


def test_speeds_are_those_of_a_truck(plan: Plan, one: Shift) -> None:
    """Neither the true path nor the fixes leap; ingest would find no jump."""
    steps_m = [float(b - a) for a, b in pairwise(one.path_m)]
    assert max(steps_m) <= TRUCK.transit_mps * 0.5 + 1.0
    assert min(steps_m) >= 0
    limit_mps = KINDS[Kind.TRUCK].max_speed_mps
    assert limit_mps is not None
    for before, after in pairwise(one.sent):
        one_m, other_m = (plan.plane.xy_m(fix.lat_deg, fix.lon_deg) for fix in (before, after))
        span_s = (after.measured_at - before.measured_at).total_seconds()
        assert math.dist(one_m, other_m) < limit_mps * span_s + 200


def test_stops_off_the_plan_are_off_the_plan_and_minutes_long(plan: Plan) -> None:
    """Every third truck has one."""
    found = shift(plan, 0, silences=0)
    assert [kind for kind, _ in found.driven.deviations].count(Deviation.STOP) == 1
    [(leg, (begin_s, end_s))] = found.stands_s()
    assert end_s - begin_s > 300
    here = found.track.legs[leg].end_m
    ends = [end for one in plan.truck_routes["T-040"].legs for end in (one.start_m, one.end_m)]
    assert min(math.dist(here, end) for end in ends) > 60
    assert found.path_m[round((begin_s + 60) * 2)] == found.path_m[round((end_s - 60) * 2)]


def test_the_same_seed_is_the_same_yesterday_on_any_day(plan: Plan) -> None:
    """A day later everything is a day later; another seed is another story."""

    def out(city: Plan, day: date) -> list[Outing]:
        return list(yesterday.out(city, day, HOURS, count=2))

    first, next_day = out(plan, DAY), out(plan, DAY + timedelta(days=1))
    assert out(plan, DAY) == first
    for one, other in zip(first, next_day, strict=True):
        assert one.truth["segments"] == other.truth["segments"]
        assert other.fixes[0].measured_at - one.fixes[0].measured_at == timedelta(days=1)
        assert other.fixes[9].lat_deg == one.fixes[9].lat_deg
    assert out(replace(plan, seed=6), DAY) != first


def test_a_full_city_has_all_kinds_of_deviation_and_one_mute_truck() -> None:
    """Eleven trucks of twenty-five, back before their shift ends."""
    city = build(FOLDER, seed=1)
    outings = list(yesterday.out(city, DAY, HOURS))
    assert len(outings) == yesterday.TRUCKS
    assert [one.truth["silent"] for one in outings] == [False] * 10 + [True]
    kinds = {item["kind"] for one in outings for item in one.truth["deviations"]}
    assert kinds == {kind.value for kind in Deviation}
    states = Tally(state for one in outings[:-1] for state in one.truth["segments"].values())
    assert min(states[state] for state in ("too_fast", "missed", "unknown")) > 20
    for one in outings:
        assert one.truth["window"][0] < one.truth["began_at"]
        assert one.truth["ended_at"] < one.truth["window"][1]
        hours = (one.fixes[-1].measured_at - one.fixes[0].measured_at) if one.fixes else None
        assert hours is None or timedelta(hours=3) < hours < timedelta(hours=5.5)


def test_parcels_hold_every_number_once_and_repeats_besides(plan: Plan) -> None:
    """As ingest decodes them: some late, some twice, none missing."""
    fixes = shift(plan, 2).sent
    address = Address(Kind.TRUCK, "T-040", Stream.GPS)
    rng = generator(1, "parcels")
    packed = parcels.packed(fixes, 501, rng)
    got: list[GpsFix] = []
    for parcel in packed:
        decoded = codec.decode(address, parcel.payload, utc_now())
        assert decoded.refused == []
        assert len(decoded.messages) <= parcels.ROWS + 12
        got += [one for one in decoded.messages if isinstance(one, GpsFix)]
    seqs = [fix.seq for fix in got]
    assert sorted(set(seqs)) == list(range(501, 501 + len(fixes)))
    assert len(seqs) - len(set(seqs)) == sum(parcel.repeated for parcel in packed) > 0
    assert seqs != sorted(seqs)
    assert sorted(seq for parcel in packed for seq in parcel.seqs) == sorted(set(seqs))
    by_seq = {fix.seq: fix for fix in got}
    first = msgspec.structs.replace(fixes[0], seq=501)
    assert by_seq[501].measured_at == first.measured_at
    assert parcels.packed([], 1, rng) == []
