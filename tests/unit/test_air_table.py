"""Rows that cannot be believed are named, and no index is made from them."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from control_center.cli import air
from sensing.air.table import POLLUTANTS, UNITS, Doubt, Hours, Rows, tabulate

_HOUR = 3600
_T0 = 1_767_600_000  # 2026-01-05T08:00:00Z


def table(*rows: tuple[int, str, str, float]) -> Hours:
    """Hours of one station from (hour, pollutant, unit, value)."""
    return tabulate(
        Rows(
            np.array([_T0 + _HOUR * hour for hour, *_ in rows], np.int64),
            np.zeros(len(rows), np.int64),
            np.array([POLLUTANTS.index(name) for _, name, *_ in rows], np.int64),
            np.array(
                [UNITS.index(unit) if unit in UNITS else -1 for *_, unit, _ in rows], np.int64
            ),
            np.array([value for *_, value in rows], np.float64),
        ),
        ["A"],
    )


@pytest.mark.parametrize(
    ("name", "unit", "value", "doubt"),
    [
        ("pm10", "ug/m3", -99.0, Doubt.SENTINEL),
        ("o3", "ppb", -999.0, Doubt.SENTINEL),
        ("pm25", "ug/m3", -3.0, Doubt.NEGATIVE),
        ("pm10", "ug/m3", 5000.0, Doubt.RANGE),
        ("pm10", "ppb", 50.0, Doubt.UNIT),
        ("pm25", "mg/m3", 0.05, Doubt.UNIT),
        ("o3", "ppm", 45.0, Doubt.UNIT),
        ("o3", "ppb", 0.045, Doubt.UNIT),
        ("no2", "ppb", 0.02, Doubt.UNIT),
        ("co", "ppb", 1.2, Doubt.UNIT),
    ],
)
def test_it_is_named_and_not_used(name: str, unit: str, value: float, doubt: Doubt) -> None:
    """The cell has its reason and no value."""
    hours = table((0, name, unit, value))
    row = POLLUTANTS.index(name)
    assert Doubt(int(hours.doubt[row, 0, 0])) == doubt
    assert np.isnan(hours.value).all()


@pytest.mark.parametrize(
    ("name", "unit", "value", "kept"),
    [
        ("o3", "ppm", 0.058, 58.0),
        ("o3", "ppb", 58.0, 58.0),
        ("o3", "ug/m3", 117.7, 60.0),
        ("co", "ppm", 1.2, 1.2),
        ("co", "ppb", 1200.0, 1.2),
        ("pm10", "ug/m3", 45.0, 45.0),
    ],
)
def test_units_are_changed(name: str, unit: str, value: float, kept: float) -> None:
    """Into those kept inside; mass needs the stated 25 degrees and one atmosphere."""
    hours = table((0, name, unit, value))
    assert hours.value[POLLUTANTS.index(name), 0, 0] == pytest.approx(kept, rel=1e-3)


def test_a_clean_hour_in_a_real_series_is_no_wrong_unit() -> None:
    """Half a ppb of ozone at night happens, where the days reach tens."""
    hours = table((0, "o3", "ppb", 0.5), (1, "o3", "ppb", 30.0))
    assert hours.value[2, 0].tolist() == [0.5, 30.0]


def test_the_same_hour_twice() -> None:
    """Twice the same is once; two that disagree are none, and named."""
    hours = table((0, "o3", "ppb", 30.0), (0, "o3", "ppb", 30.0))
    assert hours.value[2, 0, 0] == 30.0
    hours = table((0, "o3", "ppb", 30.0), (0, "o3", "ppb", 31.0), (1, "o3", "ppb", 32.0))
    assert Doubt(int(hours.doubt[2, 0, 0])) == Doubt.DUPLICATE
    assert np.isnan(hours.value[2, 0, 0])
    assert hours.value[2, 0, 1] == 32.0


def index_of(tmp_path: Path, *lines: str) -> list[dict[str, object]]:
    """What the command answers for these lines."""
    file = tmp_path / "air.csv"
    file.write_text("time,station,pollutant,unit,value\n" + "\n".join(lines) + "\n")
    done = CliRunner().invoke(air.app, ["index", "--csv", str(file), "--json"])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_day_of_25_hours(tmp_path: Path) -> None:
    """The hour that comes twice is two hours, told apart by its offset."""
    lines = [f"2022-10-30T{hour:02}:00:00-05:00,A,o3,ppb,{20 + hour}" for hour in range(2)]
    lines += [f"2022-10-30T{hour:02}:00:00-06:00,A,o3,ppb,{30 + hour}" for hour in range(1, 24)]
    answers = index_of(tmp_path, *lines)
    assert len(answers) == 25
    assert {answer["category"] for answer in answers} == {"buena"}
    assert answers[1]["time"] == "2022-10-30T01:00:00-05:00"
    assert answers[2]["time"] == "2022-10-30T01:00:00-06:00"


def test_a_station_without_any_value(tmp_path: Path) -> None:
    """It is there, with too few data, beside one that has some."""
    answers = index_of(
        tmp_path,
        "2026-02-01T00:00:00-06:00,A,o3,ppb,-99",
        "2026-02-01T00:00:00-06:00,B,o3,ppb,91",
    )
    by_name = {answer["station"]: answer for answer in answers}
    assert by_name["A"]["category"] == "insuficiente"
    assert by_name["A"]["doubts"] == {"o3": ["sentinel"]}
    assert by_name["B"]["category"] == "mala"
    assert by_name["B"]["dominant"] == "o3"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2026-02-01T00:00:00,A,o3,ppb,30", "no offset"),
        ("yesterday,A,o3,ppb,30", "line 2"),
        ("2026-02-01T00:00:00Z,A,radon,ppb,30", "'radon' is not one of"),
        ("2026-02-01T00:00:00Z,A", "fields"),
    ],
)
def test_a_line_that_says_nothing(tmp_path: Path, line: str, words: str) -> None:
    """The refusal names the line and what to correct."""
    file = tmp_path / "air.csv"
    file.write_text(f"time,station,pollutant,unit,value\n{line}\n")
    done = CliRunner().invoke(air.app, ["index", "--csv", str(file)])
    assert isinstance(done.exception, air.AirFileRefused)
    assert words in str(done.exception)
