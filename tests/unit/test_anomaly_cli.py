"""`c5 anomaly score`: a row a row, whatever the rows hold, and refusals that say what to do."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from control_center.cli import anomaly
from core.errors import C5Error
from tests.anomaly_series import steady


def _score(tmp_path: Path, text: str, *more: str) -> list[dict[str, str]]:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(text, "utf-8")
    done = CliRunner().invoke(
        anomaly.app,
        ["score", "--in", str(source), "--out", str(target), *more],
        catch_exceptions=False,
    )
    assert done.exit_code == 0
    return list(csv.DictReader(target.read_text("utf-8").splitlines()))


def _series(values: list[object], *, offset: str = "") -> str:
    begin = datetime(2026, 3, 2)  # noqa: DTZ001  a naive time is what is tested
    stamps = [begin + timedelta(minutes=5 * k) for k in range(len(values))]
    rows = [f"{stamp}{offset},{value}" for stamp, value in zip(stamps, values, strict=True)]
    return "\n".join(["timestamp,value", *rows]) + "\n"


def test_a_row_a_row_in_order(tmp_path: Path) -> None:
    """Timestamps and values come back as they were written."""
    values: list[object] = [f"{value:.3f}" for value in steady(400)]
    values[300] = "400"
    rows = _score(tmp_path, _series(values))
    assert list(rows[0]) == ["timestamp", "value", "anomaly_score"]
    assert [row["value"] for row in rows] == values
    scores = [float(row["anomaly_score"]) for row in rows]
    assert all(0.0 <= score <= 1.0 for score in scores)
    assert scores.index(max(scores)) == 300


def test_what_is_no_number_scores_0_and_teaches_nothing(tmp_path: Path) -> None:
    """Empty, NaN, words and infinity among the rest."""
    values: list[object] = [f"{value:.3f}" for value in steady(200)]
    plain = _score(tmp_path, _series(values))
    bad = {50: "", 60: "NaN", 70: "broken", 80: "inf"}
    for at, value in bad.items():
        values[at] = value
    rows = _score(tmp_path, _series(values))
    assert len(rows) == 200
    assert all(float(rows[at]["anomaly_score"]) == 0.0 for at in bad)
    assert [row["anomaly_score"] for row in rows[:50]] == [
        row["anomaly_score"] for row in plain[:50]
    ]


@pytest.mark.parametrize("offset", ["-06:00", "Z", "+05:30"])
def test_times_with_an_offset_count_as_written(tmp_path: Path, offset: str) -> None:
    """The hour of day is that of the clock on the wall."""
    values: list[object] = [f"{value:.3f}" for value in steady(100)]
    naive = [row["anomaly_score"] for row in _score(tmp_path, _series(values))]
    aware = [row["anomaly_score"] for row in _score(tmp_path, _series(values, offset=offset))]
    assert aware == naive


def test_a_reason_for_each_row(tmp_path: Path) -> None:
    """On demand, in a word."""
    values: list[object] = [*steady(400).tolist(), 400.0]
    assert _score(tmp_path, _series(values), "--explain")[-1]["reason"] == "spike"


def test_other_columns_and_an_empty_file(tmp_path: Path) -> None:
    """Columns are found by name; no rows in, no rows out."""
    rows = _score(tmp_path, "sensor,Value,Timestamp\na,1.5,1700000000\na,1.6,1700000300000\n")
    assert [row["value"] for row in rows] == ["1.5", "1.6"]
    assert _score(tmp_path, "timestamp,value\n") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no column timestamp, value"),
        ("time,value\n", "has no column timestamp"),
        ("timestamp,value\nyesterday,5\n", "line 2: 'yesterday' is no time"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    """With the line, where there is one."""
    with pytest.raises(C5Error, match=says):
        _score(tmp_path, text)


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    """Missing, binary, or in a folder that is not there."""
    with pytest.raises(C5Error, match="cannot be read"):
        anomaly.score(tmp_path / "none.csv", tmp_path / "out.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(C5Error, match="not text"):
        anomaly.score(tmp_path / "binary.csv", tmp_path / "out.csv")
    (tmp_path / "fine.csv").write_text("timestamp,value\n", "utf-8")
    with pytest.raises(C5Error, match="cannot be written"):
        anomaly.score(tmp_path / "fine.csv", tmp_path / "none" / "out.csv")
