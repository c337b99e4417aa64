"""What a device still owes the broker: bounded, on disk, numbered once and for all.

A message gets its `seq` and its place on disk in one transaction, so no crash
can lose a numbered message or number two alike. It leaves the disk when the
broker has acknowledged it. When the box is full the oldest message goes, and
is counted in `dropped`. One file holds the boxes of any number of devices of
one process; it belongs to one thread at a time.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from core.errors import C5Error

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS counter (
    device_id TEXT PRIMARY KEY,
    next_seq  INTEGER NOT NULL,
    dropped   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
    device_id TEXT NOT NULL,
    place     INTEGER NOT NULL,
    topic     TEXT NOT NULL,
    payload   BLOB NOT NULL,
    retain    INTEGER NOT NULL,
    seq       INTEGER,
    note      TEXT,
    PRIMARY KEY (device_id, place)
) WITHOUT ROWID;
"""
_COLUMNS: Final = "place, topic, payload, retain, seq, note"


class OutboxUnusable(C5Error):
    """The outbox file cannot be opened or written."""

    reason = "outbox"


@dataclass(frozen=True, slots=True)
class Entry:
    """One message that waits, as it goes over the wire."""

    place: int
    """Its position in this device's box; grows."""
    topic: str
    payload: bytes
    retain: bool
    seq: int | None
    note: str | None
    """The owner's own words about it; never sent."""


class OutboxFile:
    """A file of outboxes.

    power_safe  True: a message survives a power cut (one fsync each); False: a killed process
    private     True: its owner alone may read it, and what was delivered is overwritten; for
                personal data
    """

    def __init__(self, path: Path, *, power_safe: bool = False, private: bool = False) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if private:
                path.touch(mode=0o600)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            # a write-ahead log would keep what was deleted until it happens to be reused
            self._db.execute(f"PRAGMA journal_mode = {'TRUNCATE' if private else 'WAL'}")
            self._db.execute(f"PRAGMA secure_delete = {'ON' if private else 'OFF'}")
            self._db.execute(f"PRAGMA synchronous = {'FULL' if power_safe else 'OFF'}")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as exc:
            raise OutboxUnusable(f"outbox {path}: {exc}; free or delete that file") from exc

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def of(self, device_id: str, *, capacity: int) -> "Outbox":
        """Answer one device's box, with whatever it held when the process last ended."""
        return Outbox(self._db, device_id, capacity=capacity)

    def close(self) -> None:
        """Close the file; what it holds stays."""
        self._db.close()


class Outbox:
    """One device's box: first in, first out."""

    def __init__(self, db: sqlite3.Connection, device_id: str, *, capacity: int) -> None:
        self._db = db
        self._device_id = device_id
        self._capacity = capacity
        db.execute("INSERT OR IGNORE INTO counter VALUES (?, 1, 0)", (device_id,))
        self.next_seq, self.dropped = db.execute(
            "SELECT next_seq, dropped FROM counter WHERE device_id = ?", (device_id,)
        ).fetchone()
        self.held, last = db.execute(
            "SELECT count(*), coalesce(max(place), 0) FROM message WHERE device_id = ?",
            (device_id,),
        ).fetchone()
        self._next_place: int = last + 1
        self._cursor = 0
        """`take` looks beyond this place only."""
        self._aside: set[int] = set()
        self._taken: set[int] = set()

    def append(
        self,
        topic: str,
        build: Callable[[int], bytes],
        *,
        retain: bool = False,
        note: str | None = None,
        aside: bool = False,
    ) -> Entry:
        """Number a message, build it with that number, and keep it until it is done.

        aside  not to be taken in turn, only by `pick`
        """
        seq = self.next_seq
        return self._keep(topic, build(seq), retain=retain, seq=seq, note=note, aside=aside)

    def append_unnumbered(
        self, topic: str, payload: bytes, *, retain: bool = False, note: str | None = None
    ) -> Entry:
        """Keep bytes that carry no number of their own: a repeat, or garbage."""
        return self._keep(topic, payload, retain=retain, seq=None, note=note, aside=False)

    def reserve(self, count: int) -> int:
        """Take the next `count` numbers for rows that are sent by another way; answer the first.

        Nothing that is kept here will bear them, also after a crash.
        """
        first: int = self.next_seq
        try:
            self._db.execute(
                "UPDATE counter SET next_seq = ? WHERE device_id = ?",
                (first + count, self._device_id),
            )
        except sqlite3.Error as exc:
            raise OutboxUnusable(f"outbox: {exc}; make room on its disk") from exc
        self.next_seq = first + count
        return first

    def replace(self, entry: Entry, payload: bytes) -> None:
        """Change what a message that was never taken says."""
        self._db.execute(
            "UPDATE message SET payload = ? WHERE device_id = ? AND place = ?",
            (payload, self._device_id, entry.place),
        )

    def take(self, most: int) -> list[Entry]:
        """Take the oldest messages that are not taken yet."""
        busy = self._taken | self._aside
        if self.held <= len(busy):
            return []
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM message WHERE device_id = ? AND place > ? "  # noqa: S608
            "ORDER BY place LIMIT ?",
            (self._device_id, self._cursor, most + len(busy)),
        ).fetchall()
        entries: list[Entry] = []
        for row in rows:
            if len(entries) == most:
                break
            self._cursor = row[0]
            if row[0] not in busy:
                entries.append(_entry(row))
                self._taken.add(row[0])
        return entries

    def pick(self, entry: Entry) -> Entry:
        """Take one message that was kept aside, out of turn."""
        row = self._db.execute(
            f"SELECT {_COLUMNS} FROM message WHERE device_id = ? AND place = ?",  # noqa: S608
            (self._device_id, entry.place),
        ).fetchone()
        self._aside.discard(entry.place)
        self._taken.add(entry.place)
        return _entry(row)

    def give_back(self, place: int) -> None:
        """Let a message that was taken or set aside wait in turn again."""
        self._taken.discard(place)
        self._aside.discard(place)
        self._cursor = min(self._cursor, place - 1)

    def done(self, place: int) -> None:
        """Forget a message: the broker has it."""
        self._db.execute(
            "DELETE FROM message WHERE device_id = ? AND place = ?", (self._device_id, place)
        )
        self._taken.discard(place)
        self._aside.discard(place)
        self.held -= 1

    def _keep(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool,
        seq: int | None,
        note: str | None,
        aside: bool,
    ) -> Entry:
        entry = Entry(self._next_place, topic, payload, retain, seq, note)
        next_seq = self.next_seq if seq is None else seq + 1
        db = self._db
        db.execute("BEGIN")
        try:
            dropped = self._drop_oldest() if self.held >= self._capacity else 0
            db.execute(
                "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?)",
                (self._device_id, entry.place, topic, payload, retain, seq, note),
            )
            db.execute(
                "UPDATE counter SET next_seq = ?, dropped = ? WHERE device_id = ?",
                (next_seq, self.dropped + dropped, self._device_id),
            )
            db.execute("COMMIT")
        except sqlite3.Error as exc:
            db.execute("ROLLBACK")
            raise OutboxUnusable(f"outbox: {exc}; make room on its disk") from exc
        self._next_place += 1
        self.next_seq = next_seq
        self.dropped += dropped
        self.held += 1 - dropped
        if aside:
            self._aside.add(entry.place)
        return entry

    def _drop_oldest(self) -> int:
        """Delete the oldest message that is neither on its way nor set aside."""
        busy = self._taken | self._aside
        for (place,) in self._db.execute(
            "SELECT place FROM message WHERE device_id = ? ORDER BY place LIMIT ?",
            (self._device_id, len(busy) + 1),
        ).fetchall():
            if place not in busy:
                self._db.execute(
                    "DELETE FROM message WHERE device_id = ? AND place = ?",
                    (self._device_id, place),
                )
                return 1
        return 0


def _entry(row: tuple[int, str, bytes, int, int | None, str | None]) -> Entry:
    place, topic, payload, retain, seq, note = row
    return Entry(place, topic, payload, bool(retain), seq, note)
