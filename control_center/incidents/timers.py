"""What an incident waits for, measured on a clock that nobody can set.

A step that is due is counted down in the engine's memory by the monotonic clock, and never by more
than a few seconds at once: neither a wall clock that jumps nor a machine that slept fires
everything. What is late when the engine starts gets a grace, and few escalate a round.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

GRACE_S: Final = 30.0
"""What was due before the engine looked is not escalated before this."""
MOST_AT_ONCE_S: Final = 5.0
"""So much of a wait passes in one round at the most."""
MOST_A_ROUND: Final = 50
"""Escalations of one round; the others are due in the next."""


class Waiting(NamedTuple):
    """An open incident and what it waits for."""

    incident_id: int
    step: str
    due_at: datetime
    limit: timedelta
    """From the beginning of the wait to `due_at`."""


@dataclass(frozen=True, slots=True)
class _Count:
    step: str
    due_at: datetime
    left_s: float


class Timers:
    """One countdown an incident."""

    def __init__(self) -> None:
        self._counts: dict[int, _Count] = {}
        self._last_s: float | None = None

    def due(self, waiting: Iterable[Waiting], now: datetime, monotonic_s: float) -> list[int]:
        """Whose time is up, the longest overdue first; each is answered again until it moves on.

        monotonic_s  seconds on a clock that only goes forward
        """
        is_first = self._last_s is None
        passed_s = 0.0 if self._last_s is None else monotonic_s - self._last_s
        self._last_s = monotonic_s
        passed_s = min(max(passed_s, 0.0), MOST_AT_ONCE_S)
        counts: dict[int, _Count] = {}
        for one in waiting:
            known = self._counts.get(one.incident_id)
            if known is None or (known.step, known.due_at) != (one.step, one.due_at):
                left_s = _left_s(one, now, GRACE_S if is_first else 0.0)
                counts[one.incident_id] = _Count(one.step, one.due_at, left_s)
            else:
                counts[one.incident_id] = replace(known, left_s=known.left_s - passed_s)
        self._counts = counts
        over = [number for number, one in counts.items() if one.left_s <= 0]
        over.sort(key=lambda number: (counts[number].left_s, number))
        return over[:MOST_A_ROUND]


def _left_s(one: Waiting, now: datetime, grace_s: float) -> float:
    """Never longer than the whole wait, whatever the wall clock says."""
    limit_s = one.limit.total_seconds()
    left_s = min((one.due_at - now).total_seconds(), limit_s)
    return max(left_s, min(grace_s, limit_s))
