"""Values of a plan's properties: read, or refused with what to write instead.

Files made by hand and by map programs write numbers as text and days in Spanish; both are taken.
"""

import math
import unicodedata
from collections.abc import Sequence
from datetime import time
from typing import Any, Final

import numpy as np

from core.errors import C5Error
from geo.arrays import F64

Window = tuple[time, time]
"""Local times of a day; an end that is not after its start is on the next day."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_OF: Final = {
    name: day
    for day, names in enumerate(
        (
            ("mon", "monday", "lun", "lunes"),
            ("tue", "tuesday", "mar", "martes"),
            ("wed", "wednesday", "mie", "miercoles"),
            ("thu", "thursday", "jue", "jueves"),
            ("fri", "friday", "vie", "viernes"),
            ("sat", "saturday", "sab", "sabado"),
            ("sun", "sunday", "dom", "domingo"),
        )
    )
    for name in names
}
_YES: Final = frozenset({"true", "1", "yes", "si"})
_NO: Final = frozenset({"false", "0", "no"})
_LONGEST_TEXT: Final = 200
_BAD: Final = frozenset({"Cc", "Cs"})
"""Control characters, and halves of what is one character."""


class ValueRefused(C5Error):
    """A property cannot be what it says; the message names it and what it may be."""

    reason = "value_refused"


def folded(text: str) -> str:
    """Lower case without accents, for comparisons.

    >>> folded("Depósito Ñandú")
    'deposito nandu'
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in apart if not unicodedata.combining(char)).strip()


def text(value: Any, name: str, *, longest: int = _LONGEST_TEXT) -> str:
    """A line of text; None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueRefused(f"{name} must be text")
    line = str(value).strip()
    if len(line) > longest:
        raise ValueRefused(f"{name} is longer than {longest} characters; shorten it")
    if not line.isprintable() and any(unicodedata.category(char) in _BAD for char in line):
        raise ValueRefused(f"{name} has a control character; remove it")
    return line


def number(value: Any, name: str) -> float:
    """A finite number, or text that is one."""
    try:
        read = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        read = math.nan
    if not math.isfinite(read):
        raise ValueRefused(f"{name} {_short(value)} is no number")
    return read


def yes_or_no(value: Any, name: str) -> bool:
    """A truth value, or text that is one."""
    if isinstance(value, bool):
        return value
    word = folded(str(value))
    if word not in _YES | _NO:
        raise ValueRefused(f"{name} {_short(value)} is neither true nor false")
    return word in _YES


def window(value: Any, name: str) -> Window:
    """Two local times: `["06:00", "14:00"]` or `06:00-14:00`; 24:00 is midnight.

    >>> window("22:00-06:30", "service_window")[1]
    datetime.time(6, 30)
    """
    parts = value.split("-") if isinstance(value, str) else value
    wrong = ValueRefused(f'{name} {_short(value)} must be two local times, as ["06:00", "14:00"]')
    if isinstance(parts, str | bytes) or not isinstance(parts, Sequence) or len(parts) != 2:  # noqa: PLR2004  from, to
        raise wrong
    try:
        begin, end = (_clock(part) for part in parts)
    except ValueError:
        raise wrong from None
    return begin, end


def weekdays(value: Any, name: str) -> frozenset[int]:
    """Days as names in English or Spanish, in a list or between commas; 0 is Monday.

    >>> sorted(weekdays("lun, mié,fri", "weekdays"))
    [0, 2, 4]
    """
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, Sequence):
        raise ValueRefused(
            f"{name} {_short(value)} must be a list of days, as {list(WEEKDAYS[:2])}"
        )
    days = set()
    for part in parts:
        day = _DAY_OF.get(folded(str(part)))
        if day is None:
            raise ValueRefused(f"{name}: {_short(part)} is no weekday; write {', '.join(WEEKDAYS)}")
        days.add(day)
    return frozenset(days)


def line(coordinates: Any) -> F64:
    """(points, 2) longitude and latitude, as given; heights are left out."""
    try:
        found = np.array([point[:2] for point in coordinates], np.float64)
    except (TypeError, ValueError, KeyError, IndexError, OverflowError):
        found = np.empty(0)
    if found.ndim != 2 or found.shape[1] != 2:  # noqa: PLR2004  longitude and latitude
        raise ValueRefused("coordinates must be pairs of longitude and latitude")
    return found


def as_text(times: Window) -> list[str]:
    """Undo `window`."""
    return [at.strftime("%H:%M") for at in times]


def _clock(value: Any) -> time:
    hours, colon, minutes = str(value).strip().partition(":")
    if not (colon and len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal()):  # noqa: PLR2004  digits
        raise ValueError(value)
    return time(int(hours) % 24 if (hours, minutes) == ("24", "00") else int(hours), int(minutes))


def _short(value: Any) -> str:
    shown = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."  # noqa: PLR2004  a line's worth
