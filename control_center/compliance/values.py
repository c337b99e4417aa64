"""Numbers and instants as a document holds them: rounded, and the same after any store."""

import math
from datetime import UTC, datetime

from core.clock import rfc3339


def number(value: float, digits: int) -> float | None:
    """A rounded number; None when it is not known. Never -0.0, which a database forgets.

    >>> number(-0.04, 1), number(float("nan"), 1)
    (0.0, None)
    """
    return round(float(value), digits) + 0.0 if math.isfinite(value) else None


def known(value: float, digits: int) -> float:
    """A rounded number that is always known; what is not counts as 0."""
    return number(value, digits) or 0.0


def when(unix_s: float | None) -> str | None:
    """An instant, RFC 3339 in UTC, to the nearest millisecond; None when it is not known.

    >>> when(1.4999999)
    '1970-01-01T00:00:01.500Z'
    """
    if unix_s is None or not math.isfinite(unix_s):
        return None
    return rfc3339(datetime.fromtimestamp(round(unix_s, 3), UTC))


def span(from_s: float, to_s: float) -> list[str | None]:
    """Two instants."""
    return [when(from_s), when(to_s)]
