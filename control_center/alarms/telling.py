"""Tell screens of alarms and incidents, in the transaction that changes them.

Each row is told whole and with its version, so a screen keeps the newer of two whatever the order
in which it got them. Of a storm only the gravest are told one by one, and so many a second; the
rest are a number, and a screen then asks for the page that it shows.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from control_center.alarms import values
from control_center.rules.severity import Severity
from core.clock import epoch_us
from store import announce
from store.alarm import Alarm
from store.incident import Incident
from store.pool import Connection

MOST: Final = 200
"""Rows of a kind that are told one by one in one transaction, or a second."""
_RANK: Final = {severity.value: at for at, severity in enumerate(Severity)}


class Allowance:
    """How many rows may be told one by one: MOST a second, and twice that after a quiet while."""

    def __init__(self) -> None:
        self._left = 2.0 * MOST
        self._at_s: float | None = None

    def take(self, wanted: int, monotonic_s: float) -> int:
        """Ask for some; answer how many of them."""
        passed_s = 0.0 if self._at_s is None else max(0.0, monotonic_s - self._at_s)
        self._at_s = monotonic_s
        self._left = min(2.0 * MOST, self._left + passed_s * MOST)
        given = min(wanted, int(self._left))
        self._left -= given
        return given


def tell(
    conn: Connection,
    *,
    alarms: Iterable[Alarm] = (),
    incidents: Iterable[Incident] = (),
    now: datetime,
    most: int = MOST,
) -> None:
    """Announce rows as they are now; the newest version of each.

    most  alarms that are told one by one; what is CRITICAL is told beyond it
    """
    newest = {row.alarm_id: row for row in sorted(alarms, key=lambda row: row.version)}
    last = {row.incident_id: row for row in sorted(incidents, key=lambda row: row.version)}
    told = sorted(newest.values(), key=lambda row: (_RANK[row.severity], row.alarm_id))
    grave = sum(row.severity == Severity.CRITICAL for row in told)
    cut = min(MOST, max(most, grave))
    parts: list[dict[str, object]] = [{"t": "al", "al": values.alarm(row)} for row in told[:cut]]
    parts += _more("al", len(told) - cut)
    opened = sorted(last.values(), key=lambda row: (_RANK[row.severity], row.incident_id))
    parts += ({"t": "in", "in": values.incident(row)} for row in opened[:MOST])
    parts += _more("in", len(opened) - MOST)
    announce.changes(conn, epoch_us(now) // 1000, parts)


def _more(aspect: str, left: int) -> list[dict[str, object]]:
    return [{"t": aspect, "more": left}] if left > 0 else []
