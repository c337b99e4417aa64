"""What each series uses to be at this hour, and how far it strays on an ordinary day.

The engine says how rare a sample is; this says how far it is from what an operator expects at
this hour, which the alarm asks for too, and shows. Both are learnt on the way. The most that a
series strays is taken a day at a time, and of the last days the middle one counts: so one bad day
makes no other look good, and a series that leaps every day must leap higher. Arrays only.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensing.anomaly import F64
from sensing.arrays import I64

HOURS: Final = 24
DAYS: Final = 7
_HOUR_S: Final = 3600.0
_DAY_S: Final = 86_400.0
_NEW_DAY: Final = 0.4
"""How much of a day's difference the level of an hour takes over."""
_REACH: Final = 2.0
"""So many ordinary strays at the most are learnt from, however far a value is off."""
_TINY: Final = 1e-9


@dataclass(slots=True, eq=False)
class Usual:
    """One row a series; days are counted from its first sample."""

    level: F64
    """(n, HOURS): the mean of an hour of the local day; NaN: never seen."""
    strays: F64
    """(n, DAYS): the most it strayed from its level on each of the last whole days; NaN: none."""
    stray: F64
    """The same of the day that goes on."""
    total: F64
    count: F64
    """Of the hour that goes on."""
    hour: F64
    """Which that is; -1: none."""
    last_s: F64
    since_s: F64
    """Newest and first sample, in local seconds; NaN: none."""

    @classmethod
    def fresh(cls, count: int) -> "Usual":
        """Nothing is known of `count` series."""
        return cls(
            level=np.full((count, HOURS), np.nan),
            strays=np.full((count, DAYS), np.nan),
            stray=np.full(count, np.nan),
            total=np.zeros(count),
            count=np.zeros(count),
            hour=np.full(count, -1.0),
            last_s=np.full(count, np.nan),
            since_s=np.full(count, np.nan),
        )

    def take(self, rows: I64, local_s: F64, values: F64) -> tuple[F64, F64]:
        """Compare one sample of each of these series with the usual, and learn it.

        local_s  seconds in the clock whose hours count, (m,)
        ->       (m,) what was usual, and how many times as far from it as on an ordinary day
                 the sample is; NaN: unknown
        """
        self._turn_day(rows, local_s)
        usual = self._at(rows, local_s)
        off = np.abs(values - usual)
        ordinary = self._ordinary(rows)
        self.stray[rows] = np.fmax(self.stray[rows], off)
        self._turn_hour(rows, local_s, _REACH * ordinary)
        self.total[rows] += values
        self.count[rows] += 1.0
        self.last_s[rows] = local_s
        return usual, off / (ordinary + _TINY)

    def grown(self, count: int) -> "Usual":
        """A copy with series that nothing is known of appended, up to `count`."""
        more = Usual.fresh(max(count - len(self.hour), 0))
        return Usual(
            **{
                name: np.concatenate((getattr(self, name), getattr(more, name)))
                for name in Usual.__slots__
            }
        )

    def _at(self, rows: I64, local_s: F64) -> F64:
        """The level, between the middles of two hours in proportion; of one, where one is known."""
        middle = local_s / _HOUR_S - 0.5
        before = np.floor(middle).astype(np.int64)
        share = middle - before
        one = self.level[rows, before % HOURS]
        other = self.level[rows, (before + 1) % HOURS]
        between = (1.0 - share) * one + share * other
        known: F64 = np.where(np.isnan(one), other, np.where(np.isnan(other), one, between))
        return known

    def _ordinary(self, rows: I64) -> F64:
        """How far it strays on the middle one of the last days, of two the better; NaN: no day."""
        strays = np.sort(self.strays[rows], axis=1)  # NaN come last
        known = np.isfinite(strays).sum(axis=1)
        middle: F64 = strays[np.arange(len(rows)), np.maximum(known - 1, 0) // 2]
        return middle

    def _turn_day(self, rows: I64, local_s: F64) -> None:
        """Where another day has begun, file the one that ended."""
        since_s = self.since_s[rows] = np.fmin(self.since_s[rows], local_s)
        last_s = np.fmax(self.last_s[rows], since_s)
        ended = np.floor((local_s - since_s) / _DAY_S) > np.floor((last_s - since_s) / _DAY_S)
        if ended.any():
            done = rows[ended]
            self.strays[done, 1:] = self.strays[done, :-1]
            self.strays[done, 0] = self.stray[done]
            self.stray[done] = np.nan

    def _turn_hour(self, rows: I64, local_s: F64, reach: F64) -> None:
        """Where another hour has begun, learn the one that ended."""
        hour = np.floor(local_s / _HOUR_S) % HOURS
        ended = (hour != self.hour[rows]) & (self.count[rows] > 0)
        if ended.any():
            done = rows[ended]
            at = self.hour[done].astype(np.int64)
            mean = self.total[done] / self.count[done]
            old = self.level[done, at]
            most = np.nan_to_num(reach[ended], nan=np.inf)
            moved = old + _NEW_DAY * np.clip(mean - old, -most, most)
            self.level[done, at] = np.where(np.isnan(old), mean, moved)
            self.total[done] = self.count[done] = 0.0
        self.hour[rows] = hour
