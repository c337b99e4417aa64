"""Rows written straight through the store, for tests that need no broker."""

import random
from collections.abc import Sequence
from datetime import datetime

from core.messages import GpsFix, Reading, SealedPlate, Stored
from core.quality import Assessed
from core.seal import PlateVault
from ingest.admission import Entry, Prepared
from ingest.commit import Committer, Outcome
from ingest.inbox import Inbound
from store.pool import Connection

VAULT = PlateVault("k" * 32)


def fix(device_id: str, seq: int, at: datetime, *, speed_mps: float | None = None) -> GpsFix:
    """A fix in town, received as it was measured."""
    return GpsFix(
        18.13, -94.45, speed_mps, device_id=device_id, seq=seq, measured_at=at, received_at=at
    )


def reading(device_id: str, seq: int, at: datetime, **values: float) -> Reading:
    """A reading, received as it was measured."""
    return Reading(device_id=device_id, seq=seq, measured_at=at, received_at=at, values=values)


def plate(device_id: str, seq: int, at: datetime, *, direction: str | None = None) -> SealedPlate:
    """A plate read, received as it was seen."""
    return SealedPlate(
        device_id=device_id,
        seq=seq,
        measured_at=at,
        received_at=at,
        plate_hmac=random.randbytes(32),
        key_id=VAULT.key_id,
        sealed=VAULT.seal(b"{}"),
        direction=direction,
    )


def commit(conn: Connection, messages: Sequence[Stored], flags: Sequence[int] = ()) -> Outcome:
    """Store messages as one batch of ingest's, ledger and all."""
    doubts = flags or [0] * len(messages)
    entries = [
        Entry(
            Inbound("t", b"{}", message.received_at, 0, 0, retained=False),
            [Assessed(message, doubt)],
        )
        for message, doubt in zip(messages, doubts, strict=True)
    ]
    return Committer(VAULT, pending_max=0).commit(conn, Prepared(entries, [], set()))
