"""Everything that is said of a series of levels: as a whole, and day by day."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from sensing.arrays import F64, I8, I64, Bools
from sensing.noise.events import Events, events
from sensing.noise.levels import believable, exceeded_db, lden_db, leq_db
from sensing.noise.periods import (
    DAY,
    DEFAULT_CLOCK,
    EVENING,
    NIGHT,
    Clock,
    Local,
    localise,
    period_lengths_s,
)
from sensing.noise.screening import Limits, Screened, screen

ENOUGH = 0.75
"""Share of a period that must have been heard for its level to stand for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What was heard in some stretch of time, dB(A); NaN: nothing."""

    laeq_db: float
    lamax_db: float
    l10_db: float
    l50_db: float
    l90_db: float
    lday_db: float
    levening_db: float
    lnight_db: float
    lden_db: float
    coverage: float
    """Share of the stretch that was heard."""
    period_coverage: tuple[float, float, float]
    """The same of day, evening and night."""
    screened_day: Screened | None
    screened_night: Screened | None

    @property
    def is_enough(self) -> bool:
        """Whether every period was heard enough for Lden to stand for it."""
        return min(self.period_coverage) >= ENOUGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A series as a whole, its local days, and its events."""

    whole: Levels
    days: tuple[tuple[date, Levels], ...]
    events: Events
    sample_s: float
    unbelievable: int
    """Samples left out because no meter shows such a level."""


def report(
    time_s: F64,
    level_db: F64,
    zone: ZoneInfo,
    limits: Limits,
    *,
    peak_db: F64 | None = None,
    clock: Clock = DEFAULT_CLOCK,
    stretch_s: tuple[float, float] | None = None,
) -> Report:
    """Describe samples in any order; a repeated instant counts once, the last of it.

    time_s    (n,) Unix time of each sample's beginning
    level_db  (n,) LAeq of it; NaN is no sample
    peak_db   (n,) LAmax of it; left out: the highest LAeq stands for the peak
    stretch_s what the whole should have been, Unix time; left out: from first to last sample
    """
    order = np.argsort(time_s, kind="stable")
    order = order[np.append(np.diff(time_s[order]) > 0, True)] if len(order) else order
    time_s, level_db = time_s[order], level_db[order]
    top_db = level_db if peak_db is None else peak_db[order]
    good = believable(level_db)
    silly = int(np.count_nonzero(np.isfinite(level_db) & ~good))
    sample_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 60.0
    halves = _Halves.of(localise(time_s, zone), clock, limits)
    levels = _Heard(level_db, top_db, good, halves, limits, sample_s)
    if stretch_s is None and len(time_s):
        stretch_s = (time_s[0], time_s[-1] + sample_s)
    begin_s, end_s = stretch_s or (0.0, 0.0)
    grid = np.arange(begin_s, end_s - sample_s / 2, sample_s)
    on_grid = _Halves.of(localise(grid, zone), clock, limits)
    spanned = np.bincount(on_grid.period, minlength=3).astype(np.float64) * sample_s
    days = []
    for ordinal in np.unique(halves.ordinal):
        day = date.fromordinal(int(ordinal))
        lengths_s = np.array(period_lengths_s(day, zone, clock))
        days.append((day, levels.of(halves.ordinal == ordinal, lengths_s)))
    return Report(
        whole=levels.of(np.ones(len(time_s), bool), spanned),
        days=tuple(days),
        events=events(time_s, np.where(good, level_db, np.nan), sample_s),
        sample_s=sample_s,
        unbelievable=silly,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Halves:
    """Which part of which day each sample is in, by either clock."""

    ordinal: I64
    period: I8
    by_day: Bools
    """In the day of NOM-081."""

    @classmethod
    def of(cls, local: Local, clock: Clock, limits: Limits) -> "_Halves":
        table = np.array([clock.period(hour) for hour in range(24)], np.int8)
        return cls(local.ordinal, table[local.hour], limits.is_day(local))


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """Samples with all that is known of them."""

    level_db: F64
    top_db: F64
    good: Bools
    halves: _Halves
    limits: Limits
    sample_s: float

    def of(self, chosen: Bools, lengths_s: F64) -> Levels:
        """Describe chosen samples of a stretch whose periods have these lengths."""
        mine = chosen & self.good
        level_db = self.level_db[mine]
        period, by_day = self.halves.period[mine], self.halves.by_day[mine]
        day_db, evening_db, night_db = (
            leq_db(level_db[period == one]) for one in (DAY, EVENING, NIGHT)
        )
        heard_s = np.bincount(period, minlength=3).astype(np.float64) * self.sample_s
        total_s = float(lengths_s.sum())
        day_share, evening_share, night_share = _share(heard_s, lengths_s)
        top_db = self.top_db[mine]
        return Levels(
            laeq_db=leq_db(level_db),
            lamax_db=float(np.nanmax(top_db)) if np.isfinite(top_db).any() else np.nan,
            l10_db=exceeded_db(level_db, 10),
            l50_db=exceeded_db(level_db, 50),
            l90_db=exceeded_db(level_db, 90),
            lday_db=day_db,
            levening_db=evening_db,
            lnight_db=night_db,
            lden_db=lden_db(day_db, evening_db, night_db),
            coverage=min(1.0, float(heard_s.sum()) / total_s) if total_s else 0.0,
            period_coverage=(day_share, evening_share, night_share),
            screened_day=screen(level_db[by_day], self.limits.day_db),
            screened_night=screen(level_db[~by_day], self.limits.night_db),
        )


def _share(heard_s: F64, lengths_s: F64) -> list[float]:
    share = np.where(lengths_s > 0, heard_s / np.where(lengths_s > 0, lengths_s, 1.0), 0.0)
    return [float(one) for one in share.clip(0.0, 1.0)]
