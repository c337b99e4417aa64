"""The engine's part that escalates: who waited too long is handed to the next role, and told.

Each escalation is a transaction of its own. After the last role nobody is waited for any more, and
the incident stays overdue until somebody acts.
"""

from datetime import datetime, timedelta
from typing import Final

from control_center.alarms import shipped, telling
from control_center.incidents import machine
from control_center.incidents.limits import Room
from control_center.incidents.timers import Timers, Waiting
from control_center.plates.people import ITSELF, note
from core import log
from core.clock import monotonic_s
from core.settings import Settings
from store import faults, incident, incident_log, pool
from store.incident import Incident
from store.incident_log import Line
from store.pool import Connection

_MOST: Final = 5000
_STEPS: Final = {
    "acknowledge": ("atender", "acknowledge"),
    "dispatch": ("despachar", "dispatch"),
    "resolve": ("resolver", "resolve"),
}
_log = log.get(__name__)


class EscalationPart:
    """What a service calls every second."""

    def __init__(self, database_url: str, settings: Settings, *, room: Room | None = None) -> None:
        self._room = room or shipped.load(settings.city).room
        self._timers = Timers()
        self._kept = pool.Kept(database_url, application="c5-escalation")

    def tick(self, now: datetime) -> int:
        """Escalate what waited too long; answer how many incidents.

        TransientStoreError: the database is away; call again, the countdowns go on.
        """
        try:
            return self._tick(self._kept.taken(), now)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back."""
        self._kept.close()

    def _tick(self, conn: Connection, now: datetime) -> int:
        rows = {row.incident_id: row for row in incident.waited_for(conn, limit=_MOST)}
        waiting = [
            Waiting(row.incident_id, row.due_step, row.due_at, self._limit(row))
            for row in rows.values()
            if row.due_step is not None and row.due_at is not None
        ]
        due = self._timers.due(waiting, now, monotonic_s())
        made = 0
        for incident_id in due:
            with faults.translated("escalating an incident"), conn.transaction():
                made += self._escalate(conn, rows[incident_id], now)
        return made

    def _limit(self, row: Incident) -> timedelta:
        due_at = self._room.due(row.due_step, row.severity, row.opened_at)
        return timedelta(0) if due_at is None else due_at - row.opened_at

    def _escalate(self, conn: Connection, seen: Incident, now: datetime) -> bool:
        """Hand it on, unless somebody acted meanwhile."""
        row = incident.get(conn, seen.incident_id, lock=True)
        step = row.due_step
        if step is None or (step, row.due_at) != (seen.due_step, seen.due_at):
            return False
        role = machine.next_role(row.escalated_to or row.role, self._room.escalation)
        late_es, late_en = _STEPS[step]
        if role is None:
            changed = row._replace(due_step=None, due_at=None, overdue=True)
            es = f"Venció el plazo para {late_es}; no hay a quién escalar"
            en = f"Too late to {late_en}; there is nobody to escalate to"
        else:
            due_at = self._room.due(step, row.severity, now)
            changed = row._replace(
                due_step=None if due_at is None else step,
                due_at=due_at,
                overdue=True,
                role=role,
                escalated_to=role,
            )
            es = f"Venció el plazo para {late_es}; escalado a {role}"
            en = f"Too late to {late_en}; escalated to {role}"
        told = incident.change(conn, changed, by_person=False)
        detail = {"step": step, "role": role}
        line = Line(row.incident_id, now, ITSELF.username, "escalate", es, en, detail)
        incident_log.write(conn, [line])
        telling.tell(conn, incidents=[told], now=now)
        note(conn, ITSELF, now, "incident.escalate", ("incident", row.incident_id), **detail)
        _log.warning("incident_escalated", incident_id=row.incident_id, step=step, role=role)
        return True
