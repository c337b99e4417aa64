"""The air index follows the readings: late ones, flagged ones, calibrated ones, and a new rule."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from control_center.air.judging import METRICS
from control_center.air.keeper import AirKeeper
from core.quality import Flag
from core.settings import Settings
from store import air, calibration, pool
from store.air import Judged, Scope
from store.calibration import Calibration
from store.pool import Connection
from tests.servers import stations

pytestmark = pytest.mark.server
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BEGIN = datetime(2026, 3, 4, 0, 0, tzinfo=UTC)
HOURS = 30
NOW = BEGIN + HOURS * HOUR + 10 * MINUTE
NAMED = ("value", "category")
SETTINGS = Settings(timezone=stations.ZONE)


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection to a database with one station."""
    with pool.connect(db_url, autocommit=True) as one:
        stations.enrolled(one, "A-1")
        yield one


@pytest.fixture
def keeper(db_url: str) -> AirKeeper:
    """A keeper of that database."""
    return AirKeeper(db_url, SETTINGS)


def steady(conn: Connection, hours: int, *, begin: datetime = BEGIN, **values: float) -> None:
    """The same values every minute."""
    series = {metric: [value] * 60 * hours for metric, value in values.items()}
    stations.said(conn, "A-1", begin, MINUTE, series)


def found(conn: Connection, begin: datetime = BEGIN, hours: int = HOURS) -> dict[int, Judged]:
    """The index by hour since the beginning."""
    rows = air.window(conn, "A-1", begin, begin + hours * HOUR)
    return {(row.hour - begin) // HOUR: row for row in rows}


def test_a_late_reading_changes_its_hour_and_the_eleven_after(
    conn: Connection, keeper: AirKeeper
) -> None:
    """And no other; a round without news judges nothing."""
    steady(conn, HOURS, pm10_ugm3=40.0, humidity_pct=80.0)
    assert keeper.tick(NOW) == HOURS
    before = found(conn)
    assert keeper.tick(NOW + MINUTE) == 0
    assert before[12].detail["pm10"] == detail(29.0, "ug/m3", "buena")
    assert before[12].category == 0
    assert before[12].dominant == "pm10"

    late = {"pm10_ugm3": [4000.0 / 3] * 3}
    stations.said(conn, "A-1", BEGIN + 6 * HOUR + 1.5 * MINUTE, MINUTE, late, flags=Flag.LATE)
    assert keeper.tick(NOW + 2 * MINUTE) == 12
    after = found(conn)
    changed = [hour for hour in after if after[hour].detail != before[hour].detail]
    assert changed[0] == 6
    assert set(changed) <= set(range(6, 18))
    assert len(changed) > 3
    assert after[6].believed == before[6].believed + 3


def test_what_is_flagged_makes_no_index(conn: Connection, keeper: AirKeeper) -> None:
    """Too few data, and the doubt is named; marks that come afterwards take an index back."""
    series = {"pm25_ugm3": [12.0] * 60, "o3_ppb": [30.0] * 60}
    stations.said(conn, "A-1", BEGIN, MINUTE, series, flags=Flag.STUCK)
    steady(conn, 1, begin=BEGIN + HOUR, o3_ppb=30.0)
    keeper.tick(BEGIN + 2 * HOUR)
    first, second = (found(conn)[hour] for hour in (0, 1))
    assert (first.category, first.dominant, first.epa_aqi) == (-1, None, None)
    assert first.detail["o3"] == detail(None, "ppm", "insuficiente", "stuck")
    assert first.detail["co"]["doubts"] == []
    assert (second.category, second.dominant) == (0, "o3")

    conn.execute("UPDATE reading SET flags = %s WHERE flags = 0", (int(Flag.DRIFT),))
    conn.execute("INSERT INTO ledger_delta (device_id, hour) VALUES ('A-1', %s)", (BEGIN + HOUR,))
    stations.rolled(conn)
    keeper.tick(BEGIN + 2 * HOUR + MINUTE)
    again = found(conn)[1]
    assert (again.category, again.detail["o3"]["doubts"]) == (-1, ["drift"])


@pytest.mark.parametrize(("minutes", "category"), [(45, 0), (44, -1)])
def test_three_quarters_of_an_hour_are_needed(
    conn: Connection, keeper: AirKeeper, minutes: int, category: int
) -> None:
    """However often the rest was said."""
    stations.said(conn, "A-1", BEGIN, MINUTE, {"o3_ppb": [30.0] * minutes})
    again = {"o3_ppb": [30.0] * 30}
    stations.said(conn, "A-1", BEGIN + timedelta(seconds=1), timedelta(seconds=1), again)
    keeper.tick(BEGIN + HOUR)
    assert found(conn)[0].category == category


def test_a_slow_station_is_measured_by_its_own_pace(conn: Connection, keeper: AirKeeper) -> None:
    """A reading every five minutes stands for five; nine of twelve are enough."""
    stations.enrolled(conn, "A-1", interval_s=300)
    stations.said(conn, "A-1", BEGIN, 5 * MINUTE, {"o3_ppb": [30.0] * 9})
    stations.said(conn, "A-1", BEGIN + HOUR, 5 * MINUTE, {"o3_ppb": [30.0] * 8})
    keeper.tick(BEGIN + 2 * HOUR)
    assert [found(conn)[hour].category for hour in (0, 1)] == [0, -1]


def test_calibrations_are_applied_on_read(conn: Connection, keeper: AirKeeper) -> None:
    """The index changes from their beginning on, back when one is removed; raw stays raw."""
    steady(conn, 4, o3_ppb=50.0)
    keeper.tick(BEGIN + 4 * HOUR)
    made = calibration.add(conn, calibrated("o3_ppb", BEGIN + 2 * HOUR, gain=2.0, offset=5.0))
    assert judged_ppm(conn) == [0.05] * 4
    keeper.tick(BEGIN + 4 * HOUR + 11 * MINUTE)
    assert judged_ppm(conn) == [0.05, 0.05, 0.105, 0.105]
    raw = conn.execute("SELECT DISTINCT value FROM reading WHERE metric = 'o3_ppb'").fetchall()
    assert raw == [(50.0,)]

    calibration.add(conn, calibrated("o3_ppb", BEGIN + 3 * HOUR, offset=1.0))
    keeper.tick(BEGIN + 4 * HOUR + 22 * MINUTE)
    assert judged_ppm(conn) == [0.05, 0.05, 0.105, 0.051]
    calibration.remove(conn, "A-1", made.calibration_id)
    keeper.tick(BEGIN + 4 * HOUR + 33 * MINUTE)
    assert judged_ppm(conn) == [0.05, 0.05, 0.05, 0.051]


def test_half_an_hour_may_be_calibrated(conn: Connection) -> None:
    """Each reading by what holds at its instant."""
    steady(conn, 1, o3_ppb=50.0)
    calibration.add(
        conn, calibrated("o3_ppb", BEGIN, offset=10.0)._replace(valid_to=BEGIN + HOUR / 2)
    )
    [mean] = air.hourly(conn, Scope(["A-1"], METRICS, BEGIN, BEGIN + HOUR))
    assert (mean.mean, mean.n, mean.minutes) == (55.0, 60, 60)


def test_a_rule_begins_with_the_citys_year(conn: Connection, keeper: AirKeeper) -> None:
    """PM10 of 55 was acceptable until New Year, by the local calendar, and is bad from then on."""
    midnight = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)
    begin = midnight - 14 * HOUR
    steady(conn, 16, begin=begin, pm10_ugm3=77.0)
    keeper.tick(begin + 16 * HOUR)
    held = found(conn, begin)
    said = {
        hour: (held[hour].rule_id, *(held[hour].detail["pm10"][key] for key in NAMED))
        for hour in (13, 14)
    }
    assert said == {
        13: ("nom172-2024", 55.0, "aceptable"),
        14: ("nom172-2026", 55.0, "mala"),
    }
    assert held[13].epa_aqi == held[14].epa_aqi == 62


def calibrated(metric: str, since: datetime, **change: Any) -> Calibration:
    """A calibration to be saved."""
    new = Calibration(0, "A-1", metric, since, None, 1.0, 0.0, "", "test", NOW)
    return new._replace(**change)


def detail(value: float | None, unit: str, category: str, *doubts: str) -> dict[str, Any]:
    """What is said of one pollutant."""
    return {"value": value, "unit": unit, "category": category, "doubts": list(doubts)}


def judged_ppm(conn: Connection) -> list[float]:
    """Ozone of the first four hours."""
    held = found(conn)
    return [held[hour].detail["o3"]["value"] for hour in range(4)]
