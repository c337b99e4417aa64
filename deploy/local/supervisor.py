"""Run programs as children, notice when one ends, and stop exactly those.

Each child leads a session of its own, so Ctrl-C at the terminal reaches only
the parent, which stops its children in the reverse of their order; a second
Ctrl-C does not wait for them. Where the system can, the kernel tells a child
to end when the parent is killed. Call everything from the main thread.
"""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from core.clock import monotonic_s
from core.log import get
from deploy.local.errors import ChildDied
from deploy.local.process import until

_POLL_S = 0.1
_FIRST_RETRY_S = 1.0
_LONGEST_RETRY_S = 30.0
_CALM_S = 60.0  # lived this long: the next failure starts the waits over
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_log = get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and what its end means."""

    name: str
    argv: Sequence[str]
    log_file: Path
    environment: Mapping[str, str] = field(default_factory=dict)  # over ours
    restart: bool = False  # start it again when it ends by itself; False: its end ends us
    stop_s: float = 20.0  # after this long it is killed


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    started_s: float
    wait_s: float = _FIRST_RETRY_S


class Supervisor:
    """The children of this process."""

    def __init__(self, pid_folder: Path | None = None) -> None:
        self._pid_folder = pid_folder
        self._children: dict[str, _Child] = {}
        self._again_at_s: dict[str, float] = {}
        self._asked = threading.Event()
        self._impatient = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, program: Program) -> int:
        """Start a program; answer its pid."""
        self._children[program.name] = _Child(program, self._spawn(program), monotonic_s())
        return self._children[program.name].process.pid

    def pid(self, name: str) -> int:
        """A child's pid."""
        return self._children[name].process.pid

    def check(self) -> None:
        """Raise ChildDied for a child that ended by itself, or start it again if it asked so."""
        for child in self._children.values():
            code = child.process.poll()
            if code is None:
                continue
            if not child.program.restart:
                raise ChildDied(child.program.name, code, log=child.program.log_file)
            self._revive(child, code)

    def run(self, until_so: Callable[[], bool] = lambda: False) -> bool:
        """Watch the children until asked to stop (False) or until it is so (True)."""
        while not self._asked.wait(_POLL_S):
            self.check()
            if until_so():
                return True
        return False

    def ask_to_stop(self) -> None:
        """Make `run` return; safe from a signal handler or another thread."""
        self._asked.set()

    @property
    def asked_to_stop(self) -> bool:
        """Whether someone wants an end: Ctrl-C, SIGTERM, a closed terminal."""
        return self._asked.is_set()

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Turn Ctrl-C, SIGTERM and a closed terminal into an orderly stop."""
        before = {number: signal.signal(number, self._on_signal) for number in _STOPPING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self, name: str | None = None) -> None:
        """Stop one child, or all of them, the last started first."""
        names = [name] if name is not None else list(reversed(self._children))
        for each in names:
            child = self._children.pop(each, None)
            self._again_at_s.pop(each, None)
            if child is not None:
                self._end(child)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._impatient = self._asked.is_set() and number == signal.SIGINT
        self._asked.set()

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        program.log_file.parent.mkdir(parents=True, exist_ok=True)
        with program.log_file.open("ab") as log_file:
            process = subprocess.Popen(
                [*_ends_with_us(), *program.argv],
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
                env={**os.environ, **program.environment},
                start_new_session=True,
            )
        if self._pid_folder is not None:
            self._pid_folder.mkdir(parents=True, exist_ok=True)
            self._pid_file(program.name).write_text(str(process.pid))
        _log.info("program_started", name=program.name, pid=process.pid)
        return process

    def _revive(self, child: _Child, code: int) -> None:
        name, now_s = child.program.name, monotonic_s()
        if name not in self._again_at_s:
            if now_s - child.started_s > _CALM_S:
                child.wait_s = _FIRST_RETRY_S
            self._again_at_s[name] = now_s + child.wait_s
            _log.error("program_ended", name=name, code=code, again_in_s=child.wait_s)
            child.wait_s = min(child.wait_s * 2, _LONGEST_RETRY_S)
        elif now_s >= self._again_at_s[name]:
            del self._again_at_s[name]
            _end_group(child.process.pid)
            child.process = self._spawn(child.program)
            child.started_s = now_s

    def _end(self, child: _Child) -> None:
        process = child.process
        if process.poll() is None:
            process.terminate()
            until(
                lambda: process.poll() is not None or self._impatient,
                timeout_s=child.program.stop_s,
            )
        if process.poll() is None:
            _log.warning("program_killed", name=child.program.name, pid=process.pid)
        _end_group(process.pid)
        code = process.wait()
        if self._pid_folder is not None:
            self._pid_file(child.program.name).unlink(missing_ok=True)
        _log.info("program_stopped", name=child.program.name, code=code)

    def _pid_file(self, name: str) -> Path:
        if self._pid_folder is None:
            raise ValueError("this supervisor keeps no pid files")
        return self._pid_folder / f"{name}.pid"


def _end_group(leader: int) -> None:
    """Kill whatever is left of a child's own session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _ends_with_us() -> list[str]:
    """A prefix that makes the kernel end a program with its parent, where there is one."""
    setpriv = shutil.which("setpriv")
    return [] if setpriv is None else [setpriv, "--pdeathsig", "TERM", "--"]
