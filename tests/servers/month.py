"""A month of a city in a database: what its simulator's devices sent, and what C5 made of it.

Trucks drive two days of their plans and stations measure every day; the trucks' days are laid over
the month by SQL, with a little of all missing and some of it late, as networks do it. Everything
else (status, events, runs, alarms, passages) is drawn in SQL from the same seed. Rollups and the
air index are C5's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from control_center.air.keeper import AirKeeper
from core.device import Device, State
from core.settings import Settings
from core.topics import Kind
from firmware_sim import city, station_past, yesterday
from firmware_sim.city import Counts, Plan
from firmware_sim.route_plan import Hours
from store import device, noise, pool, rollup
from store.pool import Connection
from tests.servers import month_rows

CITY: Final = Path(__file__).parents[2] / "deploy" / "cities" / "coatzacoalcos"
_SHIFTS: Final = (Hours(time(6), time(10)), Hours(time(13), time(17)))
_ZONES: Final = ("residential", "commercial", "school")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of a city, and for how long."""

    days: int = 30
    trucks: int = 50
    air: int = 6
    noise: int = 4
    cameras: int = 8

    @property
    def counts(self) -> Counts:
        """The devices; a few of the kinds that stand beside."""
        return Counts(
            truck=self.trucks,
            air=self.air,
            noise=self.noise,
            camera=self.cameras,
            counter=2,
            panic=3,
            power=2,
            bus=0,
        )


def fill(url: str, until: datetime, size: Size | None = None, *, seed: int = 7) -> None:
    """Fill a migrated, empty database with the days before `until`."""
    size = size or Size()
    plan = city.build(CITY, seed=seed, counts=size.counts)
    with pool.connect(url, application="c5-month", autocommit=True) as conn:
        conn.execute("SET synchronous_commit = off")
        conn.execute("SET timezone = 'UTC'")  # chance hashes instants as text
        device.save(conn, list(_devices(plan)))
        for number, one in enumerate(plan.devices):
            if one.kind is not Kind.PANIC:
                noise.stand(conn, one.device_id, _ZONES[number % len(_ZONES)])
        _drive(conn, plan, until, size.days)
        _measure(conn, plan, until, size.days)
        month_rows.lay(conn, until, size.days, ZoneInfo(plan.timezone))
        while not rollup.run(conn, timezone=plan.timezone).is_complete:
            pass
        month_rows.latest(conn)
        conn.execute("ANALYZE")
    AirKeeper(url, Settings(timezone=plan.timezone)).tick(until)
    with pool.connect(url, application="c5-month", autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE")


def _devices(plan: Plan) -> Iterator[Device]:
    for one in plan.devices:
        moves = one.kind in {Kind.TRUCK, Kind.BUS}
        yield Device(
            device_id=one.device_id,
            kind=one.kind,
            name=one.name,
            state=State.ACTIVE,
            lat_deg=one.lat_deg,
            lon_deg=one.lon_deg,
            interval_s=None if moves else 60.0,
        )


def _drive(conn: Connection, plan: Plan, until: datetime, days: int) -> None:
    """Two shifts of every truck, laid over the month."""
    day = (until - timedelta(days=1)).astimezone(ZoneInfo(plan.timezone)).date()
    conn.execute(
        "CREATE TEMP TABLE driven (device_id text, measured_at timestamptz, lat_deg float8, "
        "lon_deg float8, speed_mps float8, heading_deg float8, odometer_m float8, "
        "battery_v float8, ignition boolean, pto boolean)"
    )
    with conn.cursor() as cur, cur.copy(f"COPY driven ({month_rows.DRIVEN}) FROM STDIN") as copy:
        for number, name in enumerate(plan.truck_routes):
            for shift, hours in enumerate(_SHIFTS):
                for row in _fixes(plan, name, day, hours, number + shift):
                    copy.write_row(row)
    month_rows.drive(conn, until, days)


def _fixes(
    plan: Plan, name: str, day: date, hours: Hours, number: int
) -> Iterator[tuple[Any, ...]]:
    for fix in yesterday.outing(plan, name, day, hours, number=number).fixes:
        yield (
            fix.device_id,
            fix.measured_at,
            fix.lat_deg,
            fix.lon_deg,
            fix.speed_mps,
            fix.heading_deg,
            fix.odometer_m,
            fix.battery_v,
            fix.ignition,
            fix.pto,
        )


def _measure(conn: Connection, plan: Plan, until: datetime, days: int) -> None:
    """Every reading of every station."""
    conn.execute(
        "CREATE TEMP TABLE measured (device_id text, seq bigint, measured_at timestamptz, "
        "metric text, value float8)"
    )
    with conn.cursor() as cur, cur.copy("COPY measured FROM STDIN") as copy:
        for one in station_past.measured(plan, until, days=days):
            copy.write(
                "".join(
                    f"{one.device_id}\t{seq}\t{said.measured_at}\t{metric}\t{value}\n"
                    for seq, said in enumerate(one.readings)
                    for metric, value in said.values.items()
                )
            )
    month_rows.measure(conn)
