"""Legs shared out over blocks, and gathered into passes: each time a truck drove a block.

A pass knows how much of the block was seen driven, how much a silence hides, and how long it
took. A block driven through at speed and later served was served: passes are judged one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I64, ranges, sum_by
from geo.course import Courses
from geo.legs import HIDDEN, IDLE, MOVING, STANDING, Legs
from geo.physics import DEFAULT, Physics

_APART_S = 45.0
_PLAN_STRIDE_M = 1e8
_LEAST_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Passes:
    """Each time a run drove a block; ordered by run, block and time."""

    run: I64
    block: I64
    from_s: F64
    to_s: F64
    seen_m: F64
    hidden_m: F64
    took_s: F64
    hidden_s: F64
    pause_s: F64
    """How long the truck stood at places of which some may be on the block."""

    def __len__(self) -> int:
        return len(self.run)

    @property
    def mean_mps(self) -> F64:
        """Ground covered over time taken."""
        return (self.seen_m + self.hidden_m) / np.maximum(self.took_s, _LEAST_S)


def passes(legs: Legs, courses: Courses, plan_of_run: I64, physics: Physics = DEFAULT) -> Passes:
    """Every pass of every run over every block of its plan."""
    leg, block = _overlaps(legs, courses, plan_of_run)
    low = np.minimum(legs.from_m, legs.to_m)[leg]
    high = np.maximum(legs.from_m, legs.to_m)[leg]
    begin, finish = courses.begin_m[block], courses.finish_m[block]
    ground = np.minimum(high, finish) - np.maximum(low, begin)
    kind = legs.kind[leg]
    standing = kind == STANDING
    # Nobody waits in a junction: who does so in the trace waited at the end of the block before.
    idle = kind == IDLE
    on_street = sum_by(leg[idle], np.maximum(ground[idle], 0.0), len(legs))[leg]
    waits = (standing | (idle & (on_street <= 0))) & (courses.link_m[block] <= physics.junction_m)
    finish = finish + np.where(waits, courses.link_m[block], 0.0)
    ground = np.where(waits, np.minimum(high, finish) - np.maximum(low, begin), ground)
    touched = np.flatnonzero((ground > 0) | (standing & (ground >= 0)))
    leg, block, ground, on_street = (
        leg[touched],
        block[touched],
        ground[touched],
        on_street[touched],
    )
    low, high, begin = low[touched], high[touched], begin[touched]

    kind = legs.kind[leg]
    still = kind == STANDING
    length = np.maximum(high - low, 1e-9)
    whole = np.where((kind == IDLE) & (on_street > 0), on_street, length)
    share = np.where(still, 1.0, ground / whole)
    took = share * (legs.to_s - legs.from_s)[leg]
    forward = legs.to_m[leg] >= legs.from_m[leg]
    skipped = np.where(forward, np.maximum(begin - low, 0.0), np.maximum(high - low - ground, 0.0))
    from_s = legs.from_s[leg] + np.where(
        still, 0.0, skipped / length * (legs.to_s - legs.from_s)[leg]
    )
    moved = np.where(forward, ground, -ground)
    own_stop = (kind != IDLE) | (courses.length_m[block] >= physics.short_block_m)
    sums = {
        "seen_m": np.where(kind == MOVING, moved, 0.0),
        "hidden_m": np.where(kind == HIDDEN, moved, 0.0),
        "took_s": np.where(own_stop, took, 0.0),
        "hidden_s": np.where(kind == HIDDEN, took, 0.0),
        "pause_s": np.where(still | (kind == IDLE), (legs.to_s - legs.from_s)[leg], 0.0),
    }
    return _grouped(legs.run[leg], block, from_s, from_s + took, sums)


def _overlaps(legs: Legs, courses: Courses, plan_of_run: I64) -> tuple[I64, I64]:
    plan = plan_of_run[legs.run]
    begins = courses.begin_m + courses.plan * _PLAN_STRIDE_M
    low = np.minimum(legs.from_m, legs.to_m) + plan * _PLAN_STRIDE_M
    high = np.maximum(legs.from_m, legs.to_m) + plan * _PLAN_STRIDE_M
    first = np.searchsorted(begins, low, side="right") - 1
    last = np.searchsorted(begins, high, side="right") - 1
    first = np.maximum(first, courses.first[plan])
    last = np.maximum(last, first)
    block, leg = ranges(first, last - first + 1)
    return leg, block


def _grouped(run: I64, block: I64, from_s: F64, to_s: F64, sums: Mapping[str, F64]) -> Passes:
    """Shares of legs that follow one another on a block are one pass; `sums` add up over it."""
    order = np.lexsort((from_s, block, run))
    run, block, from_s, to_s = run[order], block[order], from_s[order], to_s[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (
        (run[1:] != run[:-1]) | (block[1:] != block[:-1]) | (from_s[1:] - to_s[:-1] > _APART_S)
    )
    group = np.cumsum(fresh) - 1
    begin = np.flatnonzero(fresh)
    total = len(begin)

    return Passes(
        run=run[begin],
        block=block[begin],
        from_s=from_s[begin],
        to_s=np.maximum.reduceat(to_s, begin) if total else to_s,
        **{name: sum_by(group, value[order], total) for name, value in sums.items()},
    )
