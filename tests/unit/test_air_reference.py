"""The index equals a second reading of the rules in every hour of a year of Mexico City."""

import csv
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from math import isnan
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sensing.air.judge import judge
from sensing.air.table import POLLUTANTS, UNITS, Hours, Rows, tabulate
from sensing.arrays import F64
from tests.unit import nom172_reading as reading

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "air"
_FILES = {"pm10": "PM10", "pm25": "PM25", "o3": "O3", "no2": "NO2", "so2": "SO2", "co": "CO"}
_UNIT = {"pm10": "ug/m3", "pm25": "ug/m3", "o3": "ppb", "no2": "ppb", "so2": "ppb", "co": "ppm"}
_ZONE = ZoneInfo("America/Mexico_City")
_LOCAL = timezone(timedelta(hours=-6))
_BEGIN = datetime(2024, 1, 1, tzinfo=_LOCAL)
_HOURS = 366 * 24  # some files lack hours altogether


def compared(hours: Hours, past: dict[str, dict[str, list[Decimal | None]]]) -> int:
    """Compare every station, pollutant and hour; answer how many were."""
    judged = judge(hours, _ZONE)
    columns = [
        (one.value.tolist(), one.category.tolist(), one.worst.tolist()) for one in judged.indices
    ]
    names = [*reading.CATEGORIES, "insuficiente"]
    years = [datetime.fromtimestamp(int(at), UTC).astimezone(_ZONE).year for at in hours.time_s]
    checked = 0
    for at, station in enumerate(hours.stations):
        series = [past[name].get(station) for name in POLLUTANTS]
        for hour, year in enumerate(years):
            value, category, worst = columns[int(judged.of_hour[hour])]
            own = {}
            for row, name in enumerate(POLLUTANTS):
                known = series[row]
                window = known[max(0, hour - 11) : hour + 1] if known else [None]
                want = reading.concentration(name, window)
                own[name] = reading.category(name, want, from_2026=year >= 2026)
                got = value[row][at][hour]
                assert got == float(want) if want is not None else isnan(got), (station, name, hour)
                assert names[category[row][at][hour]] == own[name], (station, name, hour)
                checked += 1
            assert names[worst[at][hour]] == reading.station(own), (station, hour)
    return checked


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_year_of_mexico_city() -> None:
    """Six pollutants, every station, every hour of 2024: nothing differs."""
    if not _DATA.is_dir():
        pytest.skip(
            "no ../shared/data beside this clone; the made-up city below is compared anyway"
        )
    past: dict[str, dict[str, list[Decimal | None]]] = {}
    columns: dict[str, list[int]] = {"t": [], "s": [], "p": [], "u": []}
    values: list[float] = []
    stations: dict[str, int] = {}
    for row, (name, file) in enumerate(_FILES.items()):
        past[name] = {}
        with (_DATA / f"rama2024_{file}.csv").open(encoding="utf-8") as lines:
            for line in csv.DictReader(lines):
                day = datetime.fromisoformat(line.pop("FECHA")).replace(tzinfo=_LOCAL)
                at = day + timedelta(hours=int(line.pop("HORA")) - 1)
                for station, text in line.items():
                    number = Decimal(text)
                    known = None if number == -99 else number
                    series = past[name].setdefault(station, [None] * _HOURS)
                    series[int((at - _BEGIN).total_seconds()) // 3600] = known
                    columns["t"].append(int(at.timestamp()))
                    columns["s"].append(stations.setdefault(station, len(stations)))
                    columns["p"].append(row)
                    columns["u"].append(UNITS.index(_UNIT[name]))
                    values.append(float(text))
    time_s, station_of, pollutant, unit = (np.array(columns[key], np.int64) for key in "tspu")
    rows = Rows(time_s, station_of, pollutant, unit, np.array(values, np.float64))
    hours = tabulate(rows, list(stations))
    assert compared(hours, past) == 6 * len(stations) * _HOURS


def test_a_made_up_city_across_the_change_of_rule() -> None:
    """Random air with gaps over New Year 2026, where the particles' bound steps down."""
    rng = np.random.default_rng(7)
    begin_s = int(datetime(2025, 12, 30, 6, tzinfo=UTC).timestamp())
    count, names = 96, ("A", "B", "C")
    scale = {"pm10": 90, "pm25": 45, "o3": 90, "no2": 110, "so2": 80, "co": 9}
    past: dict[str, dict[str, list[Decimal | None]]] = {}
    parts: list[tuple[int, int, int, int, float]] = []
    for row, name in enumerate(POLLUTANTS):
        past[name] = {}
        for at, station in enumerate(names):
            series = rng.gamma(2.0, scale[name] / 2, count).round(2 if name == "co" else 0)
            gone = rng.random(count) < 0.2
            past[name][station] = [
                None if gone[k] else Decimal(str(series[k])) for k in range(count)
            ]
            unit = UNITS.index(_UNIT[name])
            parts += [
                (begin_s + 3600 * k, at, row, unit, float("nan") if gone[k] else series[k])
                for k in range(count)
            ]
    table: F64 = np.array(parts, np.float64)
    time_s, station_of, pollutant, unit_of = (table[:, k].astype(np.int64) for k in range(4))
    rows = Rows(time_s, station_of, pollutant, unit_of, table[:, 4])
    assert compared(tabulate(rows, names), past) == 6 * 3 * count
