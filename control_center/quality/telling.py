"""Make events of doubts: each begin and end once, whoever looks and however often.

An event's key is station, instant, type and slot: several metrics may fall in doubt at one
instant, so each metric and doubt has a slot of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from control_center.quality.checks import Stretch
from control_center.quality.comparing import Doubt
from control_center.quality.words import words
from core.happenings import Happening, slot_of
from core.quality import Flag
from store import derived
from store.air import Station
from store.derived import Derived
from store.pool import Connection

_ENDLESS: Final = frozenset({Flag.SPIKE})
"""Over as soon as they begin."""
Key = tuple[str, str, str]


class Teller:
    """Tells of the doubts of one round."""

    def __init__(self, conn: Connection, stations: Mapping[str, Station], now: datetime) -> None:
        self.now = now
        self._conn = conn
        self._stations = stations

    def stretches(self, device_id: str, found: Sequence[Stretch]) -> int:
        """Tell of doubted samples in a row; answer how many events were new."""
        events = []
        for one in found:
            about = device_id, one.metric, one.doubt
            if one.is_whole:
                events.append(self._event(Happening.DATA_QUALITY, *about, one.begin))
            if one.is_over and one.doubt not in _ENDLESS:
                lasted_s = (one.end - one.begin).total_seconds()
                events.append(
                    self._event(Happening.DATA_QUALITY_END, *about, one.end, value=lasted_s)
                )
        return derived.insert(self._conn, events, now=self.now)

    def standing(
        self, before: Mapping[Key, Doubt], after: Mapping[Key, Doubt], at: datetime
    ) -> int:
        """Tell of instruments that fell in doubt by this hour, and of those that are out of it."""
        events = [
            self._event(Happening.DATA_QUALITY, one.device_id, one.metric, one.flag, at, by=one.by)
            for key, one in after.items()
            if key not in before
        ]
        events += [
            self._event(
                Happening.DATA_QUALITY_END,
                *(one.device_id, one.metric, one.flag, at),
                value=(at - one.told_at).total_seconds(),
            )
            for key, one in before.items()
            if key not in after and one.device_id in self._stations
        ]
        return derived.insert(self._conn, events, now=self.now)

    def _event(
        self,
        what: Happening,
        device_id: str,
        metric: str,
        doubt: Flag,
        at: datetime,
        *,
        value: float | None = None,
        by: float | None = None,
    ) -> Derived:
        station = self._stations[device_id]
        name = str(doubt.name).lower()
        return Derived(
            device_id=device_id,
            what=what,
            at=at,
            received_at=self.now,
            lat_deg=station.lat_deg,
            lon_deg=station.lon_deg,
            value=value,
            text=words(metric, doubt, by),
            extra={"metric": metric, "doubt": name},
            slot=slot_of(f"{metric} {name}"),
        )
