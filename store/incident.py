"""Incidents as rows: opened in bulk by alarms, or by a person; changed one at a time under a lock.

As with alarms, `version` grows with every change and `acted_version` is what people last left.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from core.errors import NotFound
from store import faults
from store.pool import Connection

_NAMES: Final = (
    *("incident_id", "kind", "severity", "state", "cause", "title_es", "title_en", "device_id"),
    *("lat_deg", "lon_deg", "opened_at", "opened_by", "last_at", "acknowledged_at"),
    *("dispatched_at", "on_scene_at", "resolved_at", "closed_at", "assignee", "role"),
    *("escalated_to", "due_step", "due_at", "overdue", "alarms", "sop_id", "sop_version"),
    *("version", "acted_version"),
)
COLUMNS_OF_INCIDENT: Final = ", ".join(_NAMES)
"""Of `Incident`, in its order, for whoever selects from `incident`."""
_OPEN: Final = f"""
INSERT INTO incident (kind, severity, cause, title_es, title_en, device_id, lat_deg, lon_deg,
                      opened_at, opened_by, last_at, role, due_step, due_at, alarms, sop_id,
                      sop_version)
SELECT * FROM unnest(%(kind)b::text[], %(severity)b::text[], %(cause)b::text[],
                     %(title_es)b::text[], %(title_en)b::text[], %(device_id)b::text[],
                     %(lat_deg)b::float8[], %(lon_deg)b::float8[], %(opened_at)b::timestamptz[],
                     %(opened_by)b::text[], %(last_at)b::timestamptz[], %(role)b::text[],
                     %(due_step)b::text[], %(due_at)b::timestamptz[], %(alarms)b::bigint[],
                     %(sop_id)b::text[], %(sop_version)b::int[])
RETURNING {COLUMNS_OF_INCIDENT}"""  # noqa: S608  constants
_GROW: Final = f"""
UPDATE incident
   SET alarms = incident.alarms + new.more, last_at = greatest(incident.last_at, new.last_at),
       severity = CASE WHEN new.rank < array_position(%(order)b::text[], incident.severity)
                       THEN new.severity ELSE incident.severity END,
       version = incident.version + 1
  FROM unnest(%(incident_id)b::bigint[], %(more)b::bigint[], %(last_at)b::timestamptz[],
              %(severity)b::text[], %(rank)b::int[])
       AS new (incident_id, more, last_at, severity, rank)
 WHERE incident.incident_id = new.incident_id
RETURNING {", ".join(f"incident.{name}" for name in _NAMES)}"""  # noqa: S608  constants
_NEAR: Final = f"""
SELECT {COLUMNS_OF_INCIDENT} FROM incident
 WHERE state NOT IN ('resolved', 'closed', 'false') AND last_at >= %s
 ORDER BY last_at DESC LIMIT %s"""  # noqa: S608  constants
_GET: Final = f"SELECT {COLUMNS_OF_INCIDENT} FROM incident WHERE incident_id = %s"  # noqa: S608  constants
_CHANGE: Final = f"""
UPDATE incident
   SET state = %(state)s, acknowledged_at = %(acknowledged_at)s, dispatched_at = %(dispatched_at)s,
       on_scene_at = %(on_scene_at)s, resolved_at = %(resolved_at)s, closed_at = %(closed_at)s,
       assignee = %(assignee)s, role = %(role)s, escalated_to = %(escalated_to)s,
       due_step = %(due_step)s, due_at = %(due_at)s, overdue = %(overdue)s,
       lat_deg = %(lat_deg)s, lon_deg = %(lon_deg)s, version = version + 1,
       acted_version = CASE WHEN %(by_person)s THEN version + 1 ELSE acted_version END
 WHERE incident_id = %(incident_id)s
RETURNING {COLUMNS_OF_INCIDENT}"""  # noqa: S608  constants
_LIST: Final = f"""
SELECT {COLUMNS_OF_INCIDENT} FROM incident
 WHERE CASE %(state)s WHEN 'open' THEN state NOT IN ('closed', 'false')
                      WHEN 'closed' THEN state IN ('closed', 'false') ELSE true END
   AND (%(since)s::timestamptz IS NULL OR opened_at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR opened_at < %(until)s)
   AND (%(before)s::bigint IS NULL OR incident_id < %(before)s)
 ORDER BY incident_id DESC LIMIT %(limit)s"""  # noqa: S608  constants
_DUE: Final = f"""
SELECT {COLUMNS_OF_INCIDENT} FROM incident
 WHERE state NOT IN ('closed', 'false') AND due_at IS NOT NULL
 ORDER BY incident_id LIMIT %s"""  # noqa: S608  constants
_COUNTS: Final = """
SELECT severity, count(*) FROM incident WHERE state NOT IN ('closed', 'false') GROUP BY severity"""


class New(NamedTuple):
    """An incident to be opened."""

    kind: str
    severity: str
    cause: str
    title_es: str
    title_en: str
    device_id: str | None
    lat_deg: float | None
    lon_deg: float | None
    opened_at: datetime
    opened_by: str
    last_at: datetime
    role: str
    due_step: str | None
    due_at: datetime | None
    alarms: int
    sop_id: str | None
    sop_version: int | None


class Incident(NamedTuple):
    """One incident as it lies in the database."""

    incident_id: int
    kind: str
    severity: str
    state: str
    cause: str
    title_es: str
    title_en: str
    device_id: str | None
    lat_deg: float | None
    lon_deg: float | None
    opened_at: datetime
    opened_by: str
    last_at: datetime
    acknowledged_at: datetime | None
    dispatched_at: datetime | None
    on_scene_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    assignee: str | None
    role: str
    escalated_to: str | None
    due_step: str | None
    due_at: datetime | None
    overdue: bool
    alarms: int
    sop_id: str | None
    sop_version: int | None
    version: int
    acted_version: int


class Growth(NamedTuple):
    """What alarms add to an open incident."""

    incident_id: int
    more: int
    last_at: datetime
    severity: str
    rank: int
    """Of the severity, 1 the gravest."""


def open_(conn: Connection, incidents: Sequence[New]) -> list[Incident]:
    """Open incidents; answer them in the order given."""
    if not incidents:
        return []
    columns: dict[str, list[Any]] = {
        name: [getattr(one, name) for one in incidents] for name in New._fields
    }
    with faults.translated("opening incidents"):
        rows = [Incident(*row) for row in conn.execute(_OPEN, columns)]
    return sorted(rows, key=lambda row: row.incident_id)


def grow(conn: Connection, growths: Sequence[Growth], order: Sequence[str]) -> list[Incident]:
    """Count alarms that join; an incident becomes as grave as the gravest of them.

    order  severities, the gravest first
    """
    if not growths:
        return []
    columns: dict[str, list[Any]] = {
        name: [getattr(one, name) for one in growths] for name in Growth._fields
    }
    with faults.translated("joining alarms with incidents"):
        return [Incident(*row) for row in conn.execute(_GROW, {**columns, "order": list(order)})]


def near(conn: Connection, since: datetime, *, limit: int) -> list[Incident]:
    """Unresolved incidents that an alarm may join: with one since then; the newest first."""
    with faults.translated("reading open incidents"):
        return [Incident(*row) for row in conn.execute(_NEAR, (since, limit))]


def get(conn: Connection, incident_id: int, *, lock: bool = False) -> Incident:
    """Read one incident; NotFound: there is none.

    lock  hold its row until the transaction ends
    """
    with faults.translated("reading an incident"):
        statement = f"{_GET} FOR UPDATE" if lock else _GET
        row = conn.execute(statement.encode(), (incident_id,)).fetchone()
    if row is None:
        raise NotFound(f"no incident {incident_id}; see GET /api/incidents")
    return Incident(*row)


def change(conn: Connection, incident: Incident, *, by_person: bool) -> Incident:
    """Store where an incident stands; answer it with its new version."""
    values: Mapping[str, Any] = incident._asdict() | {"by_person": by_person}
    with faults.translated("changing an incident"):
        [row] = conn.execute(_CHANGE, values).fetchall()
    return Incident(*row)


def listed(
    conn: Connection,
    *,
    state: str = "open",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[Incident]:
    """Incidents, the newest first; state open, closed or all; `before` an incident's id."""
    values = {"state": state, "since": since, "until": until, "before": before, "limit": limit}
    with faults.translated("listing incidents"):
        return [Incident(*row) for row in conn.execute(_LIST, values)]


def waited_for(conn: Connection, *, limit: int) -> list[Incident]:
    """Open incidents with a step that is due some time."""
    with faults.translated("reading what is waited for"):
        return [Incident(*row) for row in conn.execute(_DUE, (limit,))]


def open_by_severity(conn: Connection) -> dict[str, int]:
    """How many are open."""
    with faults.translated("counting open incidents"):
        return dict(conn.execute(_COUNTS).fetchall())
