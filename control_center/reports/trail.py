"""The driven trace: its points, and its unbroken stretches.

Where the tracker was silent nothing is drawn: between two fixes so far apart
nobody knows the way.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from core import clock
from core.quality import UNBELIEVABLE
from geo.physics import DEFAULT
from store.trace import Columns

_SHORTEST: Final = 2


class Point(NamedTuple):
    """One fix of the truck."""

    at_ms: int
    lon_deg: float
    lat_deg: float
    speed_mps: float | None
    flags: int

    @property
    def at(self) -> datetime:
        """When, UTC."""
        return clock.from_epoch_ms(self.at_ms)


Trail = list[Point]


def points(columns: Columns) -> list[Point]:
    """Fixes one by one, doubtful ones among them."""
    speeds = ((None if speed != speed else speed) for speed in columns.speed_mps.tolist())  # noqa: PLR0124  NaN
    return [
        Point(*fix)
        for fix in zip(
            (columns.t_s * 1000.0).round().astype(int).tolist(),
            columns.lon_deg.tolist(),
            columns.lat_deg.tolist(),
            speeds,
            columns.flags.tolist(),
            strict=True,
        )
    ]


def trails(trace: Iterable[Point], *, silence_s: float = DEFAULT.silence_s) -> list[Trail]:
    """Cut a trace at its silences; unbelievable fixes and lone ones draw no line."""
    found: list[Trail] = []
    for point in trace:
        if point.flags & UNBELIEVABLE:
            continue
        if found and point.at_ms - found[-1][-1].at_ms <= silence_s * 1000.0:
            found[-1].append(point)
        else:
            found.append([point])
    return [trail for trail in found if len(trail) >= _SHORTEST]
