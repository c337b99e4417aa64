"""A planned city: complete, plausible, inside its limits, and the same for the same seed."""

import json
import math
from collections import Counter as Tally
from itertools import pairwise
from pathlib import Path

import pytest
from shapely.geometry import Point, shape

from core.errors import ConfigError
from core.topics import Kind
from deploy import cities
from firmware_sim.city import Counts, Plan, build
from firmware_sim.routes import Route
from firmware_sim.streets import follow

FOLDER = cities.load("coatzacoalcos").folder


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The default city."""
    return build(FOLDER, seed=3)


def test_the_default_city_has_about_sixty_devices(plan: Plan) -> None:
    """Every kind is there, names are distinct, ids too."""
    assert Tally(device.kind for device in plan.devices) == {
        Kind.TRUCK: 25,
        Kind.AIR: 6,
        Kind.NOISE: 6,
        Kind.CAMERA: 4,
        Kind.COUNTER: 4,
        Kind.PANIC: 5,
        Kind.POWER: 4,
        Kind.BUS: 6,
    }
    assert len({device.device_id for device in plan.devices}) == 60
    assert len({device.name for device in plan.devices}) == 60


def test_what_stands_stands_inside_the_municipality(plan: Plan) -> None:
    """Stations have a position there; vehicles have none."""
    tree = json.loads((FOLDER / "municipality.geojson").read_text())
    limits = shape(tree["features"][0]["geometry"])
    for device in plan.devices:
        if device.kind in {Kind.TRUCK, Kind.BUS}:
            assert device.lat_deg is device.lon_deg is None
        else:
            assert device.lat_deg is not None
            assert device.lon_deg is not None
            assert limits.contains(Point(device.lon_deg, device.lat_deg)), device


def test_the_same_seed_makes_the_same_city_and_another_does_not(plan: Plan) -> None:
    """Devices, positions and routes."""
    again, other = build(FOLDER, seed=3), build(FOLDER, seed=4)
    assert again.devices == plan.devices
    assert again.truck_routes == plan.truck_routes
    assert other.truck_routes != plan.truck_routes


def test_a_device_keeps_its_fortune_whatever_its_neighbours() -> None:
    """More noise monitors do not move the air stations."""
    few, many = (build(FOLDER, seed=3, counts=Counts(noise=count)) for count in (1, 9))
    assert [d for d in few.devices if d.kind is Kind.AIR] == [
        d for d in many.devices if d.kind is Kind.AIR
    ]


def test_streets_are_connected_and_inside_the_main_locality(plan: Plan) -> None:
    """Every corner reaches every other."""
    assert len(plan.streets.tree(0)) == len(plan.streets.points) - 1
    tree = json.loads((FOLDER / "localities.geojson").read_text())
    [main] = [
        shape(feature["geometry"])
        for feature in tree["features"]
        if feature["properties"]["cvegeo"] == "300390001"
    ]
    for lon_deg, lat_deg in plan.plane.lon_lat_many(plan.streets.xy_m):
        assert main.contains(Point(lon_deg, lat_deg))


def test_a_way_is_a_chain_of_blocks_and_agrees_with_the_tree(plan: Plan) -> None:
    """Both ends included, no leaps; as cheap by either search."""
    streets = plan.streets
    way = streets.way(5, 900)
    tree = follow(streets.tree(900), 5)

    def cost_m(corners: list[int]) -> float:
        return sum(dict(streets.near[a])[b] for a, b in pairwise(corners))

    assert (way[0], way[-1]) == (5, 900)
    assert cost_m(way) == pytest.approx(cost_m(tree))


def test_every_block_is_served_by_exactly_one_truck(plan: Plan) -> None:
    """Sectors share the city out; nobody sweeps another's street."""
    served: Tally[frozenset[tuple[float, float]]] = Tally(
        frozenset((leg.start_m, leg.end_m))
        for route in plan.truck_routes.values()
        for leg in route.legs
        if leg.service
    )
    assert set(served.values()) == {1}
    assert len(served) == len(plan.streets.blocks)


@pytest.mark.parametrize("kind", ["truck", "bus"])
def test_routes_are_closed_and_without_leaps(plan: Plan, kind: str) -> None:
    """Each leg begins where the last one ended; the last ends at the first."""
    made: dict[str, Route] = plan.truck_routes if kind == "truck" else plan.bus_routes
    for route in made.values():
        for before, after in pairwise([*route.legs, route.legs[0]]):
            assert before.end_m == after.start_m


def test_routes_are_written_as_ordered_directed_blocks(plan: Plan, tmp_path: Path) -> None:
    """One LineString a block, numbered in the order of service."""
    plan.write_routes(tmp_path)
    assert len(list(tmp_path.glob("*.geojson"))) == 25
    tree = json.loads((tmp_path / "T-001.geojson").read_text())
    properties = [feature["properties"] for feature in tree["features"]]
    assert tree["properties"]["route_id"] == "R-001"
    assert [one["order"] for one in properties] == list(range(1, len(properties) + 1))
    assert properties[0] == {"segment_id": "S001", "order": 1, "service": True}
    line = tree["features"][0]["geometry"]["coordinates"]
    assert len(line) == 2
    assert -94.6 < line[0][0] < -94.4


def test_a_thousand_trucks_each_have_a_route() -> None:
    """Even a sector of a few blocks is a closed tour."""
    plan = build(FOLDER, seed=1, counts=Counts(truck=1000, bus=0))
    assert len(plan.truck_routes) == 1000
    assert all(any(leg.service for leg in route.legs) for route in plan.truck_routes.values())


def test_the_plane_and_back() -> None:
    """Positions survive the round trip to a millimetre."""
    plane = build(FOLDER, seed=1, counts=Counts(truck=0, bus=0)).plane
    x_m, y_m = plane.xy_m(18.15, -94.42)
    lat_deg, lon_deg = plane.lat_lon(x_m, y_m)
    assert math.isclose(lat_deg, 18.15, abs_tol=1e-9)
    assert math.isclose(lon_deg, -94.42, abs_tol=1e-9)


def test_wrong_counts_and_folders_are_refused_by_name(tmp_path: Path) -> None:
    """The message says what was wrong."""
    with pytest.raises(ConfigError, match="truck"):
        Counts(truck=-1)
    with pytest.raises(ConfigError, match=r"city\.toml"):
        build(tmp_path, seed=1)


def test_the_city_folder_is_read_and_an_unknown_one_refused() -> None:
    """`load` lists the cities there are."""
    city = cities.load("coatzacoalcos")
    west, south, east, north = city.bounds_deg
    assert west < city.centre_lon_deg < east
    assert south < city.centre_lat_deg < north
    assert city.timezone == "America/Mexico_City"
    assert city.municipality_file.is_file()
    assert city.localities_file.is_file()
    assert "INEGI" in city.attribution
    with pytest.raises(ConfigError, match="coatzacoalcos"):
        cities.load("atlantis")
