"""Series that the anomaly tests make for themselves: a daily wave, noise, and what goes wrong."""

from typing import Final

import numpy as np

from sensing.anomaly import F64, Scores, fresh, step

STEP_S: Final = 300.0
DAY: Final = 288
"""Samples a day at one every five minutes."""


def times(count: int) -> F64:
    """Seconds since 1970, from a Monday on, every five minutes."""
    return 4 * 86400.0 + np.arange(count, dtype=np.float64) * STEP_S


def daily(days: int, *, seed: int = 1, noise: float = 1.0) -> F64:
    """A working day between 20 and 40, with noise."""
    hour = (times(days * DAY) % 86400.0) / 3600.0
    wave = 30.0 - 10.0 * np.cos(2.0 * np.pi * hour / 24.0)
    return wave + np.random.default_rng(seed).normal(0.0, noise, days * DAY)


def steady(count: int, *, seed: int = 1) -> F64:
    """Noise about 50."""
    return 50.0 + np.random.default_rng(seed).normal(0.0, 1.0, count)


def together(t_s: F64, values: F64) -> Scores:
    """Scores (m, n) of values (m, n), all series advanced by each call."""
    state = fresh(values.shape[1])
    scores = Scores(np.zeros(values.shape), np.zeros(values.shape, np.int8))
    for at, now in enumerate(values):
        found, state = step(state, t_s[at], now)
        scores.value[at], scores.reason[at] = found.value, found.reason
    return scores
