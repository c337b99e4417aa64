"""Heavy work in a process of its own, so that it never delays a live event: judging, marking, mail.

The child does the work and tells what came of each round through a pipe. It ends when it is told
to, and when whoever started it is gone.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from control_center.engine import parts
from control_center.engine.loop import Loop
from control_center.engine.outcome import Outcome
from core import log
from core.clock import monotonic_s
from core.settings import Settings
from devices.backoff import Backoff

_POLL_S: Final = 0.5
_STOP_S: Final = 6.0
_JOIN_S: Final = 4.0
_FIRST_RETRY_S: Final = 1.0
_log = log.get(__name__)
_context: Final = multiprocessing.get_context("spawn")


def supervise(
    database_url: str,
    settings: Settings,
    stopping: threading.Event,
    report: Callable[[Outcome], None],
) -> None:
    """Keep one child at work until told to stop; one that dies is followed by another."""
    backoff = Backoff(first_s=_FIRST_RETRY_S)
    while not stopping.is_set():
        ours, theirs = _context.Pipe(duplex=False)
        child = _context.Process(
            target=work, args=(database_url, settings, theirs), name="c5-engine-desk", daemon=True
        )
        child.start()
        theirs.close()
        _relay(ours, stopping, report, backoff)
        if stopping.is_set():
            child.terminate()
            child.join(_STOP_S)
            if child.is_alive():
                _log.warning("desk_killed", remedy="what it had in hand is done at the next start")
                child.kill()
        child.join()
        ours.close()
        if not stopping.is_set():
            retry_s = backoff.next_s()
            _log.error("desk_ended", code=child.exitcode, retry_s=round(retry_s, 1))
            stopping.wait(retry_s)


def work(database_url: str, settings: Settings, told: Connection) -> None:
    """What the child does: judge and mail until SIGTERM or its parent's end."""
    log.configure(level=settings.log_level)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, who tells us
    lock = threading.Lock()

    def report(outcome: Outcome) -> None:
        with lock:
            try:
                told.send(tuple(outcome))
            except OSError:
                stopping.set()  # nobody listens any more

    makers = {
        parts.KEEPER: lambda asked: parts.keeper(database_url, settings, asked),
        parts.MAILER: lambda _asked: parts.mailer(database_url, settings),
        parts.AIR: lambda asked: parts.air(database_url, settings, asked),
        parts.NOTIFY: lambda _asked: parts.notify(database_url, settings),
        parts.QUALITY: lambda asked: parts.quality(database_url, settings, asked),
    }
    threads = [
        threading.Thread(
            target=Loop(name, make, parts.PERIOD_S[name], stopping=stopping, report=report).run,
            name=name,
            daemon=True,
        )
        for name, make in makers.items()
    ]
    for thread in threads:
        thread.start()
    parent = os.getppid()
    while not stopping.wait(_POLL_S):
        if os.getppid() != parent:
            stopping.set()
    deadline_s = monotonic_s() + _JOIN_S
    for thread in threads:
        thread.join(max(0.0, deadline_s - monotonic_s()))


def _relay(
    ours: Connection,
    stopping: threading.Event,
    report: Callable[[Outcome], None],
    backoff: Backoff,
) -> None:
    """Pass on what the child tells, until it is gone or we are told to stop."""
    while not stopping.is_set():
        try:
            if ours.poll(_POLL_S):
                report(Outcome(*ours.recv()))
                backoff.reset()
        except (EOFError, OSError):
            return
