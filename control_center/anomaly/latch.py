"""When an anomaly begins and when it is over: one threshold, with hysteresis and a pause after.

A sample opens an anomaly when the engine's score passes the threshold and the value is far from
what is usual at its hour. It goes on while either still says so, and is over after a while in
which neither did. Arrays only, one row a series.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensing.anomaly import F64, I8, Reason
from sensing.arrays import I64, Bools

THRESHOLD: Final = 0.55
"""The one threshold for every series. The engine calls 0.5 an alarm, about one sample in 330;
with a hundred series of a step each two minutes that is more than anybody looks at. At 0.55, about
one in 1200, simulated stations with known faults gave two true ones or more for each false."""
HOLD: Final = 0.4
"""An anomaly goes on while the score is above this."""
FAR: Final = 5.0
"""Usual errors between the value and what is usual at its hour, or it is nobody's concern."""
STILL_FAR: Final = 4.0
CLOSE_S: Final = 1800.0
"""Over after so long without either, counted from the last sample that had one."""
PAUSE_S: Final = 3600.0
"""After it is over none begins for so long: what swings around a limit is one thing."""
LEARN_S: Final = 1.25 * 86_400.0
"""No alarm before a series was seen for a day and a bit: every hour is new until then."""
_OWN_SIZE: Final = (int(Reason.FLATLINE), int(Reason.VARIANCE))
"""Reasons for which the value need not be far from the usual."""


@dataclass(slots=True, eq=False)
class Latch:
    """One row a series; times in seconds since 1970."""

    since_s: F64
    """When the anomaly that goes on began; NaN: none goes on."""
    last_s: F64
    """When a sample last kept it open."""
    peak: F64
    pause_s: F64
    """None begins before this."""

    @classmethod
    def fresh(cls, count: int) -> "Latch":
        """Nothing goes on in `count` series."""
        nan = np.full(count, np.nan)
        return cls(nan.copy(), nan.copy(), np.zeros(count), np.full(count, -np.inf))

    def take(
        self, rows: I64, at_s: F64, score: F64, reason: I8, far: F64, *, may_begin: Bools
    ) -> tuple[Bools, Bools]:
        """Judge one sample of each of these series; answer where one began, and where one ended.

        An end is at `last_s`, which stays until the next one begins.
        """
        away = np.abs(np.nan_to_num(far, nan=0.0))
        strange = (score >= THRESHOLD) & ((away >= FAR) | np.isin(reason, _OWN_SIZE))
        open_ = ~np.isnan(self.since_s[rows])
        begins = ~open_ & strange & may_begin & (at_s >= self.pause_s[rows])
        new = rows[begins]
        self.since_s[new] = at_s[begins]
        self.peak[new] = 0.0
        keeps = begins | (open_ & ((score >= HOLD) | (away >= STILL_FAR)))
        kept = rows[keeps]
        self.last_s[kept] = at_s[keeps]
        self.peak[kept] = np.maximum(self.peak[kept], score[keeps])
        ends = open_ & ~keeps & (at_s - self.last_s[rows] > CLOSE_S)
        over = rows[ends]
        self.pause_s[over] = self.last_s[over] + PAUSE_S
        self.since_s[over] = np.nan
        return begins, ends

    def grown(self, count: int) -> "Latch":
        """A copy with series in which nothing goes on appended, up to `count`."""
        more = Latch.fresh(max(count - len(self.peak), 0))
        return Latch(
            **{
                name: np.concatenate((getattr(self, name), getattr(more, name)))
                for name in Latch.__slots__
            }
        )
