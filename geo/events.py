"""Overspeed, harsh braking and idling: what the speeds of a trace say by themselves.

An event must last, so that one wrong reading is none, and it ends only well below its limit, so
that a speed around the limit is one event and not twenty. A silence ends every event: what was
not reported is not claimed.
"""

from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I64, Bools
from geo.physics import DEFAULT, Physics
from geo.trace import Fixes

_BRAKING_STEP_S = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Events of one kind, in order of run and time."""

    run: I64
    from_s: F64
    to_s: F64
    peak: F64
    """The highest speed, the hardest braking; for idling, its duration."""

    def __len__(self) -> int:
        return len(self.run)


def overspeed(
    fixes: Fixes,
    limit_mps: float,
    *,
    hysteresis_mps: float = 1.4,
    at_least_s: float = 10.0,
    physics: Physics = DEFAULT,
) -> Events:
    """Stretches above the limit; each ends `hysteresis_mps` below it."""
    above = fixes.speed_mps > limit_mps
    below = fixes.speed_mps < limit_mps - hysteresis_mps
    cut = _cuts(fixes, physics)
    return _stretches(fixes, _latched(above, below, cut), cut, at_least_s)


def idling(
    fixes: Fixes, ignition: Bools, *, at_least_s: float = 300.0, physics: Physics = DEFAULT
) -> Events:
    """Standing with the engine on; `ignition` has an entry a fix."""
    still = (fixes.speed_mps < physics.standing_mps) & ignition
    found = _stretches(fixes, still, _cuts(fixes, physics), at_least_s)
    return Events(found.run, found.from_s, found.to_s, found.to_s - found.from_s)


def harsh_braking(fixes: Fixes, *, limit_mps2: float = 3.0) -> Events:
    """Steps in which the speed fell faster than the limit, between fixes close in time."""
    step_s = np.diff(fixes.t_s)
    same = (fixes.run[1:] == fixes.run[:-1]) & (step_s > 0) & (step_s <= _BRAKING_STEP_S)
    slowing = np.where(same, -np.diff(fixes.speed_mps) / np.where(same, step_s, 1.0), 0.0)
    at = np.flatnonzero(slowing > limit_mps2)
    return Events(fixes.run[at], fixes.t_s[at], fixes.t_s[at + 1], slowing[at])


def _cuts(fixes: Fixes, physics: Physics) -> Bools:
    """Fixes that begin anew: the first of a run, and the first after a silence."""
    cut = np.ones(len(fixes), bool)
    if len(fixes) > 1:
        cut[1:] = (fixes.run[1:] != fixes.run[:-1]) | (np.diff(fixes.t_s) > physics.silence_s)
    return cut


def _latched(on: Bools, off: Bools, cut: Bools) -> Bools:
    """True from a fix that is on until one that is off."""
    says = np.where(on | off | cut, np.arange(len(on)), 0)
    latched: Bools = on[np.maximum.accumulate(says)]
    return latched


def _stretches(fixes: Fixes, held: Bools, cut: Bools, at_least_s: float) -> Events:
    """Consecutive held fixes that last long enough."""
    count = len(fixes)
    if not count:
        none = np.empty(0)
        return Events(np.empty(0, np.int64), none, none, none)
    fresh = cut.copy()
    fresh[1:] |= held[1:] != held[:-1]
    begin = np.flatnonzero(fresh)
    last = np.append(begin[1:], count) - 1
    peak = np.maximum.reduceat(fixes.speed_mps, begin)
    long = held[begin] & (fixes.t_s[last] - fixes.t_s[begin] >= at_least_s)
    return Events(fixes.run[begin[long]], fixes.t_s[begin[long]], fixes.t_s[last[long]], peak[long])
