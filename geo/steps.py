"""What the lattice's arithmetic is made of: observations as columns, steps, packed costs."""

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from geo.arrays import F32, F64, I32, I64, Bools
from geo.observe import Observations, mean_memory, mean_variance
from geo.physics import Physics

Scalar = TypeVar("Scalar", bound=np.generic)

NEVER: Final = np.float32(20_000.0)
SCALE: Final = 32
"""Packed costs are whole numbers of 1/32 nat, shifted to leave three bits free."""
BITS: Final = 3
_PACK = np.float32(SCALE << BITS)
_KEEP = np.int32(~((1 << BITS) - 1))
_HALF = np.float32(0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Observations in the order the lattice visits them: one value a column."""

    from_s: F64
    to_s: F64
    x_m: F64
    y_m: F64
    arriving_mps: F64
    leaving_mps: F64
    sigma_m: F64
    memory: F64
    variance: F64
    hdop: F64

    @classmethod
    def of(cls, obs: Observations, rows: I64, sigma_m: F64, physics: Physics) -> "Rows":
        """The chosen observations."""
        stayed = obs.to_s[rows] - obs.from_s[rows]
        return cls(
            from_s=obs.from_s[rows],
            to_s=obs.to_s[rows],
            x_m=obs.x_m[rows],
            y_m=obs.y_m[rows],
            arriving_mps=obs.arriving_mps[rows],
            leaving_mps=obs.leaving_mps[rows],
            sigma_m=sigma_m,
            memory=mean_memory(stayed, physics),
            variance=mean_variance(stayed, physics),
            hdop=obs.hdop[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What a step's times and speeds alone say; (columns,) or (slots, columns)."""

    travel: F32
    per_less: F32
    per_more: F32
    top: F32
    silent: Bools
    share: F32
    """Of the earlier error that is expected to be left."""
    scale: F32
    level: F32
    """Of the error's likelihood: one over its variance, and the log of its spread."""

    def take(self, columns: I64) -> "Step":
        """Some columns, ready to be spread over slots."""
        return Step(*(getattr(self, name)[..., columns] for name in self.__slots__))


def packed(cost: F32 | np.float32) -> I32:
    """Nats as whole numbers, the state bits empty; nothing costs more than NEVER."""
    whole: I32 = (np.minimum(cost, NEVER) * _PACK).astype(np.int32)
    return whole & _KEEP


def spread(value: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """Over the places stepped to: (columns,) or (from, columns) as (from or 1, 1, columns)."""
    return value[None, None] if value.ndim == 1 else value[:, None]


def length(x: F32, y: F32, to_x: F64, to_y: F64) -> F32:
    """Distance between places."""
    dx = x - to_x.astype(np.float32)
    dy = y - to_y.astype(np.float32)
    dx *= dx
    dy *= dy
    dx += dy
    return np.sqrt(dx, out=dx)


def excess(way: F32, travel: F32, per_more: F32) -> F32:
    """Cost of a way longer than expected; shorter costs nothing."""
    over = way - travel
    np.maximum(over, 0, out=over)
    over *= per_more
    over *= over
    over *= _HALF
    return over
