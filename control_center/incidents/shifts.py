"""Hand a shift over with a note, and accept it: who accepts says that they have read it.

What was open at that moment is written into the handover, so it can be seen later what the next
shift knew.
"""

from datetime import datetime
from typing import Any, Final

from control_center.plates.people import Actor, note
from core.errors import Conflict
from store import alarm, incident, shift
from store.pool import Connection
from store.shift import Shift

_MOST: Final = 100


def begin(conn: Connection, *, who: Actor, now: datetime) -> Shift:
    """Begin the first shift, when none goes on; commits."""
    made = shift.begin(conn, at=now, by=who.username)
    note(conn, who, now, "shift.begin", ("shift", made.shift_id))
    conn.commit()
    return made


def hand_over(conn: Connection, text: str, to: str | None, *, who: Actor, now: datetime) -> Shift:
    """End the shift that goes on; a handover that nobody accepted yet must be accepted first."""
    if (left := shift.waiting(conn)) is not None:
        raise Conflict(
            f"falta aceptar la entrega {left.shift_id} / handover {left.shift_id} was not "
            "accepted yet"
        )
    made = shift.hand_over(conn, text, to, _open(conn), at=now, by=who.username)
    note(conn, who, now, "shift.handover", ("shift", made.shift_id), to=to)
    conn.commit()
    return made


def accept(conn: Connection, shift_id: int, *, who: Actor, now: datetime) -> Shift:
    """Accept a handover and begin the next shift; nobody accepts their own."""
    held = shift.get(conn, shift_id)
    if held.handed_at is None:
        raise Conflict(f"shift {shift_id} was not handed over yet")
    if held.accepted_at is not None:
        raise Conflict(f"{held.accepted_by} ya la aceptó / {held.accepted_by} accepted it already")
    if who.username == held.handed_by:
        raise Conflict(
            "quien entrega no acepta su propia entrega / who hands over cannot accept it themselves"
        )
    if held.handed_to not in (None, who.username):
        raise Conflict(f"la entrega es para {held.handed_to} / it was handed to {held.handed_to}")
    accepted = shift.accept(conn, shift_id, at=now, by=who.username)
    shift.begin(conn, at=now, by=who.username)
    note(conn, who, now, "shift.accept", ("shift", shift_id))
    conn.commit()
    return accepted


def _open(conn: Connection) -> dict[str, Any]:
    rows = incident.listed(conn, state="open", limit=_MOST)
    return {
        "incidents": [
            {
                "incident_id": row.incident_id,
                "kind": row.kind,
                "severity": row.severity,
                "state": row.state,
                "assignee": row.assignee,
            }
            for row in rows
        ],
        "incidents_by_severity": incident.open_by_severity(conn),
        "alarms_by_severity": alarm.open_by_severity(conn),
    }
