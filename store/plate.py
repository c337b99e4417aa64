"""Plate reads after they were stored: those that wait to be compared, past ones, their crops.

Everything here is hashed and sealed; `core.seal` opens it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import sql

from core.messages import SealedPlate
from store import faults
from store.pool import Connection

CHANNEL: Final = "c5_plates"
"""Hears that reads were stored; says nothing else."""
_COPY_DUE: Final = "COPY plate_due (device_id, measured_at, seq) FROM STDIN"
_COPY_CROPS: Final = """
COPY plate_crop (device_id, measured_at, seq, key_id, sha256, sealed) FROM STDIN (FORMAT BINARY)"""
_CROP_TYPES: Final = ["text", "timestamptz", "int8", "text", "text", "bytea"]
_TAKE: Final = """
WITH due AS (
    DELETE FROM plate_due WHERE due_id IN (
        SELECT due_id FROM plate_due ORDER BY due_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    RETURNING due_id, device_id, measured_at, seq)
SELECT read.device_id, read.measured_at, read.seq, read.received_at, read.key_id, read.plate_hmac,
       read.sealed, read.score, read.region, read.direction, read.vehicle
  FROM due JOIN plate_read read USING (device_id, measured_at, seq)
 ORDER BY due.due_id"""
_OF_PLATES: Final = """
SELECT read.device_id, read.measured_at, read.seq, read.received_at, read.key_id, read.plate_hmac,
       read.sealed, read.score, read.region, read.direction, read.vehicle
  FROM plate_read read
 WHERE read.plate_hmac = ANY(%(hashes)s)
   AND read.measured_at >= %(since)s AND read.measured_at < %(until)s
 ORDER BY read.measured_at DESC, read.device_id, read.seq LIMIT %(limit)s"""
_COUNT: Final = """
SELECT count(*) FROM (
SELECT FROM plate_read WHERE measured_at >= %(since)s AND measured_at < %(until)s
 LIMIT %(limit)s) counted"""
_CROP: Final = """
SELECT key_id, sha256, sealed FROM plate_crop
 WHERE device_id = %s AND measured_at = %s AND seq = %s"""
_WITH_CROP: Final = """
SELECT crop.device_id, crop.measured_at, crop.seq
  FROM unnest(%(device_ids)s::text[], %(at)s::timestamptz[], %(seqs)s::bigint[])
       AS asked (device_id, measured_at, seq)
  JOIN plate_crop crop USING (device_id, measured_at, seq)
 WHERE crop.measured_at >= %(since)s AND crop.measured_at <= %(until)s"""

Key = tuple[str, datetime, int]
"""device_id, measured_at, seq: which read."""


class Read(NamedTuple):
    """One stored read, sealed."""

    device_id: str
    measured_at: datetime
    seq: int
    received_at: datetime
    key_id: str
    plate_hmac: bytes
    sealed: bytes | None
    """None: nothing but the hash was stored."""
    score: float | None
    region: str | None
    direction: str | None
    vehicle: str | None

    @property
    def key(self) -> Key:
        """Which read it is."""
        return self.device_id, self.measured_at, self.seq


class Crop(NamedTuple):
    """One photograph of a plate, sealed."""

    key_id: str
    sha256: str
    sealed: bytes


def follow_up(conn: Connection, reads: Sequence[SealedPlate]) -> None:
    """Keep the crops of reads that were just stored, and have the reads compared.

    Inside the transaction that stores them: who waits for reads hears of them at its commit.
    """
    if not reads:
        return
    with conn.cursor() as cur:
        with cur.copy(_COPY_DUE) as copy:
            for read in reads:
                copy.write_row((read.device_id, read.measured_at, read.seq))
        with_crop = [read for read in reads if read.crop is not None]
        if with_crop:
            with cur.copy(_COPY_CROPS) as copy:
                copy.set_types(_CROP_TYPES)
                for read in with_crop:
                    copy.write_row(_crop_row(read))
        cur.execute(sql.SQL("NOTIFY {}").format(sql.Identifier(CHANNEL)))


def listen(conn: Connection) -> None:
    """Hear of new reads on this connection, which must be in autocommit."""
    with faults.translated("listening for plates"):
        conn.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))


def wait(conn: Connection, timeout_s: float) -> bool:
    """Wait until reads come, at most so long; tell whether any came."""
    with faults.translated("waiting for plates"):
        return any(True for _ in conn.notifies(timeout=timeout_s, stop_after=1))


def take(conn: Connection, limit: int) -> list[Read]:
    """Take reads that nobody has compared yet, oldest first; they are taken when this commits."""
    with faults.translated("taking new plates"):
        return [Read(*row) for row in conn.execute(_TAKE, {"limit": limit}, binary=True)]


def of_plates(
    conn: Connection, hashes: Sequence[bytes], since: datetime, until: datetime, *, limit: int
) -> list[Read]:
    """Reads of these hashes from `since` to before `until`, newest first."""
    values = {"hashes": list(hashes), "since": since, "until": until, "limit": limit}
    with faults.translated("searching plates"):
        return [Read(*row) for row in conn.execute(_OF_PLATES, values, binary=True)]


def count(conn: Connection, since: datetime, until: datetime, *, limit: int) -> int:
    """How many reads lie from `since` to before `until`; nobody counts beyond `limit`."""
    with faults.translated("counting plates"):
        values = {"since": since, "until": until, "limit": limit}
        row = conn.execute(_COUNT, values).fetchone()
    return int(row[0]) if row else 0


def crop(conn: Connection, key: Key) -> Crop | None:
    """The photograph of a read; None: there is none, or none any more."""
    with faults.translated("reading a crop"):
        row = conn.execute(_CROP, key, binary=True).fetchone()
    return None if row is None else Crop(*row)


def with_crop(conn: Connection, keys: Sequence[Key]) -> set[Key]:
    """Which of these reads have a photograph."""
    if not keys:
        return set()
    device_ids, instants, seqs = (list(column) for column in zip(*keys, strict=True))
    values = {
        "device_ids": device_ids,
        "at": instants,
        "seqs": seqs,
        "since": min(instants),
        "until": max(instants),
    }
    with faults.translated("looking for crops"):
        return set(conn.execute(_WITH_CROP, values).fetchall())


def _crop_row(read: SealedPlate) -> tuple[object, ...]:
    assert read.crop is not None  # noqa: S101  the caller chose those
    crop = read.crop
    return read.device_id, read.measured_at, read.seq, read.key_id, crop.sha256, crop.sealed
