"""The report document: the same bytes for the same input, and nobody blamed for a tracker."""

import doctest
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from control_center.compliance import alike as alike_module
from control_center.compliance import astray, digests, document, figures, values
from control_center.compliance.alike import alike
from control_center.compliance.digests import canonical, chain, digest
from control_center.compliance.expected import expected
from control_center.compliance.limits import Limits
from control_center.compliance.plans import Plans, Ready
from core.quality import Flag
from geo.plan import Block
from geo.route import Place, Route
from geo.trace import Trace
from store import trace as store_trace
from store.route import RouteVersion
from store.trace import Columns
from tests.unit.geo_town import Point, Truck, degrees, points, row

ZONE = ZoneInfo("America/Mexico_City")
DAY = date(2025, 3, 4)
STREETS = row(8)
AWAY = (900.0, -600.0)


def _place(name: str, at: Point, radius_m: float = 60.0) -> Place:
    [[lon_deg, lat_deg]] = degrees([at])
    return Place(name, float(lat_deg), float(lon_deg), radius_m)


def _route(streets: Sequence[Sequence[Point]] = STREETS, **more: Any) -> Route:
    blocks = tuple(
        Block(f"S{at:03}", degrees(line), street=f"Calle {at}", colonia="Centro")
        for at, line in enumerate(streets, start=1)
    )
    said: dict[str, Any] = {
        "name": "Centro",
        "service_window": (time(6), time(7)),
        "max_mean_kmh": 20.0,
    }
    return Route("R1", blocks=blocks, **(said | more))


ROUTE = _route()


def _begin_s(route: Route = ROUTE, day: date = DAY, zone: ZoneInfo = ZONE) -> float:
    return route.window(day, zone)[0].timestamp()


def _columns(trace: Trace, **other: Any) -> Columns:
    count = len(trace)
    columns = Columns(
        t_s=trace.t_s,
        lat_deg=trace.lat_deg,
        lon_deg=trace.lon_deg,
        speed_mps=trace.speed_mps,
        heading_deg=trace.heading_deg,
        hdop=trace.hdop,
        seq=trace.seq,
        flags=np.zeros(count, np.int64),
        ignition=np.full(count, -1, np.int8),
        pto=np.full(count, -1, np.int8),
    )
    return columns._replace(**other)


def _served(count: int = 8, **sends: Any) -> Columns:
    """A truck that serves so many blocks, from the beginning of the window on."""
    truck = Truck().serve(points(STREETS[:count]))
    return _columns(truck.sends(**({"start_s": _begin_s()} | sends)))


def _built(columns: Columns, route: Route = ROUTE, **more: Any) -> dict[str, Any]:
    return document.build(route, 1, "T-1", DAY, ZONE, columns, **more)


def _states(built: dict[str, Any]) -> list[str]:
    return [segment["state"] for segment in built["segments"]]


def test_the_same_input_gives_the_same_bytes() -> None:
    """Whatever order the rows come in, however often, and after any store of JSON."""
    columns = _served(noise_m=3.0)
    built = _built(columns)
    rng = np.random.default_rng(1)
    shuffled = columns.take(rng.permutation(columns.rows))
    assert canonical(_built(shuffled)) == canonical(built)
    assert canonical(_built(columns, laid=document.lay_out(ROUTE))) == canonical(built)
    kept = json.loads(json.dumps(built))
    assert digest(kept) == digest(built)
    assert b"-0.0," not in canonical(built)
    assert b"NaN" not in canonical(built)


def test_a_served_route_is_served() -> None:
    """With names, times, lengths and punctuality as they were."""
    built = _built(_served())
    assert _states(built) == ["serviced"] * 8
    assert built["coverage_pct"] == 100.0
    assert built["counts"] == {"serviced": 8, "too_fast": 0, "missed": 0, "unknown": 0}
    assert built["lengths_m"]["serviced"] == pytest.approx(640.0, abs=1.0)
    assert built["window"] == ["2025-03-04T12:00:00.000Z", "2025-03-04T13:00:00.000Z"]
    assert abs(built["begin_late_s"]) < 10
    assert built["end_late_s"] < -1000
    assert built["plan_sha256"] == ROUTE.sha256()
    first = built["segments"][0]
    assert (first["segment_id"], first["order"]) == ("S001", 1)
    assert (first["street"], first["colonia"], first["in_window"]) == ("Calle 1", "Centro", True)
    assert built["problem"] is None
    row = figures.figures(built)
    assert (row.coverage, row.serviced, row.version) == (1.0, 8, 1)
    assert (row.serviced_m, row.missed_m) == (built["lengths_m"]["serviced"], 0.0)
    assert (row.begin_late_s, row.end_late_s) == (built["begin_late_s"], built["end_late_s"])
    assert row.window_to == datetime(2025, 3, 4, 13, tzinfo=UTC)


def test_a_block_that_needs_no_service_is_in_no_count() -> None:
    """It is driven to get somewhere; it is listed all the same."""
    blocks = list(ROUTE.blocks)
    blocks[3] = replace(blocks[3], service=False)
    built = _built(_served(), replace(ROUTE, blocks=tuple(blocks)))
    assert sum(built["counts"].values()) == 7
    assert len(built["segments"]) == 8
    assert built["segments"][3]["service"] is False


def test_skipped_streets_are_missed_once_the_run_is_over() -> None:
    """And unknown before that: the truck may still come."""
    truck = Truck().serve(points(STREETS[:5]))
    truck.rush([(truck.x_y_m[-1][0], -300.0), (0.0, -300.0)]).wait(3300)
    columns = _columns(truck.sends(start_s=_begin_s()))
    assert _states(_built(columns)) == ["serviced"] * 5 + ["missed"] * 3
    early = _built(columns, provisional=True)
    assert _states(early) == ["serviced"] * 5 + ["unknown"] * 3
    assert early["counts"]["missed"] == 0
    assert early["provisional"] is True


def test_a_silent_tracker_blames_nobody() -> None:
    """Without a single fix every block is unknown, and it is said why."""
    built = _built(store_trace.empty())
    assert _states(built) == ["unknown"] * 8
    assert built["coverage_pct"] == 0.0
    assert "no fixes" in built["problem"]
    assert built["silences"] == [built["window"]]
    assert built["receiver_error_m"] is None
    assert figures.rows(built) == 0
    assert figures.figures(built).missed == 0


def test_fixes_of_another_day_are_no_fixes_of_this() -> None:
    """Only the window with its margins counts."""
    late = _served(start_s=_begin_s() + 3 * 3600)
    assert "no fixes" in _built(late)["problem"]
    assert _built(late, limits=Limits(margin_s=4 * 3600))["problem"] is None
    outside = _served(start_s=_begin_s() + 1800)
    assert figures.rows(_built(outside, limits=Limits(margin_s=1.0))) == outside.rows


def test_unusable_fixes_blame_nobody() -> None:
    """All flagged, or all at no place: unknown, counted by reason."""
    columns = _served()
    flagged = columns._replace(flags=np.full(columns.rows, int(Flag.RANGE)))
    built = _built(flagged)
    assert _states(built) == ["unknown"] * 8
    assert built["dropped"]["flagged"] == columns.rows
    assert "usable" in built["problem"]
    lost = columns._replace(lat_deg=np.full(columns.rows, np.nan))
    built = _built(lost)
    assert built["dropped"]["unplaced"] == columns.rows
    assert "usable" in built["problem"]
    assert figures.rows(built) == columns.rows


def _mixed() -> Columns:
    here = _served()
    other = Truck().serve([(4000.0, 4000.0), (5500.0, 4000.0)]).sends(start_s=_begin_s() + 2.0)
    both = _columns(other.take(np.arange(min(len(other), here.rows))))
    return Columns(
        *(np.concatenate((getattr(here, name), getattr(both, name))) for name in Columns._fields)
    )


def test_two_trackers_in_one_truck_blame_nobody() -> None:
    """Whether the engine sees the jumps, or ingest flagged them all before."""
    columns = _mixed()
    built = _built(columns)
    assert _states(built) == ["unknown"] * 8
    assert "two trackers" in built["problem"]
    assert built["silences"] == []
    far = columns.lat_deg > columns.lat_deg.min() + 0.01
    assert far.sum() > 20
    flagged = columns._replace(flags=np.where(far, int(Flag.JUMP), 0))
    built = _built(flagged)
    assert built["dropped"]["flagged"] == far.sum()
    assert _states(built) == ["unknown"] * 8
    assert "two trackers" in built["problem"]


def test_few_jumps_are_dropped_and_late_fixes_count() -> None:
    """A doubtful fix costs nothing; one that came late is as good as any."""
    columns = _served()
    flags = np.full(columns.rows, int(Flag.LATE))
    flags[5] |= int(Flag.JUMP)
    built = _built(columns._replace(flags=flags))
    assert built["dropped"]["flagged"] == 1
    assert _states(built) == ["serviced"] * 8


def test_a_silence_in_the_middle_hides_what_it_can() -> None:
    """It is listed, and its streets are unknown, never missed."""
    truck = Truck().serve(points(STREETS))
    columns = _columns(truck.sends(start_s=_begin_s(), silent=[(60, 160)]))
    built = _built(columns)
    assert "missed" not in _states(built)
    assert built["silences"][0] == ["2025-03-04T12:00:55.000Z", "2025-03-04T12:02:45.000Z"]
    assert built["silences"][-1][1] == built["window"][1], "and at the end nothing was heard"


@pytest.mark.parametrize(
    ("wait_s", "ignition", "depot_x_m", "state"),
    [
        (0, -1, None, "unknown"),  # mute in the middle of the way
        (0, 1, -3000.0, "unknown"),
        (0, 0, None, "missed"),  # switched off
        (0, -1, -400.0, "missed"),  # in its depot
        (60, -1, None, "missed"),  # it stood: parked
    ],
)
def test_a_tracker_that_dies_on_the_road_blames_nobody(
    wait_s: int, ignition: int, depot_x_m: float | None, state: str
) -> None:
    """Unless the truck's day was over there."""
    truck = Truck().serve(points(STREETS[:5]))
    truck.rush([(truck.x_y_m[-1][0], -300.0), (-400.0, -300.0)]).wait(wait_s)
    columns = _columns(truck.sends(start_s=_begin_s()))
    columns = columns._replace(ignition=np.full(columns.rows, ignition, np.int8))
    depot = None if depot_x_m is None else _place("Patio", (depot_x_m, -300.0), 150.0)
    built = _built(columns, _route(depot=depot))
    assert _states(built)[5:] == [state] * 3
    assert _states(built)[:5] == ["serviced"] * 5


def test_a_tracker_that_dies_on_its_plan_blames_nobody() -> None:
    """Even with the ignition off: it was not in its depot, nor done."""
    columns = _served(5)
    off = columns._replace(ignition=np.zeros(columns.rows, np.int8))
    assert _states(_built(off))[6:] == ["unknown"] * 2


@pytest.mark.parametrize(("ignition", "state"), [(-1, "unknown"), (0, "missed")])
def test_a_route_without_hours_has_the_day(ignition: int, state: str) -> None:
    """What its truck left out when its tracker died it had until midnight for."""
    truck = Truck().serve(points(STREETS[:5]))
    truck.rush([(truck.x_y_m[-1][0], -300.0), (-400.0, -300.0)])
    columns = _columns(truck.sends(start_s=_begin_s()))
    columns = columns._replace(ignition=np.full(columns.rows, ignition, np.int8))
    assert _states(_built(columns, _route(service_window=None)))[5:] == [state] * 3


def test_a_tracker_that_is_late_to_wake_blames_nobody() -> None:
    """First heard on the way, half an hour after the window began."""
    truck = Truck().rush([(-400.0, -300.0), (STREETS[3][0][0], -300.0)])
    truck.serve([(STREETS[3][0][0], 0.0), *points(STREETS[3:])])
    columns = _columns(truck.sends(start_s=_begin_s() + 1800))
    assert _states(_built(columns)) == ["unknown"] * 3 + ["serviced"] * 5
    at_once = _columns(truck.sends(start_s=_begin_s()))
    assert _states(_built(at_once))[0] == "missed"


def test_stops_name_their_place_and_the_landfill_counts() -> None:
    """Depot and landfill are entered and left; a stay in an allowed place is said to be there."""
    depot, landfill = _place("Patio", (-400.0, 0.0), 80.0), _place("Relleno", AWAY, 120.0)
    lunch = _place("Fonda", (300.0, -300.0))
    route = _route(depot=depot, landfill=landfill, allowed_stops=(lunch,))
    truck = Truck().rush([(-400.0, 0.0), (0.0, 0.0)]).serve(points(STREETS))
    truck.rush([(700.0, -300.0), AWAY]).wait(400).rush([(900.0, -300.0), (300.0, -300.0)])
    truck.wait(600).rush([(-200.0, -300.0), (-400.0, 0.0)]).wait(60)
    built = _built(_columns(truck.sends(start_s=_begin_s())), route)
    doors = [event["type"] for event in built["events"] if event["value"] is None]
    assert doors == [
        "depot_exit",
        "landfill_enter",
        "landfill_exit",
        "depot_enter",
    ]
    assert built["landfill_trips"] == 1
    assert [stop["place"] for stop in built["stops"]] == ["Relleno", "Fonda"]
    assert [stop["on_route"] for stop in built["stops"]] == [False, False]
    passing = Truck().rush([(-400.0, 0.0), AWAY, (900.0, -1200.0)])
    built = _built(_columns(passing.sends(start_s=_begin_s())), route)
    assert built["landfill_trips"] == 0


DEPOT, LANDFILL = (-400.0, -400.0), (900.0, -900.0)
PRIVATE = (1100.0, -500.0)
TOWN = _route(depot=_place("Patio", DEPOT, 80.0), landfill=_place("Relleno", LANDFILL, 120.0))


def _day(*, between: Sequence[Point] = (), wait_s: int = 0) -> dict[str, Any]:
    """A truck that begins and ends its day in the depot, and goes somewhere after four blocks."""
    truck = Truck().rush([DEPOT]).wait(900).rush([(-400.0, -200.0), (0.0, -200.0), (0.0, 0.0)])
    truck.serve(points(STREETS[:4]))
    if between:
        back = truck.x_y_m[-1]
        truck.rush(between).wait(wait_s).rush([*reversed(between), back])
    truck.serve(points(STREETS[4:])).rush([(740.0, -200.0), (-400.0, -200.0), DEPOT]).wait(1200)
    return _built(_columns(truck.sends(start_s=_begin_s() - 900.0)), TOWN)


def test_a_day_without_a_detour_is_not_off_route() -> None:
    """The stays in the depot, the way out and the way home are deadhead."""
    built = _day()
    assert _states(built) == ["serviced"] * 8
    assert (built["off_route_s"], built["off_route"]) == (0.0, [])
    assert built["deadhead_m"] > 2000


def test_a_trip_to_the_landfill_is_not_off_route() -> None:
    """Nor is coming home at noon; there and back, from the plan to the plan."""
    built = _day(between=[(370.0, -500.0), LANDFILL], wait_s=500)
    assert _states(built) == ["serviced"] * 8
    assert built["landfill_trips"] == 1
    assert (built["off_route_s"], built["off_route"]) == (0.0, [])
    assert _day(between=[(370.0, -400.0), DEPOT], wait_s=500)["off_route_s"] == 0.0


def test_a_detour_is_off_route() -> None:
    """And so is a stop where it has no business, or just driving past the landfill."""
    built = _day(between=[(370.0, -500.0), PRIVATE], wait_s=600)
    assert len(built["off_route"]) == 1
    way_s = 2 * (500.0 + 730.0) / 11.0
    assert built["off_route_s"] == pytest.approx(600.0 + way_s, abs=30.0)
    [stop] = [stop for stop in built["stops"] if stop["from"] > built["began"]][:1]
    assert stop["place"] is None
    assert built["off_route"][0][0] < stop["from"] < stop["to"] < built["off_route"][0][1]
    assert _day(between=[(370.0, -900.0), LANDFILL, (1400.0, -900.0)])["off_route_s"] > 200


def test_who_served_nothing_was_never_off_its_route() -> None:
    """All of its blocks are missed, which says enough."""
    truck = Truck().rush([DEPOT, PRIVATE]).wait(3400)
    built = _built(_columns(truck.sends(start_s=_begin_s())), TOWN)
    assert built["counts"]["missed"] == 8
    assert built["off_route"] == []


BLOCKS = [(100.0, 160.0), (160.0, 220.0), (1000.0, 1060.0), (3000.0, 3060.0)]


@pytest.mark.parametrize(
    ("away", "visits", "kept"),
    [
        ([(300.0, 900.0)], [], [(300.0, 900.0)]),  # a detour
        ([(0.0, 98.0), (3070.0, 9000.0)], [], []),  # out and home
        ([(0.0, 103.0), (3057.0, 9000.0)], [], []),  # a corner is passed between two fixes
        ([(300.0, 900.0)], [(400.0, 520.0)], []),  # the landfill
        ([(300.0, 900.0)], [(400.0, 519.0)], [(300.0, 900.0)]),  # only past it
        ([(300.0, 900.0)], [(400.0, 460.0), (470.0, 530.0)], []),  # in and out of its edge
        ([(300.0, 500.0), (550.0, 900.0)], [(600.0, 800.0)], []),  # by way of a planned street
        ([(300.0, 900.0), (1100.0, 2900.0)], [(1500.0, 2500.0)], [(300.0, 900.0)]),
        ([(300.0, 900.0)], [(0.0, 300.0), (1000.0, 2000.0)], [(300.0, 900.0)]),
        ([], [(400.0, 520.0)], []),
    ],
)
def test_time_off_the_plan_is_told_from_time_on_the_way(
    away: list[tuple[float, float]],
    visits: list[tuple[float, float]],
    kept: list[tuple[float, float]],
) -> None:
    """Between the first block and the last, unless the trip has a reason."""
    for order in (BLOCKS, BLOCKS[::-1]):
        assert list(astray.off_route(away, order, visits)) == kept
    assert not astray.off_route(away, [], visits)


def test_events_have_values_and_units() -> None:
    """Speed in km/h, idling in seconds, braking in m/s2, the lift as spans."""
    truck = Truck().rush(points(STREETS), mps=25.0).wait(400)
    columns = _columns(truck.sends(start_s=_begin_s()))
    ignition, pto = np.ones(columns.rows, np.int8), np.zeros(columns.rows, np.int8)
    pto[20:30] = 1
    built = _built(columns._replace(ignition=ignition, pto=pto), limits=Limits(overspeed_kmh=80.0))
    events = {event["type"]: event for event in built["events"]}
    assert set(events) == {"overspeed", "harsh_braking", "idling", "pto_on", "pto_off"}
    assert events["overspeed"]["value"] == 96.0
    assert events["overspeed"]["unit"] == "km/h"
    assert events["idling"]["value"] == pytest.approx(400.0, abs=10.0)
    assert events["harsh_braking"]["unit"] == "m/s2"
    assert events["pto_on"]["value"] == 45.0
    assert events["pto_off"]["from"] == events["pto_on"]["to"]
    assert built["judged_with"]["overspeed_kmh"] == 80.0
    unreported = {event["type"] for event in _built(columns)["events"]}
    assert unreported == {"overspeed", "harsh_braking"}


def test_a_street_has_hours_of_its_own() -> None:
    """Driven outside them it was served all the same, and it is said."""
    blocks = list(ROUTE.blocks)
    blocks[0] = replace(blocks[0], window=(time(6, 30), time(7)))
    route = replace(ROUTE, blocks=tuple(blocks))
    found = [segment["in_window"] for segment in _built(_served(), route)["segments"]]
    assert found == [False] + [True] * 7
    unsaid = _built(_served(), _route(service_window=None))
    assert unsaid["segments"][0]["in_window"] is None
    assert unsaid["begin_late_s"] is None


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Tijuana", date(2025, 3, 9), 23),
        ("America/Tijuana", date(2025, 11, 2), 25),
        ("America/Mexico_City", date(2025, 11, 2), 24),
    ],
)
def test_a_day_on_which_clocks_change(zone: str, day: date, hours: int) -> None:
    """The day has the hours it has, and the last of them count."""
    place = ZoneInfo(zone)
    route = _route(service_window=None)
    begin, end = route.window(day, place)
    assert (end - begin).total_seconds() == hours * 3600
    truck = Truck().serve(points(STREETS))
    columns = _columns(truck.sends(start_s=end.timestamp() - 900.0))
    limits = Limits(margin_s=1.0)
    built = document.build(route, 1, "T-1", day, place, columns, limits=limits)
    assert _states(built) == ["serviced"] * 8
    assert built["judged_with"]["timezone"] == zone
    before = columns._replace(t_s=columns.t_s + 3600.0)
    built = document.build(route, 1, "T-1", day, place, before, limits=limits)
    assert built["problem"] is not None, "an hour later it is the next day"


def test_a_window_across_midnight_belongs_to_the_day_it_began() -> None:
    """22:00 to 04:00, served at three in the morning."""
    route = _route(service_window=(time(22), time(4)))
    begin, end = route.window(DAY, ZONE)
    assert (end - begin).total_seconds() == 6 * 3600
    truck = Truck().serve(points(STREETS))
    built = _built(_columns(truck.sends(start_s=end.timestamp() - 1200.0)), route)
    assert built["service_date"] == "2025-03-04"
    assert built["window"] == ["2025-03-05T04:00:00.000Z", "2025-03-05T10:00:00.000Z"]
    assert [segment["in_window"] for segment in built["segments"]] == [True] * 8
    assert built["begin_late_s"] == pytest.approx(6 * 3600 - 1200, abs=10)


def test_a_chain_depends_on_all_before() -> None:
    """Another predecessor, another digest."""
    review = {"segment_id": "S001", "note": "ñ"}
    assert chain("", review) != chain("0" * 64, review)
    assert chain("", review) != chain("", review | {"note": "n"})
    assert chain("", review) == chain("", dict(reversed(review.items())))


def _ready(route: Route, version: int) -> Ready:
    held = RouteVersion(
        route.route_id, route.name, version, DAY, route.document(), route.sha256(), None
    )
    return Plans().ready(held)


def test_runs_are_expected_by_calendar_and_assignment() -> None:
    """A route has no run on other weekdays, nor without a plan in force."""
    plans = {
        "R1": _ready(ROUTE, 3),
        "R2": _ready(replace(ROUTE, route_id="R2", weekdays=frozenset({0})), 1),
    }
    pairs = [("R1", "T-1"), ("R1", "T-2"), ("R2", "T-1"), ("R3", "T-3")]
    tuesday = expected(pairs, plans, DAY, ZONE)
    assert [(one.route_id, one.device_id, one.version) for one in tuesday] == [
        ("R1", "T-1", 3),
        ("R1", "T-2", 3),
    ]
    assert tuesday[0].window_from == datetime(2025, 3, 4, 12, tzinfo=UTC)
    monday = expected(pairs, plans, date(2025, 3, 3), ZONE)
    assert [one.route_id for one in monday] == ["R1", "R1", "R2"]


def test_a_version_is_laid_out_once() -> None:
    """As long as it is what it was."""
    plans = Plans()
    held = RouteVersion("R1", "Centro", 1, DAY, ROUTE.document(), ROUTE.sha256(), None)
    first = plans.ready(held)
    assert plans.ready(held._replace(document={})) is first
    other = plans.ready(held._replace(document=_route(name="Norte").document(), sha256="0" * 64))
    assert other.route.name == "Norte"
    assert first.laid.sha256 == ROUTE.sha256()


def test_only_so_many_plans_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backfill of years does not fill the memory."""
    monkeypatch.setattr("control_center.compliance.plans._KEPT", 2)
    plans = Plans()
    held = RouteVersion("R1", "Centro", 1, DAY, ROUTE.document(), ROUTE.sha256(), None)
    first = plans.ready(held)
    for version in (2, 3):
        plans.ready(held._replace(version=version))
    assert len(plans._kept) == len(plans._digests) == 2
    assert plans.ready(held) is not first


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": [1.0, "x"]}, {"a": [1.1, "x"]}, True),
        ({"a": [1.0, "x"]}, {"a": [1.3, "x"]}, False),
        ({"a": [1.0]}, {"a": [1.0, 1.0]}, False),
        ({"a": 1}, {"b": 1}, False),
        ({"fixes": 100}, {"fixes": 101}, False),
        ({"service_m": 100}, {"service_m": 101}, True),
        ({"lat": 18.1234567}, {"lat": 18.1234568}, True),
        ({"lat": 18.1234567}, {"lat": 18.1235567}, False),
        ({"state": "missed"}, {"state": "unknown"}, False),
        ({"from": "2025-03-04T12:00:00.001Z"}, {"from": "2025-03-04T12:00:00.002Z"}, True),
        ({"from": "2025-03-04T12:00:00.001Z"}, {"from": "2025-03-04T12:00:01.001Z"}, False),
        ({"from": None}, {"from": "2025-03-04T12:00:01.001Z"}, False),
        ({"in_window": True}, {"in_window": False}, False),
        ({"in_window": True}, {"in_window": 1}, False),
        ({"name": "Avenida de los Héroes 25"}, {"name": "Avenida de los Héroes 26"}, False),
    ],
)
def test_documents_are_alike_but_for_a_last_digit(one: Any, other: Any, *, same: bool) -> None:
    """A rounding is no other report; a state, a count or a name is."""
    assert alike(one, other) is same
    assert alike(other, one) is same


@pytest.mark.parametrize(
    "module", [alike_module, astray, digests, values], ids=lambda one: one.__name__
)
def test_examples_hold(module: ModuleType) -> None:
    """What a docstring shows is so."""
    failed, tried = doctest.testmod(module)
    assert (failed, tried > 0) == (0, True)
