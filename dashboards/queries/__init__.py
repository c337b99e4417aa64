"""Named queries: the SQL of every panel, variable and annotation, and of the page of charts.

One file a dashboard, one statement a `-- name:`. They read the views of store/migrations'
0070_reader and nothing else. What is written in double braces is filled in from where it is
said: limits from the rule files, silences from the kinds of devices, words of codes from
dashboards.words in the dashboard's language.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from core.errors import ConfigError
from core.happenings import SPECS
from dashboards import words
from dashboards.spec import Language
from devices.kinds import KINDS
from sensing.noise.screening import limits

TIMEZONE: Final = "America/Mexico_City"
_ZONES: Final = ("residential", "commercial", "school")
_NAME: Final = re.compile(r"^-- name: (\S+)\n((?:--.*\n)*)", re.MULTILINE)
_HOLE: Final = re.compile(r"\{\{(\w+)\}\}")


def get(name: str, *, timezone: str = TIMEZONE, language: Language = "es", **values: str) -> str:
    """The SQL of one query; ConfigError when there is none, or a hole has no value."""
    found = _all().get(name)
    if found is None:
        raise ConfigError(f"no query {name!r}; see the files in dashboards/queries")
    known = {**_known(), **_days(timezone), **_words(language), **values}

    def fill(hole: re.Match[str]) -> str:
        if hole[1] not in known:
            raise ConfigError(f"query {name!r} needs a value of {hole[1]!r}")
        return known[hole[1]]

    return _HOLE.sub(fill, found)


def names() -> list[str]:
    """Every query there is."""
    return list(_all())


@cache
def _all() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for entry in files("dashboards.queries").iterdir():
        if entry.name.endswith(".sql"):
            parts = _NAME.split(entry.read_text(encoding="utf-8"))
            for name, why, sql in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
                if name in found or not why:
                    raise ConfigError(f"query {name!r} is there twice, or without its reason")
                found[name] = sql.strip()
    return found


@cache
def _known() -> Mapping[str, str]:
    heard = [limits(zone) for zone in _ZONES]
    return {
        "silence": ", ".join(f"('{kind}', {spec.silence_s})" for kind, spec in KINDS.items()),
        "limits": ", ".join(
            f"('{one.zone}', {_number(one.day_db)}, {_number(one.night_db)})" for one in heard
        ),
        "units": ", ".join(
            f"('{happening}', '{spec.unit}')" for happening, spec in SPECS.items() if spec.unit
        ),
        "day_from": str(heard[0].day_hours[0]),
        "day_to": str(heard[0].day_hours[1]),
    }


def _days(timezone: str) -> Mapping[str, str]:
    """The range by the city's calendar: at night, an instant's date in UTC is tomorrow's."""
    since, until = "$__timeFrom()::timestamptz", "$__timeTo()::timestamptz"
    return {
        "tz": timezone,
        "from_day": f"({since} AT TIME ZONE '{timezone}')::date",
        "to_day": f"({until} AT TIME ZONE '{timezone}')::date",
        "from_midnight": f"date_trunc('day', {since}, '{timezone}')",
        "to_midnight": f"date_trunc('day', {until}, '{timezone}')",
    }


@cache
def _words(language: Language) -> Mapping[str, str]:
    return {hole: words.rows(said, language) for hole, said in words.IN_SQL.items()}


def _number(value: float | None) -> str:
    return "NULL::float8" if value is None else f"{value:.1f}::float8"
