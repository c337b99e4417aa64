"""When an anomaly begins and when it is over: one threshold, with hysteresis and a pause after.

A sample opens an anomaly when the engine's score passes the threshold and the value is far from
what is usual at its hour. It goes on while either still says so, and is over after a while in
which neither did. Arrays only, one row a series.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensing.anomaly import F64
from sensing.arrays import I64, Bools

THRESHOLD: Final = 0.5
"""The one threshold for every series: the engine's own, about one sample in 330."""
RECENT_S: Final = 12 * 3600.0
"""So long a score that passed it counts: a drift is rare first and far later."""
HOLD: Final = 0.4
"""An anomaly goes on while the score is above this."""
FAR: Final = 2.5
"""Times as far from what is usual at its hour as on an ordinary day. Rarity alone is more than
anybody looks at in a hundred series with a step each two minutes: simulated cities with known
troubles had two false anomalies for each true one. With this, nine such cities had one for ten, and
84 of the 90 troubles that only a score can find were found; it was chosen on them, see
docs/anomaly.md."""
STILL_FAR: Final = 1.0
"""An anomaly goes on while the value strays farther than on an ordinary day."""
CLOSE_S: Final = 1800.0
"""Over after so long without either, counted from the last sample that had one."""
PAUSE_S: Final = 3600.0
"""After it is over none begins for so long: what swings around a limit is one thing."""
LEARN_S: Final = 2.2 * 86_400.0
"""No alarm before a series was seen for two days and a bit: an hour that came once may come
otherwise. After one day, eight simulated pasts had three times as many false alarms."""


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
    rare_s: F64
    """When the score last passed the threshold; minus infinity: never."""

    @classmethod
    def fresh(cls, count: int) -> "Latch":
        """Nothing goes on in `count` series."""
        nan = np.full(count, np.nan)
        never = np.full(count, -np.inf)
        return cls(nan.copy(), nan.copy(), np.zeros(count), never.copy(), never.copy())

    def take(
        self, rows: I64, at_s: F64, score: F64, far: F64, *, may_begin: Bools
    ) -> tuple[Bools, Bools]:
        """Judge one sample of each of these series; answer where one began, and where one ended.

        An end is at `last_s`, which stays until the next one begins.
        """
        away = np.nan_to_num(far, nan=0.0)
        rare = score >= THRESHOLD
        self.rare_s[rows[rare]] = at_s[rare]
        lately = at_s - self.rare_s[rows] <= RECENT_S
        strange = lately & (away >= FAR)
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
