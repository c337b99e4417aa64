"""What can go wrong with local servers; each message says what to do next."""

from pathlib import Path

from core.errors import ServiceError


class ServersMissing(ServiceError):
    """No PostgreSQL with TimescaleDB, or no Mosquitto, and no way to provide them."""

    reason = "servers_missing"


class TreeFailed(ServiceError):
    """The Debian tree that holds the servers could not be made."""

    reason = "tree_failed"


class StartFailed(ServiceError):
    """A server did not become ready; the message ends with the last lines of its log."""

    reason = "start_failed"

    def __init__(self, name: str, why: str, *, log: Path) -> None:
        super().__init__(f"{name} did not start: {why}; its log is {log}\n{last_lines(log, 12)}")


class StopFailed(ServiceError):
    """A server would not stop in time."""

    reason = "stop_failed"


class DataUnusable(ServiceError):
    """A data folder is not one that this build can use; the message names what to delete."""

    reason = "data_unusable"


class InstanceBusy(ServiceError):
    """Another process is running this instance in the foreground."""

    reason = "instance_busy"


class ChildDied(ServiceError):
    """A supervised program ended by itself."""

    reason = "child_died"

    def __init__(self, name: str, code: int, *, log: Path) -> None:
        self.name = name
        self.code = code
        super().__init__(
            f"{name} ended by itself with code {code}; its log is {log}\n{last_lines(log, 12)}"
        )


def last_lines(path: Path, count: int) -> str:
    """The end of a log, for a message; nothing when there is none."""
    try:
        with path.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - 64 * 1024))
            lines = log.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])
