"""Where on the plan every truck was, as the likeliest history of its whole day.

A hidden Markov model decoded exactly (Viterbi). Its states are places on blocks, and off the
plan; `geo.lattice` prices each step, `geo.decode` finds the cheapest path.
"""

from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I64, median_by
from geo.candidates import Table
from geo.decode import decode
from geo.observe import Observations, observe
from geo.physics import DEFAULT, Physics
from geo.trace import Fixes

_SAMPLE = 240
_MOVING_MPS = 2.0
_NEAR_M = 30.0
_ALIGNED_DEG = 30.0
_ENOUGH = 8
_PROBABLE = 0.6745


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """For every observation the block it was on, or OFF_PLAN, or OUTLIER."""

    obs: Observations
    block: I64
    at_m: F64
    """Chainage; NaN off the plan."""
    off_m: F64
    """Distance from that place; NaN off the plan."""
    sigma_m: F64
    """Receiver error of each run."""


def receiver_error(fixes: Fixes, plan_of_run: I64, table: Table, physics: Physics) -> F64:
    """Spread of each run's fixes across the streets they drive along."""
    runs = len(plan_of_run)
    moving = np.flatnonzero((fixes.speed_mps > _MOVING_MPS) & ~np.isnan(fixes.heading_deg))
    run = fixes.run[moving]
    size = np.bincount(run, minlength=runs)
    rank = np.arange(len(moving)) - np.repeat(np.cumsum(size) - size, size)
    stride = np.maximum(size // _SAMPLE, 1)
    moving = moving[rank % stride[run] == 0]
    run = fixes.run[moving]
    near = table.find(
        plan_of_run[run], fixes.x_m[moving], fixes.y_m[moving], np.full(len(moving), _NEAR_M)
    )
    apart = np.abs(
        (fixes.heading_deg[moving][near.place] - near.street_deg + 180.0) % 360.0 - 180.0
    )
    aligned = apart < _ALIGNED_DEG
    nearest = np.full(len(moving), np.inf)
    np.minimum.at(nearest, near.place[aligned], near.distance_m[aligned])
    known = np.isfinite(nearest)
    sigma = median_by(run[known], nearest[known], runs) / _PROBABLE
    few = np.bincount(run[known], minlength=runs) <= _ENOUGH
    sigma[few] = physics.noise_unknown_m
    return sigma.clip(physics.noise_floor_m, physics.noise_ceiling_m)


def match(fixes: Fixes, plan_of_run: I64, table: Table, physics: Physics = DEFAULT) -> Matched:
    """The likeliest history of every run."""
    sigma = receiver_error(fixes, plan_of_run, table, physics)
    obs = observe(fixes, sigma, physics)
    path = decode(obs, sigma, plan_of_run, table, physics)
    return Matched(obs=obs, block=path.block, at_m=path.at_m, off_m=path.off_m, sigma_m=sigma)
