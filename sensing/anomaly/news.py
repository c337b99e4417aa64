"""Evidence that says something new, as against what was just, often or daily said.

An operator who has one alarm needs no second for the same thing. Three memories hold what is
known: recent evidence, the record, and what happens at this hour on other days. What exceeds
all three is news and stands as it is; the rest is shown at a fraction.
"""

from typing import Final

import numpy as np

from sensing.anomaly.arrays import F32, I64
from sensing.anomaly.state import HOURS, State
from sensing.anomaly.tuning import Tuning

_AFTER: Final = (np.arange(HOURS) + 1) % HOURS
_BEFORE: Final = (np.arange(HOURS) - 1) % HOURS


def news(now: State, evidence: F32, hour: I64, tuning: Tuning) -> F32:
    """Evidence (n,) that remains of this evidence (n,); the memories learn it."""
    now.peak *= 1.0 - 1.0 / tuning.forget
    now.record *= 1.0 - 1.0 / tuning.record_forget
    _turn(now, hour, tuning)
    known = np.maximum(tuning.exceed * now.peak, tuning.record_share * now.record)
    fresh = (evidence > known).nonzero()[0]
    remains = tuning.damp * evidence
    if len(fresh):
        then = np.broadcast_to(hour, evidence.shape)[fresh]
        routine = np.maximum(now.daily[then, fresh], now.daily[_AFTER[then], fresh])
        routine = np.maximum(routine, now.daily[_BEFORE[then], fresh])
        new = fresh[evidence[fresh] > routine]
        remains[new] = evidence[new]
    for memory in (now.peak, now.record, now.hour_peak):
        np.maximum(memory, evidence, out=memory)
    return remains


def _turn(now: State, hour: I64, tuning: Tuning) -> None:
    """Where another hour has begun, file the one that ended."""
    row = (hour.astype(np.int8) != now.hour).nonzero()[0]
    if not len(row):
        return
    ended = row[now.hour[row] >= 0]
    before = now.hour[ended].astype(np.int64)
    kept = tuning.daily_keep * now.daily[before, ended]
    now.daily[before, ended] = np.maximum(kept, now.hour_peak[ended])
    now.hour[row] = np.broadcast_to(hour, now.hour.shape)[row]
    now.hour_peak[row] = 0.0
