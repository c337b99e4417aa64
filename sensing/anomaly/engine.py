"""Advance many series by one sample: sizes, their rarity, what of it is news, a score.

A score uses a sample and the ones before it, nothing else: not the length of the series, its
name, or its extremes to come. A series without a sample keeps its state as it is.
"""

from dataclasses import dataclass

import numpy as np

from sensing.anomaly import evidence
from sensing.anomaly.arrays import F64, I8, Some
from sensing.anomaly.news import news
from sensing.anomaly.rarity import rarity
from sensing.anomaly.reasons import Reason
from sensing.anomaly.state import State, fresh
from sensing.anomaly.tuning import DEFAULT, Tuning

_WORTH_A_WORD_NATS = 3.0
"""Evidence below this, about one sample in twenty, gets no reason."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """One entry a series (or, from `run`, a sample)."""

    value: F64
    """0..1; 0.5 and more is an alarm, in every series alike; 0 where there is no sample."""
    reason: I8
    """A `Reason`."""


def step(
    state: State, t_s: F64 | float, values: F64, tuning: Tuning = DEFAULT
) -> tuple[Scores, State]:
    """Score one sample a series and learn it; `state` is changed in place and returned.

    t_s     seconds since 1970 in the clock whose hours count, one for all or (n,)
    values  (n,), in any unit; NaN or infinite: no sample
    """
    there = np.isfinite(values)
    times = np.broadcast_to(np.asarray(t_s, np.float64), values.shape)
    there &= np.isfinite(times)
    if there.all():
        return _advance(state, times, np.asarray(values, np.float64), tuning), state
    scores = Scores(np.zeros(len(values)), np.zeros(len(values), np.int8))
    rows, absent = np.flatnonzero(there), np.flatnonzero(~there)
    if len(rows) > len(absent):  # advance all, then put back those that had nothing to say
        kept = state.take(absent)
        clean = np.where(there, values, 0.0)
        found = _advance(state, np.where(there, times, 0.0), clean, tuning)
        state.put(absent, kept)
        scores.value[rows] = found.value[rows]
        scores.reason[rows] = found.reason[rows]
    elif len(rows):
        some = state.take(rows)
        found = _advance(some, times[rows], np.asarray(values[rows], np.float64), tuning)
        state.put(rows, some)
        scores.value[rows] = found.value
        scores.reason[rows] = found.reason
    return scores, state


def run(t_s: F64, values: F64, tuning: Tuning = DEFAULT) -> Scores:
    """Scores (m,) of one series from its first sample on; t_s and values (m,)."""
    state = fresh(1)
    scores = Scores(np.zeros(len(values)), np.zeros(len(values), np.int8))
    for at in range(len(values)):
        found, state = step(state, t_s[at : at + 1], values[at : at + 1], tuning)
        scores.value[at] = found.value[0]
        scores.reason[at] = found.reason[0]
    return scores


def _advance(now: State, t_s: F64, values: F64, tuning: Tuning) -> Scores:
    hour, weekend = evidence.calendar(t_s)
    size = evidence.measure(now, values, hour, weekend, tuning)
    nats = rarity(now, size, tuning)
    nats *= np.array(tuning.weights)
    together = np.cbrt(np.einsum("nk,nk,nk->n", nats, nats, nats))
    remains = news(now, together, hour, tuning)
    return Scores(remains / (remains + tuning.half), _reasons(now, nats, values, together))


def _reasons(now: State, nats: F64, values: F64, together: F64) -> I8:
    """The strongest evidence, said in an operator's words."""
    strongest = nats.argmax(axis=1)
    off_short = np.abs(now.short - now.median)
    lasting = off_short > 0.5 * np.abs(values - now.median)
    sudden = np.abs(now.short - now.slow) > 0.5 * off_short
    lifted = np.where(lasting, np.where(sudden, Reason.LEVEL, Reason.TREND), Reason.SPIKE)
    reason: Some = np.select(
        [
            strongest == evidence.SURPRISE,
            strongest == evidence.SAME,
            strongest == evidence.STEPS,
        ],
        [int(Reason.SEASONAL), int(Reason.FLATLINE), int(Reason.VARIANCE)],
        lifted,
    )
    reason[together < _WORTH_A_WORD_NATS] = Reason.NONE
    return reason.astype(np.int8)
