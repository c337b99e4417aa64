"""Gather an incident for its archive, and put on record that it was handed out."""

from datetime import datetime
from itertools import islice
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from control_center.incidents import archive, detail
from control_center.plates.people import Actor, note
from core.errors import Conflict
from core.seal import KeyRing
from store import attachment, audit_reading, incident_log
from store.audit_reading import Filter
from store.pool import Connection

MOST_BYTES: Final = 256 << 20
"""Of the files in one archive."""
_MOST_ENTRIES: Final = 10_000


def export(
    conn: Connection,
    incident_id: int,
    *,
    key: Ed25519PrivateKey,
    ring: KeyRing | None,
    city: str,
    who: Actor,
    sees_person: bool,
    now: datetime,
) -> bytes:
    """The archive of an incident, and commit; the entry of this very export is in its audit."""
    size_bytes = sum(one.size_bytes for one in incident_log.files(conn, incident_id))
    if size_bytes > MOST_BYTES:
        raise Conflict(
            f"the files of incident {incident_id} are {size_bytes >> 20} MiB; an archive takes "
            f"{MOST_BYTES >> 20}: save them one by one"
        )
    said = detail.build(conn, incident_id, ring=ring, who=who, sees_person=sees_person, now=now)
    note(conn, who, now, "incident.export", ("incident", incident_id), person=sees_person)
    wanted = Filter(object_kind="incident", object_id=str(incident_id))
    last = audit_reading.head(conn).entry_id
    entries = list(islice(audit_reading.all_of(conn, wanted, until_id=last), _MOST_ENTRIES))
    conn.commit()
    files = {
        f"{one['sha256'][:16]}-{one['name']}": attachment.get(conn, one["sha256"]).content
        for one in said["files"]
    }
    return archive.write(said, entries, files, key=key, city=city, by=who.username, at=now)
