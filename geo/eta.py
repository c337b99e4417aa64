"""When a truck will reach a block: a range, from its own progress and from earlier runs.

What earlier runs took from here to there, made faster or slower as today has been so far, is the
likely time. How far off that would have been for each earlier run, had the others foretold it, is
the range: it holds eight times in ten, however much days and blocks differ, and is wider the fewer
runs there are. Without earlier runs the usual pace of such trucks is used, with a wide range.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.arrays import F64, Bools
from geo.physics import DEFAULT, Physics

_SHRINK_BLOCKS = 8.0
_FACTOR = (0.5, 2.5)
_WIDE = (0.6, 2.0)
_OUTSIDE = 0.1
"""Share of arrivals below the range, and the same above it."""
_STUDENT = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397)
"""Its t that 0.9 lie below, for 2 to 9 runs; with more, the runs' own order decides."""
_LEAST_SPREAD = 0.08
_LEAST_S = 1.0


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
    totals = np.maximum((filled[:, way] * share).sum(axis=1), _LEAST_S)
    if runs == 1:
        likely = float(totals[0]) * _today(filled[0], today_s)
        return Eta(low_s=likely * _WIDE[0], likely_s=likely, high_s=likely * _WIDE[1], runs=1)
    done = np.isfinite(today_s)
    likely = float(np.median(totals)) * _pace(filled[:, done], today_s[done])
    low, high = _spread(totals, filled[:, done])
    return Eta(low_s=likely * low, likely_s=likely, high_s=likely * high, runs=runs)


def _spread(totals_s: F64, done_s: F64) -> tuple[float, float]:
    """What the likely time is to be multiplied with, for the range: from each run by the others.

    totals_s  (runs,)        from here to there
    done_s    (runs, blocks) what today has done already
    """
    runs = len(totals_s)
    others = np.broadcast_to(np.arange(runs), (runs, runs))[~np.eye(runs, dtype=bool)]
    others = others.reshape(runs, runs - 1)
    sums_s = done_s.sum(axis=1)
    usual_s = np.maximum(np.median(sums_s[others], axis=1), _LEAST_S)
    told_s = np.median(totals_s[others], axis=1) * _believed(sums_s / usual_s, done_s.shape[1])
    error = np.log(totals_s / told_s)
    if runs <= len(_STUDENT) + 1:
        middle, reach = float(error.mean()), _STUDENT[runs - 2] * float(error.std(ddof=1))
        low, high = middle - reach, middle + reach
    else:
        low, high = np.quantile(error, [_OUTSIDE, 1.0 - _OUTSIDE], method="weibull").tolist()
    return float(np.exp(min(low, -_LEAST_SPREAD))), float(np.exp(max(high, _LEAST_SPREAD)))


def _pace(done_s: F64, today_s: F64) -> float:
    """How much slower these blocks went today than in the middle one of earlier runs."""
    usual_s = max(float(np.median(done_s.sum(axis=1))), _LEAST_S)
    return float(_believed(today_s.sum() / usual_s, today_s.size))


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
    """How much slower today is than usual, where no runs can be compared."""
    done = np.isfinite(today_s) & (usual_s > 0)
    usual = max(float(usual_s[done].sum()), _LEAST_S)
    return float(_believed(today_s[done].sum() / usual, int(done.sum())))


def _believed(factor: Any, blocks: int) -> Any:
    """A day's pace, one or several days', believed more the more blocks show it."""
    shrunk = (blocks * factor + _SHRINK_BLOCKS) / (blocks + _SHRINK_BLOCKS)
    return np.clip(shrunk, *_FACTOR)
