"""`c5 noise`: levels, percentiles and the day-evening-night level of a series."""

import csv
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import typer

from control_center.cli.output import Json, emit, say, table
from core import settings as setting_tree
from core.clock import rfc3339
from core.errors import C5Error, ConfigError
from sensing.arrays import F64
from sensing.noise.report import Levels, Report, report
from sensing.noise.screening import Limits, Screened, limits

app = typer.Typer(
    no_args_is_help=True, help="Noise: levels, percentiles and the day-evening-night level."
)
_TIMES: Final = ("time", "datetime", "timestamp")
_PEAK: Final = "lamax_db"
_LEVELS: Final = ("laeq_db", "LEQ dB -A")


class NoiseFileRefused(C5Error):
    """A file of levels cannot be read; the message names the line and what to correct."""

    reason = "noise_file_refused"


@app.callback()
def _group() -> None:
    """Noise: levels, percentiles and the day-evening-night level."""


@app.command("index")
def show_index(
    file: Annotated[
        Path,
        typer.Option(
            "--csv",
            help="time,laeq_db and, where measured, lamax_db; levels in dB(A), a row a minute or "
            "any other even step. A time without an offset is local.",
        ),
    ],
    as_json: Json = False,
    timezone: Annotated[
        str | None, typer.Option("--tz", help="Local time of the place; left out: the city's.")
    ] = None,
    zone: Annotated[
        str, typer.Option("--zone", help="Of NOM-081: residential, commercial or school.")
    ] = "residential",
) -> None:
    """Describe a series of levels: LAeq, L10, L50, L90, Lday, Levening, Lnight, Lden, dB(A).

    Screening against NOM-081 is `indicativo`: a street sensor measures no single source.
    """
    name = timezone or setting_tree.load().timezone
    try:
        where = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(f"--tz {name!r} is no time zone; write America/Mexico_City") from None
    chosen = limits(zone)
    time_s, level_db, peak_db = _columns(file, where)
    found = report(time_s, level_db, where, chosen, peak_db=peak_db)
    answer = as_answer(found, chosen)
    if as_json:
        emit(answer)
    else:
        _show(answer)


def as_answer(found: Report, chosen: Limits) -> dict[str, Any]:
    """The report as JSON values; null where nothing was heard."""
    noise = found.events
    return {
        **_levels(found.whole, chosen),
        "sample_s": found.sample_s,
        "unbelievable": found.unbelievable,
        "days": [{"date": day.isoformat(), **_levels(one, chosen)} for day, one in found.days],
        "events": [
            {
                "from": rfc3339(datetime.fromtimestamp(noise.from_s[at], UTC)),
                "to": rfc3339(datetime.fromtimestamp(noise.to_s[at], UTC)),
                "peak_db": float(noise.peak_db[at]),
                "sel_db": float(noise.sel_db[at]),
                "above_background_db": float(noise.above_db[at]),
            }
            for at in range(len(noise.from_s))
        ],
    }


def _levels(one: Levels, chosen: Limits) -> dict[str, Any]:
    day, evening, night = one.period_coverage
    names = ("laeq", "lamax", "l10", "l50", "l90", "lday", "levening", "lnight", "lden")
    return {
        **{f"{name}_db": _number(getattr(one, f"{name}_db")) for name in names},
        "coverage": one.coverage,
        "coverage_day": day,
        "coverage_evening": evening,
        "coverage_night": night,
        "sufficient": one.is_enough,
        "nom081": {
            "label": chosen.label,
            "zone": chosen.zone,
            "day": _screened(one.screened_day),
            "night": _screened(one.screened_night),
        },
    }


def _screened(one: Screened | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "limit_db": one.limit_db,
        "laeq_db": one.laeq_db,
        "above": one.is_above,
        "samples_above": one.samples_above,
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _show(answer: dict[str, Any]) -> None:
    names = ("laeq_db", "l10_db", "l90_db", "lday_db", "levening_db", "lnight_db", "lden_db")
    rows = [("total", *_cells(answer, names))]
    rows += [(day["date"], *_cells(day, names)) for day in answer["days"]]
    table(("", *(name.removesuffix("_db") for name in names), "%"), rows)
    say(f"NOM-081: {answer['nom081']['label']}; {len(answer['events'])} eventos · events")


def _cells(answer: dict[str, Any], names: tuple[str, ...]) -> list[str | None]:
    levels = [None if answer[name] is None else f"{answer[name]:.1f}" for name in names]
    return [*levels, f"{100 * answer['coverage']:.0f}"]


def _columns(file: Path, zone: ZoneInfo) -> tuple[F64, F64, F64 | None]:
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise NoiseFileRefused(f"{file} cannot be read: {exc}") from None
    lines = csv.DictReader(text.splitlines())
    columns = lines.fieldnames or ()
    time_column = next((name for name in _TIMES if name in columns), None)
    level_column = next((name for name in _LEVELS if name in columns), None)
    if time_column is None or level_column is None:
        raise NoiseFileRefused(f"{file}: the first line must name time and laeq_db")
    times, levels, peaks = [], [], []
    before = -math.inf
    for number, line in enumerate(lines, start=2):
        try:
            before = _instant(line[time_column], zone, before)
        except (ValueError, TypeError) as exc:
            raise NoiseFileRefused(
                f"{file}, line {number}: {exc}; a time is 2026-01-31T14:00:00, with or without "
                "an offset"
            ) from None
        times.append(before)
        levels.append(_float(line[level_column]))
        peaks.append(_float(line.get(_PEAK)))
    peak_db = np.array(peaks, np.float64) if _PEAK in columns else None
    return np.array(times, np.float64), np.array(levels, np.float64), peak_db


def _instant(text: str, zone: ZoneInfo, before_s: float) -> float:
    """Unix time; of the hour that a clock set back repeats, the one that follows `before_s`."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        return moment.timestamp()
    first = moment.replace(tzinfo=zone).timestamp()
    again = moment.replace(tzinfo=zone, fold=1).timestamp()
    return again if first <= before_s < again else first


def _float(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan
