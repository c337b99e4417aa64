"""What C5 itself makes events of, on the road, at its stations and cameras: names, codes, units.

An event made here lies in the table of events beside those that devices send. Its device is the
truck or station, its time is when the happening began (of an end: when it ended), and its `seq`
is minus the code below, so that saying it again changes nothing; devices count from 0 upwards.
Where several things of a type may begin at one instant, one a metric, each has a slot of its own.
"""

import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Happening(StrEnum):
    """Every type of event that C5 makes."""

    OFF_ROUTE = "off_route"
    OFF_ROUTE_END = "off_route_end"
    UNPLANNED_STOP = "unplanned_stop"
    UNPLANNED_STOP_END = "unplanned_stop_end"
    OVERSPEED = "overspeed"
    OVERSPEED_END = "overspeed_end"
    LANDFILL_ENTER = "landfill_enter"
    LANDFILL_EXIT = "landfill_exit"
    DEPOT_ENTER = "depot_enter"
    DEPOT_EXIT = "depot_exit"
    DATA_QUALITY = "data_quality"
    DATA_QUALITY_END = "data_quality_end"
    ANOMALY = "anomaly"
    ANOMALY_END = "anomaly_end"
    PLATE_HIT = "plate_hit"
    PLATE_NEAR = "plate_near"


@dataclass(frozen=True, slots=True)
class HappeningSpec:
    """One type: its stable code, how grave it is, and what its value counts."""

    code: int
    severity: str
    unit: str | None
    """Of the value; None: there is no value."""
    ended_by: Happening | None = None


SPECS: Final[dict[Happening, HappeningSpec]] = {
    Happening.OFF_ROUTE: HappeningSpec(1, "warning", "m", Happening.OFF_ROUTE_END),
    Happening.OFF_ROUTE_END: HappeningSpec(2, "info", "s"),
    Happening.UNPLANNED_STOP: HappeningSpec(3, "warning", "s", Happening.UNPLANNED_STOP_END),
    Happening.UNPLANNED_STOP_END: HappeningSpec(4, "info", "s"),
    Happening.OVERSPEED: HappeningSpec(5, "warning", "km/h", Happening.OVERSPEED_END),
    Happening.OVERSPEED_END: HappeningSpec(6, "info", "km/h"),
    Happening.LANDFILL_ENTER: HappeningSpec(7, "info", None, Happening.LANDFILL_EXIT),
    Happening.LANDFILL_EXIT: HappeningSpec(8, "info", "s"),
    Happening.DEPOT_ENTER: HappeningSpec(9, "info", None, Happening.DEPOT_EXIT),
    Happening.DEPOT_EXIT: HappeningSpec(10, "info", "s"),
    Happening.DATA_QUALITY: HappeningSpec(11, "warning", None, Happening.DATA_QUALITY_END),
    Happening.DATA_QUALITY_END: HappeningSpec(12, "info", "s"),
    Happening.ANOMALY: HappeningSpec(13, "warning", None, Happening.ANOMALY_END),
    Happening.ANOMALY_END: HappeningSpec(14, "info", "s"),
    Happening.PLATE_HIT: HappeningSpec(15, "critical", None),
    Happening.PLATE_NEAR: HappeningSpec(16, "warning", None),
}
BY_CODE: Final = {spec.code: happening for happening, spec in SPECS.items()}
_CODES: Final = 1000
"""Codes stay below this; a slot is counted above it."""
_SLOTS: Final = 1_000_000


def seq_of(happening: Happening, slot: int = 0) -> int:
    """The counter under which an event of this type, and of this slot, is stored.

    >>> seq_of(Happening.OFF_ROUTE), seq_of(Happening.ANOMALY, 7)
    (-1, -7013)
    """
    return -(SPECS[happening].code + _CODES * slot)


def of_seq(seq: int) -> Happening | None:
    """Undo `seq_of`; None: a device sent it.

    >>> of_seq(-7013), of_seq(12)
    (<Happening.ANOMALY: 'anomaly'>, None)
    """
    return BY_CODE.get(-seq % _CODES) if seq < 0 else None


def slot_of(metric: str) -> int:
    """A slot of a metric's own, the same in every build."""
    return zlib.crc32(metric.encode()) % _SLOTS + 1
