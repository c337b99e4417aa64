"""Advance every series each few seconds; what is strange becomes an anomaly and an event.

What is read, found and remembered is one transaction, so a crash at any moment repeats and loses
nothing. A start after days works through what came meanwhile as though it came now, some hours
of it at a time.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from control_center.anomaly import desk, stretch
from control_center.anomaly.desk import Turn
from control_center.anomaly.memory import NAME, Memory
from control_center.anomaly.stretch import Span
from control_center.anomaly.watched import READINGS, WATCHES
from core import log
from core.clock import epoch_us, monotonic_s
from core.device import Device
from core.settings import Settings
from sensing.anomaly import StateRefused
from store import anomaly, faults, pool
from store import anomaly_samples as samples
from store import device as store_device
from store.anomaly_samples import Asked
from store.pool import Connection

_GRACE_S: Final = 20.0
"""So long after its end a step of time is read: messages are under way."""
_LOOK_BACK: Final = timedelta(days=14)
"""So much of a series' past is learnt when it is seen for the first time."""
_STEPS: Final = 180
"""Steps of time worked through in one transaction."""
_TURN_S: Final = 3.0
"""A round ends after so long, though there be more to do."""
_log = log.get(__name__)


class AnomalyPart:
    """The anomaly engine as a part of the service."""

    def __init__(self, database_url: str, settings: Settings) -> None:
        self._zone = ZoneInfo(settings.timezone)
        self._kept = pool.Kept(database_url, application="c5-anomaly")
        self._memory: Memory | None = None
        self._quiet_until_s = -np.inf
        """Up to when series are only learnt: it was told before."""

    def tick(self, now: datetime) -> int:
        """Take in what came since the last tick; answer how many events were made.

        TransientStoreError: the database is away; call again, nothing is forgotten.
        """
        try:
            return self._tick(self._kept.taken(), now)
        except BaseException:
            self.close()
            raise

    def is_behind(self, now: datetime) -> bool:
        """Whether there is more to take in than the last tick had time for."""
        return self._memory is None or bool(_due(self._memory, now))

    def close(self) -> None:
        """Give the connection back, and forget what may not be committed."""
        self._memory = None
        self._kept.close()

    def _tick(self, conn: Connection, now: datetime) -> int:
        if self._memory is None:
            self._memory = self._load(conn)
        due = _due(self._memory, now)
        if not due:
            return 0
        now_s = epoch_us(now) / 1e6
        devices = store_device.active(conn)
        made, deadline_s = 0, monotonic_s() + _TURN_S
        for number, until_s in due.items():
            watch = WATCHES[number]
            listed = samples.series(conn, watch.source, watch.metrics, watch.apart)
            keys = [(number, one.device_id, one.metric) for one in listed]
            self._memory.enrol(keys, _floor(now_s - _LOOK_BACK.total_seconds(), watch.step_s))
            newest_s = {key: one.newest_s for key, one in zip(keys, listed, strict=True)}
            while monotonic_s() < deadline_s:
                with faults.translated("advancing the anomaly engine"), conn.transaction():
                    made += self._advance(conn, number, until_s, newest_s, devices, now)
                    anomaly.save_state(conn, NAME, self._memory.to_bytes(), now)
                if self._memory.reached_s.get(number) == until_s:
                    break
        return made

    def _load(self, conn: Connection) -> Memory:
        held = anomaly.load_state(conn, NAME)
        if held is None:
            return Memory()
        try:
            return Memory.from_bytes(held[0])
        except StateRefused as exc:
            _log.warning("anomaly_memory_refused", cause=str(exc), remedy="learning anew")
            self._quiet_until_s = epoch_us(held[1]) / 1e6
            return Memory()

    def _advance(
        self,
        conn: Connection,
        number: int,
        until_s: float,
        newest_s: Mapping[tuple[int, str, str], float],
        devices: Mapping[str, Device],
        now: datetime,
    ) -> int:
        """Work through the next stretch of one watch; answer how many events were made."""
        memory, watch = self._memory, WATCHES[number]
        assert memory is not None  # noqa: S101  loaded at the beginning of a tick
        rows = [
            row
            for key, latest_s in newest_s.items()
            if memory.after_s[row := memory.rows[key]] < until_s
            and (watch.source.counts or latest_s >= memory.after_s[row])
        ]
        asked = [Asked(*memory.keys[row][1:], float(memory.after_s[row])) for row in rows]
        where = np.array(rows, np.int64)
        first_s = samples.first(conn, watch.source, asked, until_s=until_s) if asked else None
        if watch.source.counts:
            first_s = stretch.first_count_s(memory, where, first_s)
        turns: list[Turn] = []
        end_s = until_s
        if first_s is not None:
            begin_s = _floor(first_s, watch.step_s)
            end_s = min(begin_s + _STEPS * watch.step_s, until_s)
            found = samples.read(conn, watch.source, asked, step_s=watch.step_s, until_s=end_s)
            span = Span(begin_s, end_s, watch.step_s, self._offset_s(begin_s))
            values = stretch.spread(memory, found, where, span, counts=watch.source.counts)
            turns += stretch.scored(memory, where, values, span, self._quiet_until_s)
            if number == READINGS:
                turns += stretch.heard(memory, found, where, span, devices)
            memory.after_s[where] = np.maximum(memory.after_s[where], end_s)
        if end_s >= until_s:
            memory.reached_s[number] = until_s
            if number == READINGS:
                turns += stretch.fallen(memory, devices, until_s)
        return desk.write(conn, turns, devices, now=now)

    def _offset_s(self, at_s: float) -> float:
        """What the clock of the city's walls is ahead of UTC by."""
        offset = desk.instant(at_s).astimezone(self._zone).utcoffset()
        return offset.total_seconds() if offset else 0.0


def reached_s(conn: Connection) -> float:
    """Up to when all that stations said was taken in, Unix time; minus infinity: nothing was."""
    held = anomaly.load_state(conn, NAME)
    return -np.inf if held is None else Memory.from_bytes(held[0]).reached_s.get(READINGS, -np.inf)


def _due(memory: Memory, now: datetime) -> dict[int, float]:
    """Which watches have steps to read, and up to when."""
    over_s = epoch_us(now) / 1e6 - _GRACE_S
    until_s = {number: _floor(over_s, watch.step_s) for number, watch in enumerate(WATCHES)}
    return {
        number: end_s
        for number, end_s in until_s.items()
        if end_s > memory.reached_s.get(number, -np.inf)
    }


def _floor(at_s: float, step_s: float) -> float:
    return float(np.floor(at_s / step_s) * step_s)
