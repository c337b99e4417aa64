"""Something that begins, lasts and ends, for many trucks at once: with patience at both ends.

It begins at the first fix of a stretch that lasted long enough, and ends at the first fix of a
stretch that did. A fix that says neither changes nothing. What was not yet believed is forgotten
by a silence; what was believed is not ended by one.
"""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from geo.arrays import F64, I64, Bools


class Rows:
    """Arrays whose last axis counts trucks; to be taken and put back by row."""

    def take(self, rows: I64) -> Self:
        """Copies of these trucks' entries."""
        return type(self)(**{name: _take(part, rows) for name, part in self._parts()})

    def put(self, rows: I64, other: Self) -> None:
        """Overwrite these trucks' entries."""
        for name, part in self._parts():
            newer = getattr(other, name)
            if isinstance(part, Rows):
                part.put(rows, newer)
            else:
                part[..., rows] = newer

    def _parts(self) -> list[tuple[str, Any]]:
        return [(one.name, getattr(self, one.name)) for one in fields(self)]  # type: ignore[arg-type]  # every subclass is a dataclass


def _take(part: Any, rows: I64) -> Any:
    if isinstance(part, Rows):
        return part.take(rows)
    return part[..., rows]


@dataclass(slots=True, eq=False)
class Latch(Rows):
    """A happening of one type; marks are (3, trucks): Unix time, latitude, longitude."""

    open: Bools
    since: F64
    """The first fix of what goes on, believed or not yet; NaN: nothing does."""
    back: F64
    """The first fix of what may be its end; NaN: nothing says so."""

    @classmethod
    def new(cls, trucks: int) -> "Latch":
        """Nothing going on."""
        return cls(
            np.zeros(trucks, bool), np.full((3, trucks), np.nan), np.full((3, trucks), np.nan)
        )

    def hold(self, on: Bools, off: Bools, mark: F64, silent: Bools) -> Bools:
        """Take in one fix a truck; answer for whom something now begins."""
        self.since = np.where(~self.open & (silent | off), np.nan, self.since)
        self.back = np.where(silent | (self.open & on), np.nan, self.back)
        fresh: Bools = ~self.open & on & np.isnan(self.since[0])
        self.since = np.where(fresh, mark, self.since)
        leaving = self.open & off & np.isnan(self.back[0])
        self.back = np.where(leaving, mark, self.back)
        return fresh

    def turn(
        self, on: Bools, off: Bools, t_s: F64, on_s: F64 | float, off_s: float
    ) -> tuple[Bools, Bools]:
        """Decide who has begun, and who has ended; `since` and `back` say when."""
        with np.errstate(invalid="ignore"):
            began = ~self.open & on & (t_s - self.since[0] >= on_s)
            ended = self.open & off & (t_s - self.back[0] >= off_s)
        self.open = (self.open | began) & ~ended
        return began, ended

    def clear(self, rows: Bools) -> None:
        """Forget what has ended."""
        self.since = np.where(rows, np.nan, self.since)
        self.back = np.where(rows, np.nan, self.back)
