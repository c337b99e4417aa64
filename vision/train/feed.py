"""Batches drawn beside the training: by this process, or by several that do nothing else.

Drawing a plate costs more than learning from it wherever there is a GPU. Each worker draws from a
seed of its own into one bounded queue, so the trainer waits for the fastest and memory stays small.
Workers end with their feed, and by themselves where its process is gone.
"""

import multiprocessing
import queue
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

import cv2

from core.errors import C5Error

T = TypeVar("T")
Draw = Callable[[int], Callable[[], T]]
"""From a seed to what draws one batch after another; a function of a module, or a partial of one,
because another process has to find it."""

_AHEAD: Final = 3
"""Batches that wait in the queue, for each worker."""
_LOOK_S: Final = 0.5
_END_S: Final = 5.0
_APART: Final = 1_000_003
"""Between the seeds of two workers: runs with seeds near one another share none."""


class WorkerFailed(C5Error):
    """A drawing process ended before the training did."""

    reason = "worker_failed"


@dataclass(frozen=True, slots=True)
class _Failed:
    why: str


class Feed(Generic[T]):
    """An endless supply of batches; use it in a `with`.

    draw     makes each worker's source from its seed
    seed     of the first worker: one worker draws what a feed without workers would
    workers  1: this process draws, when it is asked; more: so many processes draw ahead
    """

    def __init__(self, draw: Draw[T], *, seed: int, workers: int = 1) -> None:
        self._draw, self._seeds = draw, [seed + _APART * at for at in range(workers)]
        self._here: Callable[[], T] | None = None
        self._processes: list[BaseProcess] = []
        spawn = multiprocessing.get_context("spawn")
        self._stop = spawn.Event()
        self._queue: multiprocessing.Queue[T | _Failed] = spawn.Queue(_AHEAD * workers)
        self._start = partial(spawn.Process, target=_work, daemon=True)

    def __enter__(self) -> Self:
        """Start the workers, or set up what draws here."""
        if len(self._seeds) == 1:
            self._here = self._draw(self._seeds[0])
        for seed in self._seeds if self._here is None else ():
            worker = self._start(args=(self._draw, seed, self._queue, self._stop))
            worker.start()
            self._processes.append(worker)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        """End the workers; what they drew ahead is thrown away."""
        self._stop.set()
        for worker in self._processes:
            worker.join(_END_S)
            if worker.is_alive():
                worker.terminate()
                worker.join(_END_S)
        self._queue.close()
        self._queue.cancel_join_thread()

    def one(self) -> T:
        """The next batch; WorkerFailed where a worker is gone."""
        if self._here is not None:
            return self._here()
        while True:
            # Looked at first: what a worker said before it ended is then in the queue.
            ended = any(not one.is_alive() for one in self._processes)
            try:
                got = self._queue.get(timeout=_LOOK_S)
            except queue.Empty:
                if ended:
                    raise WorkerFailed(
                        "a drawing process was ended; if memory ran out, lower --workers"
                    ) from None
                continue
            if isinstance(got, _Failed):
                raise WorkerFailed(f"a drawing process failed: {got.why}")
            return got


def _work(draw: Draw[Any], seed: int, into: Any, stop: Any) -> None:
    """Draw into the queue until told to stop, or until nobody is left to tell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a key that ends the trainer ends it, and it us
    cv2.setNumThreads(1)
    parent = multiprocessing.parent_process()
    try:
        one = draw(seed)
        while not stop.is_set():
            made = one()
            while not stop.is_set() and (parent is None or parent.is_alive()):
                try:
                    into.put(made, timeout=_LOOK_S)
                    break
                except queue.Full:
                    continue
            else:
                break
        into.cancel_join_thread()  # nobody waits for what was drawn ahead
    except Exception as exc:  # noqa: BLE001 - told to the trainer, which raises it
        into.put(_Failed(repr(exc)))
