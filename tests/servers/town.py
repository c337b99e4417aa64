"""A town with routes and trucks that drive them, for tests of how runs are judged."""

from collections.abc import Sequence
from datetime import date, time

from core.settings import Settings
from geo.plan import Block
from geo.route import Route
from geo.trace import Trace
from store import route as store_route
from store.pool import Connection
from tests.servers import judged
from tests.servers.judged import ZONE
from tests.unit.geo_town import Truck, degrees, points, row

DAY = date(2025, 3, 4)
"""A Tuesday."""
SETTINGS = Settings(timezone=ZONE.key)


def route(route_id: str = "R1", *, blocks: int = 5, north_m: float = 0.0) -> Route:
    """A route of straight streets, six to seven in the morning."""
    streets = tuple(
        Block(f"S{at:03}", degrees(line), street=f"Calle {at}")
        for at, line in enumerate(row(blocks, y=north_m), start=1)
    )
    return Route(
        route_id, f"Ruta {route_id}", streets, max_mean_kmh=20.0, service_window=(time(6), time(7))
    )


def drive(
    day: date = DAY,
    *,
    blocks: int = 5,
    north_m: float = 0.0,
    silent: Sequence[tuple[float, float]] = (),
    seed: int = 0,
) -> Trace:
    """A truck that serves so many blocks of a route from six on, and waits until the end."""
    truck = Truck().serve(points(row(blocks, y=north_m)))
    x_m, y_m = truck.x_y_m[-1]
    truck.rush([(x_m, y_m - 300.0)])
    truck.wait(3600 - len(truck.x_y_m))
    begin, _ = route().window(day, ZONE)
    return truck.sends(noise_m=2.0, seed=seed, silent=silent, start_s=begin.timestamp())


def city(conn: Connection, *routes: Route, trucks: int = 1, since: date = DAY) -> None:
    """Import routes, enrol trucks T-1, T-2 …, and let each drive every route."""
    names = [f"T-{number}" for number in range(1, trucks + 1)]
    judged.trucks(conn, *names)
    for one in routes:
        judged.imported(conn, one, since=since)
        for name in names:
            store_route.assign(conn, one.route_id, name, since)
