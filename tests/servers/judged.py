"""Routes, trucks and their fixes in a database, for tests of how runs are judged."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb

from core.device import Device, State
from core.messages import GpsFix, Stored
from core.topics import Kind
from geo.route import Route
from geo.trace import Trace
from store import device, rollup, run_due
from store import route as store_route
from store.pool import Connection
from store.run_due import Expected, Key
from tests.servers import rows

ZONE = ZoneInfo("America/Mexico_City")
PACE = run_due.Pace(
    margin=timedelta(hours=1),
    settle=timedelta(minutes=30),
    refresh=timedelta(minutes=1),
    late=timedelta(days=30),
)


def trucks(conn: Connection, *device_ids: str) -> None:
    """Enrol active trucks."""
    device.save(
        conn,
        [
            Device(device_id=one, kind=Kind.TRUCK, name=f"Camión {one}", state=State.ACTIVE)
            for one in device_ids
        ],
    )


def imported(conn: Connection, route: Route, *, since: date) -> int:
    """Put a version of a route in force; answer its number."""
    return store_route.save(
        conn,
        route.route_id,
        route.name,
        route.document(),
        route.sha256(),
        len(route.blocks),
        route.length_m,
        since,
        "test",
    )


def sent(
    conn: Connection,
    device_id: str,
    trace: Trace,
    flags: Sequence[int] = (),
    *,
    ignition: bool | None = None,
) -> None:
    """Store a trace as ingest does, and count it."""
    said: list[Stored] = []
    for at in range(len(trace)):
        instant = datetime.fromtimestamp(float(trace.t_s[at]), UTC)
        said.append(
            GpsFix(
                float(trace.lat_deg[at]),
                float(trace.lon_deg[at]),
                float(trace.speed_mps[at]),
                float(trace.heading_deg[at]),
                hdop=float(trace.hdop[at]),
                ignition=ignition,
                device_id=device_id,
                seq=int(trace.seq[at]),
                measured_at=instant,
                received_at=instant,
            )
        )
    if said:
        rows.commit(conn, said, flags)
    counted(conn)


def counted(conn: Connection) -> None:
    """Roll up what came, as housekeeping does every few seconds."""
    while not rollup.run(conn, timezone=ZONE.key).is_complete:
        pass


def one_run(conn: Connection, route: Route, device_id: str, day: date) -> int:
    """A run of this route, truck and day; its number."""
    begin, end = route.window(day, ZONE)
    run_due.ensure(conn, [Expected(route.route_id, day, device_id, 1, begin, end)])
    found = run_due.find(conn, Key(route.route_id, day, device_id))
    assert found is not None
    return found


def broken(conn: Connection, route_id: str) -> None:
    """Make the plan of a route unreadable, as a hand in the database might."""
    conn.execute(
        "UPDATE route_version SET document = '{}', sha256 = %s WHERE route_id = %s",
        ("0" * 64, route_id),
    )


def mended(conn: Connection, route: Route) -> None:
    """Put back what the plan was."""
    conn.execute(
        "UPDATE route_version SET document = %s, sha256 = %s WHERE route_id = %s",
        (Jsonb(route.document()), route.sha256(), route.route_id),
    )
