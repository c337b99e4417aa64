"""Streaming anomaly scores for many series at once: arrays in, arrays out.

One call of `step` advances every series by one sample. `docs/anomaly.md` says how
it works and how well, ADR 0012 why it is made so.

>>> import numpy as np
>>> from sensing.anomaly import fresh, step
>>> state = fresh(2)
>>> scores, state = step(state, 0.0, np.array([20.5, np.nan]))
>>> scores.value
array([0., 0.])
"""

from sensing.anomaly.arrays import F64, I8
from sensing.anomaly.engine import Scores, run, step
from sensing.anomaly.reasons import Reason
from sensing.anomaly.state import State, StateRefused, fresh
from sensing.anomaly.tuning import DEFAULT, Tuning

__all__ = [
    "DEFAULT",
    "F64",
    "I8",
    "Reason",
    "Scores",
    "State",
    "StateRefused",
    "Tuning",
    "fresh",
    "run",
    "step",
]
