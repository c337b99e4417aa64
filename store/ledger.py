"""Sent against stored, per device and hour: appended by ingest, folded by the rollup job."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from store.pool import Connection

_COPY = """COPY ledger_delta (device_id, hour, seq_lo, seq_hi, stored, rejected, duplicates, late)
FROM STDIN (FORMAT BINARY)"""
_TYPES = ["text", "timestamptz", "int8", "int8", "int8", "int8", "int8", "int8"]
_TOTALS = """
SELECT device_id, min(seq_lo), max(seq_hi), sum(stored)::bigint, sum(rejected)::bigint,
       sum(duplicates)::bigint, sum(late)::bigint
FROM ledger GROUP BY device_id ORDER BY device_id
"""


class Delta(NamedTuple):
    """What one batch adds to a device's hour."""

    device_id: str
    hour: datetime
    seq_lo: int | None
    seq_hi: int | None
    stored: int
    rejected: int
    duplicates: int
    late: int


class Total(NamedTuple):
    """A device's whole account."""

    device_id: str
    seq_lo: int | None
    seq_hi: int | None
    stored: int
    rejected: int
    duplicates: int
    late: int

    @property
    def sent(self) -> int | None:
        """Messages the device numbered between the first and the last we know; None: no counter."""
        if self.seq_lo is None or self.seq_hi is None:
            return None
        return self.seq_hi - self.seq_lo + 1

    @property
    def missing(self) -> int:
        """Numbered by the device and neither stored nor in rejects."""
        return 0 if self.sent is None else max(0, self.sent - self.stored - self.rejected)


def append(conn: Connection, deltas: Sequence[Delta]) -> None:
    """Append a batch's deltas; never waits for another worker."""
    if not deltas:
        return
    with conn.cursor() as cur, cur.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for delta in deltas:
            copy.write_row(delta)


def totals(conn: Connection) -> list[Total]:
    """Every device's account since the beginning."""
    return [Total(*row) for row in conn.execute(_TOTALS).fetchall()]
