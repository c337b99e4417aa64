"""Start a server apart from us, find it again, and signal nothing else.

The server writes its own pid before it becomes the server, so no crash of ours
loses it. A pid is believed only while that process's command line still holds
the instance's own data path, and the signal goes through a pidfd opened before
that check: a pid that was given to someone else meanwhile is never touched.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.clock import monotonic_s, pause
from core.errors import ServiceError

_PROC = Path("/proc")
_POLL_S = 0.02
_LOG_BYTES = 16 * 1024 * 1024
_EXEC_S = 0.002
_EXEC_LOOKS = 100
_WRITE_PID_AND_BECOME = 'echo $$ >"$0" && exec "$@"'
_APART = '"$@" &'
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
}


@dataclass(frozen=True, slots=True)
class Daemon:
    """A server known by its pid file and by a word that only its command line holds."""

    pid_file: Path
    mark: str

    def start(self, argv: Sequence[str], *, log: Path) -> int:
        """Start the server in a session of its own; answer its pid."""
        self.pid_file.unlink(missing_ok=True)
        _start_afresh_when_long(log)
        becoming = ["sh", "-c", _WRITE_PID_AND_BECOME, str(self.pid_file), *argv]
        with log.open("ab") as out:
            subprocess.run(
                ["sh", "-c", _APART, "sh", *becoming],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=server_environment(),
                start_new_session=True,
                check=True,
            )
        if not until(lambda: self._recorded() is not None, timeout_s=10):
            raise ServiceError(f"{argv[0]} could not be started; look at {log}")
        return self._recorded() or 0

    def pid(self) -> int | None:
        """The live server's pid, or None; a stale pid file means None."""
        pid = self._recorded()
        return pid if pid is not None and holds_mark(pid, self.mark) else None

    def signal(self, number: int) -> bool:
        """Signal the server; answer whether it was there."""
        pid = self._recorded()
        return pid is not None and signal_if(pid, number, lambda: holds_mark(pid, self.mark))

    def gone(self, *, timeout_s: float) -> bool:
        """Wait for the server to end; on success its pid file is removed."""
        if not until(lambda: self.pid() is None, timeout_s=timeout_s):
            return False
        self.pid_file.unlink(missing_ok=True)
        return True

    def _recorded(self) -> int | None:
        with suppress(OSError, ValueError):
            return int(self.pid_file.read_text())
        return None


def _start_afresh_when_long(log: Path) -> None:
    with suppress(FileNotFoundError):
        if log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".old.log"))


def server_environment() -> dict[str, str]:
    """A small environment: nothing of the caller's (PGPORT, LC_ALL, proxies) reaches a server."""
    return dict(_ENVIRONMENT)


def run(
    argv: Sequence[str],
    *,
    accept: Container[int] = (0,),
    environment: Mapping[str, str] | None = None,
    text: str = "",
) -> str:
    """Feed a short program and run it to its end; answer its output, or raise with its words."""
    done = subprocess.run(
        list(argv),
        input=text,
        capture_output=True,
        text=True,
        errors="replace",
        env={**server_environment(), **(environment or {})},
        start_new_session=True,  # Ctrl-C is for us to hear
        check=False,
    )
    if done.returncode not in accept:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise ServiceError(f"{' '.join(argv[:6])} … failed with code {done.returncode}: {said}")
    return done.stdout


def until(reached: Callable[[], bool], *, timeout_s: float) -> bool:
    """Look until it is so; answer whether it came in time."""
    deadline_s = monotonic_s() + timeout_s
    while not reached():
        if monotonic_s() > deadline_s:
            return False
        pause(_POLL_S)
    return True


def signal_if(pid: int, number: int, is_ours: Callable[[], bool]) -> bool:
    """Signal a process only if it is the one meant; answer whether it was."""
    with suppress(ProcessLookupError, PermissionError):
        if not hasattr(os, "pidfd_open"):
            return is_ours() and _kill(pid, number)
        try:
            handle = os.pidfd_open(pid)
        except OSError as exc:
            if isinstance(exc, ProcessLookupError):
                return False
            return is_ours() and _kill(pid, number)
        try:
            if not is_ours():
                return False
            signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)
        return True
    return False


def holds_mark(pid: int, mark: str) -> bool:
    """Whether a live process has this word among its arguments."""
    if not _PROC.joinpath("self").exists():
        return mark in _ps(pid).split()
    for _ in range(_EXEC_LOOKS):
        try:
            stat = _PROC.joinpath(str(pid), "stat").read_text()
            command = _PROC.joinpath(str(pid), "cmdline").read_bytes()
        except OSError:
            return False
        if stat.rpartition(")")[2].split()[0] in {"Z", "X"}:
            return False
        if command:
            return os.fsencode(mark) in command.split(b"\0")
        pause(_EXEC_S)  # between two programs, in exec, a process has no command line
    return False


def _kill(pid: int, number: int) -> bool:
    os.kill(pid, number)
    return True


def _ps(pid: int) -> str:
    return subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
