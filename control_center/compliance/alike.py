"""Whether two documents say the same, but for the last digit of a number.

Another machine, or another build of numpy, may add floating-point numbers in another order. A
result that lies between two roundings then comes out on the other side. That is no other report
and no forgery; a state, a count or a name that differs is.
"""

from datetime import datetime, timedelta
from typing import Any, Final

_DIGITS: Final = {"coverage_pct": 2, "confidence": 3, "lat": 7, "lon": 7}
_OTHER_DIGITS: Final = 1
_WHOLE_M: Final = frozenset({"service_m", "deadhead_m"})
_INSTANT: Final = timedelta(milliseconds=1)
_INSTANT_CHARS: Final = len("2026-01-02T03:04:05.678Z")


def alike(one: Any, other: Any, name: str = "") -> bool:
    """Compare two JSON values; `name` is the key under which they are held.

    >>> alike({"coverage_pct": 91.67}, {"coverage_pct": 91.68})
    True
    >>> alike({"coverage_pct": 91.67}, {"coverage_pct": 91.7}), alike({"missed": 1}, {"missed": 2})
    (False, False)
    """
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(
                alike(value, other[key], key) for key, value in one.items()
            )
        case list(), list():
            return len(one) == len(other) and all(
                alike(*pair, name) for pair in zip(one, other, strict=True)
            )
        case _:
            return type(one) is type(other) and (one == other or _close(one, other, name))


def _close(one: Any, other: Any, name: str) -> bool:
    """Compare two different values of one type."""
    if isinstance(one, str):
        return _instants_close(one, other)
    if isinstance(one, float):
        return bool(abs(one - other) <= 1.001 * 10.0 ** -_DIGITS.get(name, _OTHER_DIGITS))
    return name in _WHOLE_M and bool(abs(one - other) <= 1)


def _instants_close(one: str, other: str) -> bool:
    if len(one) != _INSTANT_CHARS or len(other) != _INSTANT_CHARS:
        return False
    try:
        return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) <= _INSTANT
    except (ValueError, TypeError):
        return False
