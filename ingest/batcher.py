"""Commit MQTT messages in bulk, then acknowledge them one by one.

An acknowledgement follows the COMMIT that holds its message, so a crash here
means redelivery, never loss. A temporary database error holds the batch and
tries again while the inbox fills and the broker queues; a permanent one halves
the batch until the poison row stands alone, and that row goes to rejects.
While the database works on one batch, the next is taken and prepared: two
batches in hand, never more. See docs/adr/0006-ingest.md.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, NamedTuple

from core import log
from core.clock import monotonic_s
from ingest import bisection
from ingest.admission import Gate, Prepared
from ingest.commit import Committer, Digest, Outcome
from ingest.inbox import Inbound, Inbox
from ingest.metrics import Metrics
from ingest.registry import Registry
from ingest.steady import SteadyConnection, Stopped

_BATCH_BYTES: Final = 4_000_000
"""About as much as 30 000 fixes; beyond that a commit's fixed costs no longer show."""
_TAKE_WAIT_S: Final = 0.5
_log = log.get(__name__)


class _Batch(NamedTuple):
    """Messages in hand and what they came to."""

    messages: list[Inbound]
    prepared: Prepared
    digest: Digest
    taken_at_s: float


class Batcher:
    """The loop between the inbox and the database."""

    def __init__(
        self,
        *,
        database_url: str,
        inbox: Inbox,
        gate: Gate,
        committer: Committer,
        ack: Callable[[Sequence[Inbound]], None],
        metrics: Metrics,
        batch_max: int,
        batch_wait_s: float,
    ) -> None:
        self._inbox = inbox
        self._gate = gate
        self._committer = committer
        self._ack = ack
        self._metrics = metrics
        self._batch_max = batch_max
        self._batch_wait_s = batch_wait_s
        self._stopping = threading.Event()
        self._store = SteadyConnection(database_url, stopping=self._stopping, metrics=metrics)
        self._reading = SteadyConnection(database_url, stopping=self._stopping, metrics=metrics)
        self._registry = Registry(self._reading)

    def stop(self) -> None:
        """End after the batch in hand; what is not stored is not acknowledged."""
        self._stopping.set()
        self._inbox.close()

    def run(self) -> None:
        """Move batches until stopped."""
        try:
            with ThreadPoolExecutor(1, thread_name_prefix="preparing") as preparing:
                ahead = preparing.submit(self._next)
                while not self._stopping.is_set():
                    batch = ahead.result()
                    ahead = preparing.submit(self._next)
                    if batch.messages:
                        self._finish(batch)
        except Stopped as exc:
            _log.info("batch_left_to_the_broker", cause=str(exc))
        finally:
            self._store.close()
            self._reading.close()

    def _next(self) -> _Batch:
        """Take and prepare a batch; an empty one when nothing came for a while."""
        messages = self._inbox.take(
            max_items=self._batch_max,
            max_bytes=_BATCH_BYTES,
            max_wait_s=_TAKE_WAIT_S,
            linger_s=self._batch_wait_s,
        )
        taken_at_s = monotonic_s()
        if not messages:
            return _Batch([], Prepared([], [], set()), Digest.of(()), taken_at_s)
        prepared = self._gate.prepare(messages, self._registry.covering(messages))
        return _Batch(messages, prepared, Digest.of(prepared.entries), taken_at_s)

    def _finish(self, batch: _Batch) -> None:
        outcome = bisection.committed(partial(self._commit, batch), batch.prepared)
        self._ack(batch.messages)
        self._metrics.committed(
            batch.messages,
            outcome,
            batch.prepared,
            took_s=monotonic_s() - batch.taken_at_s,
            inbox=self._inbox,
        )

    def _commit(self, batch: _Batch, part: Prepared) -> Outcome:
        """Commit a batch or one part of it, however long the database is away."""
        ahead = batch.digest if part is batch.prepared else None
        return self._store.run(
            lambda conn: self._committer.commit(conn, part, ahead), held=len(part.entries)
        )
