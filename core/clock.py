"""The one place where time is read.

Everything else takes a time or a `Clock`, so tests can move it. Wall time is
always UTC; durations come from the monotonic clock, which no one can set.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Clock = Callable[[], datetime]
"""Answers the present instant, UTC."""


def utc_now() -> datetime:
    """Now, UTC, to the microsecond."""
    return datetime.now(UTC)  # noqa: TID251  the single reading of the wall clock


def wall_s() -> float:
    """Seconds since 1970, UTC."""
    return time.time()  # noqa: TID251  same


def monotonic_s() -> float:
    """Seconds on a clock that only goes forward; for durations."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Stand still; only for simulators and pollers, never to hope that something happened."""
    time.sleep(seconds)  # noqa: TID251  the single sleep


def epoch_us(instant: datetime) -> int:
    """Microseconds since 1970, UTC.

    >>> epoch_us(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (instant - EPOCH) // _MICROSECOND


def from_epoch_ms(milliseconds: float) -> datetime:
    """Undo a device's epoch milliseconds; OverflowError outside the years 1 to 9999.

    >>> from_epoch_ms(1500).isoformat()
    '1970-01-01T00:00:01.500000+00:00'
    """
    return EPOCH + timedelta(0, 0, 0, milliseconds)


def rfc3339(instant: datetime) -> str:
    """Write an instant as devices send it: UTC, milliseconds, Z.

    >>> rfc3339(datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC))
    '2026-01-02T03:04:05.678Z'
    """
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
