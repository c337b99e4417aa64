"""Work through a stretch of time, step by step and all series at once: samples in, turns out.

Changes the memory that it is given, and nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from control_center.anomaly import silence, words
from control_center.anomaly.desk import Turn, instant
from control_center.anomaly.latch import LEARN_S
from control_center.anomaly.memory import Memory
from control_center.anomaly.silence import STEADY, Silence
from control_center.anomaly.watched import MESSAGES
from core.device import Device
from sensing.anomaly import F64, step
from sensing.arrays import I64
from store.anomaly import Found
from store.anomaly_samples import Sample

_DIGITS: Final = 4
"""Means of equal values are equal."""
_GROWN: Final = 0.01
"""So much more of a score is worth writing down while an anomaly goes on."""


class Span(NamedTuple):
    """A stretch of time, in steps; Unix time."""

    begin_s: float
    end_s: float
    step_s: float
    offset_s: float
    """What local clocks are ahead of UTC by."""

    @property
    def steps(self) -> int:
        """How many there are."""
        return round((self.end_s - self.begin_s) / self.step_s)


def first_count_s(memory: Memory, where: I64, first_s: float | None) -> float | None:
    """When counting goes on: for a series that has begun, where it is known up to."""
    begun = where[~np.isnan(memory.usual.since_s[where])]
    if not len(begun):
        return first_s
    least_s = float(memory.after_s[begun].min())
    return least_s if first_s is None else min(first_s, least_s)


def spread(memory: Memory, found: Sequence[Sample], where: I64, span: Span, *, counts: bool) -> F64:
    """Values (series, steps) of samples; NaN: nothing there, or nothing believable.

    counts  a step without a sample is one of zero, from the first sample of a series on
    """
    values = np.full((len(where), span.steps), np.nan)
    if found:
        columns = np.array(found, np.float64)
        nth = columns[:, 0].astype(np.int64)
        at = np.rint((columns[:, 1] - span.begin_s) / span.step_s).astype(np.int64)
        values[nth, at] = np.round(columns[:, 2], _DIGITS)
    if counts:
        at_s = span.begin_s + span.step_s * np.arange(span.steps)
        begun = ~np.isnan(memory.usual.since_s[where])[:, None]
        counted = np.maximum.accumulate(~np.isnan(values), axis=1) | begun
        missed = counted & np.isnan(values) & (at_s >= memory.after_s[where, None])
        values[missed] = 0.0
    return values


def scored(memory: Memory, where: I64, values: F64, span: Span, quiet_until_s: float) -> list[Turn]:
    """Score and judge values (series, steps) of the rows `where`; answer what began and ended.

    quiet_until_s  nothing begins before
    """
    turns: list[Turn] = []
    peak = memory.latch.peak.copy()
    sample = np.full(len(memory.keys), np.nan)
    for at in range(values.shape[1]):
        rows = where[np.isfinite(values[:, at])]
        if not len(rows):
            continue
        at_s = span.begin_s + at * span.step_s
        local_s = np.full(len(rows), at_s + span.offset_s)
        sample[where] = values[:, at]
        scores, memory.state = step(memory.state, at_s + span.offset_s, sample)
        usual, far = memory.usual.take(rows, local_s, sample[rows])
        since_s = memory.latch.since_s[rows]
        learnt = local_s - memory.usual.since_s[rows] >= LEARN_S
        begins, ends = memory.latch.take(
            rows,
            np.full(len(rows), at_s),
            scores.value[rows],
            far,
            may_begin=learnt & (at_s >= quiet_until_s),
        )
        for each in np.flatnonzero(ends).tolist():
            last_s = float(memory.latch.last_s[rows[each]])
            turns.append(_goes_on(memory, rows[each], since_s[each], last_s + span.step_s))
        for each in np.flatnonzero(begins).tolist():
            row = rows[each]
            peak[row] = scores.value[row]
            _, device_id, metric = memory.keys[row]
            found = Found(
                device_id,
                metric,
                started_at=instant(at_s),
                ended_at=None,
                score=float(scores.value[row]),
                why=words.why(int(scores.reason[row])),
                value=float(sample[row]),
                usual=_known(usual[each]),
            )
            turns.append(Turn(found, is_new=True))
    grown = ~np.isnan(memory.latch.since_s) & (memory.latch.peak > peak + _GROWN)
    turns += [
        _goes_on(memory, row, memory.latch.since_s[row], None)
        for row in np.flatnonzero(grown).tolist()
    ]
    return turns


def heard(
    memory: Memory,
    found: Sequence[Sample],
    where: I64,
    span: Span,
    devices: Mapping[str, Device],
) -> list[Turn]:
    """Stations that were silent until something came again."""
    steps: dict[str, set[float]] = {}
    for one in found:
        steps.setdefault(memory.keys[where[one.nth]][1], set()).add(one.at_s)
    return [
        _silent(each)
        for name, at_s in steps.items()
        if name in devices and devices[name].kind in STEADY
        for each in silence.heard(
            devices[name], np.array(sorted(at_s)), span, memory.heard_s, memory.silent_s
        )
    ]


def fallen(memory: Memory, devices: Mapping[str, Device], until_s: float) -> list[Turn]:
    """Stations that were not heard for too long, up to now."""
    gone = silence.fallen(devices, until_s, memory.heard_s, memory.silent_s)
    return [_silent(one) for one in gone]


def _goes_on(memory: Memory, row: int, since_s: float, until_s: float | None) -> Turn:
    """An anomaly that is known already; what it began with stands."""
    _, device_id, metric = memory.keys[row]
    found = Found(
        device_id,
        metric,
        started_at=instant(since_s),
        ended_at=None if until_s is None else instant(until_s),
        score=float(memory.latch.peak[row]),
        why="",
        value=None,
        usual=None,
    )
    return Turn(found, is_new=False)


def _silent(one: Silence) -> Turn:
    ended_at = None if one.until_s is None else instant(one.until_s)
    found = Found(
        one.device_id, MESSAGES, instant(one.since_s), ended_at, 1.0, words.SILENCE, None, None
    )
    return Turn(found, is_new=one.is_new)


def _known(usual: float) -> float | None:
    return round(float(usual), _DIGITS) if np.isfinite(usual) else None
