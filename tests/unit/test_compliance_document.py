"""The report document: the same bytes for the same input."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from control_center.compliance import astray, document, figures
from control_center.compliance.digests import canonical, digest
from control_center.compliance.limits import Limits
from tests.unit import compliance_made as made
from tests.unit.compliance_made import AWAY, DAY, ROUTE, STREETS, ZONE
from tests.unit.geo_town import Point, Truck, points


def test_the_same_input_gives_the_same_bytes() -> None:
    """Whatever order the rows come in, however often, and after any store of JSON."""
    columns = made.served(noise_m=3.0)
    built = made.built(columns)
    rng = np.random.default_rng(1)
    shuffled = columns.take(rng.permutation(columns.rows))
    assert canonical(made.built(shuffled)) == canonical(built)
    assert canonical(made.built(columns, laid=document.lay_out(ROUTE))) == canonical(built)
    kept = json.loads(json.dumps(built))
    assert digest(kept) == digest(built)
    assert b"-0.0," not in canonical(built)
    assert b"NaN" not in canonical(built)


def test_a_served_route_is_served() -> None:
    """With names, times, lengths and punctuality as they were."""
    built = made.built(made.served())
    assert made.states(built) == ["serviced"] * 8
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
    built = made.built(made.served(), replace(ROUTE, blocks=tuple(blocks)))
    assert sum(built["counts"].values()) == 7
    assert len(built["segments"]) == 8
    assert built["segments"][3]["service"] is False


def test_skipped_streets_are_missed_once_the_run_is_over() -> None:
    """And unknown before that: the truck may still come."""
    truck = Truck().serve(points(STREETS[:5]))
    truck.rush([(truck.x_y_m[-1][0], -300.0), (0.0, -300.0)]).wait(3300)
    columns = made.columns(truck.sends(start_s=made.begin_s()))
    assert made.states(made.built(columns)) == ["serviced"] * 5 + ["missed"] * 3
    early = made.built(columns, provisional=True)
    assert made.states(early) == ["serviced"] * 5 + ["unknown"] * 3
    assert early["counts"]["missed"] == 0
    assert early["provisional"] is True


def test_stops_name_their_place_and_the_landfill_counts() -> None:
    """Depot and landfill are entered and left; a stay in an allowed place is said to be there."""
    depot, landfill = made.place("Patio", (-400.0, 0.0), 80.0), made.place("Relleno", AWAY, 120.0)
    lunch = made.place("Fonda", (300.0, -300.0))
    route = made.route(depot=depot, landfill=landfill, allowed_stops=(lunch,))
    truck = Truck().rush([(-400.0, 0.0), (0.0, 0.0)]).serve(points(STREETS))
    truck.rush([(700.0, -300.0), AWAY]).wait(400).rush([(900.0, -300.0), (300.0, -300.0)])
    truck.wait(600).rush([(-200.0, -300.0), (-400.0, 0.0)]).wait(60)
    built = made.built(made.columns(truck.sends(start_s=made.begin_s())), route)
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
    built = made.built(made.columns(passing.sends(start_s=made.begin_s())), route)
    assert built["landfill_trips"] == 0


DEPOT, LANDFILL = (-400.0, -400.0), (900.0, -900.0)
PRIVATE = (1100.0, -500.0)
TOWN = made.route(
    depot=made.place("Patio", DEPOT, 80.0), landfill=made.place("Relleno", LANDFILL, 120.0)
)


def _day(*, between: Sequence[Point] = (), wait_s: int = 0) -> dict[str, Any]:
    """A truck that begins and ends its day in the depot, and goes somewhere after four blocks."""
    truck = Truck().rush([DEPOT]).wait(900).rush([(-400.0, -200.0), (0.0, -200.0), (0.0, 0.0)])
    truck.serve(points(STREETS[:4]))
    if between:
        back = truck.x_y_m[-1]
        truck.rush(between).wait(wait_s).rush([*reversed(between), back])
    truck.serve(points(STREETS[4:])).rush([(740.0, -200.0), (-400.0, -200.0), DEPOT]).wait(1200)
    return made.built(made.columns(truck.sends(start_s=made.begin_s() - 900.0)), TOWN)


def test_a_day_without_a_detour_is_not_off_route() -> None:
    """The stays in the depot, the way out and the way home are deadhead."""
    built = _day()
    assert made.states(built) == ["serviced"] * 8
    assert (built["off_route_s"], built["off_route"]) == (0.0, [])
    assert built["deadhead_m"] > 2000


def test_a_trip_to_the_landfill_is_not_off_route() -> None:
    """Nor is coming home at noon; there and back, from the plan to the plan."""
    built = _day(between=[(370.0, -500.0), LANDFILL], wait_s=500)
    assert made.states(built) == ["serviced"] * 8
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
    built = made.built(made.columns(truck.sends(start_s=made.begin_s())), TOWN)
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
    columns = made.columns(truck.sends(start_s=made.begin_s()))
    ignition, pto = np.ones(columns.rows, np.int8), np.zeros(columns.rows, np.int8)
    pto[20:30] = 1
    built = made.built(
        columns._replace(ignition=ignition, pto=pto), limits=Limits(overspeed_kmh=80.0)
    )
    events = {event["type"]: event for event in built["events"]}
    assert set(events) == {"overspeed", "harsh_braking", "idling", "pto_on", "pto_off"}
    assert events["overspeed"]["value"] == 96.0
    assert events["overspeed"]["unit"] == "km/h"
    assert events["idling"]["value"] == pytest.approx(400.0, abs=10.0)
    assert events["harsh_braking"]["unit"] == "m/s2"
    assert events["pto_on"]["value"] == 45.0
    assert events["pto_off"]["from"] == events["pto_on"]["to"]
    assert built["judged_with"]["overspeed_kmh"] == 80.0
    unreported = {event["type"] for event in made.built(columns)["events"]}
    assert unreported == {"overspeed", "harsh_braking"}


def test_a_street_has_hours_of_its_own() -> None:
    """Driven outside them it was served all the same, and it is said."""
    blocks = list(ROUTE.blocks)
    blocks[0] = replace(blocks[0], window=(time(6, 30), time(7)))
    route = replace(ROUTE, blocks=tuple(blocks))
    found = [segment["in_window"] for segment in made.built(made.served(), route)["segments"]]
    assert found == [False] + [True] * 7
    unsaid = made.built(made.served(), made.route(service_window=None))
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
    route = made.route(service_window=None)
    begin, end = route.window(day, place)
    assert (end - begin).total_seconds() == hours * 3600
    truck = Truck().serve(points(STREETS))
    columns = made.columns(truck.sends(start_s=end.timestamp() - 900.0))
    limits = Limits(margin_s=1.0)
    built = document.build(route, 1, "T-1", day, place, columns, limits=limits)
    assert made.states(built) == ["serviced"] * 8
    assert built["judged_with"]["timezone"] == zone
    before = columns._replace(t_s=columns.t_s + 3600.0)
    built = document.build(route, 1, "T-1", day, place, before, limits=limits)
    assert built["problem"] is not None, "an hour later it is the next day"


def test_a_window_across_midnight_belongs_to_the_day_it_began() -> None:
    """22:00 to 04:00, served at three in the morning."""
    route = made.route(service_window=(time(22), time(4)))
    begin, end = route.window(DAY, ZONE)
    assert (end - begin).total_seconds() == 6 * 3600
    truck = Truck().serve(points(STREETS))
    built = made.built(made.columns(truck.sends(start_s=end.timestamp() - 1200.0)), route)
    assert built["service_date"] == "2025-03-04"
    assert built["window"] == ["2025-03-05T04:00:00.000Z", "2025-03-05T10:00:00.000Z"]
    assert [segment["in_window"] for segment in built["segments"]] == [True] * 8
    assert built["begin_late_s"] == pytest.approx(6 * 3600 - 1200, abs=10)
