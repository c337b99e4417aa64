"""Tell screens of alarms and incidents, in the transaction that changes them.

Each row is told whole and with its version, so a screen keeps the newer of two whatever the order
in which it got them. Of a storm only the gravest are told one by one; the rest are a number, and
a screen then asks for the page that it shows.
"""

from collections.abc import Iterable, Sequence
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
"""Rows of a kind that are told one by one in one transaction."""
_RANK: Final = {severity.value: at for at, severity in enumerate(Severity)}


def tell(
    conn: Connection,
    *,
    alarms: Iterable[Alarm] = (),
    incidents: Iterable[Incident] = (),
    now: datetime,
) -> None:
    """Announce rows as they are now; the newest version of each."""
    newest = {row.alarm_id: row for row in sorted(alarms, key=lambda row: row.version)}
    last = {row.incident_id: row for row in sorted(incidents, key=lambda row: row.version)}
    parts: list[dict[str, object]] = []
    told = sorted(newest.values(), key=lambda row: (_RANK[row.severity], row.alarm_id))
    parts += ({"t": "al", "al": values.alarm(row)} for row in told[:MOST])
    parts += _more("al", told)
    opened = sorted(last.values(), key=lambda row: (_RANK[row.severity], row.incident_id))
    parts += ({"t": "in", "in": values.incident(row)} for row in opened[:MOST])
    parts += _more("in", opened)
    announce.changes(conn, epoch_us(now) // 1000, parts)


def _more(aspect: str, rows: Sequence[object]) -> list[dict[str, object]]:
    return [{"t": aspect, "more": len(rows) - MOST}] if len(rows) > MOST else []
