"""Advance many series by one sample: sizes, their rarity, what of it is news, a score.

A score uses a sample and the ones before it, nothing else: not the length of the series, its
name, or its extremes to come. A series without a sample keeps its state as it is.
"""

from dataclasses import dataclass

import numpy as np

from sensing.anomaly import evidence
from sensing.anomaly.arrays import F32, F64, I8, Bools
from sensing.anomaly.news import news
from sensing.anomaly.rarity import rarity
from sensing.anomaly.reasons import Reason
from sensing.anomaly.state import KINDS, State, fresh
from sensing.anomaly.tuning import DEFAULT, Tuning

_WORTH_A_WORD_NATS = 4.0
"""Evidence below this, about one sample in fifty, gets no reason."""

_BEYOND_ANY_UNIT = 1e100
_FEW = 4
"""Fewer than one series in so many is better taken out, advanced and put back."""
_NO_WORD = np.int8(Reason.NONE)
_WORDS = np.full(KINDS, _NO_WORD)
_WORDS[evidence.SURPRISE] = Reason.SEASONAL
_WORDS[evidence.SAME] = Reason.FLATLINE
_WORDS[evidence.STEPS] = Reason.VARIANCE
"""By kind of evidence; where it is NONE the shape of the move decides."""
_LIFTED = np.array([Reason.SPIKE, Reason.TREND, Reason.LEVEL], np.int8)
"""A value that does not last; one that lasts and came slowly; or suddenly."""


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
    values  (n,), in any unit; NaN, infinite or absurd (1e100): no sample
    """
    there = np.abs(values) < _BEYOND_ANY_UNIT  # False for NaN
    times = np.asarray(t_s, np.float64)
    there &= np.isfinite(times)
    if there.all():
        return _advance(state, times, np.asarray(values, np.float64), tuning), state
    scores = Scores(np.zeros(len(values)), np.zeros(len(values), np.int8))
    rows = there.nonzero()[0]
    if len(rows) * _FEW > len(values):
        found = _advance_most(state, times, values, there, tuning)
        scores.value[rows] = found.value[rows]
        scores.reason[rows] = found.reason[rows]
    elif len(rows):
        some = state.take(rows)
        clock = times[rows] if times.ndim else times
        found = _advance(some, clock, np.asarray(values[rows], np.float64), tuning)
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


def _advance_most(now: State, t_s: F64, values: F64, there: Bools, tuning: Tuning) -> Scores:
    """Advance all, then put back those that had nothing to say; their scores say nothing."""
    absent = (~there).nonzero()[0]
    times = np.where(there, t_s, 0.0) if t_s.ndim else t_s
    hour = int(evidence.calendar(np.zeros(()) if t_s.ndim else t_s)[0])
    kept = now.aside(absent, hour)
    scores = _advance(now, times, np.where(there, values, 0.0), tuning)
    now.restore(absent, hour, kept)
    return scores


def _advance(now: State, t_s: F64, values: F64, tuning: Tuning) -> Scores:
    hour, weekend = evidence.calendar(t_s)
    with np.errstate(over="ignore", divide="ignore"):  # sizes beyond all measure; log of 0
        nats = rarity(now, evidence.measure(now, values, hour, weekend, tuning), tuning)
        nats *= np.array(tuning.weights, np.float32)[:, None]
        cubes = nats * nats
        cubes *= nats
        together: F32 = np.add.reduce(cubes, axis=0)
        np.log(together, out=together)
        together /= np.float32(3.0)
        np.exp(together, out=together)
    remains = news(now, together, hour, tuning)
    value = remains / (remains + np.float32(tuning.half))
    return Scores(value.astype(np.float64), _reasons(now, nats, values, together))


def _reasons(now: State, nats: F32, values: F64, together: F32) -> I8:
    """The strongest evidence, said in an operator's words."""
    reasons = np.zeros(len(values), np.int8)
    row = (together >= _WORTH_A_WORD_NATS).nonzero()[0]
    if not len(row):
        return reasons
    strongest = nats.take(row, axis=1).argmax(axis=0)
    short, usual = now.short[row], now.median[row]
    lasting = np.abs(short - usual) > 0.5 * np.abs(values[row] - usual)
    sudden = np.abs(short - now.slow[row]) > 0.5 * np.abs(short - usual)
    words = _WORDS[strongest]
    lifted = _LIFTED[lasting.astype(np.int8) + (lasting & sudden)]
    reasons[row] = np.where(words == _NO_WORD, lifted, words)
    return reasons
