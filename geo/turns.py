"""Leaving the plan's order: whether a step did, and over which blocks it then went."""

from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I64, Bools
from geo.course import Courses
from geo.legs import Track, entered, remaining
from geo.motion import expected
from geo.physics import Physics

EXTEND = 4
"""How many more blocks are thought of, before leaving the plan and after coming back."""
_LINK_SLACK_M = 5.0
_SILENT_MORE_M = 10.0
_FASTER_M = 15.0
_FASTER_SPREAD_M = 8.0


def turned(
    track: Track, a: I64, b: I64, silent: Bools, courses: Courses, physics: Physics
) -> Bools:
    """Whether each step was cheaper by leaving the order than by keeping to it."""
    block_a, block_b = track.block[a], track.block[b]
    elapsed = track.from_s[b] - track.to_s[a]
    ahead = track.at_m[b] - track.at_m[a]
    travel, less, more = expected(elapsed, track.leaving_mps[a], track.arriving_mps[b], physics)
    travel = np.where(silent, physics.hidden_mps * elapsed, travel)
    more = np.where(silent, _SILENT_MORE_M, more)
    across = courses.leap[block_b] > courses.leap[block_a]
    top = physics.top_mps * elapsed + _FASTER_M
    slow = np.where(silent | across, 0.0, np.minimum(ahead - travel, 0.0) / less)
    fast = np.maximum(ahead - travel, 0.0) / more
    over = np.maximum(ahead - top, 0.0) / _FASTER_SPREAD_M
    drive = 0.5 * (slow**2 + fast**2 + over**2)
    hop = np.hypot(*(courses.start_m[block_b] - courses.end_m[block_a]).T)
    into = track.at_m[b] - entered(track, b, courses)
    way = remaining(track, a, courses) + hop + into
    late = np.maximum(way - travel, 0.0) / more + np.maximum(way - top, 0.0) / _FASTER_SPREAD_M
    price = np.where(hop < physics.junction_m, physics.turn, physics.leap)
    price = np.where(silent, physics.after_silence, price)
    further = block_b - block_a
    out: Bools = (further < 0) | ((further > 1) & (0.5 * late**2 + price < drive))
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Blocks that follow one another at junctions, from one of them on."""

    block: I64
    way_m: F64
    open: Bools
    """False where there was no such block."""

    @classmethod
    def start(cls, block: I64) -> "Chain":
        """Only these blocks."""
        return cls(block, np.zeros(len(block)), np.ones(len(block), bool))

    def further(self, step: int, courses: Courses, physics: Physics) -> "Chain":
        """One block more, forwards or backwards."""
        other = np.clip(self.block + step, 0, courses.blocks - 1)
        link = courses.link_m[np.minimum(self.block, other)]
        open_ = self.open & (courses.plan[other] == courses.plan[self.block])
        open_ &= (other != self.block) & (link <= physics.junction_m + _LINK_SLACK_M)
        way = self.way_m + np.where(open_, link + courses.length_m[other], 0.0)
        return Chain(np.where(open_, other, self.block), way, open_)


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Out of one block and into another, perhaps over some that follow or come before."""

    rest_m: F64
    into_m: F64
    entry_m: F64
    """Chainage at which the plan is joined again."""
    hop_m: F64


def by_way_of(
    track: Track, a: I64, b: I64, silent: Bools, courses: Courses, physics: Physics
) -> Way:
    """The likeliest way out of order from each row of `a` to that of `b`."""
    elapsed = track.from_s[b] - track.to_s[a]
    travel, _, more = expected(elapsed, track.leaving_mps[a], track.arriving_mps[b], physics)
    rest, entry = remaining(track, a, courses), entered(track, b, courses)
    into = track.at_m[b] - entry
    best = np.full(len(a), np.inf)
    chosen = np.stack((rest, into, entry, np.zeros(len(a))))
    ahead = Chain.start(track.block[a])
    for forward in range(EXTEND):
        back = Chain.start(track.block[b])
        for backward in range(EXTEND):
            hop = np.hypot(*(courses.start_m[back.block] - courses.end_m[ahead.block]).T)
            far = hop > physics.junction_m
            way = rest + ahead.way_m + back.way_m + into + np.where(far, physics.detour, 1.0) * hop
            cost = 0.5 * ((way - travel) / more) ** 2 + physics.extend * (forward + backward)
            cost += np.where(far, physics.leap, physics.turn)
            better = ahead.open & back.open & (cost < best)
            better &= ~silent | (forward + backward == 0)
            best = np.where(better, cost, best)
            start = np.where(backward > 0, courses.begin_m[back.block], entry)
            this = np.stack((rest + ahead.way_m, into + back.way_m, start, hop))
            chosen = np.where(better, this, chosen)
            back = back.further(-1, courses, physics)
        ahead = ahead.further(1, courses, physics)
    return Way(*chosen)
