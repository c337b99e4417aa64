"""Give refused messages another chance, through the same gate and the same commit.

What was wrong may have been mended meanwhile: the device is enrolled now, its
clock horizon lifted by --backfill, the schema widened. The bytes are judged as
if they had just been received at their first time.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from operator import add
from typing import Final, NamedTuple

from core import log
from core.clock import utc_now
from core.errors import UnknownDevice
from core.seal import PlateVault, WrongKey
from ingest import bisection
from ingest.admission import Gate
from ingest.commit import Committer
from ingest.inbox import Inbound
from ingest.quality import Assessor, Limits
from store import device, faults, ledger, rejects
from store.ledger import Delta
from store.pool import Connection

_log: Final = log.get(__name__)


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
    """Judge refused messages again, one by one; what is stored now is marked so.

    Of an array the sound elements are stored and the others kept by themselves.
    """
    with faults.translated("reading the registry"), conn.transaction():
        registry = {one.device_id: one for one in device.listed(conn)}
    gate = Gate(Assessor(Limits(clock_ahead=clock_ahead, late=late)), vault)
    committer = Committer(vault, pending_max=0)
    total = Replayed(0, 0, 0)
    for reject in kept:
        try:
            payload = vault.unseal(reject.payload) if reject.sealed else reject.payload
        except WrongKey as exc:
            _log.warning("reject_sealed_by_another_key", reject_id=reject.reject_id, cause=str(exc))
            total = _sum(total, Replayed(0, 0, 1))
            continue
        inbound = Inbound(reject.topic, payload, reject.first_at, 0, 0, retained=False)
        prepared = gate.prepare([inbound], registry)
        if not prepared.entries:
            total = _sum(total, Replayed(0, 0, max(1, len(prepared.refused))))
            continue
        with faults.translated("replaying a reject"), conn.transaction():
            outcome = bisection.committed(partial(committer.commit, conn), prepared)
            if outcome.stored or outcome.duplicates:
                rejects.mark_replayed(conn, [reject.reject_id], utc_now())
                ledger.append(conn, _taken_back(reject))
        total = _sum(total, Replayed(*outcome))
    return total


def _taken_back(reject: rejects.Kept) -> list[Delta]:
    """Undo what the ledger counted as refused; a stranger's message it never did."""
    was_counted = reject.replayed_at is None and reject.reason != UnknownDevice.reason
    if reject.device_id is None or not was_counted:
        return []
    hour = reject.first_at.replace(minute=0, second=0, microsecond=0)
    return [Delta(reject.device_id, hour, None, None, 0, -1, 0, 0)]


def _sum(one: Replayed, other: Replayed) -> Replayed:
    return Replayed(*map(add, one, other))
