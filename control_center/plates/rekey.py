"""Write what is kept for long again under today's key, so that an old one can be forgotten.

That is what lists seek, what hit them, and who carries a panic button; of the last also what a
version before this one stored in clear.

Reads and crops stay as they are: they are purged before their key is.
"""

from datetime import datetime
from typing import Final, NamedTuple

from control_center.incidents import holder
from control_center.plates import boxes
from control_center.plates.people import Actor, note
from core import log
from core.errors import Conflict
from core.seal import KeyRing
from store import hotlist, panic, plate_hit
from store.hotlist import Sealed
from store.pool import Connection

_AT_ONCE: Final = 500
_log = log.get(__name__)


class Rekeyed(NamedTuple):
    """What was written again."""

    entries: int
    hits: int
    holders: int


def rekey(conn: Connection, ring: KeyRing, actor: Actor, now: datetime) -> Rekeyed:
    """Write what is in clear or under older keys again; what is under an unknown key is left."""
    older = [one for one in ring.key_ids if one != ring.current.key_id]
    done = Rekeyed(0, 0, 0)
    while True:
        with conn.transaction():
            new = Rekeyed(
                entries=_entries(conn, ring, older) if older else 0,
                hits=_hits(conn, ring, older) if older else 0,
                holders=_holders(conn, ring, older),
            )
            if not any(new):
                return done
            done = Rekeyed(*map(sum, zip(done, new, strict=True)))
            about = ("plate_key", ring.current.key_id)
            note(conn, actor, now, "plate.rekey", about, **new._asdict())


def _entries(conn: Connection, ring: KeyRing, older: list[str]) -> int:
    done = 0
    for entry_id, key_id, sealed, _state in hotlist.under_other_keys(conn, older, _AT_ONCE):
        held = boxes.opened_entry(ring, key_id, sealed)
        again = Sealed(
            ring.current.key_id,
            ring.current.hashed(held.plate),
            boxes.sealed_entry(ring, held.plate, held.note),
            None,
        )
        try:
            hotlist.rekey(conn, entry_id, again)
        except Conflict as exc:
            _log.warning("plate_entry_twice", entry_id=entry_id, cause=str(exc))
        else:
            done += 1
    return done


def _hits(conn: Connection, ring: KeyRing, older: list[str]) -> int:
    held = plate_hit.under_other_keys(conn, older, _AT_ONCE)
    for hit_id, key_id, sealed, crop in held:
        again = ring.current.seal(ring.unseal(key_id, sealed))
        photo = None if crop is None else ring.current.seal(ring.unseal(key_id, crop))
        plate_hit.rekey(conn, hit_id, ring.current.key_id, again, photo)
    return len(held)


def _holders(conn: Connection, ring: KeyRing, older: list[str]) -> int:
    found = panic.to_seal(conn, older, _AT_ONCE)
    for device_id, held in found:
        panic.seal(conn, device_id, holder.sealed(ring, holder.opened(ring, held)))
    return len(found)
