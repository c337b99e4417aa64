"""Free loopback ports that a server can have again after a restart.

They lie below the kernel's ephemeral range: a client that reconnects in a loop
to an ephemeral port can be given that very port as its own and connect to
itself, and then the server can never come back on it.
"""

import random
import socket
from contextlib import suppress
from pathlib import Path

from core.errors import ServiceError

LOOPBACK = "127.0.0.1"
_LOWEST = 15_000
_RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES = 400


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
        return True


def listening(port: int, *, timeout_s: float = 0.5) -> bool:
    """Whether something accepts connections on this loopback port."""
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=timeout_s):
        return True
    return False


def choose(wanted: int | None = None, *, taken: frozenset[int] = frozenset()) -> int:
    """Keep the wanted port while it is free; otherwise pick another that is."""
    if wanted is not None and wanted not in taken and is_free(wanted):
        return wanted
    pick = random.SystemRandom()
    highest = _ephemeral_start() - 1
    for _ in range(_TRIES):
        port = pick.randint(_LOWEST, highest)
        if port not in taken and is_free(port):
            return port
    raise ServiceError(
        f"no free port between {_LOWEST} and {highest} on {LOOPBACK}; stop something and try again"
    )


def _ephemeral_start() -> int:
    try:
        start = int(_RANGE_FILE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        start = 32_768
    return start if start > _LOWEST + 1_000 else 32_768
