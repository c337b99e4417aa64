"""What is to be told outside of C5: queued with what it tells of, delivered at least once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from core.errors import NotFound
from store import faults
from store.pool import Connection

_TAKE: Final = """
DELETE FROM notice_due WHERE due_id IN (
       SELECT due_id FROM notice_due ORDER BY due_id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING due_id, entry_id, alert_id"""
_LINES: Final = """
SELECT entry.entry_id, entry.at, entry.by, entry.kind, entry.text_es, entry.text_en,
       incident.incident_id, incident.kind, incident.severity, incident.state, incident.title_es,
       incident.title_en, incident.lat_deg, incident.lon_deg, incident.opened_at
  FROM incident_entry entry JOIN incident USING (incident_id)
 WHERE entry.entry_id = ANY(%s) ORDER BY entry.entry_id"""
_QUEUE: Final = """
INSERT INTO notification (at, channel, address, about, incident_id, body, next_at)
SELECT * FROM unnest(%(at)s::timestamptz[], %(channel)s::text[], %(address)s::text[],
                     %(about)s::text[], %(incident_id)s::bigint[], %(body)s::jsonb[],
                     %(at)s::timestamptz[])"""
_COLUMNS: Final = (
    "notification_id, at, channel, address, about, incident_id, body, state, tries, next_at,"
    " sent_at, error"
)
_NEXT: Final = f"""
SELECT {_COLUMNS} FROM notification WHERE state = 'pending' AND next_at <= %s
 ORDER BY next_at, notification_id LIMIT 1 FOR UPDATE SKIP LOCKED"""  # noqa: S608  constants
_DONE: Final = """
UPDATE notification SET state = %(state)s, tries = tries + 1, next_at = %(next_at)s,
       sent_at = %(sent_at)s, error = %(error)s
 WHERE notification_id = %(notification_id)s"""
_LIST: Final = f"""
SELECT {_COLUMNS} FROM notification
 WHERE (%(state)s::text IS NULL OR state = %(state)s)
   AND (%(before)s::bigint IS NULL OR notification_id < %(before)s)
 ORDER BY notification_id DESC LIMIT %(limit)s"""  # noqa: S608  constants
_RETRY: Final = f"""
UPDATE notification SET state = 'pending', tries = 0, next_at = %(at)s, error = NULL
 WHERE notification_id = %(notification_id)s AND state = 'failed'
RETURNING {_COLUMNS}"""  # noqa: S608  constants
_DUE_ALERT: Final = "INSERT INTO notice_due (alert_id) VALUES (%s)"


class Line(NamedTuple):
    """A line of an incident's log that is worth telling, with the incident as it is now."""

    entry_id: int
    at: datetime
    by: str
    kind: str
    text_es: str
    text_en: str
    incident_id: int
    incident_kind: str
    severity: str
    state: str
    title_es: str
    title_en: str
    lat_deg: float | None
    lon_deg: float | None
    opened_at: datetime


class New(NamedTuple):
    """Something to be told to somebody."""

    at: datetime
    channel: str
    address: str
    about: str
    incident_id: int | None
    body: Mapping[str, Any]


class Notification(NamedTuple):
    """Something that was told, or will be."""

    notification_id: int
    at: datetime
    channel: str
    address: str
    about: str
    incident_id: int | None
    body: dict[str, Any]
    state: str
    tries: int
    next_at: datetime
    sent_at: datetime | None
    error: str | None


def take_due(conn: Connection, *, limit: int) -> tuple[list[Line], list[int]]:
    """Take what is due out of the queue, in the caller's transaction: lines, and alerts' ids."""
    with faults.translated("reading what is to be told"):
        rows = conn.execute(_TAKE, (limit,)).fetchall()
        lines = conn.execute(_LINES, ([row[1] for row in rows if row[1] is not None],))
        return [Line(*line) for line in lines], sorted(row[2] for row in rows if row[2] is not None)


def queue_alert(conn: Connection, alert_id: int) -> None:
    """An alert to the public was approved: it is to be told."""
    with faults.translated("queueing an alert"):
        conn.execute(_DUE_ALERT, (alert_id,))


def queue(conn: Connection, new: Sequence[New]) -> None:
    """Store what is to be told, and to whom."""
    if not new:
        return
    columns: dict[str, list[Any]] = {
        name: [getattr(one, name) for one in new] for name in New._fields
    }
    columns["body"] = [Jsonb(dict(one.body)) for one in new]
    with faults.translated("queueing notifications"):
        conn.execute(_QUEUE, columns)


def next_due(conn: Connection, now: datetime) -> Notification | None:
    """What is to be delivered next, held until the transaction ends; None: nothing is."""
    with faults.translated("reading the outbox"):
        row = conn.execute(_NEXT, (now,)).fetchone()
    return None if row is None else Notification(*row)


def note(
    conn: Connection,
    notification_id: int,
    *,
    state: str,
    next_at: datetime,
    sent_at: datetime | None = None,
    error: str | None = None,
) -> None:
    """Say what came of a try."""
    values = {
        "notification_id": notification_id,
        "state": state,
        "next_at": next_at,
        "sent_at": sent_at,
        "error": error,
    }
    with faults.translated("noting a delivery"):
        conn.execute(_DONE, values)


def listed(
    conn: Connection, *, state: str | None, before: int | None, limit: int
) -> list[Notification]:
    """Notifications, the newest first; of one state or all."""
    values = {"state": state, "before": before, "limit": limit}
    with faults.translated("listing notifications"):
        return [Notification(*row) for row in conn.execute(_LIST, values)]


def retry(conn: Connection, notification_id: int, at: datetime) -> Notification:
    """Try one again that was given up; NotFound: no such one was."""
    with faults.translated("trying a notification again"):
        row = conn.execute(_RETRY, {"notification_id": notification_id, "at": at}).fetchone()
    if row is None:
        raise NotFound(f"no notification {notification_id} has failed; see GET /api/notifications")
    return Notification(*row)
