"""Evidence that says something new, as against what was just, often or daily said.

An operator who has one alarm needs no second for the same thing. Three memories hold what is
known: recent evidence, the record, and what happens at this hour on other days. What exceeds
all three is news and stands as it is; the rest is shown at a fraction.
"""

from typing import Final

import numpy as np

from sensing.anomaly.arrays import F64, I64
from sensing.anomaly.state import HOURS, State
from sensing.anomaly.tuning import Tuning

_HOUR: Final = np.int64(HOURS)


def news(now: State, evidence: F64, hour: I64, tuning: Tuning) -> F64:
    """Evidence (n,) that remains of this evidence (n,); the memories learn it."""
    now.peak *= 1.0 - 1.0 / tuning.forget
    now.record *= 1.0 - 1.0 / tuning.record_forget
    _turn(now, hour, tuning)
    row = np.arange(len(now))
    routine = np.maximum(now.daily[row, hour], now.daily[row, (hour + 1) % _HOUR])
    routine = np.maximum(routine, now.daily[row, (hour - 1) % _HOUR])
    known = np.maximum(tuning.exceed * now.peak, tuning.record_share * now.record)
    known = np.maximum(known, routine)
    remains: F64 = np.where(evidence > known, evidence, tuning.damp * evidence)
    for memory in (now.peak, now.record, now.hour_peak):
        np.maximum(memory, evidence, out=memory)
    return remains


def _turn(now: State, hour: I64, tuning: Tuning) -> None:
    """Where another hour has begun, file the one that ended."""
    row = np.flatnonzero(hour != now.hour)
    if not len(row):
        return
    ended = row[now.hour[row] >= 0]
    before = now.hour[ended].astype(np.int64)
    kept = tuning.daily_keep * now.daily[ended, before]
    now.daily[ended, before] = np.maximum(kept, now.hour_peak[ended])
    now.hour[row] = hour[row]
    now.hour_peak[row] = 0.0
