"""What a GPS receiver makes of where it is.

The error wanders (Gauss-Markov, a few metres) rather than jumps, as
multipath and the atmosphere do; now and then a fix is tens of metres off, and
its HDOP says so. Standing still, the heading stays where it was.
"""

import math
import random
from typing import Final, NamedTuple

from firmware_sim.behaviour import Drift

_ERROR_M: Final = (3.0, 9.0)
_TAU_S: Final = (25.0, 60.0)
_OUTLIER_SHARE: Final = 0.002
_OUTLIER_M: Final = (18.0, 40.0)
_MOVING_MPS: Final = 0.8


class Fix(NamedTuple):
    """What the receiver reports, on the plane."""

    x_m: float
    y_m: float
    speed_mps: float
    heading_deg: float
    hdop: float
    satellites: int
    accuracy_m: float


class Receiver:
    """One GPS receiver and its errors."""

    def __init__(self, rng: random.Random, *, error_m: float | None = None) -> None:
        self.error_m = rng.uniform(*_ERROR_M) if error_m is None else error_m
        self._rng = rng
        per_axis_m = self.error_m / math.sqrt(2)
        tau_s = rng.uniform(*_TAU_S)
        self._east, self._north = (Drift(rng, sigma=per_axis_m, tau_s=tau_s) for _ in range(2))
        self._hdop = Drift(rng, sigma=0.18, tau_s=90.0)
        self._heading_deg: float | None = None

    def fix(
        self, xy_m: tuple[float, float], speed_mps: float, heading_deg: float, elapsed_s: float
    ) -> Fix:
        """Measure a position, `elapsed_s` after the last one."""
        rng = self._rng
        x_m = xy_m[0] + self._east.step(elapsed_s)
        y_m = xy_m[1] + self._north.step(elapsed_s)
        hdop = 0.95 * math.exp(self._hdop.step(elapsed_s))
        if rng.random() < _OUTLIER_SHARE:
            off_m, angle = rng.uniform(*_OUTLIER_M), rng.uniform(0, 2 * math.pi)
            x_m += off_m * math.cos(angle)
            y_m += off_m * math.sin(angle)
            hdop += off_m / 10
        if speed_mps > _MOVING_MPS or self._heading_deg is None:
            self._heading_deg = (heading_deg + rng.gauss(0, 4.0)) % 360
        shown_mps = max(0.0, speed_mps + rng.gauss(0, 0.15)) if speed_mps > 0 else 0.0
        return Fix(
            x_m,
            y_m,
            round(shown_mps, 2),
            round(self._heading_deg, 1) % 360,
            round(hdop, 2),
            max(4, round(13 - 3 * hdop + rng.gauss(0, 1))),
            round(self.error_m * hdop, 1),
        )
