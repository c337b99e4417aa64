"""Noise events: stretches that stand out of the background that came before them.

Causal: whether an event begins depends on what was heard so far alone, so the live answer and
the later one are the same.
"""

from dataclasses import dataclass

import numpy as np

from sensing.arrays import F64, sliding
from sensing.noise.levels import sel_db

_BACKGROUND_S = 3600.0
_LEAST_KNOWN = 5


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Events in order of time."""

    from_s: F64
    to_s: F64
    """End of the last sample."""
    peak_db: F64
    sel_db: F64
    above_db: F64
    """How far the peak stands out of the background before it."""


def events(
    time_s: F64,
    level_db: F64,
    sample_s: float,
    *,
    rise_db: float = 10.0,
    fall_db: float = 5.0,
) -> Events:
    """Find events in samples in order of time; NaN is no sample.

    One begins `rise_db` above the level exceeded 90 % of the last hour, and ends below `fall_db`
    above the same, or where samples are missing.
    """
    width = max(_LEAST_KNOWN, round(_BACKGROUND_S / sample_s))
    background = _background(level_db, width)
    gap = np.concatenate(([True], np.diff(time_s) > 1.5 * sample_s)) | ~np.isfinite(level_db)
    spans: list[tuple[int, int, float]] = []
    start = -1
    floor_db = np.nan
    for at in range(len(level_db)):
        if start >= 0 and (gap[at] or level_db[at] < floor_db + fall_db):
            spans.append((start, at, floor_db))
            start = -1
        if start < 0 and level_db[at] >= background[at] + rise_db:
            start, floor_db = at, float(background[at])
    if start >= 0:
        spans.append((start, len(level_db), floor_db))
    return Events(
        from_s=np.array([time_s[a] for a, _, _ in spans], np.float64),
        to_s=np.array([time_s[b - 1] + sample_s for _, b, _ in spans], np.float64),
        peak_db=np.array([level_db[a:b].max() for a, b, _ in spans], np.float64),
        sel_db=np.array([sel_db(level_db[a:b], sample_s) for a, b, _ in spans], np.float64),
        above_db=np.array([level_db[a:b].max() - c for a, b, c in spans], np.float64),
    )


def _background(level_db: F64, width: int) -> F64:
    """Level exceeded 90 % of the samples before each; NaN until enough are known."""
    before = np.concatenate(([np.nan], level_db[:-1])) if len(level_db) else level_db
    window = sliding(before, width)
    lowest = np.sort(window, axis=-1)  # NaN last
    count = np.isfinite(window).sum(axis=-1)
    place = np.maximum(np.ceil(0.1 * count).astype(np.int64) - 1, 0)
    background: F64 = np.where(
        count >= _LEAST_KNOWN, np.take_along_axis(lowest, place[:, None], axis=-1)[:, 0], np.nan
    )
    return background
