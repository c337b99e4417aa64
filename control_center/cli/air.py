"""`c5 air`: the index of hourly concentrations."""

import csv
import math
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import typer

from control_center.cli.output import Json, say, table
from core import settings as setting_tree
from core.clock import rfc3339
from core.errors import C5Error
from sensing.air.index import Index, index
from sensing.air.judge import Judged, judge
from sensing.air.rule import EPA, INSUFFICIENT, MEXICAN, load
from sensing.air.table import POLLUTANTS, UNITS, Doubt, Hours, Rows, tabulate

app = typer.Typer(no_args_is_help=True, help="Air quality: the index of hourly concentrations.")
_COLUMNS: Final = ("time", "station", "pollutant", "unit", "value")
_SHOWN: Final = 24
_PLACES: Final = {name: at for at, name in enumerate(POLLUTANTS)}
_UNIT_PLACES: Final = {unit: at for at, unit in enumerate(UNITS)}


class AirFileRefused(C5Error):
    """A file of concentrations cannot be read; the message names the line and what to correct."""

    reason = "air_file_refused"


class _Read(NamedTuple):
    rows: Rows
    stations: list[str]
    words: dict[int, str]
    """How the file itself wrote an instant."""


@app.callback()
def _group() -> None:
    """Air quality: the index of hourly concentrations."""


@app.command("index")
def show_index(
    file: Annotated[
        Path,
        typer.Option(
            "--csv",
            help="Long form: time,station,pollutant,unit,value. time: RFC 3339, the hour's "
            "beginning; pollutant: pm10, pm25, o3, no2, so2, co; unit: ug/m3, ppb, ppm.",
        ),
    ],
    as_json: Json = False,
    timezone: Annotated[
        str | None,
        typer.Option("--tz", help="Whose date chooses the rule; left out: the city's."),
    ] = None,
    temperature_c: Annotated[
        float, typer.Option("--temperature-c", help="For gases given in ug/m3, °C.")
    ] = 25.0,
    pressure_hpa: Annotated[
        float, typer.Option("--pressure-hpa", help="For gases given in ug/m3, hPa.")
    ] = 1013.25,
    epa: Annotated[
        bool, typer.Option("--epa", help="Add the U.S. EPA AQI (2024) beside it.")
    ] = False,
) -> None:
    """Say how bad the air was at every station and hour, by NOM-172-SEMARNAT-2023.

    With --json one object a line: time, station, category, dominant, pollutants (value, unit and
    category of each), doubts (why a value was not used). No valid data: `insuficiente`.
    """
    read = _rows(file)
    hours = tabulate(
        read.rows, read.stations, temperature_c=temperature_c, pressure_kpa=pressure_hpa / 10
    )
    judged = judge(hours, ZoneInfo(timezone or setting_tree.load().timezone), MEXICAN)
    beside = index(load(EPA), hours.in_units_of(load(EPA))) if epa else None
    if as_json:
        out = sys.stdout.buffer
        for answer in answers(hours, judged, beside, words=read.words):
            out.write(msgspec.json.encode(answer) + b"\n")
        out.flush()
        return
    _show(hours, judged)


def answers(
    hours: Hours,
    judged: Judged,
    beside: Index | None = None,
    *,
    words: Mapping[int, str] = MappingProxyType({}),
) -> Iterator[dict[str, Any]]:
    """One JSON object a station and hour, stations in turn within an hour.

    words  how to write an instant (Unix time); one that is not in it is written in UTC
    """
    times = [
        words.get(int(at)) or rfc3339(datetime.fromtimestamp(int(at), UTC)) for at in hours.time_s
    ]
    for hour, time in enumerate(times):
        found = judged.at(hour)
        for at, station in enumerate(hours.stations):
            answer = {"time": time, "station": station, **_cell(found, hours, at, hour)}
            if beside is not None:
                answer["epa"] = _epa(beside, at, hour)
            yield answer


def _cell(found: Index, hours: Hours, station: int, hour: int) -> dict[str, Any]:
    rule = found.rule
    worst, dominant = int(found.worst[station, hour]), int(found.dominant[station, hour])
    names = [one.key for one in rule.categories] + [INSUFFICIENT]
    answer: dict[str, Any] = {
        "category": names[worst],
        "dominant": rule.pollutants[dominant].name if dominant >= 0 else None,
        "pollutants": {
            one.name: {
                "value": _number(found.value[at, station, hour], one.decimals),
                "unit": one.unit,
                "category": names[int(found.category[at, station, hour])],
            }
            for at, one in enumerate(rule.pollutants)
        },
        "rule": rule.id,
    }
    doubts = {
        name: [doubt.name.lower() for doubt in Doubt if bits & doubt and doubt.name]
        for at, name in enumerate(POLLUTANTS)
        if (bits := int(hours.doubt[at, station, hour]))
    }
    if doubts:
        answer["doubts"] = doubts
    return answer


def _epa(beside: Index, station: int, hour: int) -> dict[str, Any]:
    worst = int(beside.worst[station, hour])
    if worst < 0:
        return {"aqi": None, "category": INSUFFICIENT, "dominant": None}
    return {
        "aqi": int(beside.number[station, hour]),
        "category": beside.rule.categories[worst].key,
        "dominant": beside.rule.pollutants[int(beside.dominant[station, hour])].name,
    }


def _number(value: float, decimals: int) -> float | int | None:
    if not math.isfinite(value):
        return None
    return round(float(value), decimals) if decimals else int(value)


def _show(hours: Hours, judged: Judged) -> None:
    """The last day of each station, for people."""
    count = len(hours.time_s)
    rows = []
    for at, station in enumerate(hours.stations):
        for hour in range(max(0, count - _SHOWN), count):
            cell = _cell(judged.at(hour), hours, at, hour)
            time = rfc3339(datetime.fromtimestamp(int(hours.time_s[hour]), UTC))
            rows.append((time, station, cell["category"], cell["dominant"]))
    table(("hora · hour", "estación · station", "categoría · category", "dominante"), rows)
    doubted = np.bincount(np.log2(hours.doubt[hours.doubt > 0]).astype(int), minlength=len(Doubt))
    for doubt, cells in zip(Doubt, doubted, strict=False):
        if cells and doubt.name:
            say(f"{cells} x {doubt.name.lower()}: no se usaron · not used")


def _rows(file: Path) -> _Read:
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise AirFileRefused(f"{file} cannot be read: {exc}") from None
    lines = csv.reader(text.splitlines())
    names = next(lines, [])
    absent = [name for name in _COLUMNS if name not in names]
    if absent:
        raise AirFileRefused(f"{file} lacks {', '.join(absent)}; its first line names the columns")
    pick = itemgetter(*(names.index(name) for name in _COLUMNS))
    times: dict[str, int] = {}
    stations: dict[str, int] = {}
    columns: tuple[list[int], ...] = ([], [], [], [])
    values: list[float] = []
    for number, line in enumerate(lines, start=2):
        if not line:
            continue
        try:
            time, station, pollutant, unit, value = pick(line)
            at_s = times.get(time)
            if at_s is None:
                at_s = times[time] = _instant(time)
            columns[0].append(at_s)
            columns[2].append(_PLACES[pollutant])
        except (ValueError, KeyError, IndexError) as exc:
            raise AirFileRefused(f"{file}, line {number}: {_words(exc, len(line))}") from None
        columns[1].append(stations.setdefault(station, len(stations)))
        columns[3].append(_UNIT_PLACES.get(unit, -1))
        values.append(_float(value))
    time_s, station_of, pollutant_of, unit_of = (np.array(one, np.int64) for one in columns)
    rows = Rows(time_s, station_of, pollutant_of, unit_of, np.array(values, np.float64))
    return _Read(rows, list(stations), {at_s: time for time, at_s in times.items()})


def _instant(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time {text!r} has no offset; write Z or -06:00 behind it")
    return int(moment.timestamp())


def _words(exc: Exception, fields: int) -> str:
    match exc:
        case KeyError():
            return f"pollutant {exc.args[0]!r} is not one of {', '.join(POLLUTANTS)}"
        case IndexError():
            return f"it has {fields} fields; the first line names more"
    return f"{exc}; times are RFC 3339, such as 2026-01-31T14:00:00-06:00"


def _float(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan
