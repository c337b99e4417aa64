"""Run something until its time is over, somebody says stop, or it ends; show how it goes."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from core.clock import monotonic_s


@contextmanager
def stopped(
    is_over: Callable[[], bool], line: Callable[[], str], *, for_s: float | None, look_s: float
) -> Iterator[Callable[[], None]]:
    """Give what waits for the end; in the block what runs is started before and stopped after.

    is_over  whether it ended, or failed, by itself
    line     how it goes, in a line
    for_s    how long at the most; None: until somebody says stop
    look_s   how often to look
    """
    asked = threading.Event()
    end_s = None if for_s is None else monotonic_s() + for_s
    with _signals(asked), _progress() as progress:
        task = progress.add_task("", total=None)

        def wait() -> None:
            while not (asked.is_set() or is_over()):
                left_s = look_s if end_s is None else min(look_s, end_s - monotonic_s())
                if left_s <= 0:
                    break
                asked.wait(left_s)
                progress.update(task, description=line())
            progress.update(task, description="vaciando buzones · draining outboxes")

        yield wait


@contextmanager
def _signals(asked: threading.Event) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM ask for a clean end; a second one is not waited for."""

    def ask(number: int, _frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        del number
        asked.set()

    before = {one: signal.signal(one, ask) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
