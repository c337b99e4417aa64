"""Readings are marked after the fact: by the samples around them, and by the neighbours."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from control_center.air.keeper import AirKeeper
from control_center.quality.keeper import QualityKeeper
from core.happenings import Happening
from core.quality import Flag
from core.settings import Settings
from core.topics import Kind
from sensing.arrays import F64
from store import air, calibration, maintenance, pool
from store.calibration import Calibration
from store.maintenance import Maintenance
from store.pool import Connection
from tests.servers import stations

pytestmark = pytest.mark.server
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BEGIN = datetime(2026, 3, 4, 0, 0, tzinfo=UTC)
DAYS = 16
SETTINGS = Settings(timezone=stations.ZONE)
CITY = tuple(f"A-{nth}" for nth in range(6))
Minutes = list[int]


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's."""
    with pool.connect(db_url, autocommit=True) as one:
        yield one


@pytest.fixture
def keeper(db_url: str) -> QualityKeeper:
    """A keeper of that database."""
    return QualityKeeper(db_url, SETTINGS)


def lively(minutes: int, seed: int = 1) -> F64:
    """A level that an instrument in good health may report, by the minute."""
    return np.round(np.random.default_rng(seed).normal(20.0, 2.0, minutes), 2)


def marked(conn: Connection, flag: Flag, device_id: str = "A-1") -> Minutes:
    """Minutes since the beginning whose reading of PM2.5 carries a flag."""
    held = stations.flags_of(conn, device_id, "pm25_ugm3")
    return [(at - BEGIN) // MINUTE for at, flags in held.items() if flags & flag]


def test_a_stuck_sensor_and_a_spike_are_marked_and_told_once(
    conn: Connection, keeper: QualityKeeper
) -> None:
    """All of the run, its first values too; summaries and the index follow."""
    stations.enrolled(conn, "A-1")
    values = lively(240)
    values[60:80] = values[60]
    values[150] += 300
    stations.said(conn, "A-1", BEGIN, MINUTE, {"pm25_ugm3": list(values)})
    now = BEGIN + 4 * HOUR
    assert keeper.tick(now) == 21
    assert marked(conn, Flag.STUCK) == list(range(60, 80))
    assert marked(conn, Flag.SPIKE) == [150]
    assert keeper.tick(now + MINUTE) == 0

    stations.rolled(conn)
    assert conn.execute(
        "SELECT n, flagged FROM reading_hourly WHERE device_id = 'A-1' ORDER BY hour"
    ).fetchall() == [(60, 0), (40, 20), (59, 1), (60, 0)]
    assert stations.events(conn, Happening.DATA_QUALITY) == [
        ("A-1", BEGIN + 60 * MINUTE, "PM2.5: valor pegado · stuck value", None),
        ("A-1", BEGIN + 150 * MINUTE, "PM2.5: pico aislado · isolated spike", None),
    ]
    assert stations.events(conn, Happening.DATA_QUALITY_END) == [
        ("A-1", BEGIN + 79 * MINUTE, "PM2.5: valor pegado · stuck value", 19 * 60.0)
    ]


def test_the_index_follows_a_mark(db_url: str, conn: Connection, keeper: QualityKeeper) -> None:
    """A frozen hour made an index until somebody looked at it."""
    stations.enrolled(conn, "A-1")
    values = lively(180)
    values[60:110] = values[60]
    stations.said(conn, "A-1", BEGIN, MINUTE, {"o3_ppb": list(values)})
    index = AirKeeper(db_url, SETTINGS)
    now = BEGIN + 3 * HOUR
    index.tick(now)
    keeper.tick(now)
    stations.rolled(conn)
    index.tick(now + MINUTE)
    first, frozen, third = air.window(conn, "A-1", BEGIN, now)
    assert (first.category, frozen.category, third.category) == (0, -1, 0)
    assert frozen.detail["o3"]["doubts"] == ["stuck"]


def test_a_change_that_stays_is_no_spike(conn: Connection, keeper: QualityKeeper) -> None:
    """The newest samples are judged when others have come after them."""
    stations.enrolled(conn, "A-1")
    values = lively(150)
    values[118:] += 200
    stations.said(conn, "A-1", BEGIN, MINUTE, {"pm25_ugm3": list(values[:120])})
    assert keeper.tick(BEGIN + 2 * HOUR) == 0
    stations.said(conn, "A-1", BEGIN + 120 * MINUTE, MINUTE, {"pm25_ugm3": list(values[120:])})
    assert keeper.tick(BEGIN + 3 * HOUR) == 0

    wild = lively(10, seed=3) + 200
    wild[4] += 400
    stations.said(conn, "A-1", BEGIN + 150 * MINUTE, MINUTE, {"pm25_ugm3": list(wild[:5])})
    assert keeper.tick(BEGIN + 3 * HOUR) == 0
    stations.said(conn, "A-1", BEGIN + 155 * MINUTE, MINUTE, {"pm25_ugm3": list(wild[5:])})
    assert keeper.tick(BEGIN + 3 * HOUR) == 1
    assert marked(conn, Flag.SPIKE) == [154]


def test_the_newest_value_is_shown_with_its_mark(conn: Connection, keeper: QualityKeeper) -> None:
    """A sensor that is stuck now is doubtful on the map, too."""
    stations.enrolled(conn, "N-1", kind=Kind.NOISE)
    levels = 55 + lively(60) / 10
    levels[30] = 110.0
    levels[50:] = levels[50]
    stations.said(conn, "N-1", BEGIN, MINUTE, {"laeq_db": list(levels)})
    keeper.tick(BEGIN + HOUR)
    held = stations.flags_of(conn, "N-1", "laeq_db")
    assert list(held.values()) == [Flag.STUCK] * 10, "a loud minute is news, not a spike"
    newest = conn.execute("SELECT flags FROM latest_value").fetchall()
    assert newest == [(Flag.STUCK,)]


def city(conn: Connection) -> F64:
    """Hourly values of six stations under one weather, in order; (stations, hours)."""
    stations.enrolled(conn, *CITY, interval_s=3600)
    rng = np.random.default_rng(5)
    hours = np.arange(24 * DAYS + 2)
    weather = 25 + 10 * np.sin(2 * np.pi * (hours - 9) / 24)
    weather = weather + np.convolve(rng.standard_normal(len(hours)), np.ones(12) / 3, "same")
    own = rng.uniform(-4, 4, (6, 1)) + 1.5 * rng.standard_normal((6, len(hours)))
    values: F64 = np.maximum(weather + own, 0).round(2)
    return values


def told(conn: Connection, values: F64, hours: slice) -> datetime:
    """Let the stations say these hours; answer when they were over."""
    first, last, _ = hours.indices(values.shape[1])
    for row, device_id in enumerate(CITY):
        stations.said(
            conn,
            device_id,
            BEGIN + first * HOUR + MINUTE,
            HOUR,
            {"pm25_ugm3": list(values[row, hours])},
        )
    return BEGIN + last * HOUR


def moved(conn: Connection, flag: Flag) -> dict[str, int]:
    """How many readings of each station carry a flag."""
    found = {one: stations.flags_of(conn, one, "pm25_ugm3").values() for one in CITY}
    counts = {one: sum(bool(flags & flag) for flags in held) for one, held in found.items()}
    return {one: count for one, count in counts.items() if count}


def test_one_drifting_station_of_six(db_url: str, conn: Connection, keeper: QualityKeeper) -> None:
    """Its last two days, and what it says from then on, until it is calibrated."""
    values = city(conn)
    values[2, -98:] += np.minimum(np.arange(98) * 0.3, 20)
    now = told(conn, values, slice(0, 24 * DAYS))
    assert keeper.tick(now + MINUTE) == 48
    assert moved(conn, Flag.DRIFT) == {"A-2": 48}
    [(device_id, at, text, _)] = stations.events(conn, Happening.DATA_QUALITY)
    assert (device_id, at) == ("A-2", now)
    assert text.startswith("PM2.5: deriva frente a sus vecinas · drifting from its neighbours (+")

    stations.rolled(conn)
    told(conn, values, slice(24 * DAYS, 24 * DAYS + 1))
    assert keeper.tick(now + 10 * MINUTE) == 1, "marked before anybody compares again"
    stations.rolled(conn)
    assert QualityKeeper(db_url, SETTINGS).tick(now + HOUR) == 0, "a new keeper finds it as it was"
    assert len(stations.events(conn, Happening.DATA_QUALITY)) == 1

    since = now - 100 * HOUR
    calibration.add(
        conn, Calibration(0, "A-2", "pm25_ugm3", since, None, 1.0, -15.0, "", "test", now)
    )
    assert moved(conn, Flag.DRIFT) == {}
    stations.rolled(conn)
    assert keeper.tick(now + HOUR + MINUTE) == 0
    [(device_id, at, *_)] = stations.events(conn, Happening.DATA_QUALITY_END)
    assert (device_id, at) == ("A-2", now + HOUR)


def test_a_step_after_a_visit(conn: Connection, keeper: QualityKeeper) -> None:
    """From the visit on; not where somebody calibrated, and nobody else."""
    values = city(conn)
    visited = 24 * (DAYS - 2)
    for row in (1, 3):
        values[row, visited:] += 14
        visit = Maintenance(CITY[row], BEGIN + visited * HOUR, "", "test")
        maintenance.note(conn, visit)
    maintenance.note(conn, Maintenance(CITY[4], BEGIN + visited * HOUR, "", "test"))
    calibration.add(
        conn,
        Calibration(
            0, CITY[3], "pm25_ugm3", BEGIN + visited * HOUR, None, 1.0, 0.0, "", "test", BEGIN
        ),
    )
    now = told(conn, values, slice(0, 24 * DAYS))
    keeper.tick(now + MINUTE)
    assert moved(conn, Flag.STEP) == {"A-1": 48}
    assert moved(conn, Flag.DRIFT) == {}


def test_a_clock_hours_behind(conn: Connection, keeper: QualityKeeper) -> None:
    """It lives three hours after its neighbours: suspect, and believed all the same."""
    values = city(conn)
    values[4, 3:] = values[4, :-3].copy()
    now = told(conn, values, slice(0, 24 * DAYS))
    keeper.tick(now + MINUTE)
    assert moved(conn, Flag.CLOCK) == {"A-4": 48}
    [(device_id, _, text, _)] = stations.events(conn, Happening.DATA_QUALITY)
    assert (device_id, text) == ("A-4", "Estación: reloj desfasado · clock out of step (+3 h)")


def test_good_stations_are_left_alone(conn: Connection, keeper: QualityKeeper) -> None:
    """Sixteen days of six stations: no mark, no event."""
    now = told(conn, city(conn), slice(0, 24 * DAYS))
    assert keeper.tick(now + MINUTE) == 0
    assert stations.events(conn, Happening.DATA_QUALITY) == []
