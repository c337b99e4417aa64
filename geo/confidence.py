"""How sure a verdict is, between 0 and 1: the share of such verdicts expected to be right.

Three things make a verdict firm: fixes on the block itself, a mean speed far from the limit, and
no silence that could have hidden something else. docs/route-compliance.md compares the figure
with how often verdicts were right.
"""

import numpy as np

from geo.arrays import F64, I64
from geo.course import Courses
from geo.physics import DEFAULT, Physics
from geo.verdict import MISSED, SERVICED, TOO_FAST, UNKNOWN, Verdict

_MISSED = 0.985
_MISSED_BESIDE_SILENCE = 0.93
_UNKNOWN = 0.85
_UNSEEABLE = 0.5
_BARELY_M = 5.5
_ONE_FIX = 0.35
_SPEED_DOUBT = 0.45
_SPEED_FIRM = 6.0


def confidence(
    found: Verdict,
    fixes_on_block: I64,
    courses: Courses,
    limit_mps: F64,
    silent_runs: I64,
    physics: Physics = DEFAULT,
) -> F64:
    """One figure a row of the verdict; `fixes_on_block` counts observations matched to it."""
    limit = limit_mps[found.run]
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = np.abs(np.log(np.maximum(found.mean_mps, 0.05) / limit))
    margin = np.where(np.isfinite(margin), margin, 9.0)
    by_speed = 1.0 - _SPEED_DOUBT * np.exp(-_SPEED_FIRM * margin)
    by_fixes = 1.0 - _ONE_FIX * np.exp(-1.2 * fixes_on_block)
    by_share = 0.5 + 0.5 * np.minimum(found.seen / physics.seen_share, 2.0) / 2.0
    driven = by_speed * by_fixes * by_share
    silent = np.zeros(len(limit_mps), bool)
    silent[silent_runs] = True
    missed = np.where(silent[found.run], _MISSED_BESIDE_SILENCE, _MISSED)
    out = np.select(
        [
            np.isin(found.state, (SERVICED, TOO_FAST)),
            found.state == MISSED,
            found.state == UNKNOWN,
        ],
        [driven, missed, np.full(len(missed), _UNKNOWN)],
    )
    brief = courses.length_m[found.block] < _BARELY_M
    return np.asarray(np.where(brief, np.minimum(out, _UNSEEABLE), out), np.float64)
