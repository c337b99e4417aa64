"""A few threads that look at many cameras' frames: in turn, and each by one thread at a time..

The networks are what costs, so there are as many threads as cores, however many cameras there
are. Who has a frame queues once; after its turn it queues again behind the others.
"""

import threading
from collections import deque
from typing import Protocol

from core.log import get

_log = get(__name__)


class Work(Protocol):
    """Something that has turns."""

    @property
    def has_work(self) -> bool:
        """Whether a turn would do anything; from any thread."""

    def turn(self) -> None:
        """Do one piece; never by two threads at once."""


class Crew:
    """Threads that give turns."""

    def __init__(self, hands: int) -> None:
        self._changed = threading.Condition()
        self._queue: deque[Work] = deque()
        self._queued: set[int] = set()
        self._busy: set[int] = set()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, name=f"crew-{number}", daemon=True)
            for number in range(1, hands + 1)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def offer(self, work: Work) -> None:
        """Something may have work; from any thread, as often as one likes."""
        with self._changed:
            self._enqueue(work)

    def stop(self) -> None:
        """Finish what is queued, and end; nobody offers any more."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is queued and nobody works."""
        with self._changed:
            return not self._queue and not self._busy

    def _enqueue(self, work: Work) -> None:
        if id(work) not in self._queued and id(work) not in self._busy and work.has_work:
            self._queued.add(id(work))
            self._queue.append(work)
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._stopping)
                if not self._queue:
                    return
                work = self._queue.popleft()
                self._queued.discard(id(work))
                self._busy.add(id(work))
            try:
                work.turn()
            except Exception:  # noqa: BLE001  one camera's fault is not its neighbours'
                _log.exception("turn_failed")
            with self._changed:
                self._busy.discard(id(work))
                self._enqueue(work)
                self._changed.notify_all()
