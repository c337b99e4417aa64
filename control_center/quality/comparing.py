"""What neighbours say against an instrument: drift, a step after a visit, a slow clock. Pure.

Air stations of one city breathe the same weather. Hours before an instrument was last calibrated
or serviced are not compared with those after: it is another instrument since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from control_center.quality.checks import GRAIN
from core.quality import Flag
from sensing.arrays import F64, I64, Bools
from sensing.quality.neighbours import Shift, clock_lag_h, drift, step
from store.quality import HourMean

METRICS: Final = ("pm25_ugm3", "pm10_ugm3", "o3_ppb", "no2_ppb", "so2_ppb", "co_ppm")
HOUR: Final = timedelta(hours=1)
SPAN: Final = timedelta(days=16)
"""The two days that are judged, and the two weeks that they are judged by."""
RECENT: Final = timedelta(days=2)
LEAST_STATIONS: Final = 3
_DAY_H: Final = 24
_CLOCK_H: Final = 7 * _DAY_H
_AGREEING: Final = 2
CLOCK_OF: Final = ""
"""The metric of a doubt that is one of the station as a whole."""
Sensor = tuple[str, str]
"""A station and a metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """An instrument that cannot be believed for now."""

    device_id: str
    metric: str
    flag: Flag
    since: datetime
    """Readings from then on carry the bit."""
    by: float
    """How far it moved, in the metric's unit; hours of a clock."""
    told_at: datetime
    """When it was first found."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Station, metric and doubt: what is told once."""
        return self.device_id, self.metric, str(self.flag.name).lower()


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """Hourly means of all stations up to the hour that began last."""

    device_ids: Sequence[str]
    over: datetime
    """End of the last whole hour."""
    value: Mapping[str, F64]
    """(stations, hours) by metric."""
    moved: Mapping[str, Bools]

    @classmethod
    def of(cls, device_ids: Sequence[str], means: Sequence[HourMean], over: datetime) -> "City":
        """Put rows into tables."""
        shape = len(device_ids), SPAN // HOUR
        value = {metric: np.full(shape, np.nan) for metric in METRICS}
        moved = {metric: np.zeros(shape, bool) for metric in METRICS}
        place = {device_id: at for at, device_id in enumerate(device_ids)}
        begin = over - SPAN
        for one in means:
            cell = place[one.device_id], (one.hour - begin) // HOUR
            value[one.metric][cell] = one.mean
            moved[one.metric][cell] = one.moved
        return cls(device_ids, over, value, moved)

    def nth(self, at: datetime) -> int:
        """The first whole hour from an instant on, as a place in the tables."""
        return -((self.over - SPAN - at) // HOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """When instruments were last worked on."""

    serviced: Mapping[str, datetime]
    """By station."""
    calibrated: Mapping[Sensor, datetime]

    def last(self, device_id: str, metric: str) -> datetime | None:
        """The newer of both; None: neither is known."""
        known = (self.serviced.get(device_id), self.calibrated.get((device_id, metric)))
        return max((at for at in known if at is not None), default=None)


def compare(
    city: City, touched: Touched, before: Mapping[tuple[str, str, str], Doubt]
) -> list[Doubt]:
    """All that the neighbours doubt now.

    before  what they doubted until now: where a drift has lasted so long that there is nothing left
            to judge it by, it stands until somebody works on the instrument
    """
    if len(city.device_ids) < LEAST_STATIONS:
        return []
    found = [*_clocks(city)]
    for metric in METRICS:
        found += _steps(city, metric, touched)
        found += _drifts(city, metric, touched, before)
    return [
        replace(one, told_at=before[one.key].told_at) if one.key in before else one for one in found
    ]


def _drifts(
    city: City, metric: str, touched: Touched, before: Mapping[tuple[str, str, str], Doubt]
) -> list[Doubt]:
    value, recent = city.value[metric].copy(), RECENT // HOUR
    value[:, :-recent][city.moved[metric][:, :-recent]] = np.nan
    last = [touched.last(device_id, metric) for device_id in city.device_ids]
    for row, at in enumerate(last):
        if at is not None:
            value[row, : max(0, city.nth(at))] = np.nan
    shift = drift(value)
    real = _farther_than_grain(shift, metric)
    found = []
    for row, device_id in enumerate(city.device_ids):
        begin, worked = city.over - RECENT, last[row]
        held = before.get((device_id, metric, "drift"))
        if worked is not None and worked > city.over - SPAN:
            held = None  # what is not known is not known of this instrument
        since = begin if worked is None else max(begin, worked)
        if real[row]:
            by = float(shift.by[row])
        elif held is not None and np.isnan(shift.by[row]):
            by = held.by
        else:
            continue
        found.append(_doubt(city, (device_id, metric), Flag.DRIFT, since, by))
    return found


def _steps(city: City, metric: str, touched: Touched) -> list[Doubt]:
    at = np.full(len(city.device_ids), -1, np.int64)
    for row, device_id in enumerate(city.device_ids):
        visit = touched.serviced.get(device_id)
        calibrated = touched.calibrated.get((device_id, metric))
        if visit is None or (calibrated is not None and calibrated >= visit - HOUR):
            continue
        at[row] = city.nth(visit)
    shift = step(city.value[metric], _inside(at, SPAN // HOUR))
    return [
        _doubt(
            city,
            (city.device_ids[row], metric),
            Flag.STEP,
            touched.serviced[city.device_ids[row]],
            float(shift.by[row]),
        )
        for row in np.flatnonzero(_farther_than_grain(shift, metric)).tolist()
    ]


def _clocks(city: City) -> list[Doubt]:
    """A clock is one of the station: two of its metrics must agree, or its only one say so."""
    lags = np.array([clock_lag_h(city.value[metric][:, -_CLOCK_H:]) for metric in METRICS])
    telling = np.array(
        [np.isfinite(city.value[metric][:, -_CLOCK_H:]).any(axis=1) for metric in METRICS]
    ).sum(axis=0)
    found = []
    for row, device_id in enumerate(city.device_ids):
        said = lags[:, row][lags[:, row] != 0]
        if not len(said):
            continue
        lag = int(np.median(said))
        if (np.abs(said - lag) <= 1).sum() >= min(_AGREEING, int(telling[row])):
            since = city.over - RECENT
            found.append(_doubt(city, (device_id, CLOCK_OF), Flag.CLOCK, since, float(lag)))
    return found


def _doubt(city: City, sensor: Sensor, flag: Flag, since: datetime, by: float) -> Doubt:
    device_id, metric = sensor
    return Doubt(
        device_id=device_id, metric=metric, flag=flag, since=since, by=by, told_at=city.over
    )


def _farther_than_grain(shift: Shift, metric: str) -> Bools:
    real: Bools = shift.is_real & (np.abs(shift.by) > GRAIN[metric])
    return real


def _inside(at: I64, hours: int) -> I64:
    """Places with a day before and a day after them; -1 elsewhere."""
    inside: I64 = np.where((at >= _DAY_H) & (at + _DAY_H <= hours), at, -1)
    return inside
