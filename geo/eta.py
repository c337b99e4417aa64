"""When a truck will reach a block: a range, from its own progress and from earlier runs.

Every earlier run is one way today could go on: its times from here to there, made faster or
slower as today has been so far. The range spans what most of them give, wider the fewer they are.
Without earlier runs the usual pace of such trucks is used, and the range says so by its width.
"""

from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, Bools
from geo.physics import DEFAULT, Physics

_SHRINK_BLOCKS = 8.0
_FACTOR = (0.5, 2.5)
_WIDE = (0.6, 2.0)
_FEW = 5
_LEAST_SPREAD = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Eta:
    """Seconds from now; `runs` earlier runs stand behind it, 0 if it is a guess."""

    low_s: float
    likely_s: float
    high_s: float
    runs: int


def block_times(entered_s: F64) -> F64:
    """Seconds from each block's entry to the next one's, from (runs, blocks) entry times.

    NaN where either is unknown; the last block has none. A later entry never precedes: out of
    order counts as unknown.
    """
    took = np.full_like(entered_s, np.nan)
    if entered_s.shape[1] > 1:
        took[:, :-1] = np.diff(entered_s, axis=1)
    took[took < 0] = np.nan
    return took


def eta(
    history_s: F64,
    today_s: F64,
    lengths_m: F64,
    at: int,
    into: float,
    target: int,
    *,
    physics: Physics = DEFAULT,
) -> Eta:
    """How long until block `target` is entered.

    history_s  (runs, blocks)  `block_times` of earlier runs, NaN where unknown
    today_s    (blocks,)       those of today, as far as known
    lengths_m  (blocks,)       to the next block's start, links included
    at, into                   the block the truck is on, and the share of it that is done
    """
    if target <= at:
        return Eta(low_s=0.0, likely_s=0.0, high_s=0.0, runs=len(history_s))
    share = np.ones(target - at)
    share[0] = 1.0 - min(max(into, 0.0), 1.0)
    way = slice(at, target)
    known = _usable(history_s[:, way]) if len(history_s) else np.zeros(0, bool)
    runs = int(known.sum())
    if runs == 0:
        likely = float((lengths_m[way] * share).sum() / physics.pace_mps)
        likely *= _today(lengths_m / physics.pace_mps, today_s)
        return Eta(low_s=likely * _WIDE[0], likely_s=likely, high_s=likely * _WIDE[1], runs=0)
    usual = _usual(history_s, lengths_m, physics)
    filled = np.where(np.isnan(history_s), usual, history_s)[known]
    totals = (filled[:, way] * share).sum(axis=1) * _today(usual, today_s)
    likely = float(np.median(totals))
    # With few runs the extremes seen are not the extremes there are.
    reach = 1.0 + 1.0 / max(runs, 1) ** 0.5 if runs < _FEW else 1.0
    least = _LEAST_SPREAD * likely
    low = likely - max(reach * (likely - float(np.quantile(totals, 0.1))), least)
    high = likely + max(reach * (float(np.quantile(totals, 0.9)) - likely), least)
    return Eta(low_s=max(low, 0.0), likely_s=likely, high_s=high, runs=runs)


def _usable(part_s: F64) -> Bools:
    """Runs of which at least half of the way is known."""
    known: Bools = np.isfinite(part_s).mean(axis=1) >= 0.5  # noqa: PLR2004
    return known


def _usual(history_s: F64, lengths_m: F64, physics: Physics) -> F64:
    """Median time of each block; by its length where no run knows it."""
    usual = lengths_m / physics.pace_mps
    seen = np.isfinite(history_s).any(axis=0)
    usual = usual.copy()
    usual[seen] = np.nanmedian(history_s[:, seen], axis=0)
    return usual


def _today(usual_s: F64, today_s: F64) -> float:
    """How much slower today is than usual, believed more the more blocks are done."""
    done = np.isfinite(today_s) & (usual_s > 0)
    count = float(done.sum())
    if count == 0:
        return 1.0
    factor = float(today_s[done].sum() / usual_s[done].sum())
    shrunk = (count * factor + _SHRINK_BLOCKS) / (count + _SHRINK_BLOCKS)
    return min(max(shrunk, _FACTOR[0]), _FACTOR[1])
