"""Roll up and forget, on a thread of the first worker, on a connection of its own.

It shares nothing with the path of the messages: a slow rollup delays charts,
never an acknowledgement. Nor may it take their processor: an hour of a large fleet
is read again whenever a message of it came, so it is read some devices at a time, with
a rest after each that is as much longer as that took.
"""

import threading
from typing import Final

from core import log
from core.clock import monotonic_s
from core.errors import C5Error
from core.settings.telemetry import Plates, Retention
from store import faults, pool, retention, rollup

_ROLLUP_EVERY_S: Final = 5.0
_REST_PER_WORK: Final = 9.0
"""Of one processor's time, a tenth."""
_REST_MOST_S: Final = 5.0
_RETAIN_EVERY_S: Final = 3600.0
_PLATES_EVERY_S: Final = 300.0
"""Plates are kept by the hour, so they are looked at more often than that."""
_log = log.get(__name__)


class Housekeeper:
    """The thread that keeps summaries current and the past bounded."""

    def __init__(
        self,
        database_url: str,
        *,
        timezone: str,
        limits: Retention,
        plates: Plates | None = None,
    ) -> None:
        self._database_url = database_url
        self._timezone = timezone
        self._limits = limits
        self._plates = plates or Plates()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the run in hand."""
        self._stopping.set()
        self._thread.join(timeout=_ROLLUP_EVERY_S)

    def _run(self) -> None:
        retained_at_s = plates_at_s = float("-inf")
        while not self._stopping.wait(_ROLLUP_EVERY_S):
            try:
                with (
                    faults.translated("keeping house"),
                    pool.connect(self._database_url, application="c5-housekeeper") as conn,
                ):
                    rollup.run(conn, timezone=self._timezone, rest=self._rest)
                    gone: dict[str, int] = {}
                    if monotonic_s() - retained_at_s > _RETAIN_EVERY_S:
                        gone = retention.run(conn, self._limits, self._plates)
                        retained_at_s = plates_at_s = monotonic_s()
                    elif monotonic_s() - plates_at_s > _PLATES_EVERY_S:
                        gone = retention.plates(conn, self._plates)
                        plates_at_s = monotonic_s()
                    if gone:
                        _log.info("forgotten", **gone)
            except C5Error as exc:
                _log.warning("housekeeping_failed", cause=str(exc))

    def _rest(self, took_s: float) -> None:
        self._stopping.wait(rest_s(took_s))


def rest_s(took_s: float) -> float:
    """How long to leave summaries as they are, after work on them that took so long.

    >>> rest_s(0.02), rest_s(2.0)
    (0.18, 5.0)
    """
    return min(took_s * _REST_PER_WORK, _REST_MOST_S)
