"""Give refused messages another chance, through the same gate and the same commit.

What was wrong may have been mended meanwhile: the device is enrolled now, its
clock horizon lifted by --backfill, the schema widened. The bytes are judged as
if they had just been received at their first time.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from core.clock import utc_now
from core.seal import PlateVault
from ingest.admission import Gate
from ingest.commit import Committer
from ingest.inbox import Inbound
from ingest.quality import Assessor, Limits
from store import device, faults, rejects
from store.pool import Connection


class Replayed(NamedTuple):
    """What became of refused messages."""

    stored: int
    duplicates: int
    refused: int


def replay(
    conn: Connection,
    kept: Sequence[rejects.Kept],
    *,
    vault: PlateVault,
    clock_ahead: timedelta,
    late: timedelta,
) -> Replayed:
    """Judge refused messages again, one by one; what is stored now is marked so."""
    with faults.translated("reading the registry"), conn.transaction():
        registry = {one.device_id: one for one in device.listed(conn)}
    gate = Gate(Assessor(Limits(clock_ahead=clock_ahead, late=late)), vault)
    committer = Committer(vault, pending_max=0)
    stored = duplicates = refused = 0
    for reject in kept:
        payload = vault.unseal(reject.payload) if reject.sealed else reject.payload
        inbound = Inbound(reject.topic, payload, reject.first_at, 0, 0, retained=False)
        prepared = gate.prepare([inbound], registry)
        if prepared.refused or not prepared.entries:
            refused += 1
            continue
        outcome = committer.commit(conn, prepared)
        stored += outcome.stored
        duplicates += outcome.duplicates
        with faults.translated("marking a reject"), conn.transaction():
            rejects.mark_replayed(conn, [reject.reject_id], utc_now())
    return Replayed(stored, duplicates, refused)
