"""One transaction a batch: rows, refusals, ledger, newest state, and the news of it.

Everything that a message causes in the database commits together or not at
all, so a crash at any instant leaves either nothing (the broker sends it again)
or everything (the primary key absorbs the repeat).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from core.clock import epoch_us, utc_now
from core.messages import SealedPlate, Stored
from core.quality import Assessed
from core.seal import PlateVault
from ingest import accounts
from ingest.admission import Entry, Prepared, Refused
from ingest.news import News
from store import announce, device, faults, latest, ledger, plate, rejects, telemetry
from store.pool import Connection
from store.telemetry import TABLES, Key, keys_of


class Outcome(NamedTuple):
    """What a commit came to."""

    stored: int
    duplicates: int
    rejected: int


class Digest(NamedTuple):
    """What new entries mean for the ledger and the present; pure, so it can be made ahead."""

    deltas: list[ledger.Delta]
    news: News

    @classmethod
    def of(cls, new: Sequence[Entry]) -> "Digest":
        """Digest entries that are, or will most likely turn out to be, new."""
        return cls(accounts.deltas(new, (), ()), News(new))


class Committer:
    """Commits prepared batches on one connection."""

    def __init__(self, vault: PlateVault, *, pending_max: int) -> None:
        self._vault = vault
        self._pending_max = pending_max
        self._careful = False

    def commit(self, conn: Connection, prepared: Prepared, ahead: Digest | None = None) -> Outcome:
        """Commit a batch; TransientStoreError: hold it; PermanentStoreError: bisect it.

        ahead  the digest of its entries, made while another batch was being stored; it
               is of use when all of them turn out to be new
        """
        with faults.translated("storing a batch"):
            with conn.transaction():
                outcome = self._write(conn, prepared, ahead)
            self._careful = outcome.duplicates > 0
            return outcome

    def _write(self, conn: Connection, prepared: Prepared, ahead: Digest | None) -> Outcome:
        new, duplicates = self._insert(conn, prepared.entries)
        plate.follow_up(conn, _plates(new))
        refused, repeated = self._refuse(conn, prepared.refused)
        for kind, device_id in sorted(prepared.strangers):
            device.note_pending(conn, kind, device_id, pending_max=self._pending_max)
        all_new = sum(map(_size, new)) == sum(map(_size, prepared.entries))
        deltas, news = ahead if ahead is not None and all_new else Digest.of(new)
        other = accounts.deltas((), duplicates, refused, repeated)
        ledger.append(conn, [*deltas, *other])
        latest.upsert_fixes(conn, news.fixes)
        latest.upsert_values(conn, news.values)
        latest.upsert_presence(conn, news.presence)
        latest.touch(conn, _seen(prepared.entries))
        announce.changes(conn, epoch_us(utc_now()) // 1000, news.changes())
        return Outcome(sum(map(_size, new)), len(duplicates), len(prepared.refused))

    def _insert(
        self, conn: Connection, entries: Sequence[Entry]
    ) -> tuple[list[Entry], list[Stored]]:
        """Insert all rows; answer what was new, as entries, and what was stored before."""
        by_type: dict[type[Stored], list[Assessed[Stored]]] = {}
        for entry in entries:
            by_type.setdefault(type(entry.taken[0].message), []).extend(entry.taken)
        known = {
            kind: telemetry.insert(conn, TABLES[kind], by_type[kind], careful=self._careful)
            for kind in TABLES
            if kind in by_type
        }
        if all(new is None for new in known.values()):
            return list(entries), []
        return _sorted_out(entries, known)

    def _refuse(
        self, conn: Connection, refused: Sequence[Refused]
    ) -> tuple[list[Refused], list[Refused]]:
        """Keep refusals; answer which of them count, and which were counted before.

        The same bytes with the same counter are the same message; without a counter
        nobody can tell, and they count again.
        """
        kept = [self._reject(one) for one in refused]
        new = rejects.insert(conn, kept)
        first: list[Refused] = []
        repeated: list[Refused] = []
        for one, reject in zip(refused, kept, strict=True):
            if reject.digest in new or (one.seq is None and not one.inbound.retained):
                new.discard(reject.digest)
                first.append(one)
            elif not one.inbound.retained:
                repeated.append(one)
        return first, repeated

    def _reject(self, refused: Refused) -> rejects.Reject:
        inbound = refused.inbound
        digest = rejects.digest(inbound.topic, refused.raw)
        return rejects.Reject(
            received_at=inbound.received_at,
            topic=inbound.topic,
            device_id=refused.device_id,
            reason=refused.reason,
            detail="a plate message" if refused.is_plate else refused.detail,
            payload=self._vault.seal(refused.raw) if refused.is_plate else refused.raw,
            sealed=refused.is_plate,
            digest=self._vault.fingerprint(digest) if refused.is_plate else digest,
            size_bytes=len(refused.raw),
        )


def _size(entry: Entry) -> int:
    return len(entry.taken)


def _plates(entries: Sequence[Entry]) -> list[SealedPlate]:
    """Reads among new entries; an entry's elements are of one type."""
    return [
        one.message
        for entry in entries
        if isinstance(entry.taken[0].message, SealedPlate)
        for one in entry.taken
        if isinstance(one.message, SealedPlate)
    ]


def _sorted_out(
    entries: Sequence[Entry], known: dict[type[Stored], set[Key] | None]
) -> tuple[list[Entry], list[Stored]]:
    """Split entries by what the database found new; a key counts as new once.

    A retained message that the broker repeats by itself is neither.
    """
    new: list[Entry] = []
    duplicates: list[Stored] = []
    for entry in entries:
        keys = known[type(entry.taken[0].message)]
        if keys is None:
            new.append(entry)
            continue
        fresh: list[Assessed[Stored]] = []
        for assessed in entry.taken:
            own = keys.intersection(keys_of(assessed.message))
            if own:
                keys -= own
                fresh.append(assessed)
            elif not entry.inbound.retained:
                duplicates.append(assessed.message)
        if fresh:
            new.append(Entry(entry.inbound, fresh))
    return new, duplicates


def _seen(entries: Sequence[Entry]) -> list[tuple[str, datetime]]:
    """When each device was last heard; a will is the broker's voice, not the device's."""
    seen: dict[str, datetime] = {}
    for inbound, taken in entries:
        message = taken[0].message
        if not inbound.retained and not accounts.is_will(message):
            seen[message.device_id] = inbound.received_at
    return list(seen.items())
