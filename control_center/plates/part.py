"""Compare each new read with what is sought, and count it: exactly once, within a quarter second.

Reads that wait are a queue that ingest writes with them. Taking them, the hits, the events, the
counts and the audit are one transaction: a crash at any moment repeats and loses nothing. The
lists' state is held in share meanwhile, so an approval either sees what was compared before it, or
is seen.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from control_center.plates import boxes, found, origin, rekey
from control_center.plates.found import Found
from control_center.plates.match import Sought, Watchlist
from control_center.plates.people import ITSELF, note
from core import log
from core.clock import monotonic_s
from core.seal import KeyRing, WrongKey, normalised
from store import faults, hotlist, passage, plate, pool
from store.passage import Cell
from store.plate import Read
from store.pool import Connection

_AT_ONCE: Final = 500
_CHORES: Final = timedelta(seconds=30)
_DIRECTIONS: Final = frozenset({"in", "out"})
_log = log.get(__name__)


class PlatesPart:
    """The watch over plates as a part of the engine."""

    def __init__(
        self, database_url: str, ring: KeyRing | None, *, region: str, wait_s: float = 0.0
    ) -> None:
        self._ring = ring
        self._region = region
        self._wait_s = wait_s
        """How long a tick listens for reads when there are none."""
        self._kept = pool.Kept(database_url, application="c5-plates", prepare=plate.listen)
        self._watch: Watchlist | None = None
        self._version = -1
        self._chores_at: datetime | None = None
        if ring is None:
            _log.warning(
                "plates_shut", remedy="set ingest.plate_key; nothing is compared until then"
            )

    def tick(self, now: datetime) -> int:
        """Compare what came, and what comes in the next moment; answer how many hits were new.

        TransientStoreError: the database is away; call again, nothing is forgotten.
        """
        if self._ring is None:
            return 0
        try:
            return self._tick(self._kept.taken(), self._ring, now)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back, and forget the plates that are sought."""
        self._watch, self._version = None, -1
        self._kept.close()

    def _tick(self, conn: Connection, ring: KeyRing, now: datetime) -> int:
        began_s = monotonic_s()
        if self._chores_at is None or not timedelta() <= now - self._chores_at < _CHORES:
            self._chores(conn, ring, now)
            self._chores_at = now
        made = 0
        while True:
            taken, new = self._round(conn, ring, now)
            made += new
            left_s = self._wait_s - (monotonic_s() - began_s)
            if taken == _AT_ONCE:
                continue
            if left_s <= 0 or not plate.wait(conn, left_s):
                return made

    def _chores(self, conn: Connection, ring: KeyRing, now: datetime) -> None:
        """End what expired, and bring what an older key sealed under today's."""
        with faults.translated("ending what expired"), conn.transaction():
            for entry_id in hotlist.expire(conn, now):
                note(conn, ITSELF, now, "plate.entry.expire", ("hot_entry", entry_id))
        with faults.translated("writing plates under today's key"):
            done = rekey.rekey(conn, ring, ITSELF, now)
        if any(done):
            _log.info("plates_rekeyed", **done._asdict())

    def _round(self, conn: Connection, ring: KeyRing, now: datetime) -> tuple[int, int]:
        """Take some reads; answer how many, and how many new hits they made."""
        with faults.translated("comparing plates"), conn.transaction():
            reads = plate.take(conn, _AT_ONCE)
            if not reads:
                return 0, 0
            watch = self._sought(conn, ring)
            hits: list[Found] = []
            counts: Counter[Cell] = Counter()
            shut = 0
            for read in reads:
                box = boxes.of_read(ring, read)
                shut += box is None
                bare = None if box is None else box.plate
                others = () if box is None else box.candidates
                hits += [
                    Found(read, match)
                    for match in watch.matches(read.plate_hmac, bare, others, read.measured_at)
                ]
                counts[self._cell(read, box)] += 1
            passage.add(conn, counts)
            new = found.keep(conn, hits, now=now)
        if shut:
            _log.warning(
                "plates_not_opened", reads=shut, remedy="add their key to plates.older_keys"
            )
        return len(reads), new

    def _sought(self, conn: Connection, ring: KeyRing) -> Watchlist:
        """What is sought as of now, read again only when it changed."""
        version = hotlist.watch_version(conn)
        if self._watch is None or version != self._version:
            self._watch = Watchlist(ring, _sought(conn, ring))
            self._version = version
        return self._watch

    def _cell(self, read: Read, box: boxes.Opened | None) -> Cell:
        kind, state = origin.class_and_state(
            None if box is None else box.plate,
            self._region,
            vehicle=read.vehicle,
            said={} if box is None else box.extra,
        )
        return Cell(
            read.device_id,
            read.measured_at.replace(minute=0, second=0, microsecond=0),
            read.direction if read.direction in _DIRECTIONS else "",
            kind,
            state,
        )


def _sought(conn: Connection, ring: KeyRing) -> list[Sought]:
    """Every active entry in clear; one whose key is not held is left out, and said so."""
    plates = []
    for one in hotlist.sought(conn):
        try:
            held = boxes.opened_entry(ring, one.key_id, one.sealed)
        except WrongKey as exc:
            _log.error("plate_entry_not_opened", entry_id=one.entry_id, cause=str(exc))
            continue
        plates.append(
            Sought(
                one.entry_id, normalised(held.plate), one.priority, one.list_name, one.expires_at
            )
        )
    return plates
