"""What each series uses to be at this hour, and by how much it misses that: learnt on the way.

The engine says how rare a sample is; this says how far it is from what an operator expects at
this hour, which the alarm asks for too, and shows. Arrays only, one row a series.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensing.anomaly import F64
from sensing.arrays import I64

HOURS: Final = 24
_HOUR_S: Final = 3600.0
_DAY_S: Final = 86_400.0
_NEW_DAY: Final = 0.4
"""How much of a day's difference the level of an hour takes over."""
_FAR: Final = 4.0
"""So many usual errors at the most are learnt from, however far a value is off."""
_ERROR_DAYS: Final = 2.0
_TINY: Final = 1e-6


@dataclass(slots=True, eq=False)
class Usual:
    """One row a series."""

    level: F64
    """(n, HOURS): the mean of an hour of the local day; NaN: never seen."""
    error: F64
    """Mean distance of samples from the level; NaN: not known."""
    total: F64
    count: F64
    """Of the hour that goes on."""
    hour: F64
    """Which that is; -1: none."""
    last_s: F64
    since_s: F64
    """Newest and first sample; NaN: none."""

    @classmethod
    def fresh(cls, count: int) -> "Usual":
        """Nothing is known of `count` series."""
        nan = np.full(count, np.nan)
        zero = np.zeros(count)
        level = np.full((count, HOURS), np.nan)
        return cls(level, nan.copy(), zero.copy(), zero.copy(), zero - 1, nan.copy(), nan.copy())

    def take(self, rows: I64, local_s: F64, values: F64) -> tuple[F64, F64]:
        """Compare one sample of each of these series with the usual, and learn it.

        local_s  seconds in the clock whose hours count, (m,)
        ->       (m,) what was usual, and how many usual errors off the sample is; NaN: unknown
        """
        usual = self._at(rows, local_s)
        off = values - usual
        error = self.error[rows]
        far = np.divide(off, error, out=np.full(len(rows), np.nan), where=error > 0.0)
        self._learn_error(rows, local_s, off, values)
        self._learn_level(rows, local_s, values)
        self.since_s[rows] = np.fmin(self.since_s[rows], local_s)
        self.last_s[rows] = local_s
        return usual, far

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

    def _learn_error(self, rows: I64, local_s: F64, off: F64, values: F64) -> None:
        known = np.isfinite(off)
        error = self.error[rows]
        away = np.abs(off)
        seen_s = local_s - self.since_s[rows]
        step_s = np.clip(local_s - self.last_s[rows], 0.0, _HOUR_S)
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = np.maximum(step_s / (_ERROR_DAYS * _DAY_S), np.minimum(step_s / seen_s, 1.0))
        first = known & np.isnan(error)
        grown = error + np.nan_to_num(rate) * (np.minimum(away, _FAR * error) - error)
        error = np.where(first, away, np.where(known, grown, error))
        least = _TINY * (np.abs(values) + _TINY)
        self.error[rows] = np.where(np.isnan(error), np.nan, np.maximum(error, least))

    def _learn_level(self, rows: I64, local_s: F64, values: F64) -> None:
        hour = np.floor(local_s / _HOUR_S) % HOURS
        ended = (hour != self.hour[rows]) & (self.count[rows] > 0)
        if ended.any():
            done = rows[ended]
            at = self.hour[done].astype(np.int64)
            mean = self.total[done] / self.count[done]
            old = self.level[done, at]
            reach = _FAR * np.nan_to_num(self.error[done], nan=np.inf)
            moved = old + _NEW_DAY * np.clip(mean - old, -reach, reach)
            self.level[done, at] = np.where(np.isnan(old), mean, moved)
            self.total[done] = self.count[done] = 0.0
        self.hour[rows] = hour
        self.total[rows] += values
        self.count[rows] += 1.0

    def grown(self, count: int) -> "Usual":
        """A copy with series that nothing is known of appended, up to `count`."""
        more = Usual.fresh(max(count - len(self.error), 0))
        return Usual(
            **{
                name: np.concatenate((getattr(self, name), getattr(more, name)))
                for name in Usual.__slots__
            }
        )
