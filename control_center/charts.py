"""Series and tracks that fit a screen: at most as many points as asked for, gaps shown.

A short window is answered row by row; a longer one by buckets of a round length.
Where a device said nothing for longer than it should, one null point breaks the
line, so nobody mistakes a straight stroke for data.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core import clock
from store import series
from store.pool import AsyncPool
from store.series import Place, Point, Window

MAX_TRACK: Final = 5000
_ROUND_S: Final = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600),
    *(7200, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000),
)
_MISSED: Final = 3
"""Messages that must fail to come before a line is broken."""
Drawn = tuple[int, float | None, float | None, float | None, int]
"""Epoch ms, mean, minimum, maximum, how many unbelievable."""


class Chart(NamedTuple):
    """A series ready to be drawn."""

    bucket_s: int
    """0: every row as it is."""
    points: list[Drawn]


async def chart(
    pool: AsyncPool, window: Window, metric: str, *, points: int, interval_s: float
) -> Chart:
    """Read a series in at most `points` points."""
    rows = await series.rows(pool, window, metric, limit=points + 1)
    gap = timedelta(seconds=interval_s * _MISSED)
    drawn = list(with_gaps(rows, gap)) if len(rows) <= points else []
    if (rows and not drawn) or len(drawn) > points:
        bucket_s = bucket_for(window, points)
        bucket = timedelta(seconds=bucket_s)
        summed = await series.buckets(pool, window, metric, bucket=bucket, limit=points)
        return Chart(bucket_s, list(with_gaps(summed, max(gap, bucket))))
    return Chart(0, drawn)


async def track(pool: AsyncPool, window: Window) -> list[Place]:
    """Read a track in at most MAX_TRACK fixes."""
    rows = await series.track(pool, window, bucket=None, limit=MAX_TRACK + 1)
    if len(rows) <= MAX_TRACK:
        return rows
    bucket = timedelta(seconds=bucket_for(window, MAX_TRACK))
    return await series.track(pool, window, bucket=bucket, limit=MAX_TRACK)


def bucket_for(window: Window, points: int) -> int:
    """The shortest round bucket, s, of which the window touches at most `points`.

    >>> day = datetime(2026, 1, 2), datetime(2026, 1, 3)
    >>> bucket_for(Window("T-07", *day), 600)
    300
    """
    span_s = (window.until - window.since).total_seconds()
    for bucket_s in _ROUND_S:
        if span_s / bucket_s + 1 <= points:
            return bucket_s
    return int(span_s / max(1, points - 1)) + 1


def with_gaps(points: Sequence[Point], gap: timedelta) -> Iterator[Drawn]:
    """Put one null point into every pause longer than `gap`."""
    before: datetime | None = None
    for point in points:
        if before is not None and point.at - before > gap:
            yield _ms(before + (point.at - before) / 2), None, None, None, 0
        yield _ms(point.at), point.mean, point.least, point.most, point.flagged
        before = point.at


def _ms(at: datetime) -> int:
    return clock.epoch_us(at) // 1000
