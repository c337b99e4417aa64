"""Hourly means of many stations into rows of the index. Pure: the same means, the same rows.

An hour's mean counts when three quarters of its minutes were heard and believed. What took a
value away is named beside it; the humidity-corrected PM2.5 stands beside the raw one.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from core import quality
from core.clock import epoch_us
from core.quality import UNBELIEVABLE
from core.topics import Kind
from devices.kinds import KINDS
from sensing.air.index import Index, index
from sensing.air.judge import judge
from sensing.air.rule import EPA, INSUFFICIENT, load
from sensing.air.table import METRIC_OF, POLLUTANTS, Hours
from sensing.arrays import F64, I64
from sensing.quality.calibration import dried_pm25_ugm3
from store.air import Judged, Mean

HUMIDITY: Final = "humidity_pct"
METRICS: Final = tuple(METRIC_OF[name] for name in POLLUTANTS)
READ: Final = (*METRICS, HUMIDITY)
"""What is asked of the store, in the order used here."""
HOUR: Final = timedelta(hours=1)
MINUTES_NEEDED: Final = 45
_MINUTE_S: Final = 60.0
_PM25: Final = POLLUTANTS.index("pm25")
Cell = tuple[str, datetime]
"""A station and an hour."""


def rows(
    means: Sequence[Mean],
    stations: Mapping[str, float | None],
    span: tuple[datetime, datetime],
    zone: ZoneInfo,
    *,
    wanted: Collection[Cell],
    counted: Mapping[Cell, tuple[int, int]],
) -> list[Judged]:
    """Judge the wanted cells of a span of whole hours, whose beginning serves as their past.

    stations  seconds between two readings of each; None: as its kind's
    counted   readings of each cell, believed and doubted, as the rollup had them
    """
    names, begin = list(stations), span[0]
    value, doubts = _table(means, stations, span)
    hours = Hours(
        begin_s=epoch_us(begin) // 1_000_000,
        stations=tuple(names),
        value=value[: len(POLLUTANTS)],
        doubt=np.zeros_like(doubts),
    )
    found = judge(hours, zone)
    beside = index(load(EPA), hours.in_units_of(load(EPA)))
    dried = dried_pm25_ugm3(value[_PM25], value[len(POLLUTANTS)])
    place = {name: at for at, name in enumerate(names)}
    made = []
    for device_id, hour in sorted(wanted):
        at, nth = place[device_id], (hour - begin) // HOUR
        held = found.at(nth)
        detail = _detail(held, at, nth, doubts[:, at, nth])
        if math.isfinite(dried[at, nth]):
            detail["pm25"]["dried"] = round(float(dried[at, nth]), 1)
        dominant, aqi = int(held.dominant[at, nth]), float(beside.number[at, nth])
        believed, doubted = counted.get((device_id, hour), (0, 0))
        made.append(
            Judged(
                device_id=device_id,
                hour=hour,
                rule_id=held.rule.id,
                category=int(held.worst[at, nth]),
                dominant=held.rule.pollutants[dominant].name if dominant >= 0 else None,
                detail=detail,
                epa_aqi=int(aqi) if math.isfinite(aqi) else None,
                believed=believed,
                doubted=doubted,
            )
        )
    return made


def _table(
    means: Sequence[Mean], stations: Mapping[str, float | None], span: tuple[datetime, datetime]
) -> tuple[F64, I64]:
    """Values (READ, stations, hours) and the flags of what was left out (POLLUTANTS, ...)."""
    place = {name: at for at, name in enumerate(stations)}
    metric_place = {metric: at for at, metric in enumerate(READ)}
    shape = (len(READ), len(stations), (span[1] - span[0]) // HOUR)
    value, doubts = np.full(shape, np.nan), np.zeros(shape, np.int64)
    usual_s = KINDS[Kind.AIR].interval_s
    for one in means:
        cell = metric_place[one.metric], place[one.device_id], (one.hour - span[0]) // HOUR
        doubts[cell] = one.doubts & int(UNBELIEVABLE)
        interval_s = stations[one.device_id] or usual_s
        heard = one.minutes if interval_s <= _MINUTE_S else one.n * interval_s / _MINUTE_S
        if one.mean is not None and heard >= MINUTES_NEEDED:
            value[cell] = one.mean
    return value, doubts[: len(POLLUTANTS)]


def _detail(found: Index, station: int, hour: int, doubts: I64) -> dict[str, Any]:
    """{pollutant: {value, unit, category, doubts}}, pollutants in the rule's order."""
    keys = [one.key for one in found.rule.categories] + [INSUFFICIENT]
    detail: dict[str, Any] = {}
    for at, one in enumerate(found.rule.pollutants):
        value = float(found.value[at, station, hour])
        detail[one.name] = {
            "value": round(value, one.decimals) if math.isfinite(value) else None,
            "unit": one.unit,
            "category": keys[int(found.category[at, station, hour])],
            "doubts": quality.names(int(doubts[POLLUTANTS.index(one.name)])),
        }
    return detail
