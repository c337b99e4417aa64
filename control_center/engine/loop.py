"""Do one part's work over and over until told to stop; its failures stay its own."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from control_center.engine.outcome import Outcome
from core import log
from core.clock import monotonic_s, utc_now, wall_s
from core.errors import C5Error
from devices.backoff import Backoff

_FIRST_RETRY_S: Final = 0.5
_MOST_RETRY_S: Final = 15.0
_log = log.get(__name__)


class Part(Protocol):
    """One kind of work."""

    def tick(self, now: datetime) -> int:
        """Do what is due; answer how much that was. C5Error: it is tried again."""

    def close(self) -> None:
        """Let go of what it holds."""


Make = Callable[[Callable[[], bool]], Part]
"""Makes a part; it may ask the callable whether it should end early."""


class Loop:
    """A part that is made, called every `period_s`, and after a failure with growing pauses.

    What is refused knowingly (a database or a mail server that is away) keeps the part, with what
    it remembers. Any other failure is one of ours: the part is made anew, since its memory may be
    what is wrong.
    """

    def __init__(
        self,
        name: str,
        make: Make,
        period_s: float,
        *,
        stopping: threading.Event,
        report: Callable[[Outcome], None],
    ) -> None:
        self.name = name
        self._make = make
        self._period_s = period_s
        self._stopping = stopping
        self._report = report
        self._part: Part | None = None
        self._backoff = Backoff(first_s=_FIRST_RETRY_S, most_s=_MOST_RETRY_S)

    def run(self) -> None:
        """Work until told to stop."""
        while not self._stopping.is_set():
            began_s = monotonic_s()
            pause_s = self._once()
            self._stopping.wait(pause_s - (monotonic_s() - began_s))
        self._drop()

    def _once(self) -> float:
        """One round; answer how long after its begin the next one is."""
        began_s = monotonic_s()
        try:
            if self._part is None:
                self._part = self._make(self._stopping.is_set)
            made = self._part.tick(utc_now())
        except C5Error as exc:
            return self._failed(began_s, str(exc))
        except Exception as exc:  # noqa: BLE001  logged, and the other parts go on
            _log.exception("part_failed", part=self.name)
            self._drop()
            return self._failed(began_s, f"{type(exc).__name__}: {exc}")
        self._backoff.reset()
        self._report(Outcome(self.name, made, monotonic_s() - began_s, wall_s()))
        return self._period_s

    def _failed(self, began_s: float, cause: str) -> float:
        took_s = monotonic_s() - began_s
        retry_s = self._backoff.next_s()
        _log.warning("part_waits", part=self.name, cause=cause, retry_s=round(retry_s, 1))
        self._report(Outcome(self.name, 0, took_s, wall_s(), cause))
        return took_s + retry_s

    def _drop(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            try:
                part.close()
            except Exception as exc:  # noqa: BLE001  it is being thrown away
                _log.warning("part_not_closed", part=self.name, cause=str(exc))
