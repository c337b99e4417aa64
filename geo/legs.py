"""Legs: stretches of chainage with the times they took; and the track they are read from."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.arrays import F64, I8, I64, Bools
from geo.course import Courses
from geo.decode import OUTLIER
from geo.match import Matched

MOVING: Final = 0
HIDDEN: Final = 1
STANDING: Final = 2
IDLE: Final = 3
ON_LINK_M: Final = 0.5
CRUISE_GUESS_MPS: Final = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """Stretches of chainage, in no order. STANDING and IDLE legs cover no ground."""

    run: I64
    from_m: F64
    to_m: F64
    from_s: F64
    to_s: F64
    kind: I8

    def __len__(self) -> int:
        return len(self.run)


@dataclass(frozen=True, slots=True, eq=False)
class RawLegs:
    """Legs before idling is told from moving; speeds NaN where no fix was."""

    run: I64
    from_m: F64
    to_m: F64
    from_s: F64
    to_s: F64
    kind: I64
    from_mps: F64
    to_mps: F64

    @classmethod
    def stack(cls, parts: list["RawLegs"]) -> "RawLegs":
        """All of them, one after the other."""
        return cls(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Matched observations that are not outliers, with the block's geometry beside each."""

    run: I64
    from_s: F64
    to_s: F64
    x_m: F64
    y_m: F64
    arriving_mps: F64
    leaving_mps: F64
    block: I64
    at_m: F64
    first: Bools
    """First of its run."""


def track_of(matched: Matched) -> Track:
    """The matched observations, outliers left out."""
    kept = np.flatnonzero(matched.block != OUTLIER)
    obs = matched.obs
    run = obs.run[kept]
    first = np.ones(len(kept), bool)
    first[1:] = run[1:] != run[:-1]
    return Track(
        run=run,
        from_s=obs.from_s[kept],
        to_s=obs.to_s[kept],
        x_m=obs.x_m[kept],
        y_m=obs.y_m[kept],
        arriving_mps=obs.arriving_mps[kept],
        leaving_mps=obs.leaving_mps[kept],
        block=matched.block[kept],
        at_m=matched.at_m[kept],
        first=first,
    )


def remaining(track: Track, rows: I64, courses: Courses) -> F64:
    """What is left of the block that each row is on; 0 on the link after it."""
    rest: F64 = np.maximum(courses.finish_m[track.block[rows]] - track.at_m[rows], 0.0)
    return rest


def entered(track: Track, rows: I64, courses: Courses) -> F64:
    """Chainage at which each row's block was entered; where the truck is, if on a link."""
    block, at_m = track.block[rows], track.at_m[rows]
    on_link = at_m > courses.finish_m[block] + ON_LINK_M
    return np.where(on_link, at_m, courses.begin_m[block])
