"""From passes to a state for every block: serviced, too_fast, missed or unknown.

A block is never called missed that a silence could hide, nor too_fast if it was driven slowly
once.
"""

from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I8, I64, Bools, min_by, offsets
from geo.course import Courses
from geo.passes import Passes
from geo.physics import DEFAULT, Physics

SERVICED, TOO_FAST, MISSED, UNKNOWN = 0, 1, 2, 3
STATES = ("serviced", "too_fast", "missed", "unknown")
_COUNTS = 0.25
_SOME = 0.01
_HIDES = 0.02
_BARELY_MPS = (5.0, 9.0)
_BLINK_M = 5.5


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """A row a run and block of its plan, runs and blocks in order."""

    run: I64
    block: I64
    state: I8
    seen: F64
    """Share of the block seen driven in its best pass."""
    hidden: F64
    """Share that a silence hides, of the same pass."""
    mean_mps: F64
    """Of the slowest pass; NaN if there was none."""
    decided_by: I64
    """Row of that pass; -1 if there was none."""
    hideable: Bools


def verdict(
    done: Passes,
    courses: Courses,
    plan_of_run: I64,
    limit_mps: F64,
    hidden_pairs: tuple[I64, I64],
    sampling_s: F64,
    physics: Physics = DEFAULT,
) -> Verdict:
    """The state of every block of every run."""
    blocks = (courses.first[1:] - courses.first[:-1])[plan_of_run]
    base = offsets(blocks)
    rows = int(base[-1])
    run = np.repeat(np.arange(len(plan_of_run)), blocks)
    block = np.arange(rows) - base[run] + courses.first[plan_of_run[run]]
    at = base[done.run] + done.block - courses.first[plan_of_run[done.run]]
    can = np.zeros(rows, bool)
    can[base[hidden_pairs[0]] + hidden_pairs[1] - courses.first[plan_of_run[hidden_pairs[0]]]] = (
        True
    )

    length = np.maximum(courses.length_m[done.block], 0.01)
    seen, hidden = done.seen_m / length, done.hidden_m / length
    # It went on for a while after the last fix before a silence, and came a while before the next.
    around = 0.5 * sampling_s[done.run] * physics.pace_mps / np.maximum(length, 1.0)
    partly = hidden > _HIDES
    whole = np.where(
        partly,
        (seen > _SOME) & (seen + around >= physics.seen_share),
        seen >= physics.seen_share,
    )
    maybe = seen + hidden >= physics.seen_share
    is_seen, is_maybe = np.zeros(rows, bool), can.copy()
    np.logical_or.at(is_seen, at, whole)
    np.logical_or.at(is_maybe, at, maybe)

    speed = np.where(seen + hidden >= _COUNTS, done.mean_mps, np.inf)
    slowest = min_by(at, speed, rows)
    limit = limit_mps[run]
    # A truck crosses so short a block within a second: too briefly for its speed to be known.
    brief = courses.length_m[block] < _BLINK_M
    fast = (slowest > limit) & ~brief
    state = np.where(
        is_seen, np.where(fast, TOO_FAST, SERVICED), np.where(is_maybe, UNKNOWN, MISSED)
    )
    crossing = np.where(is_seen & np.isfinite(slowest), slowest, _BARELY_MPS[0]).clip(*_BARELY_MPS)
    unseeable = courses.length_m[block] < physics.presence_s * crossing
    # So short a block is crossed within a blink, and a truck that did not pause served nothing on
    # it. Whether one that paused did so here, nobody can say, and nobody is blamed for it.
    paused = np.zeros(rows, bool)
    np.logical_or.at(paused, at, done.pause_s > 0)
    unsaid = can | paused | (state == UNKNOWN)
    state = np.where(unseeable, np.where(unsaid, UNKNOWN, MISSED), state)

    decided = _deciders(at, speed, slowest, rows)
    best = np.zeros(rows)
    np.maximum.at(best, at, seen)
    chosen = np.maximum(decided, 0)
    none = decided < 0
    return Verdict(
        run=run,
        block=block,
        state=state.astype(np.int8),
        seen=best.clip(0.0, 1.0),
        hidden=np.where(none, 0.0, hidden[chosen] if len(hidden) else 0.0).clip(0.0, 1.0),
        mean_mps=np.where(np.isfinite(slowest), slowest, np.nan),
        decided_by=decided,
        hideable=can,
    )


def _deciders(at: I64, speed: F64, slowest: F64, rows: int) -> I64:
    """The earliest of the slowest passes of each row."""
    decided = np.full(rows, -1, np.int64)
    equal = np.flatnonzero(np.isfinite(speed) & (speed == slowest[at]))[::-1]
    decided[at[equal]] = equal
    return decided
