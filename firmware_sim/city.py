"""A whole city of devices from one seed: who they are, where they stand, what they do.

`build` reads a city's folder (city.toml, localities.geojson) and answers a plan;
`behaviours` brings it to life. The same seed and counts make the same city; a
device keeps its own fortune whatever its neighbours are.
"""

import json
import math
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from shapely.geometry import shape

from core.errors import ConfigError
from core.topics import Kind
from devices.kinds import KINDS
from firmware_sim import plates, routes, streets
from firmware_sim.behaviour import Behaviour, generator
from firmware_sim.cameras import Camera
from firmware_sim.motion import BUS, TRUCK, Habits, Track, Vehicle
from firmware_sim.panic import PanicButton
from firmware_sim.plane import Plane
from firmware_sim.routes import Route
from firmware_sim.sensors import Air, Counter, Noise, Power
from firmware_sim.streets import GridStyle, Streets
from firmware_sim.vehicles import Bus, Truck

BUS_LINES: Final = 6
_FIRST_PRESS_S: Final = 25.0
"""One button is pressed early, so that whoever looks for a minute sees what follows."""
_INTERVALS_S: Final[dict[Kind, tuple[float, ...]]] = {
    Kind.TRUCK: (1, 1, 2, 2, 3, 5),
    Kind.BUS: (2, 3, 5),
    Kind.AIR: (5, 10),
    Kind.NOISE: (3,),
    Kind.CAMERA: (3, 4, 5),
    Kind.COUNTER: (5, 10),
    Kind.PANIC: (20,),
    Kind.POWER: (10,),
}
"""Seconds between ticks, of which each device has one: livelier than in the field."""
_PREFIX: Final = {
    Kind.TRUCK: "T",
    Kind.BUS: "B",
    Kind.AIR: "A",
    Kind.NOISE: "N",
    Kind.CAMERA: "C",
    Kind.COUNTER: "K",
    Kind.PANIC: "P",
    Kind.POWER: "E",
}
_STATIONS: Final[dict[Kind, Callable[..., Behaviour]]] = {
    Kind.AIR: Air,
    Kind.NOISE: Noise,
    Kind.COUNTER: Counter,
    Kind.POWER: Power,
}
_SPREAD_M: Final = 160.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many devices of each kind."""

    truck: int = 25
    air: int = 6
    noise: int = 6
    camera: int = 4
    counter: int = 4
    panic: int = 5
    power: int = 4
    bus: int = 6

    def of(self, kind: Kind) -> int:
        """How many of one kind."""
        return int(getattr(self, kind.value))

    def __post_init__(self) -> None:
        for one in fields(self):
            if getattr(self, one.name) < 0:
                raise ConfigError(f"number of {one.name} devices must be 0 or more")


class Site(NamedTuple):
    """A named place: a quarter of the city, the depot, the landfill."""

    name: str
    lat_deg: float
    lon_deg: float


class Planned(NamedTuple):
    """One device to enrol; without a position it moves."""

    device_id: str
    kind: Kind
    name: str
    lat_deg: float | None
    lon_deg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A city before anything happens in it."""

    name: str
    timezone: str
    seed: int
    plane: Plane
    streets: Streets
    devices: tuple[Planned, ...]
    interval_s: dict[str, float]
    """Seconds between two messages, by device."""
    truck_routes: dict[str, Route]
    bus_routes: dict[str, Route]
    depot: Site
    landfill: Site
    quarters: tuple[Site, ...]

    def behaviours(self) -> Iterator[tuple[Planned, Behaviour]]:
        """Bring every device to life, at the start of its story."""
        zone = ZoneInfo(self.timezone)
        tracks: dict[str, Track] = {}
        for planned in self.devices:
            yield planned, self._behaviour(planned, zone, tracks)

    def station(self, device_id: str, interval_s: float, *, story: str) -> Behaviour:
        """The same station as it stands there, at another rate and with another story to tell."""
        kind = next(one.kind for one in self.devices if one.device_id == device_id)
        rng = generator(self.seed, device_id)
        made = _STATIONS[kind](device_id, rng, interval_s, ZoneInfo(self.timezone))
        rng.seed(f"{self.seed}:{device_id}:{story}")
        return made

    def write_routes(self, folder: Path) -> None:
        """Write each truck's plan as GeoJSON, named after the truck."""
        folder.mkdir(parents=True, exist_ok=True)
        for device_id, route in self.truck_routes.items():
            text = json.dumps(route.geojson(self.plane))
            (folder / f"{device_id}.geojson").write_text(text, encoding="utf-8")

    def _behaviour(self, planned: Planned, zone: ZoneInfo, tracks: dict[str, Track]) -> Behaviour:
        device_id, kind, _, lat_deg, lon_deg = planned
        rng = generator(self.seed, device_id)
        interval_s = self.interval_s[device_id]
        if kind is Kind.TRUCK:
            track = Track(self.truck_routes[device_id], TRUCK, rng)
            start_m = rng.uniform(*track.service_span_m())
            return Truck(device_id, self.plane, Vehicle(track, start_m), rng, interval_s)
        if kind is Kind.BUS:
            track = self._bus_track(self.bus_routes[device_id], BUS, tracks)
            start_m = rng.uniform(0, track.length_m)
            return Bus(device_id, self.plane, Vehicle(track, start_m), rng, interval_s)
        if kind is Kind.CAMERA:
            return Camera(device_id, rng, interval_s, plates.wanted(self.seed))
        if kind is Kind.PANIC:
            at_deg = (lat_deg or 0.0, lon_deg or 0.0)
            first = device_id == f"{_PREFIX[kind]}-001"
            return PanicButton(
                device_id,
                rng,
                interval_s,
                at_deg=at_deg,
                first_press_s=_FIRST_PRESS_S if first else None,
            )
        return _STATIONS[kind](device_id, rng, interval_s, zone)

    def _bus_track(self, route: Route, habits: Habits, tracks: dict[str, Track]) -> Track:
        """Buses of one line share its stops."""
        if route.route_id not in tracks:
            rng = generator(self.seed, route.route_id)
            tracks[route.route_id] = Track(route, habits, rng)
        return tracks[route.route_id]


def build(folder: Path, *, seed: int, counts: Counts | None = None) -> Plan:
    """Plan the city of a folder under deploy/cities; ConfigError says what it lacks."""
    counts = counts or Counts()
    try:
        said = tomllib.loads((folder / "city.toml").read_text(encoding="utf-8"))
        centre = said["map"]["centre"]
        plane = Plane(centre["lat_deg"], centre["lon_deg"])
        grid = streets.lay(_limits(folder, said), plane, GridStyle(**said["streets"]), seed)
        sites = said["sites"]
        return Plan(
            name=said["name"],
            timezone=said["timezone"],
            seed=seed,
            plane=plane,
            streets=grid,
            devices=tuple(_devices(said["places"], plane, grid, counts, seed)),
            interval_s=_intervals(counts, seed),
            truck_routes=_truck_routes(grid, plane, sites, counts.truck),
            bus_routes=_bus_routes(grid, counts.bus, seed),
            depot=_site(sites["depot"]),
            landfill=_site(sites["landfill"]),
            quarters=tuple(map(_site, said["places"])),
        )
    except (OSError, KeyError, ValueError, TypeError) as exc:
        raise ConfigError(
            f"city folder {folder}: {exc!r}; it needs city.toml and localities.geojson like "
            "those of deploy/cities/coatzacoalcos"
        ) from exc


def ids(kind: Kind, count: int) -> list[str]:
    """The names of a kind's devices.

    >>> ids(Kind.TRUCK, 2)
    ['T-001', 'T-002']
    """
    return [f"{_PREFIX[kind]}-{number:03}" for number in range(1, count + 1)]


def _site(said: dict[str, Any]) -> Site:
    return Site(said["name"], said["lat_deg"], said["lon_deg"])


def _limits(folder: Path, said: dict[str, Any]) -> Any:
    main = said["localities"]["main"]
    tree = json.loads((folder / "localities.geojson").read_text(encoding="utf-8"))
    for feature in tree["features"]:
        if feature["properties"]["cvegeo"] == main:
            return shape(feature["geometry"])
    raise KeyError(f"locality {main}")


def _devices(
    places: list[dict[str, Any]], plane: Plane, grid: Streets, counts: Counts, seed: int
) -> Iterator[Planned]:
    for kind in Kind:
        moves = kind in {Kind.TRUCK, Kind.BUS}
        for number, device_id in enumerate(ids(kind, counts.of(kind))):
            label = f"{KINDS[kind].es} {number + 1:02}"
            if moves:
                yield Planned(device_id, kind, label, None, None)
                continue
            rng = generator(seed, device_id, "place")
            if number < len(places):
                place = places[number]
                off_m, angle = rng.uniform(20, _SPREAD_M), rng.uniform(0, 2 * math.pi)
                x_m, y_m = plane.xy_m(place["lat_deg"], place["lon_deg"])
                at = plane.lat_lon(x_m + off_m * math.cos(angle), y_m + off_m * math.sin(angle))
                label = f"{label} · {place['name']}"
            else:
                at = plane.lat_lon(*rng.choice(grid.points))
            yield Planned(device_id, kind, label, round(at[0], 6), round(at[1], 6))


def _intervals(counts: Counts, seed: int) -> dict[str, float]:
    return {
        device_id: float(generator(seed, device_id, "interval").choice(_INTERVALS_S[kind]))
        for kind in Kind
        for device_id in ids(kind, counts.of(kind))
    }


def _truck_routes(
    grid: Streets, plane: Plane, sites: dict[str, Any], count: int
) -> dict[str, Route]:
    if not count:
        return {}
    depot_m, landfill_m = (
        plane.xy_m(sites[name]["lat_deg"], sites[name]["lon_deg"]) for name in ("depot", "landfill")
    )
    made = routes.collection(grid, count, depot_m=depot_m, landfill_m=landfill_m)
    return dict(zip(ids(Kind.TRUCK, count), made, strict=True))


def _bus_routes(grid: Streets, count: int, seed: int) -> dict[str, Route]:
    lines = routes.bus_lines(grid, min(BUS_LINES, count), generator(seed, "buses"))
    return {
        device_id: lines[number % len(lines)]
        for number, device_id in enumerate(ids(Kind.BUS, count))
    }
