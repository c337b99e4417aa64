"""Files beside an incident: kept under the SHA-256 of their bytes, named by people, never run.

What is no photograph is served as bytes to save, whatever it says it is.
"""

from datetime import datetime
from typing import Any, Final

from control_center.alarms import telling
from control_center.plates.people import Actor, note
from control_center.reports import photos
from core.errors import InvalidField, NotFound
from store import attachment, incident_log
from store import incident as store_incident
from store.attachment import Attachment
from store.incident_log import Line
from store.pool import Connection

_BYTES: Final = "application/octet-stream"
_MOST: Final = 200
"""Files of one incident."""


def keep(
    conn: Connection, incident_id: int, content: bytes, name: str, *, who: Actor, now: datetime
) -> dict[str, Any]:
    """Keep a file and commit; the same bytes again are the same file."""
    if not content:
        raise InvalidField("the file is empty; choose another")
    cleaned = "".join(sign for sign in name if sign.isprintable() and sign not in '/\\"').strip()
    if not cleaned:
        raise InvalidField("name: give the file a name")
    store_incident.get(conn, incident_id, lock=True)
    if len(incident_log.files(conn, incident_id)) >= _MOST:
        raise InvalidField(f"an incident has at most {_MOST} files; put them together in one")
    kept = Attachment(photos.media_type(content) or _BYTES, content)
    sha256 = photos.name(content)
    attachment.save(conn, kept, sha256=sha256, created_at=now, created_by=who.username)
    if incident_log.attach(conn, incident_id, sha256, cleaned, by=who.username, at=now):
        text_es, text_en = f"Archivo: {cleaned}", f"File: {cleaned}"
        detail = {"sha256": sha256, "bytes": len(content)}
        line = Line(incident_id, now, who.username, "file", text_es, text_en, detail)
        incident_log.write(conn, [line])
        row = store_incident.change(conn, store_incident.get(conn, incident_id), by_person=False)
        telling.tell(conn, incidents=[row], now=now)
    note(conn, who, now, "incident.file", ("incident", incident_id), sha256=sha256)
    conn.commit()
    [found] = [one for one in incident_log.files(conn, incident_id) if one.sha256 == sha256]
    return {
        "sha256": found.sha256,
        "name": found.name,
        "media_type": found.media_type,
        "bytes": found.size_bytes,
        "by": found.by,
        "at": found.at,
    }


def get(conn: Connection, incident_id: int, sha256: str) -> Attachment:
    """A file's bytes; NotFound: the incident has no such file."""
    if all(one.sha256 != sha256 for one in incident_log.files(conn, incident_id)):
        raise NotFound(f"incident {incident_id} has no file {sha256}; see its files")
    return attachment.get(conn, sha256)
