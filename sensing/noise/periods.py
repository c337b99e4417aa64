"""Local days cut into day, evening and night, right where a clock is changed.

A sample belongs to the period of the local hour in which it begins. A day's night is the hours
before 07 and from 23 on of that date.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from sensing.arrays import F64, I8, I64

DAY, EVENING, NIGHT = 0, 1, 2
_HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Clock:
    """Local hours at which the periods begin."""

    day: int = 7
    evening: int = 19
    night: int = 23

    def period(self, hour: int) -> int:
        """The period of a local hour."""
        if self.day <= hour < self.evening:
            return DAY
        return EVENING if self.evening <= hour < self.night else NIGHT


DEFAULT_CLOCK: Final = Clock()


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """Samples on the local calendar."""

    ordinal: I64
    """Local date, proleptic ordinal."""
    hour: I8


def localise(time_s: F64, zone: ZoneInfo) -> Local:
    """Local date and hour of every instant; works out each hour once."""
    hours, of_hour = np.unique(np.floor(time_s / (_HOUR_S / 4)), return_inverse=True)
    moments = [datetime.fromtimestamp(at * _HOUR_S / 4, UTC).astimezone(zone) for at in hours]
    ordinal = np.array([at.date().toordinal() for at in moments], np.int64)
    hour = np.array([at.hour for at in moments], np.int8)
    return Local(ordinal[of_hour], hour[of_hour])


def period_lengths_s(day: date, zone: ZoneInfo, clock: Clock) -> tuple[float, float, float]:
    """Seconds that a local date's day, evening and night really have."""
    edges = [time(0), *(time(hour) for hour in (clock.day, clock.evening, clock.night))]
    moments = [datetime.combine(day, edge, zone).astimezone(UTC) for edge in edges]
    moments.append(datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC))
    morning, during, evening, late = ((b - a).total_seconds() for a, b in pairwise(moments))
    return during, evening, morning + late
