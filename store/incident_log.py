"""What belongs to an incident: its log, steps, units, links, files and track."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import errors
from psycopg.types.json import Jsonb

from core.errors import NotFound
from core.quality import UNBELIEVABLE
from store import faults
from store.pool import Connection

MOST: Final = 2000
"""Lines, units, files and points that are answered of one incident."""
_WRITE: Final = """
INSERT INTO incident_entry (incident_id, at, by, kind, text_es, text_en, detail, key)
SELECT * FROM unnest(%(incident_id)s::bigint[], %(at)s::timestamptz[], %(by)s::text[],
                     %(kind)s::text[], %(text_es)s::text[], %(text_en)s::text[],
                     %(detail)s::jsonb[], %(key)s::uuid[])"""
_READ: Final = """
SELECT entry_id, at, by, kind, text_es, text_en, detail FROM incident_entry
 WHERE incident_id = %s ORDER BY entry_id DESC LIMIT %s"""
_WAS_DONE: Final = "SELECT EXISTS (SELECT FROM incident_entry WHERE incident_id = %s AND key = %s)"
_OPENED_BY: Final = """
SELECT incident_id FROM incident_entry WHERE key = %s AND kind = 'opened'"""
_STEPS: Final = """
SELECT step_id, state, answer, by, at, reason FROM incident_step WHERE incident_id = %s"""
_MARK: Final = """
INSERT INTO incident_step (incident_id, step_id, state, answer, by, at, reason)
VALUES (%s, %s, %s, %s, %s, %s, %s)"""
_UNITS: Final = """
SELECT unit.device_id, device.name, unit.assigned_at, unit.en_route_at, unit.on_scene_at,
       unit.cleared_at
  FROM incident_unit unit LEFT JOIN device USING (device_id)
 WHERE unit.incident_id = %s ORDER BY unit.assigned_at, unit.device_id LIMIT %s"""
_SEND: Final = """
INSERT INTO incident_unit (incident_id, device_id, assigned_at, en_route_at, on_scene_at,
                           cleared_at)
VALUES (%(incident_id)s, %(device_id)s, %(assigned_at)s, %(en_route_at)s, %(on_scene_at)s,
        %(cleared_at)s)
ON CONFLICT (incident_id, device_id, assigned_at) DO UPDATE
   SET en_route_at = excluded.en_route_at, on_scene_at = excluded.on_scene_at,
       cleared_at = excluded.cleared_at"""
_LINK: Final = """
INSERT INTO incident_link (incident_id, other_id, relation, by, at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (incident_id, other_id) DO UPDATE SET relation = excluded.relation"""
_LINKS: Final = """
SELECT other_id, relation FROM incident_link WHERE incident_id = %(incident_id)s
 UNION
SELECT incident_id, relation FROM incident_link WHERE other_id = %(incident_id)s
 ORDER BY 1, 2 LIMIT %(limit)s"""
_ATTACH: Final = """
INSERT INTO incident_file (incident_id, sha256, name, by, at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (incident_id, sha256) DO NOTHING"""
_FILES: Final = """
SELECT file.sha256, file.name, attachment.media_type, octet_length(attachment.content), file.by,
       file.at
  FROM incident_file file JOIN attachment USING (sha256)
 WHERE file.incident_id = %s ORDER BY file.at, file.sha256 LIMIT %s"""
_TRACK: Final = """
SELECT at, lat_deg, lon_deg FROM incident_track WHERE incident_id = %s ORDER BY at DESC LIMIT %s"""
_FOLLOW: Final = """
INSERT INTO incident_track (incident_id, at, lat_deg, lon_deg)
SELECT held.incident_id, fix.measured_at, fix.lat_deg, fix.lon_deg
  FROM (SELECT incident_id, device_id, opened_at,
               (SELECT max(at) FROM incident_track
                 WHERE incident_track.incident_id = incident.incident_id) AS last_at
          FROM incident
         WHERE state NOT IN ('closed', 'false', 'resolved') AND kind = 'panic'
           AND device_id IS NOT NULL
         ORDER BY incident_id DESC LIMIT 500) held
 CROSS JOIN LATERAL (
       SELECT DISTINCT ON (measured_at) measured_at, lat_deg, lon_deg FROM gps_fix
        WHERE gps_fix.device_id = held.device_id
          AND measured_at > coalesce(held.last_at, held.opened_at - interval '10 minutes')
          AND measured_at < now() + interval '10 minutes' AND flags & %s = 0
        ORDER BY measured_at LIMIT 500) fix
ON CONFLICT DO NOTHING
RETURNING incident_id, at, lat_deg, lon_deg"""


class Line(NamedTuple):
    """A line to be written; `key` is made by who asks, so that asking twice writes once."""

    incident_id: int
    at: datetime
    by: str
    kind: str
    text_es: str
    text_en: str
    detail: Mapping[str, Any]
    key: UUID | None = None


class Entry(NamedTuple):
    """A line of the log."""

    entry_id: int
    at: datetime
    by: str
    kind: str
    text_es: str
    text_en: str
    detail: dict[str, Any]


class Step(NamedTuple):
    """What became of a step."""

    step_id: str
    state: str
    answer: str | None
    by: str
    at: datetime
    reason: str


class Unit(NamedTuple):
    """Somebody who was sent."""

    device_id: str
    name: str | None
    assigned_at: datetime
    en_route_at: datetime | None
    on_scene_at: datetime | None
    cleared_at: datetime | None


class Link(NamedTuple):
    """Another incident, and what it is to this one."""

    incident_id: int
    relation: str


class File(NamedTuple):
    """A file beside an incident."""

    sha256: str
    name: str
    media_type: str
    size_bytes: int
    by: str
    at: datetime


class Point(NamedTuple):
    """Where somebody was."""

    at: datetime
    lat_deg: float
    lon_deg: float


class Moved(NamedTuple):
    """A point that was added to an incident's track."""

    incident_id: int
    at: datetime
    lat_deg: float
    lon_deg: float


class BusyUnit(Exception):
    """The unit is at another incident."""


def write(conn: Connection, lines: Sequence[Line]) -> None:
    """Write lines into the logs."""
    if not lines:
        return
    columns: dict[str, list[Any]] = {
        name: [getattr(one, name) for one in lines] for name in Line._fields
    }
    columns["detail"] = [Jsonb(dict(one.detail)) for one in lines]
    with faults.translated("writing an incident's log"):
        conn.execute(_WRITE, columns)


def read(conn: Connection, incident_id: int, *, limit: int = MOST) -> list[Entry]:
    """The newest lines of a log, oldest first."""
    with faults.translated("reading an incident's log"):
        found = [Entry(*row) for row in conn.execute(_READ, (incident_id, limit))]
    return found[::-1]


def was_done(conn: Connection, incident_id: int, key: UUID) -> bool:
    """Whether a line of this key was written."""
    with faults.translated("looking for an action"):
        row = conn.execute(_WAS_DONE, (incident_id, key)).fetchone()
    return bool(row and row[0])


def opened_by_key(conn: Connection, key: UUID) -> int | None:
    """The incident that was opened under a key; None: none was."""
    with faults.translated("looking for an incident"):
        row = conn.execute(_OPENED_BY, (key,)).fetchone()
    return None if row is None else int(row[0])


def steps(conn: Connection, incident_id: int) -> dict[str, Step]:
    """The steps that were done or skipped."""
    with faults.translated("reading an incident's steps"):
        return {row[0]: Step(*row) for row in conn.execute(_STEPS, (incident_id,))}


def mark(conn: Connection, incident_id: int, step: Step) -> None:
    """Say that a step was done or skipped."""
    with faults.translated("marking a step"):
        conn.execute(_MARK, (incident_id, *step))


def units(conn: Connection, incident_id: int) -> list[Unit]:
    """Who was sent, in that order."""
    with faults.translated("reading an incident's units"):
        return [Unit(*row) for row in conn.execute(_UNITS, (incident_id, MOST))]


def send(conn: Connection, incident_id: int, unit: Unit) -> None:
    """Store what a unit does; BusyUnit when it is at another incident."""
    values = {"incident_id": incident_id, **unit._asdict()}
    with faults.translated("sending a unit"):
        try:
            with conn.transaction():
                conn.execute(_SEND, values)
        except errors.UniqueViolation:
            raise BusyUnit(unit.device_id) from None


def link(
    conn: Connection, incident_id: int, other_id: int, relation: str, *, by: str, at: datetime
) -> None:
    """Link two incidents; NotFound: there is no other one."""
    with faults.translated("linking incidents"):
        try:
            with conn.transaction():
                conn.execute(_LINK, (incident_id, other_id, relation, by, at))
        except errors.ForeignKeyViolation:
            raise NotFound(f"no incident {other_id}; see GET /api/incidents") from None


def links(conn: Connection, incident_id: int) -> list[Link]:
    """What an incident is linked with, from either side."""
    with faults.translated("reading an incident's links"):
        values = {"incident_id": incident_id, "limit": MOST}
        return [Link(*row) for row in conn.execute(_LINKS, values)]


def attach(
    conn: Connection, incident_id: int, sha256: str, name: str, *, by: str, at: datetime
) -> bool:
    """Put a file beside an incident; False: it was there before."""
    with faults.translated("attaching a file"):
        return conn.execute(_ATTACH, (incident_id, sha256, name, by, at)).rowcount == 1


def files(conn: Connection, incident_id: int) -> list[File]:
    """The files beside an incident, oldest first."""
    with faults.translated("reading an incident's files"):
        return [File(*row) for row in conn.execute(_FILES, (incident_id, MOST))]


def track(conn: Connection, incident_id: int, *, limit: int = MOST) -> list[Point]:
    """The newest points of the track, oldest first."""
    with faults.translated("reading an incident's track"):
        found = [Point(*row) for row in conn.execute(_TRACK, (incident_id, limit))]
    return found[::-1]


def follow(conn: Connection) -> list[Moved]:
    """Append where the buttons of open panic incidents have been since; answer the new points."""
    with faults.translated("following who pressed"):
        return [Moved(*row) for row in conn.execute(_FOLLOW, (int(UNBELIEVABLE),))]
