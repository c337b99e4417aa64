"""Levels over any set of samples of equal length: energy mean, exceeded levels, exposure."""

import numpy as np

from sensing.arrays import F64, Bools

LOWEST_DB, HIGHEST_DB = 15.0, 140.0
"""What a sound level meter of a street can show; anything else is no level."""


def believable(level_db: F64) -> Bools:
    """Which samples are levels at all."""
    good: Bools = (level_db >= LOWEST_DB) & (level_db <= HIGHEST_DB)
    return good


def leq_db(level_db: F64) -> float:
    """Energy mean; NaN of nothing.

    >>> round(leq_db(np.array([60.0, 60.0, 63.0])), 2)
    61.26
    """
    if not len(level_db):
        return float("nan")
    return float(10.0 * np.log10(np.mean(10.0 ** (level_db / 10.0))))


def exceeded_db(level_db: F64, percent: float) -> float:
    """The level that is exceeded so much of the time (L10: the loudest tenth begins here)."""
    if not len(level_db):
        return float("nan")
    return float(np.percentile(level_db, 100.0 - percent))


def sel_db(level_db: F64, sample_s: float) -> float:
    """Sound exposure level: the same energy within one second."""
    if not len(level_db):
        return float("nan")
    return float(10.0 * np.log10(np.sum(10.0 ** (level_db / 10.0)) * sample_s))


def lden_db(day_db: float, evening_db: float, night_db: float) -> float:
    """Day-evening-night level of 12, 4 and 8 h (Directive 2002/49/EC); NaN if one is unknown.

    >>> round(lden_db(60.0, 55.0, 50.0), 1)
    60.0
    """
    parts = np.array([day_db, evening_db + 5.0, night_db + 10.0])
    hours = np.array([12.0, 4.0, 8.0])
    return float(10.0 * np.log10((hours * 10.0 ** (parts / 10.0)).sum() / hours.sum()))
