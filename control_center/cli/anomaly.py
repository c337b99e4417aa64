"""`c5 anomaly`: score a series on file as the engine would have scored it live."""

import csv
import io
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer

from core.errors import C5Error
from sensing.anomaly import F64, Reason, run

app = typer.Typer(no_args_is_help=True, help="Anomalies: how unusual each sample of a series is.")

_NEEDED: Final = ("timestamp", "value")
_MS_FROM: Final = 1e11
"""A number this large is milliseconds since 1970, not seconds."""


class SeriesUnreadable(C5Error):
    """A file is missing, is no CSV with the columns it needs, or cannot be written."""

    reason = "series_unreadable"


@app.callback()
def _group() -> None:
    """Anomalies: how unusual each sample of a series is."""


@app.command()
def score(
    source: Annotated[
        Path,
        typer.Option(
            "--in",
            help="CSV with timestamp (RFC 3339, or YYYY-MM-DD HH:MM:SS, whose hours are taken as "
            "written; or Unix time, s or ms) and value (any unit), in order of time.",
        ),
    ],
    target: Annotated[
        Path,
        typer.Option(
            "--out",
            help="CSV to write: timestamp, value, anomaly_score (0 to 1; 0.5 and more is an "
            "alarm), a row a row.",
        ),
    ],
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Add a column that says why: level, spike, flatline..."),
    ] = False,
) -> None:
    """Score every row by itself and the rows before it; a row without a number scores 0."""
    rows = _rows(source)
    times = np.array([_instant(source, line, row[0]) for line, row in enumerate(rows, 2)])
    scores = run(times, _values(rows))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_NEEDED, "anomaly_score", *(["reason"] if explain else [])])
    for row, value, reason in zip(rows, scores.value, scores.reason, strict=True):
        why = [Reason(reason).name.lower()] if explain else []
        writer.writerow([*row, f"{value:.6f}", *why])
    try:
        target.write_text(out.getvalue(), "utf-8")
    except OSError as exc:
        raise SeriesUnreadable(f"{target} cannot be written: {exc.strerror}") from None


def _rows(path: Path) -> list[tuple[str, str]]:
    """Timestamp and value of every row, as written."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except OSError as exc:
        raise SeriesUnreadable(f"{path} cannot be read: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise SeriesUnreadable(f"{path} is not text in UTF-8") from None
    table = csv.reader(lines)
    try:
        names = [name.strip().lower() for name in next(table, [])]
        absent = [name for name in _NEEDED if name not in names]
        if absent:
            raise SeriesUnreadable(
                f"{path} has no column {', '.join(absent)}; the first line names the columns"
            )
        time_at, value_at = (names.index(name) for name in _NEEDED)
        return [(_cell(row, time_at), _cell(row, value_at)) for row in table if row]
    except csv.Error as exc:
        raise SeriesUnreadable(f"{path} is not CSV: {exc}") from None


def _cell(row: list[str], at: int) -> str:
    return row[at].strip() if at < len(row) else ""


def _values(rows: list[tuple[str, str]]) -> F64:
    return np.array([_float(value) for _, value in rows], np.float64)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _instant(path: Path, line: int, text: str) -> float:
    """Seconds since 1970 in the clock that the text is written in."""
    number = _float(text)
    if math.isfinite(number):
        return number / 1000.0 if abs(number) > _MS_FROM else number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SeriesUnreadable(
            f"{path}, line {line}: {text!r} is no time; write 2026-01-31T10:00:00-06:00"
        ) from None
    return moment.replace(tzinfo=UTC).timestamp()


__all__ = ["app", "score"]
