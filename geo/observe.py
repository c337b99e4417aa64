"""Fixes of a standing truck become one observation: it has one place, known better.

While a truck stands, the mean of its fixes is nearer the truth than any of them, and by how much
follows from how long it stood and how slowly the receiver's error wanders. So a stop of ten
minutes 20 m beside the plan is beside it beyond doubt, where its single fixes are not.
"""

from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I64, firsts
from geo.physics import DEFAULT, Physics
from geo.trace import Fixes

_DRIFT_SIGMAS = 2.5
_DRIFT_LEAST_M = 8.0
_EXTENT_M = 15.0


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Places of the truck: single fixes, or stays of several. Ordered by run and time."""

    run: I64
    from_s: F64
    to_s: F64
    x_m: F64
    y_m: F64
    arriving_mps: F64
    leaving_mps: F64
    heading_deg: F64
    hdop: F64
    first_fix: I64
    """First fix of each observation, and the end: observations + 1 entries."""

    def __len__(self) -> int:
        return len(self.run)


def forgetting(elapsed_s: F64, physics: Physics = DEFAULT) -> F64:
    """Correlation of a receiver's error with itself after this time."""
    memory: F64 = np.exp(-elapsed_s / physics.noise_tau_s)
    return memory


def mean_memory(stayed_s: F64, physics: Physics = DEFAULT) -> F64:
    """Covariance of the error at an end of a stay with its mean, as a share of the variance."""
    ratio = np.maximum(stayed_s / physics.noise_tau_s, 1e-3)
    memory: F64 = -np.expm1(-ratio) / ratio
    return memory


def mean_variance(stayed_s: F64, physics: Physics = DEFAULT) -> F64:
    """Variance of the mean error over a stay, as a share of the variance of one fix."""
    ratio = np.maximum(stayed_s / physics.noise_tau_s, 1e-2)
    share: F64 = 2.0 / ratio * (1.0 + np.expm1(-ratio) / ratio)
    return np.minimum(share, 1.0)


def observe(fixes: Fixes, sigma_m: F64, physics: Physics = DEFAULT) -> Observations:
    """Stays and single fixes; `sigma_m` is each run's receiver error."""
    count = len(fixes)
    joined = np.zeros(count, bool)
    if count > 1:
        same = fixes.run[1:] == fixes.run[:-1]
        step_s = np.where(same, np.diff(fixes.t_s), 0.0)
        moved = np.hypot(np.diff(fixes.x_m), np.diff(fixes.y_m))
        wander = np.sqrt(1.0 - forgetting(step_s, physics) ** 2) * sigma_m[fixes.run[1:]]
        still = fixes.speed_mps < physics.standing_mps
        joined[1:] = (
            same
            & still[1:]
            & still[:-1]
            & (step_s <= physics.silence_s)
            & (moved <= np.maximum(_DRIFT_SIGMAS * wander, _DRIFT_LEAST_M))
        )
        _split_wide(fixes, joined, sigma_m)
    begin = np.flatnonzero(~joined)
    first_fix = np.append(begin, count).astype(np.int64)
    size = np.diff(first_fix)
    last = first_fix[1:] - 1
    heading = np.where(size > 1, np.nan, fixes.heading_deg[begin])
    return Observations(
        run=fixes.run[begin],
        from_s=fixes.t_s[begin],
        to_s=fixes.t_s[last],
        x_m=_mean(fixes.x_m, begin, size),
        y_m=_mean(fixes.y_m, begin, size),
        arriving_mps=fixes.speed_mps[begin],
        leaving_mps=fixes.speed_mps[last],
        heading_deg=heading,
        hdop=fixes.hdop[begin],
        first_fix=first_fix,
    )


def _split_wide(fixes: Fixes, joined: np.ndarray, sigma_m: F64) -> None:
    """A stay wider than the receiver's error explains is no stay."""
    begin = np.flatnonzero(~joined)
    size = np.diff(np.append(begin, len(fixes)))
    group = np.repeat(np.arange(len(begin)), size)
    off = np.hypot(
        fixes.x_m - _mean(fixes.x_m, begin, size)[group],
        fixes.y_m - _mean(fixes.y_m, begin, size)[group],
    )
    widest = np.maximum.reduceat(off, begin)
    wide = widest > _EXTENT_M + 2.0 * sigma_m[fixes.run[begin]]
    joined[wide[group]] = False


def _mean(value: F64, begin: I64, size: I64) -> F64:
    if not len(begin):
        return np.empty(0)
    return np.asarray(np.add.reduceat(value, begin) / size)


__all__ = [
    "Observations",
    "firsts",
    "forgetting",
    "mean_memory",
    "mean_variance",
    "observe",
]
