"""Local windows of a service day as instants, right at midnight and when the clocks change.

A window holds every instant whose local clock reads within it: a time that occurs twice begins
with its first occurrence and ends with its last, and one that is skipped is the moment of the
skip. A window that is skipped whole lasts as long as it says, from that moment on.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from geo.route_values import Window

_DAY: Final = timedelta(days=1)
_DAY_MINUTES: Final = 1440
_FINEST: Final = timedelta(seconds=1)


def whole(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From this local midnight to the next, UTC; days follow each other without gap or overlap."""
    begin = _instant(datetime.combine(day, time()), zone, last=False)
    end = _instant(datetime.combine(day + _DAY, time()), zone, last=False)
    return begin, end if end > begin else begin + _DAY


def instants(
    day: date, window: Window, zone: ZoneInfo, *, days_later: int = 0
) -> tuple[datetime, datetime]:
    """The window that begins on this local day, or `days_later`, UTC.

    >>> zone = ZoneInfo("America/Mexico_City")
    >>> [at.hour for at in instants(date(2026, 9, 14), (time(22), time(4)), zone)]
    [4, 10]
    """
    begins = datetime.combine(day + days_later * _DAY, window[0])
    ends = datetime.combine(begins.date(), window[1])
    if ends <= begins:
        ends += _DAY
    begin = _instant(begins, zone, last=False)
    end = _instant(ends, zone, last=True)
    return begin, end if end > begin else begin + (ends - begins)


def days_later(window: Window, service_window: Window | None) -> int | None:
    """On which day of a service window a block's own window lies: 0, 1, or None if outside it."""
    if service_window is None:
        service_window = (time(), time())
    first, last = _minutes(service_window)
    begin, end = _minutes(window)
    for later in (0, 1):
        if begin + later * _DAY_MINUTES < last and end + later * _DAY_MINUTES > first:
            return later
    return None


def crosses_midnight(window: Window) -> bool:
    """Whether it ends on the day after it begins."""
    return window[1] <= window[0]


def _minutes(window: Window) -> tuple[int, int]:
    begin, end = (60 * at.hour + at.minute for at in window)
    return begin, end if end > begin else end + _DAY_MINUTES


def _instant(wall: datetime, zone: ZoneInfo, *, last: bool) -> datetime:
    """When the local clock reads this: the first or the last time it does, or would have."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second if last else first
    before, after = second, first  # the skip lies between them
    offset = before.astimezone(zone).utcoffset()
    while after - before > _FINEST:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
