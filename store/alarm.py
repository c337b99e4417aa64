"""Alarms: raised and repeated in bulk, acknowledged, cleared and closed one by one.

`version` grows with every change, so that a screen knows which of two rows is newer;
`acted_version` is the version that people last left, so that a repeat does not make their next
word stale.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from core.errors import NotFound
from store import faults
from store.pool import Connection

_NAMES: Final = (
    *("alarm_id", "kind", "severity", "rule_id", "rule_version", "dedup_key", "title_es"),
    *("title_en", "device_id", "lat_deg", "lon_deg", "raised_at", "last_at", "count"),
    *("cleared_at", "cleared_by", "acknowledged_at", "acknowledged_by", "closed_at", "closed_by"),
    *("assignee", "incident_id", "detail", "version", "acted_version"),
)
_COLUMNS: Final = ", ".join(f"alarm.{name}" for name in _NAMES)
_NAME: Final = """(SELECT name FROM device
 WHERE device.device_id = alarm.device_id AND device.kind <> 'panic')"""
"""A personal button may be called after who carries it."""
COLUMNS_OF_ALARM: Final = f"{_COLUMNS}, {_NAME} AS device_name"
"""Of `Alarm`, in its order, for whoever selects from `alarm`."""
_RAISE: Final = f"""
INSERT INTO alarm (kind, severity, rule_id, rule_version, dedup_key, title_es, title_en, device_id,
                   lat_deg, lon_deg, raised_at, last_at, count, detail)
SELECT * FROM unnest(%(kind)b::text[], %(severity)b::text[], %(rule_id)b::text[],
                     %(rule_version)b::int[], %(dedup_key)b::text[], %(title_es)b::text[],
                     %(title_en)b::text[], %(device_id)b::text[], %(lat_deg)b::float8[],
                     %(lon_deg)b::float8[], %(raised_at)b::timestamptz[],
                     %(last_at)b::timestamptz[], %(times)b::bigint[], %(detail)s::jsonb[])
ON CONFLICT (dedup_key) WHERE cleared_at IS NULL AND closed_at IS NULL DO UPDATE
   SET count = alarm.count + excluded.count, last_at = greatest(alarm.last_at, excluded.last_at),
       lat_deg = coalesce(excluded.lat_deg, alarm.lat_deg),
       lon_deg = coalesce(excluded.lon_deg, alarm.lon_deg),
       detail = excluded.detail, version = alarm.version + 1
RETURNING {COLUMNS_OF_ALARM}"""  # noqa: S608  constants
_CLEAR: Final = f"""
UPDATE alarm SET cleared_at = new.at, cleared_by = %(by)s, version = alarm.version + 1
  FROM unnest(%(keys)b::text[], %(at)b::timestamptz[]) AS new (dedup_key, at)
 WHERE alarm.dedup_key = new.dedup_key AND alarm.cleared_at IS NULL AND alarm.closed_at IS NULL
RETURNING {COLUMNS_OF_ALARM}"""  # noqa: S608  constants
_JOIN: Final = """
UPDATE alarm SET incident_id = new.incident_id
  FROM unnest(%(alarm_id)b::bigint[], %(incident_id)b::bigint[]) AS new (alarm_id, incident_id)
 WHERE alarm.alarm_id = new.alarm_id"""
_CLOSE_OF: Final = f"""
UPDATE alarm SET closed_at = %(at)s, closed_by = %(by)s, version = version + 1,
       acted_version = version + 1
 WHERE incident_id = %(incident_id)s AND closed_at IS NULL
RETURNING {COLUMNS_OF_ALARM}"""  # noqa: S608  constants
_GOING_ON: Final = """
SELECT dedup_key, last_at FROM alarm WHERE cleared_at IS NULL AND closed_at IS NULL"""
_GET: Final = f"""
SELECT {COLUMNS_OF_ALARM} FROM alarm WHERE alarm_id = %s"""  # noqa: S608  constants
_ACT: Final = f"""
UPDATE alarm
   SET acknowledged_at = %(acknowledged_at)s, acknowledged_by = %(acknowledged_by)s,
       cleared_at = %(cleared_at)s, cleared_by = %(cleared_by)s, closed_at = %(closed_at)s,
       closed_by = %(closed_by)s, assignee = %(assignee)s, version = version + 1,
       acted_version = version + 1
 WHERE alarm_id = %(alarm_id)s
RETURNING {COLUMNS_OF_ALARM}"""  # noqa: S608  constants
_LIST: Final = f"""
SELECT {COLUMNS_OF_ALARM} FROM alarm
 WHERE CASE %(state)s WHEN 'active' THEN closed_at IS NULL
                      WHEN 'unacknowledged' THEN closed_at IS NULL AND acknowledged_at IS NULL
                      ELSE true END
   AND (%(since)s::timestamptz IS NULL OR raised_at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR raised_at < %(until)s)
   AND (%(before)s::bigint IS NULL OR alarm_id < %(before)s)
 ORDER BY alarm_id DESC LIMIT %(limit)s"""  # noqa: S608  constants
_OF_INCIDENT: Final = f"""
SELECT {COLUMNS_OF_ALARM} FROM alarm
 WHERE incident_id = %s ORDER BY alarm_id DESC LIMIT %s"""  # noqa: S608  constants
_OPEN: Final = "SELECT severity, count(*) FROM alarm WHERE closed_at IS NULL GROUP BY severity"
_COMMENT: Final = """
INSERT INTO alarm_comment (alarm_id, at, by, text) VALUES (%s, %s, %s, %s) RETURNING comment_id"""
_COMMENTS: Final = """
SELECT comment_id, at, by, text FROM alarm_comment WHERE alarm_id = %s
 ORDER BY comment_id DESC LIMIT %s"""


class New(NamedTuple):
    """An alarm to be raised, or to be counted where one of its key goes on."""

    kind: str
    severity: str
    rule_id: str
    rule_version: int
    dedup_key: str
    title_es: str
    title_en: str
    device_id: str | None
    lat_deg: float | None
    lon_deg: float | None
    raised_at: datetime
    last_at: datetime
    times: int
    detail: Mapping[str, Any]


class Alarm(NamedTuple):
    """One alarm as it lies in the database."""

    alarm_id: int
    kind: str
    severity: str
    rule_id: str
    rule_version: int
    dedup_key: str
    title_es: str
    title_en: str
    device_id: str | None
    lat_deg: float | None
    lon_deg: float | None
    raised_at: datetime
    last_at: datetime
    times: int
    cleared_at: datetime | None
    cleared_by: str | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    assignee: str | None
    incident_id: int | None
    detail: dict[str, Any]
    version: int
    acted_version: int
    device_name: str | None
    """None: of no device, of one that is gone, or of a personal button."""

    @property
    def is_new(self) -> bool:
        """Nothing has happened to it since it was raised."""
        return self.version == 1


class Comment(NamedTuple):
    """What somebody wrote beside an alarm."""

    comment_id: int
    at: datetime
    by: str
    text: str


def raise_(conn: Connection, alarms: Sequence[New]) -> list[Alarm]:
    """Raise alarms, or count them where one goes on; at most one a key; in no order."""
    if not alarms:
        return []
    columns: dict[str, list[Any]] = {
        name: [getattr(one, name) for one in alarms] for name in New._fields
    }
    columns["detail"] = [Jsonb(dict(one.detail)) for one in alarms]
    with faults.translated("raising alarms"):
        return [Alarm(*row) for row in conn.execute(_RAISE, columns)]


def clear(conn: Connection, over: Mapping[str, datetime], *, by: str) -> list[Alarm]:
    """Clear what goes on under these keys; answer what did."""
    if not over:
        return []
    values = {"keys": list(over), "at": list(over.values()), "by": by}
    with faults.translated("clearing alarms"):
        return [Alarm(*row) for row in conn.execute(_CLEAR, values)]


def join(conn: Connection, incident_of: Mapping[int, int]) -> None:
    """Say which incident each alarm belongs to."""
    if incident_of:
        values = {"alarm_id": list(incident_of), "incident_id": list(incident_of.values())}
        with faults.translated("joining alarms with incidents"):
            conn.execute(_JOIN, values)


def going_on(conn: Connection) -> dict[str, datetime]:
    """Keys of what was raised and is not over, and when each was last repeated."""
    with faults.translated("reading which alarms go on"):
        return dict(conn.execute(_GOING_ON).fetchall())


def get(conn: Connection, alarm_id: int, *, lock: bool = False) -> Alarm:
    """Read one alarm; NotFound: there is none.

    lock  hold its row until the transaction ends
    """
    with faults.translated("reading an alarm"):
        statement = f"{_GET} FOR UPDATE OF alarm" if lock else _GET
        row = conn.execute(statement.encode(), (alarm_id,)).fetchone()
    if row is None:
        raise NotFound(f"no alarm {alarm_id}; see GET /api/alarms")
    return Alarm(*row)


def act(conn: Connection, alarm: Alarm) -> Alarm:
    """Store what a person changed; answer it with its new version."""
    with faults.translated("changing an alarm"):
        [row] = conn.execute(_ACT, alarm._asdict() | {"detail": None}).fetchall()
    return Alarm(*row)


def listed(
    conn: Connection,
    *,
    state: str = "active",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[Alarm]:
    """Alarms, the newest first; state active, unacknowledged or all; `before` an alarm's id."""
    values = {"state": state, "since": since, "until": until, "before": before, "limit": limit}
    with faults.translated("listing alarms"):
        return [Alarm(*row) for row in conn.execute(_LIST, values)]


def of_incident(conn: Connection, incident_id: int, *, limit: int) -> list[Alarm]:
    """An incident's newest alarms."""
    with faults.translated("listing an incident's alarms"):
        return [Alarm(*row) for row in conn.execute(_OF_INCIDENT, (incident_id, limit))]


def close_of(conn: Connection, incident_id: int, *, at: datetime, by: str) -> list[Alarm]:
    """Close whatever is not closed of an incident's alarms; answer those."""
    values = {"incident_id": incident_id, "at": at, "by": by}
    with faults.translated("closing an incident's alarms"):
        return [Alarm(*row) for row in conn.execute(_CLOSE_OF, values)]


def open_by_severity(conn: Connection) -> dict[str, int]:
    """How many are not closed."""
    with faults.translated("counting open alarms"):
        return dict(conn.execute(_OPEN).fetchall())


def comment(conn: Connection, alarm_id: int, *, at: datetime, by: str, text: str) -> int:
    """Write beside an alarm; answer the comment's number."""
    with faults.translated("commenting an alarm"):
        [row] = conn.execute(_COMMENT, (alarm_id, at, by, text)).fetchall()
    return int(row[0])


def comments(conn: Connection, alarm_id: int, *, limit: int) -> list[Comment]:
    """The newest comments, newest first."""
    with faults.translated("reading comments"):
        return [Comment(*row) for row in conn.execute(_COMMENTS, (alarm_id, limit))]
