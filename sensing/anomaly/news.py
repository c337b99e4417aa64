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

_AFTER: Final = (np.arange(HOURS) + 1) % HOURS
_BEFORE: Final = (np.arange(HOURS) - 1) % HOURS


def news(now: State, evidence: F64, hour: I64, tuning: Tuning) -> F64:
    """Evidence (n,) that remains of this evidence (n,); the memories learn it."""
    now.peak *= 1.0 - 1.0 / tuning.forget
    now.record *= 1.0 - 1.0 / tuning.record_forget
    _turn(now, hour, tuning)
    known = np.maximum(tuning.exceed * now.peak, tuning.record_share * now.record)
    fresh = (evidence > known).nonzero()[0]
    remains = tuning.damp * evidence
    if len(fresh):
        daily, then = now.daily[fresh], hour[fresh]
        at = np.arange(len(fresh))
        routine = np.maximum(daily[at, then], daily[at, _AFTER[then]])
        routine = np.maximum(routine, daily[at, _BEFORE[then]])
        new = fresh[evidence[fresh] > routine]
        remains[new] = evidence[new]
    for memory in (now.peak, now.record, now.hour_peak):
        np.maximum(memory, evidence, out=memory)
    return remains


def _turn(now: State, hour: I64, tuning: Tuning) -> None:
    """Where another hour has begun, file the one that ended."""
    row = (hour != now.hour).nonzero()[0]
    if not len(row):
        return
    ended = row[now.hour[row] >= 0]
    before = now.hour[ended].astype(np.int64)
    kept = tuning.daily_keep * now.daily[ended, before]
    now.daily[ended, before] = np.maximum(kept, now.hour_peak[ended])
    now.hour[row] = hour[row]
    now.hour_peak[row] = 0.0
