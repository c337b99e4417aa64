"""Search the reads that are still kept for a plate that is sought from now on.

By keyed hashes alone, under every key that is held: the plate itself, and what it is often taken
for. What only the reader was unsure of is seen by the watch over the present, which opens each
read once; the past is not opened for it.
"""

from datetime import datetime
from typing import Final

from control_center.plates import found
from control_center.plates.found import Found
from control_center.plates.match import Match, Sought, variants
from core.seal import KeyRing, normalised
from store import plate
from store.hotlist import Entry
from store.pool import Connection

MAX_FOUND: Final = 500
"""Passages of one plate; the newest count."""


def search(
    conn: Connection, ring: KeyRing, entry: Entry, text: str, *, since: datetime, now: datetime
) -> int:
    """Keep what passed from `since` on as hits of an entry; answer how many are new.

    text  the plate in clear; empty: it cannot be opened, and nothing is found
    """
    bare = normalised(text)
    if not bare:
        return 0
    sought = Sought(entry.entry_id, bare, entry.priority, entry.list_name, entry.expires_at)
    differs: dict[bytes, tuple[int, ...]] = {}
    for other, at in variants(bare).items():
        differs |= dict.fromkeys(ring.hashes(other), (at,))
    differs |= dict.fromkeys(ring.hashes(bare), ())
    reads = plate.of_plates(conn, list(differs), since, now, limit=MAX_FOUND)
    return found.keep(
        conn,
        [Found(read, Match(sought, differs[bytes(read.plate_hmac)])) for read in reads],
        now=now,
        found_back=True,
    )
