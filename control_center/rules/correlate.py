"""Alarms of one cause become one incident: by hot-list entry, device, or place, within a time.

A storm folds: when a group has opened many incidents within a minute, whatever follows joins one
more that counts it. So ten thousand alarms make a page of incidents, and none is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Final, NamedTuple

from control_center.rules.facts import Place
from control_center.rules.judge import Raised

_EARTH_M: Final = 6_371_008.8
STORM: Final = "storm"


@dataclass(slots=True)
class Cause:
    """An open incident, as far as it matters to what may join it."""

    incident_id: int | None
    """None: it is opened by this very batch."""
    cause: str
    device_id: str | None
    place: Place | None
    opened_at: datetime
    last_at: datetime


class Storm(NamedTuple):
    """When a group's incidents are too many to be looked at one by one."""

    incidents: int = 30
    within: timedelta = timedelta(minutes=1)
    lull: timedelta = timedelta(seconds=10)
    """Without an alarm for so long it is over."""


class Joined(NamedTuple):
    """Which incident each alarm belongs to."""

    of: list[Cause | None]
    """In the order of the alarms; None: of none."""
    new: list[tuple[Cause, Raised]]
    """To be opened, with the alarm that opens it."""


def join(
    alarms: Sequence[Raised], known: Sequence[Cause], *, now: datetime, storm: Storm
) -> Joined:
    """Find or open an incident for each new alarm."""
    groups: dict[str, list[Cause]] = {}
    for one in known:
        groups.setdefault(group_of(one.cause), []).append(one)
    of: list[Cause | None] = []
    new: list[tuple[Cause, Raised]] = []
    for alarm in alarms:
        rule = alarm.held.rule
        near = groups.setdefault(rule.group, [])
        found = _found(alarm, near)
        if found is None and rule.opens_incident:
            found, is_new = _opened(alarm, near, now, storm)
            if is_new:
                near.append(found)
                new.append((found, alarm))
        if found is not None:
            found.last_at = max(found.last_at, alarm.last_at)
        of.append(found)
    return Joined(of, new)


def cause_of(alarm: Raised) -> str:
    """What is written on an incident that an alarm opens."""
    group = alarm.held.rule.group
    by_entry = "entry" in alarm.held.rule.correlate.by and alarm.entry is not None
    return f"{group}|{alarm.entry}" if by_entry else group


def group_of(cause: str) -> str:
    """Undo `cause_of`, as far as it goes."""
    return cause.split("|", 1)[0]


def apart_m(one: Place, other: Place) -> float:
    """Great-circle distance, metres.

    >>> round(apart_m(Place(18.0, -94.0), Place(18.001, -94.0)))
    111
    """
    lat, other_lat = radians(one.lat_deg), radians(other.lat_deg)
    half_lat = (other_lat - lat) / 2
    half_lon = radians(other.lon_deg - one.lon_deg) / 2
    chord = sin(half_lat) ** 2 + cos(lat) * cos(other_lat) * sin(half_lon) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(chord)))


def _found(alarm: Raised, near: Sequence[Cause]) -> Cause | None:
    rule = alarm.held.rule.correlate
    recent = timedelta(seconds=rule.seconds)
    mine = cause_of(alarm)
    for one in reversed(near):
        if abs(alarm.last_at - one.last_at) > recent or _is_storm(one):
            continue
        if "entry" in rule.by and alarm.entry is not None and one.cause == mine:
            return one
        if "device" in rule.by and alarm.device_id and one.device_id == alarm.device_id:
            return one
        if (
            "place" in rule.by
            and alarm.place is not None
            and one.place is not None
            and apart_m(alarm.place, one.place) <= rule.metres
        ):
            return one
    return None


def _opened(
    alarm: Raised, near: Sequence[Cause], now: datetime, storm: Storm
) -> tuple[Cause, bool]:
    """An incident for an alarm that has none, and whether it is new."""
    raging = next((one for one in reversed(near) if _is_storm(one)), None)
    if raging is not None and now - raging.last_at <= storm.lull:
        return raging, False
    lately = sum(now - one.opened_at <= storm.within for one in near if not _is_storm(one))
    folds = lately >= storm.incidents
    rule = alarm.held.rule
    made = Cause(
        incident_id=None,
        cause=f"{rule.group}|{STORM}" if folds else cause_of(alarm),
        device_id=None if folds else alarm.device_id,
        place=alarm.place,
        opened_at=now,
        last_at=alarm.last_at,
    )
    return made, True


def _is_storm(one: Cause) -> bool:
    return one.cause.endswith(f"|{STORM}")
