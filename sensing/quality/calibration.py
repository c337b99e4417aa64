"""Calibration on read: value = gain * raw + offset, by the dates it holds for; raw stays stored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensing.arrays import F64


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a comparison with a reference found, from one instant until the next calibration."""

    from_s: float
    gain: float = 1.0
    offset: float = 0.0
    until_s: float = float("inf")


def calibrated(time_s: F64, raw: F64, found: Sequence[Calibration]) -> F64:
    """Apply to each sample the newest calibration that holds at its instant; without one, raw.

    >>> calibrated(np.array([0.0, 10.0]), np.array([5.0, 5.0]), [Calibration(from_s=5, gain=2)])
    array([ 5., 10.])
    """
    value = raw.copy()
    for one in sorted(found, key=lambda each: each.from_s):
        holds = (time_s >= one.from_s) & (time_s < one.until_s)
        value[holds] = one.gain * raw[holds] + one.offset
    return value


def dried_pm25_ugm3(raw_ugm3: F64, humidity_pct: F64) -> F64:
    """PM2.5 of a low-cost optical sensor, corrected for the water its particles hold.

    PM = 0.524 * raw - 0.0862 * RH + 5.75, never below zero: the U.S.-wide correction of
    Barkjohn, Gantt and Clements (2021), doi:10.5194/amt-14-4617-2021, for PurpleAir (cf_1). It is
    kept beside the raw value, never in its place; without a humidity there is none.
    """
    dry: F64 = np.maximum(0.524 * raw_ugm3 - 0.0862 * humidity_pct + 5.75, 0.0)
    return dry
