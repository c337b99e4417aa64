"""A database connection that comes back: work is repeated while the trouble is temporary.

Whoever calls holds data that must not be lost, so there is no limit on the
tries, only a way to be stopped between them.
"""

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from core import log
from core.errors import C5Error, TransientStoreError
from ingest.metrics import Metrics
from store import pool
from store.pool import Connection

_T = TypeVar("_T")
_BACKOFF_S: Final = (0.1, 0.25, 0.5, 1.0, 2.0)
_log = log.get(__name__)


class Stopped(C5Error):
    """The service was told to stop before the work could be done; nothing was acknowledged."""

    reason = "stopped"


class SteadyConnection:
    """One connection for one thread."""

    def __init__(self, url: str, *, stopping: threading.Event, metrics: Metrics) -> None:
        self._url = url
        self._stopping = stopping
        self._metrics = metrics
        self._conn: Connection | None = None

    def run(self, work: Callable[[Connection], _T], *, held: int) -> _T:
        """Do the work, however long the database is away; Stopped when told to stop meanwhile.

        held  how many messages wait on it, for the log
        """
        failures = 0
        while True:
            try:
                if self._conn is None:
                    self._conn = pool.connect(self._url, application="c5-ingest")
                return work(self._conn)
            except TransientStoreError as exc:
                self.close()
                self._metrics.store_unavailable()
                wait_s = _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)]
                failures += 1
                _log.warning("store_unavailable", held=held, cause=str(exc), retry_s=wait_s)
                if self._stopping.wait(wait_s):
                    raise Stopped("stopped while the database was away") from exc

    def close(self) -> None:
        """Let the connection go; the next work opens another."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None
