"""A live watch tells what a supervisor wants to hear, once, and nothing that nobody saw."""

import dataclasses

import numpy as np
import pytest

from core.happenings import BY_CODE, SPECS, Happening, seq_of
from geo.live import Duty, Recent, Rules, Scene, State, step
from geo.live_streets import metres
from geo.projection import LocalProjection
from geo.trace import trace as trace_of
from tests.unit.geo_town import START_S, TOWN, Truck
from tests.unit.live_town import PATH, Told, place, recent, told, town_plan, watch

H = Happening
DAY = (START_S, START_S + 8 * 3600.0)
NORTH = [(500.0, 0.0), (500.0, 2500.0)]
DUTY = Duty(town_plan(DAY))


def kinds(found: list[Told]) -> list[Happening]:
    """What was told, in order."""
    return [one.what for one in found]


def serving() -> Truck:
    """A truck that has served five of ten blocks."""
    return Truck().serve([*PATH[:10], (500.0, 0.0)])


def test_a_truck_that_serves_its_plan_is_not_worth_a_word() -> None:
    """With a receiver's error and stops of ten seconds."""
    assert watch(DUTY, Truck().serve(PATH).sends(noise_m=5.0, seed=3)) == []


def test_leaving_the_plan_is_told_once_and_so_is_coming_back() -> None:
    """From the first fix off it, after a minute; back at the first fix on it again."""
    truck = serving()
    left_s = len(truck.x_y_m)
    truck.rush(NORTH)
    back_s = len(truck.x_y_m) + 2500 / 11.0
    truck.rush([(500.0, 0.0)]).serve(PATH[10:])
    began, ended = watch(DUTY, truck.sends())
    assert (began.what, ended.what) == (H.OFF_ROUTE, H.OFF_ROUTE_END)
    assert left_s <= began.at_s <= left_s + 10
    assert 60 <= began.known_s - began.at_s <= 65
    assert began.value == pytest.approx(11.0 * (began.known_s - left_s), abs=25)
    assert ended.at_s == pytest.approx(back_s, abs=10)
    assert ended.value == ended.at_s - began.at_s


def test_a_short_detour_is_none() -> None:
    """Half a minute round a parked lorry."""
    truck = serving().rush([(500.0, 150.0), (640.0, 150.0), (640.0, 0.0)]).serve(PATH[14:])
    assert watch(DUTY, truck.sends()) == []


def test_the_way_from_the_depot_is_not_off_route() -> None:
    """Two kilometres through streets that are nobody's plan, past its planned ones too."""
    duty = Duty(town_plan(DAY), depot=place((0.0, 3000.0)))
    truck = Truck().rush([(0.0, 3000.0)]).wait(60)
    truck.rush([(300.0, 0.0), (300.0, -900.0), (-900.0, -900.0), (0.0, 0.0)]).serve(PATH)
    assert kinds(watch(duty, truck.sends())) == [H.DEPOT_EXIT]


def test_the_trip_to_the_landfill_and_back_is_not_off_route() -> None:
    """It is told as a visit; on the way back it may cross the plan and go on."""
    duty = Duty(town_plan(DAY), landfill=place((700.0, 6000.0), 200.0))
    truck = serving().rush([(500.0, 2000.0), (700.0, 2000.0)]).wait(100).rush([(700.0, 6000.0)])
    truck.wait(400).rush([(900.0, 0.0), (900.0, -1500.0), (500.0, -1500.0), (500.0, 0.0)])
    truck.serve(PATH[10:])
    enter, leave = watch(duty, truck.sends())
    assert (enter.what, leave.what) == (H.LANDFILL_ENTER, H.LANDFILL_EXIT)
    assert leave.at_s - enter.at_s == pytest.approx(400 + 400 / 11.0, abs=2)
    assert leave.value == pytest.approx(leave.at_s - enter.at_s, abs=0.002)


def test_a_truck_that_only_pretends_to_head_for_the_landfill_is_told() -> None:
    """It comes a kilometre nearer, and then goes another way."""
    duty = Duty(town_plan(DAY), landfill=place((500.0, 9000.0), 200.0))
    truck = serving().rush([(500.0, 1000.0), (-4000.0, 1000.0)])
    left_s = len(serving().x_y_m)
    [began] = watch(duty, truck.sends())
    assert began.what is H.OFF_ROUTE
    assert left_s <= began.at_s <= left_s + 10
    assert began.known_s - began.at_s == pytest.approx(1000 / 11.0 + 180, abs=15)


def test_outside_its_hours_nothing_is_off_route() -> None:
    """Whoever drives home has finished; what was going on then ends with the hours."""
    truck = serving()
    left_s = len(truck.x_y_m)
    truck.rush(NORTH)
    assert watch(Duty(town_plan((START_S, START_S + left_s))), truck.sends()) == []
    began, ended = watch(Duty(town_plan((START_S, START_S + left_s + 100))), truck.sends())
    assert (began.what, ended.what) == (H.OFF_ROUTE, H.OFF_ROUTE_END)
    assert ended.at_s == pytest.approx(left_s + 100, abs=5)


def test_who_has_not_begun_is_not_off_route() -> None:
    """It drives about town and meets its plan only to cross it."""
    truck = Truck().rush([(300.0, -2000.0), (300.0, 2000.0), (500.0, 2000.0), (500.0, -2000.0)])
    assert watch(DUTY, truck.sends()) == []


@pytest.mark.parametrize("hdop", [1.0, 6.0])
def test_the_receivers_error_is_allowed_for(hdop: float) -> None:
    """22 m beside a street is off it for a good receiver, and not for a bad one."""
    truck = serving().rush([(500.0, 0.0), (500.0, 22.0)]).serve([(700.0, 22.0)])
    sent = truck.sends()
    found = watch(DUTY, dataclasses.replace(sent, hdop=np.full(len(sent), hdop)))
    assert kinds(found) == ([H.OFF_ROUTE] if hdop == 1.0 else [])


def test_a_silence_claims_nothing_and_ends_nothing() -> None:
    """Two fixes off the plan ten minutes apart are no minute off it; back is when it is seen."""
    truck = serving()
    left_s = len(truck.x_y_m)
    truck.rush(NORTH).rush([(500.0, 0.0)]).serve(PATH[10:])
    quiet = truck.sends(silent=[(left_s + 20, left_s + 400)])
    assert watch(DUTY, quiet) == []
    began, ended = watch(DUTY, truck.sends(silent=[(left_s + 100, left_s + 600)]))
    assert began.known_s < left_s + 100
    assert ended.at_s >= left_s + 600


def test_a_truck_off_its_route_stays_so_while_it_is_not_heard() -> None:
    """No end is told before a fix says so."""
    truck = serving().rush(NORTH)
    sent = recent(truck.sends())
    scene = Scene.of([DUTY])
    state, found = step(State.new(1), scene, sent)
    assert kinds(told(found)) == [H.OFF_ROUTE]
    state, found = step(state, scene, sent.take(np.empty(0, np.int64)))
    assert (len(found), state.off.open.tolist()) == (0, [True])


def test_an_unplanned_stop_is_told_after_five_minutes() -> None:
    """Off the plan; it ends with the first fix of moving on. A shorter one is none."""
    truck = serving().rush([(500.0, 60.0)])
    from_s = len(truck.x_y_m) - 1
    truck.wait(400)
    to_s = len(truck.x_y_m)
    truck.rush([(500.0, 0.0)]).serve(PATH[10:])
    found = [one for one in watch(DUTY, truck.sends()) if "stop" in one.what]
    assert kinds(found) == [H.UNPLANNED_STOP, H.UNPLANNED_STOP_END]
    began, ended = found
    assert began.at_s == pytest.approx(from_s, abs=5)
    assert began.known_s - began.at_s == pytest.approx(300, abs=5)
    assert ended.at_s == pytest.approx(to_s, abs=5)
    short = serving().rush([(500.0, 60.0)]).wait(280).rush([(500.0, 0.0)])
    assert H.UNPLANNED_STOP not in kinds(watch(DUTY, short.sends()))


@pytest.mark.parametrize(("minutes", "told_of"), [(13, False), (17, True)])
def test_on_its_plan_a_truck_may_stand_longer(minutes: int, *, told_of: bool) -> None:
    """A heap of refuse takes its time; a quarter of an hour is too long even so."""
    truck = serving().wait(minutes * 60).serve(PATH[10:])
    found = watch(DUTY, truck.sends(noise_m=4.0, seed=5))
    assert kinds(found) == ([H.UNPLANNED_STOP, H.UNPLANNED_STOP_END] if told_of else [])


@pytest.mark.parametrize("where", ["allowed", "depot", "landfill"])
def test_at_its_places_a_truck_may_stand(where: str) -> None:
    """For as long as it likes."""
    here = place((500.0, 300.0), 60.0)
    duty = Duty(
        town_plan(DAY),
        depot=here if where == "depot" else None,
        landfill=here if where == "landfill" else None,
        allowed=[place((0.0, 900.0)), here] if where == "allowed" else (),
    )
    truck = serving().rush([(500.0, 300.0)]).wait(3600)
    found = watch(duty, truck.rush([(500.0, 0.0)]).serve(PATH[10:]).sends(step_s=15))
    assert not {H.UNPLANNED_STOP, H.UNPLANNED_STOP_END} & set(kinds(found))


def test_who_never_left_the_yard_has_not_stopped() -> None:
    """Parked before its hours and into them, at a yard that nobody entered as a depot."""
    parked = Truck().rush([(0.0, 900.0)]).wait(4 * 3600)
    assert watch(DUTY, parked.sends(step_s=30)) == []


def test_a_truck_found_where_it_was_left_has_stayed_there() -> None:
    """Many trackers fall silent when the engine is off; the stop is told when it speaks again."""
    truck = serving().rush([(500.0, 60.0)])
    from_s = len(truck.x_y_m)
    truck.wait(1200)
    found = watch(DUTY, truck.sends(silent=[(from_s + 30, from_s + 900)]))
    stop = next(one for one in found if one.what is H.UNPLANNED_STOP)
    assert stop.at_s == pytest.approx(from_s, abs=5)
    assert stop.known_s >= from_s + 900


def test_overspeed_has_to_last_and_ends_well_below_the_limit() -> None:
    """One reading is none; around the limit it is one and not many."""
    speeds_kmh = [40, 80, 40, 40, 62, 64, 71, 58, 63, 57, 62, 50, 40]
    count = len(speeds_kmh)
    sent = trace_of(
        START_S + 5.0 * np.arange(count, dtype=np.float64),
        np.full(count, TOWN.lat_deg),
        TOWN.lon_deg + 0.0005 * np.arange(count, dtype=np.float64),
        speed_mps=np.array(speeds_kmh) / 3.6,
    )
    began, ended = watch(DUTY, sent)
    assert (began.what, began.at_s, began.known_s) == (H.OVERSPEED, 20.0, 30.0)
    assert (ended.what, ended.at_s) == (H.OVERSPEED_END, 55.0)
    assert (round(began.value), round(ended.value)) == (71, 71)


def test_a_depot_is_left_and_entered_between_two_fixes() -> None:
    """At the moments when the straight way crosses its edge."""
    duty = Duty(town_plan(DAY), depot=place((0.0, 1000.0), 100.0))
    truck = Truck().rush([(0.0, 1000.0)]).wait(60).rush([(0.0, 0.0)], mps=10.0).serve(PATH)
    truck.rush([(0.0, 0.0), (0.0, 1000.0)], mps=10.0).wait(60)
    entered_s = len(truck.x_y_m) - 1 - 60 - 10
    leave, enter = (one for one in watch(duty, truck.sends(step_s=7)) if "depot" in one.what)
    assert leave.at_s == pytest.approx(60 + 10, abs=0.5)
    assert np.isnan(leave.value)
    assert enter.at_s == pytest.approx(entered_s, abs=0.5)
    assert enter.known_s - enter.at_s >= 20


def test_a_road_past_the_landfill_leads_to_no_visit() -> None:
    """A few seconds within its circle, with a fix in it or without."""
    duty = Duty(town_plan(DAY), landfill=place((500.0, 300.0), 60.0))
    for step_s in (2, 15):
        truck = Truck().rush([(500.0, -200.0), (500.0, 900.0)])
        assert watch(duty, truck.sends(step_s=step_s)) == []


def test_a_visit_between_two_fixes_is_told_whole() -> None:
    """Both moments, when the second fix tells of them."""
    duty = Duty(town_plan(DAY), landfill=place((0.0, 500.0), 200.0))
    truck = Truck().rush([(0.0, 0.0), (0.0, 1000.0)], mps=10.0).wait(60)
    enter, leave = watch(duty, truck.sends(step_s=50))
    assert kinds([enter, leave]) == [H.LANDFILL_ENTER, H.LANDFILL_EXIT]
    assert enter.at_s == pytest.approx(30, abs=1)
    assert leave.at_s == pytest.approx(70, abs=1)


def test_late_and_repeated_fixes_change_nothing() -> None:
    """A batch from an hour ago, and the same batch twice."""
    truck = serving().rush(NORTH)
    sent = recent(truck.sends())
    scene = Scene.of([DUTY])
    state, found = step(State.new(1), scene, sent)
    late = dataclasses.replace(sent, t_s=sent.t_s - 3600.0)
    for again in (sent, late):
        after, more = step(state, scene, again)
        assert len(more) == 0
        np.testing.assert_array_equal(after.mark, state.mark)
    assert len(found) == 1


def test_fixes_without_time_or_place_are_left_out() -> None:
    """And a truck of another plan is not told of."""
    nothing = np.full(3, np.nan)
    broken = Recent(np.zeros(3, np.int64), nothing, nothing, nothing, nothing, nothing)
    _, found = step(State.new(2), Scene.of([DUTY, DUTY]), broken)
    assert len(found) == 0


def test_stepping_leaves_the_state_given_as_it_was() -> None:
    """So a step whose happenings could not be stored can be repeated."""
    state = State.new(1)
    step(state, Scene.of([DUTY]), recent(serving().rush(NORTH).sends()))
    assert np.isnan(state.mark).all()
    assert not state.begun.any()


def test_another_duty_forgets_what_was_done_and_not_what_goes_on() -> None:
    """Off route under the old plan is off route until it is seen on the new one."""
    scene = Scene.of([DUTY])
    state, _ = step(State.new(1), scene, recent(serving().rush(NORTH).sends()))
    state.start_over(np.array([0]))
    assert (state.begun.tolist(), state.off.open.tolist()) == ([False], [True])


def test_rules_decide() -> None:
    """A longer patience tells later."""
    sent = serving().rush(NORTH).sends()
    [began] = watch(DUTY, sent, Rules(off_route_s=150.0))
    assert began.known_s - began.at_s == pytest.approx(150, abs=5)


def test_metres_of_many_plans_are_those_of_each() -> None:
    """The series agrees with the projection to a millimetre, at the antimeridian too."""
    rng = np.random.default_rng(1)
    for lon0, lat0 in ((-94.45, 18.14), (179.95, -41.0), (-180.0, 65.0), (0.0, 0.0)):
        lat = lat0 + rng.uniform(-0.4, 0.4, 200)
        lon = (lon0 + rng.uniform(-0.4, 0.4, 200) + 180.0) % 360.0 - 180.0
        want = LocalProjection(lon0, lat0)
        x0, y0 = want.forward(np.array([lon0]), np.array([lat0]))
        x, y = want.forward(lon, lat)
        got = metres(np.full(200, lon0), np.full(200, lat0), lon, lat)
        np.testing.assert_allclose(got[0] + x0, x, atol=1e-3)
        np.testing.assert_allclose(got[1] + y0, y, atol=1e-3)


def test_codes_are_stable_and_apart() -> None:
    """They are keys of stored rows: never change one."""
    assert {what: seq_of(what) for what in SPECS} == {
        H.OFF_ROUTE: -1,
        H.OFF_ROUTE_END: -2,
        H.UNPLANNED_STOP: -3,
        H.UNPLANNED_STOP_END: -4,
        H.OVERSPEED: -5,
        H.OVERSPEED_END: -6,
        H.LANDFILL_ENTER: -7,
        H.LANDFILL_EXIT: -8,
        H.DEPOT_ENTER: -9,
        H.DEPOT_EXIT: -10,
        H.DATA_QUALITY: -11,
        H.DATA_QUALITY_END: -12,
        H.ANOMALY: -13,
        H.ANOMALY_END: -14,
        H.PLATE_HIT: -15,
        H.PLATE_NEAR: -16,
    }
    assert len(BY_CODE) == len(Happening)
