"""When a truck reaches some blocks of its plan, from how far it is and how earlier runs went.

A run is the time at which its window began and those at which its blocks were entered. Before the
first block lies one more step, from the window's begin: so a run that has not begun yet has an
arrival too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.arrays import F64, Bools
from geo.eta import Eta, block_times, eta
from geo.physics import DEFAULT, Physics

_START_S: Final = 900.0
"""Usual from the window's begin to the first block, where no earlier run knows better."""
_IS_SHORT_OF: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """How one run went, or goes."""

    window_s: float
    """When its window began, Unix time."""
    entered_s: F64
    """(blocks,) when each was entered, Unix time; NaN: not, or not known."""
    served: Bools
    """(blocks,) whether it was served, and not merely driven."""

    @property
    def steps_s(self) -> F64:
        """(1 + blocks,) the window's begin, then the entries that can be believed.

        A block that was driven without service, on the way to somewhere, may have been entered
        long before its turn: such entries count only between those of its served neighbours.
        """
        at = self.entered_s.copy()
        served = np.where(self.served, at, np.nan)
        since = np.fmax.accumulate(np.concatenate([[self.window_s], served]))[:-1]
        until = np.fmin.accumulate(served[::-1])[::-1]
        stray = ~self.served & ~((at >= since) & ~(at > until))
        at[stray] = np.nan
        return np.concatenate([[self.window_s], at])


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Unix times; `runs` earlier runs stand behind it, 0 if it is a guess."""

    low_s: float
    likely_s: float
    high_s: float
    runs: int


def position(today: Progress) -> int:
    """The block entered last of those served; -1 before the first."""
    served = np.where(today.served, today.entered_s, -np.inf)
    last = int(np.argmax(np.nan_to_num(served, nan=-np.inf))) if len(served) else -1
    return last if len(served) and np.isfinite(served[last]) else -1


def arrival(
    history: Sequence[Progress],
    today: Progress,
    lengths_m: F64,
    targets: Sequence[int],
    now_s: float,
    physics: Physics = DEFAULT,
) -> Arrival:
    """From the first of some blocks ahead to the last of them.

    history    earlier runs of the same plan
    lengths_m  (blocks,) of each to the next one's start, links included
    targets    blocks behind which the truck is, see `position`
    """
    at = position(today) + 1
    ahead = np.concatenate([[_START_S * physics.pace_mps], lengths_m])
    steps = [run.steps_s for run in history]
    before = block_times(np.array(steps)) if steps else np.empty((0, len(ahead)))
    done = block_times(today.steps_s[None, :])[0]
    done[at:] = np.nan
    done[0] = np.nan  # who begins late is not slower for that
    spent_s = now_s - (today.steps_s[at] if at else today.window_s)
    wait_s = max(-spent_s, 0.0)  # the window has not begun
    # What is left of the present step: each earlier run's own time for it, less what is spent.
    before[:, at] = np.maximum(before[:, at] - max(spent_s, 0.0), 0.0)
    ahead[at] = max(ahead[at] - max(spent_s, 0.0) * physics.pace_mps, _IS_SHORT_OF)
    found = [
        eta(before, done, ahead, at, 0.0, target + 1, physics=physics)
        for target in (min(targets), _middle(targets), max(targets))
    ]
    return _arrival(found, now_s + wait_s)


def _middle(targets: Sequence[int]) -> int:
    return sorted(targets)[len(targets) // 2]


def _arrival(found: Sequence[Eta], from_s: float) -> Arrival:
    first, middle, last = found
    return Arrival(
        low_s=from_s + first.low_s,
        likely_s=from_s + middle.likely_s,
        high_s=from_s + last.high_s,
        runs=min(one.runs for one in found),
    )
