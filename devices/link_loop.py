"""One thread that drives hundreds of MQTT links, their timers included.

Sockets are never waited for one by one: a selector says which are ready.
What can only be done blocking (name lookup, TCP connect, TLS handshake) runs on
a few dialling threads with a time limit, so a dead broker delays no other link.
Everything else, every callback and timer, runs on the thread that calls `run`
or `turn`; other threads may only `call` and `stop`.
"""

import heapq
import itertools
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

from core.clock import monotonic_s

Action = Callable[[], None]
_SWEEP_S = 1.0
_MAX_WAIT_S = 1.0
_WAKE_BYTES = 4096


class Watched(Protocol):
    """What a loop drives: something with a socket."""

    def readable(self) -> None:
        """Bytes have come in."""

    def writable(self) -> None:
        """There is room for bytes to go out."""

    def sweep(self, now_s: float) -> None:
        """Called about once a second: keepalive and time limits."""


class LinkLoop:
    """A selector, a heap of timers and a few dialling threads."""

    def __init__(self, *, diallers: int = 8) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Action]] = []
        self._order = itertools.count()
        self._calls: deque[Action] = deque()
        self._members: dict[Watched, None] = {}
        self._writing: dict[Any, bool] = {}
        """What was last wanted of sockets since the selector was told."""
        self._swept_s = monotonic_s()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(diallers, thread_name_prefix="dial")
        self._wake_out, self._wake_in = socket.socketpair()
        for end in (self._wake_out, self._wake_in):
            end.settimeout(0)
        self._selector.register(self._wake_out, selectors.EVENT_READ)

    def add(self, member: Watched) -> None:
        """Take part in the sweeps."""
        self._members[member] = None

    def remove(self, member: Watched) -> None:
        """Take part no more."""
        self._members.pop(member, None)

    def watch(self, sock: Any, member: Watched, *, write: bool) -> None:
        """Tell `member` when its socket is ready."""
        self._selector.register(sock, _events(write=write), member)

    def want_write(self, sock: Any, *, write: bool) -> None:
        """Tell its member also, or no more, when there is room to write.

        Most of what is written is gone before the loop waits again, so the selector,
        at the price of a system call, is told then.
        """
        self._writing[sock] = write

    def unwatch(self, sock: Any) -> None:
        """Forget a socket that is about to be closed."""
        self._writing.pop(sock, None)
        with suppress(KeyError, ValueError):
            self._selector.unregister(sock)

    def call_at(self, when_s: float, action: Action) -> None:
        """Run `action` on the loop's thread once the monotonic clock reaches `when_s`."""
        heapq.heappush(self._timers, (when_s, next(self._order), action))

    def call_later(self, delay_s: float, action: Action) -> None:
        """Run `action` on the loop's thread after a delay."""
        self.call_at(monotonic_s() + delay_s, action)

    def call(self, action: Action) -> None:
        """Run `action` on the loop's thread soon; safe from any thread."""
        self._calls.append(action)
        with suppress(BlockingIOError, OSError):
            self._wake_in.send(b"\0")

    def dial(self, connect: Callable[[], Any], then: Callable[[OSError | None], None]) -> None:
        """Run the blocking `connect` aside, then `then` on the loop's thread."""

        def attempt() -> None:
            failure: OSError | None = None
            try:
                connect()
            except OSError as exc:
                failure = exc.with_traceback(None)
            self.call(lambda: then(failure))

        self._pool.submit(attempt).add_done_callback(self._surface)

    def run(self) -> None:
        """Turn until `stop`; an exception of any callback ends it."""
        while not self._stopping.is_set():
            self.turn(_MAX_WAIT_S)

    def stop(self) -> None:
        """End `run` after the present turn; safe from any thread."""
        self._stopping.set()
        self.call(lambda: None)

    def close(self) -> None:
        """Give back threads and sockets; links must be closed before."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._selector.close()
        self._wake_out.close()
        self._wake_in.close()

    def turn(self, max_wait_s: float) -> None:
        """Do all that is due, waiting at most `max_wait_s` for something to become so."""
        self._tell_selector()
        for key, mask in self._selector.select(self._wait_s(max_wait_s)):
            member = key.data
            if member is None:
                with suppress(BlockingIOError):
                    self._wake_out.recv(_WAKE_BYTES)
                continue
            if mask & selectors.EVENT_READ:
                member.readable()
            if mask & selectors.EVENT_WRITE:
                member.writable()
        for _ in range(len(self._calls)):
            self._calls.popleft()()
        now_s = monotonic_s()
        while self._timers and self._timers[0][0] <= now_s:
            heapq.heappop(self._timers)[2]()
        if now_s - self._swept_s >= _SWEEP_S:
            self._swept_s = now_s
            for member in list(self._members):
                member.sweep(now_s)

    def _tell_selector(self) -> None:
        for sock, write in self._writing.items():
            key = self._selector.get_key(sock)
            if key.events != _events(write=write):
                self._selector.modify(sock, _events(write=write), key.data)
        self._writing.clear()

    def _surface(self, done: Future[None]) -> None:
        """Raise on the loop's thread what a dialling thread did not expect."""
        if not done.cancelled() and done.exception() is not None:
            self.call(done.result)

    def _wait_s(self, max_wait_s: float) -> float:
        if self._calls:
            return 0.0
        if not self._timers:
            return max_wait_s
        return min(max_wait_s, max(0.0, self._timers[0][0] - monotonic_s()))


def _events(*, write: bool) -> int:
    return selectors.EVENT_READ | (selectors.EVENT_WRITE if write else 0)
