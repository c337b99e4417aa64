"""Alerts to the public: drafts, and who decided about them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from core.errors import NotFound
from store import faults
from store.pool import Connection

_COLUMNS: Final = (
    "alert_id, identifier, incident_id, exercise, msg_type, refers_to, state, document, drafted_at,"
    " drafted_by, decided_at, decided_by, reason, xml"
)
_INSERT: Final = f"""
INSERT INTO public_alert (identifier, incident_id, exercise, msg_type, refers_to, document,
                          drafted_at, drafted_by)
VALUES (%(identifier)s, %(incident_id)s, %(exercise)s, %(msg_type)s, %(refers_to)s, %(document)s,
        %(at)s, %(by)s)
RETURNING {_COLUMNS}"""  # noqa: S608  constants
_GET: Final = f"SELECT {_COLUMNS} FROM public_alert WHERE alert_id = %s"  # noqa: S608  constants
_LIST: Final = f"""
SELECT {_COLUMNS} FROM public_alert
 WHERE (%(state)s::text IS NULL OR state = %(state)s)
   AND (%(before)s::bigint IS NULL OR alert_id < %(before)s)
 ORDER BY alert_id DESC LIMIT %(limit)s"""  # noqa: S608  constants
_DECIDE: Final = f"""
UPDATE public_alert SET state = %(state)s, decided_at = %(at)s, decided_by = %(by)s,
       reason = %(reason)s, xml = %(xml)s
 WHERE alert_id = %(alert_id)s RETURNING {_COLUMNS}"""  # noqa: S608  constants


class PublicAlert(NamedTuple):
    """One alert as it lies in the database."""

    alert_id: int
    identifier: str
    incident_id: int | None
    exercise: bool
    msg_type: str
    refers_to: int | None
    state: str
    document: dict[str, Any]
    drafted_at: datetime
    drafted_by: str
    decided_at: datetime | None
    decided_by: str | None
    reason: str
    xml: str | None


class New(NamedTuple):
    """An alert as it is drafted."""

    identifier: str
    incident_id: int | None
    exercise: bool
    msg_type: str
    refers_to: int | None
    document: Mapping[str, Any]


def draft(conn: Connection, new: New, *, at: datetime, by: str) -> PublicAlert:
    """Store a draft."""
    values = {**new._asdict(), "document": Jsonb(dict(new.document)), "at": at, "by": by}
    with faults.translated("drafting an alert"):
        [row] = conn.execute(_INSERT, values).fetchall()
    return PublicAlert(*row)


def get(conn: Connection, alert_id: int, *, lock: bool = False) -> PublicAlert:
    """Read one alert; NotFound: there is none.

    lock  hold its row until the transaction ends
    """
    with faults.translated("reading an alert"):
        statement = f"{_GET} FOR UPDATE" if lock else _GET
        row = conn.execute(statement.encode(), (alert_id,)).fetchone()
    if row is None:
        raise NotFound(f"no alert {alert_id}; see GET /api/alerts")
    return PublicAlert(*row)


def listed(
    conn: Connection, *, state: str | None, before: int | None, limit: int
) -> list[PublicAlert]:
    """Alerts, the newest first; of one state or all."""
    values = {"state": state, "before": before, "limit": limit}
    with faults.translated("listing alerts"):
        return [PublicAlert(*row) for row in conn.execute(_LIST, values)]


def decide(
    conn: Connection,
    alert_id: int,
    state: str,
    *,
    at: datetime,
    by: str,
    reason: str = "",
    xml: str | None = None,
) -> PublicAlert:
    """Approve or reject a draft."""
    values = {
        "alert_id": alert_id,
        "state": state,
        "at": at,
        "by": by,
        "reason": reason,
        "xml": xml,
    }
    with faults.translated("deciding about an alert"):
        [row] = conn.execute(_DECIDE, values).fetchall()
    return PublicAlert(*row)
