"""Numbers and times as reports print them; what nobody knows is said to be unknown, never 0."""

import math
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from control_center.reports.texts import MONTHS, WEEKDAYS, texts

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_KM: Final = 1000.0
_SHORT_M: Final = 10.0
LARGEST: Final = {"%": 100.0, "km/h": 200.0, "km": 2000.0, "min": 2880.0}
"""Beyond this no truck's day is believable."""


def number(value: Any, unit: str = "", digits: int = 0, *, lang: str = "es") -> str:
    """A figure with its unit; `s/d` for what is unknown, no number, or beyond belief.

    >>> number(1234.5, "km", 1), number(None, "%"), number(float("nan")), number(-3, "km")
    ('1,234.5 km', 's/d', 's/d', 's/d')
    """
    unknown = texts(lang)["no_data"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return unknown
    if not 0 <= value <= LARGEST.get(unit, math.inf):
        return unknown
    return f"{value:,.{digits}f}" + (f" {unit}" if unit else "")


def length(metres: Any, *, lang: str = "es") -> str:
    """A length in the unit in which it is no zero.

    >>> length(0.4), length(37.2), length(1840), length(None)
    ('0.4 m', '37 m', '1.8 km', 's/d')
    """
    if number(metres) == texts("es")["no_data"]:
        return texts(lang)["no_data"]
    if metres < _KM:
        return number(metres, "m", 1 if metres < _SHORT_M else 0, lang=lang)
    return number(metres / _KM, "km", 1, lang=lang)


def lasted(seconds: Any, *, lang: str = "es") -> str:
    """A duration.

    >>> lasted(65), lasted(3900), lasted(None)
    ('1 min 5 s', '1 h 5 min', 's/d')
    """
    if number(seconds) == texts("es")["no_data"]:
        return texts(lang)["no_data"]
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        rest = whole % _MINUTE_S
        return f"{whole // _MINUTE_S} min" + (f" {rest} s" if rest else "")
    return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S} min"


def clock_of(zone: ZoneInfo, lang: str = "es") -> Callable[[str | datetime | None], str]:
    """Make the function that writes an instant as a local time of day."""
    unknown = texts(lang)["no_data"]

    def at(instant: str | datetime | None) -> str:
        if instant is None:
            return unknown
        moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return moment.astimezone(zone).strftime("%H:%M")

    return at


def day(of: date, lang: str = "es") -> str:
    """A day in words.

    >>> day(date(2026, 3, 2)), day(date(2026, 3, 2), "en")
    ('lunes 2 de marzo de 2026', 'Monday 2 March 2026')
    """
    weekday, month = WEEKDAYS[lang][of.weekday()], MONTHS[lang][of.month - 1]
    if lang == "es":
        return f"{weekday} {of.day} de {month} de {of.year}"
    return f"{weekday} {of.day} {month} {of.year}"


def short(digest: str) -> str:
    """A digest's beginning, as people compare it.

    >>> short("0123456789abcdef" * 4)
    '0123 4567 89ab'
    """
    return " ".join(digest[at : at + 4] for at in (0, 4, 8))


def seconds_between(begin: str, end: str) -> float:
    """Seconds from one RFC 3339 instant to another."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def one_of(both: str, lang: str) -> str:
    """One language of a text that holds both; a text that holds one is answered whole.

    >>> one_of("sin datos · no data", "en"), one_of("sin datos", "en")
    ('no data', 'sin datos')
    """
    spanish, between, english = both.partition(" · ")
    return english if between and lang == "en" else spanish
