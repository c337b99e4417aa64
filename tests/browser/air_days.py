"""A city's air and noise of a week as they were measured: stored, judged, and found anomalous.

One station is in the thick of it, one has ozone, one good air, one was never heard, one is stuck.
Of the meters, one heard every day but one, and one has just been put up.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from control_center.air.keeper import AirKeeper
from control_center.anomaly import desk
from control_center.anomaly.desk import Turn
from control_center.auth.rights import Role
from core import clock
from core.device import Device, State
from core.messages import Reading
from core.quality import Flag
from core.settings import Settings
from core.topics import Kind
from store import calibration, maintenance, pool
from store import device as store_device
from store.anomaly import Found
from store.calibration import Calibration
from store.maintenance import Maintenance
from store.pool import Connection
from tests.servers import rows, stations
from tests.servers.center import RunningCenter, connections_to, serving
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

ZONE: Final = ZoneInfo("America/Mexico_City")
DAYS: Final = 7
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
STEP: Final = 5 * MINUTE
"""Between two readings of an air station."""
GAP: Final = (10, 15)
"""Local hours of yesterday in which the first station said nothing."""
F64 = npt.NDArray[np.float64]
_PLACES: Final = {
    "A-01": ("Aire Centro", 18.1390, -94.4430),
    "A-02": ("Aire Petrolera", 18.1240, -94.4210),
    "A-03": ("Aire Malecón", 18.1500, -94.4360),
    "A-04": ("Aire Allende", 18.1530, -94.4060),
    "A-05": ("Aire Playa Sol", 18.1420, -94.4640),
}
_METERS: Final = {"N-01": "Ruido Malecón", "N-02": "Ruido Primaria Juárez"}


def this_hour() -> datetime:
    """The beginning of the hour that goes on."""
    return clock.utc_now().replace(minute=0, second=0, microsecond=0)


def midnight(days_ago: int) -> datetime:
    """When a local day began."""
    day = (clock.utc_now().astimezone(ZONE) - timedelta(days=days_ago)).date()
    return datetime.combine(day, time(), ZONE)


def gap() -> tuple[datetime, datetime]:
    """When the first station said nothing."""
    return midnight(1) + GAP[0] * HOUR, midnight(1) + GAP[1] * HOUR


STUCK: Final = (midnight(2) + 5 * HOUR, midnight(2) + 8 * HOUR)
"""When the first station's readings were not believed."""


@contextmanager
def lived(database_url: str, broker: Broker, people: Mapping[str, Role]) -> Iterator[RunningCenter]:
    """A control center whose stations measured for a week, and were judged; people by name."""
    with serving(connections_to(database_url, broker)) as center:
        feed = center.app.state.center.feed
        wait_until(lambda: feed.is_live, what="the live feed to be up")
        for name, role in people.items():
            center.add_user(name, role)
        live_through(center.db_url, center.settings)
        yield center


def live_through(database_url: str, settings: Settings) -> None:
    """Store the week, judge it, and tell what was anomalous."""
    with pool.connect(database_url, autocommit=True) as conn:
        devices = _enrol(conn)
        _air(conn)
        _noise(conn)
        stations.rolled(conn)
        _service(conn)
    AirKeeper(database_url, settings).tick(clock.utc_now())
    with pool.connect(database_url) as conn:
        desk.write(conn, _turns(), devices, now=clock.utc_now())
        conn.commit()


def _enrol(conn: Connection) -> dict[str, Device]:
    air = [
        Device(
            device_id=device_id,
            kind=Kind.AIR,
            name=name,
            state=State.ACTIVE,
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            interval_s=STEP.total_seconds(),
        )
        for device_id, (name, lat_deg, lon_deg) in _PLACES.items()
    ]
    meters = [
        Device(device_id=device_id, kind=Kind.NOISE, name=name, state=State.ACTIVE)
        for device_id, name in _METERS.items()
    ]
    store_device.save(conn, [*air, *meters])
    conn.execute(
        "UPDATE device SET attributes = '{\"noise_zone\": \"school\"}' WHERE device_id = 'N-02'"
    )
    return {one.device_id: one for one in (*air, *meters)}


def _air(conn: Connection) -> None:
    rng = np.random.default_rng(4)
    times = _times(midnight(DAYS - 1), STEP)
    hour = _local_hours(times)
    sun = np.clip(np.sin((hour - 8) / 11 * np.pi), 0, None)
    rush = np.exp(-((hour - 8) ** 2) / 3) + np.exp(-((hour - 20) ** 2) / 5)
    left_h = np.array([(this_hour() - at) / HOUR for at in times])
    smoke = 125 / (1 + np.exp((left_h - 20) / 2.5))
    noise = rng.normal(0, 1.2, len(times))
    begin, end = gap()
    heard = np.array([not begin <= at < end for at in times])
    dust = 13 + 14 * rush + smoke + noise
    first = {
        "pm25_ugm3": dust,
        "pm10_ugm3": 22 + 1.25 * dust + 2 * noise,
        "o3_ppb": 14 + 62 * sun + 2 * noise,
        "no2_ppb": 12 + 24 * rush + noise,
        "co_ppm": 0.5 + 1.6 * rush + 0.05 * noise,
        "humidity_pct": 78 - 18 * sun + noise,
    }
    doubtful = np.array([STUCK[0] <= at < STUCK[1] for at in times])
    _keep(conn, "A-01", times, first, heard & ~doubtful)
    _keep(conn, "A-01", times, first, doubtful, flags=Flag.STUCK)
    _keep(conn, "A-02", times, {"o3_ppb": 20 + 112 * sun + 2 * noise}, left_h > 2)
    recent = left_h <= 2
    _keep(conn, "A-02", times, {"o3_ppb": np.full(len(times), 118.0) + noise}, recent)
    clean = {"pm25_ugm3": 6 + 4 * rush + 0.5 * noise, "o3_ppb": 16 + 18 * sun + noise}
    _keep(conn, "A-03", times, clean, np.ones(len(times), bool))
    stuck = {"pm25_ugm3": np.full(len(times), 33.0)}
    _keep(conn, "A-05", times, stuck, left_h <= 5, flags=Flag.STUCK)


def _noise(conn: Connection) -> None:
    rng = np.random.default_rng(81)
    times = _times(midnight(DAYS - 1), MINUTE)
    hour = _local_hours(times)
    street = 52 + 12 * np.clip(np.sin((hour - 5) / 18 * np.pi), 0, None)
    level = street + rng.normal(0, 1.6, len(times))
    for start in rng.choice(len(times), 24, replace=False):
        level[start : start + 3] += 22
    silent = midnight(3)
    heard = np.array([not silent + 9 * HOUR <= at < silent + DAY for at in times])
    values = {"laeq_db": level, "lamax_db": level + rng.uniform(4, 14, len(times))}
    _keep(conn, "N-01", times, values, heard)
    late = np.array([clock.utc_now() - at < 6 * HOUR for at in times])
    _keep(conn, "N-02", times, {"laeq_db": level + 6}, late)


def _service(conn: Connection) -> None:
    at = midnight(4) + 11 * HOUR
    calibration.add(
        conn,
        Calibration(
            calibration_id=0,
            device_id="A-01",
            metric="o3_ppb",
            valid_from=at,
            valid_to=None,
            gain=1.04,
            offset=-1.5,
            note="Comparado con la unidad móvil",
            made_by="ana",
            made_at=clock.utc_now(),
        ),
    )
    maintenance.note(conn, Maintenance("A-01", at, "Cambio de filtro y limpieza de toma", "ana"))


def _turns() -> list[Turn]:
    """What the anomaly engine would have found."""
    now = clock.utc_now().replace(microsecond=0)
    smoke = this_hour() - 19 * HOUR
    found = [
        Found("A-01", "pm25_ugm3", smoke, None, 0.82, "level", 61.4, 16.2),
        Found("A-05", "pm25_ugm3", now - 5 * HOUR, None, 0.71, "flatline", 33.0, 18.0),
        Found("N-01", "laeq_db", now - 26 * HOUR, now - 25 * HOUR, 0.6, "spike", 84.2, 58.0),
        Found("N-02", "messages", now - 50 * HOUR, now - 6 * HOUR, 0.93, "silence", None, None),
    ]
    return [Turn(one, is_new=True) for one in found]


def _times(since: datetime, step: timedelta) -> list[datetime]:
    return [since + nth * step for nth in range(int((clock.utc_now() - since) / step))]


def _local_hours(times: list[datetime]) -> F64:
    local = [at.astimezone(ZONE) for at in times]
    return np.array([at.hour + at.minute / 60 for at in local])


def _keep(
    conn: Connection,
    device_id: str,
    times: list[datetime],
    values: Mapping[str, F64],
    heard: npt.NDArray[np.bool_],
    *,
    flags: int = 0,
) -> None:
    """Store what a station said when it was heard, as ingest does."""
    made = [
        Reading(
            device_id=device_id,
            seq=nth + 1,
            measured_at=at.astimezone(UTC),
            received_at=at.astimezone(UTC),
            values={
                name: round(max(0.0, float(series[nth])), 2) for name, series in values.items()
            },
        )
        for nth, at in enumerate(times)
        if heard[nth]
    ]
    rows.commit(conn, made, [flags] * len(made))
