"""The anomaly engine beside river's HalfSpaceTrees and a windowed Gaussian, in one run.

All three see the same values: a daily wave with noise, a sample every five minutes. The
peers advance one series point by point, as their interfaces ask; the engine advances many
series with one call. Times are of this thread's processor, so that a busy machine
measures alike; the wall clock is given beside them.
"""

import math
import platform
import statistics
import time
from collections import deque
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

import numpy as np
from river.anomaly import HalfSpaceTrees

from core.clock import monotonic_s
from sensing.anomaly import F64, fresh, step

_STEP_S: Final = 300.0
_WARM_UP: Final = 50
_WINDOW: Final = 1000
_SEED: Final = 1


def run(series: int, steps: int) -> dict[str, object]:
    """Points a second of each, time of one step, bytes a series."""
    values = _values(series, _WARM_UP + steps)
    state = fresh(series)
    cpu_ms, wall_ms = [], []
    for at, now in enumerate(values):
        cpu_s, wall_s = time.thread_time(), monotonic_s()
        _, state = step(state, at * _STEP_S, now)
        if at >= _WARM_UP:
            cpu_ms.append(1e3 * (time.thread_time() - cpu_s))
            wall_ms.append(1e3 * (monotonic_s() - wall_s))
    ours = 1e3 * series / statistics.fmean(cpu_ms)
    points = values[:, 0].tolist() * max(1, 5000 // len(values))
    trees = _rate(_half_space_trees(), points)
    return {
        "series": series,
        "steps": steps,
        "step_ms": round(statistics.median(cpu_ms), 2),
        "step_p95_ms": round(float(np.quantile(cpu_ms, 0.95)), 2),
        "step_wall_ms": round(statistics.median(wall_ms), 2),
        "step_wall_least_ms": round(min(wall_ms), 2),
        "bytes_per_series": state.bytes_per_series,
        "points_per_s": round(ours),
        "half_space_trees_points_per_s": round(trees),
        "windowed_gaussian_points_per_s": round(_rate(_windowed_gaussian(), points)),
        "times_half_space_trees": round(ours / trees),
        "versions": f"Python {platform.python_version()}, numpy {np.__version__}, "
        f"river {version('river')}",
    }


def _values(series: int, steps: int) -> F64:
    """(steps, series) between 0 and 1, as the trees want them."""
    random = np.random.default_rng(_SEED)
    hours = np.arange(steps)[:, None] * _STEP_S / 3600.0
    phase = random.uniform(0.0, 24.0, series)
    wave = 0.5 + 0.2 * np.sin(2.0 * math.pi * (hours + phase) / 24.0)
    return np.clip(wave + random.normal(0.0, 0.05, (steps, series)), 0.0, 1.0)


def _rate(advance: Callable[[float], object], points: list[float]) -> float:
    began_s = time.thread_time()
    for point in points:
        advance(point)
    return len(points) / (time.thread_time() - began_s)


def _half_space_trees() -> Callable[[float], object]:
    """River's defaults."""
    trees = HalfSpaceTrees(seed=_SEED)

    def advance(point: float) -> float:
        sample = {"value": point}
        score: float = trees.score_one(sample)
        trees.learn_one(sample)
        return score

    return advance


def _windowed_gaussian() -> Callable[[float], object]:
    """Tail probability under the mean and deviation of the last points, kept as running sums."""
    window: deque[float] = deque()
    total = squares = 0.0

    def advance(point: float) -> float:
        nonlocal total, squares
        score = 0.0
        if len(window) > 1:
            mean = total / len(window)
            spread = math.sqrt(max(squares / len(window) - mean * mean, 1e-12))
            score = math.erf(abs(point - mean) / spread / math.sqrt(2.0))
        window.append(point)
        total += point
        squares += point * point
        if len(window) > _WINDOW:
            gone = window.popleft()
            total -= gone
            squares -= gone * gone
        return score

    return advance
