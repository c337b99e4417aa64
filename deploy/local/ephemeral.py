"""Instances that must not outlive the process that made them, not even after a SIGKILL.

Such an instance's data folder holds a lock that its maker keeps. The kernel
drops the lock with the process, so whoever finds it free may stop the servers
and delete the data. Ordinary instances have no such lock and are never touched.
"""

import shutil
import signal
from pathlib import Path

from core.log import get
from deploy.local import locks
from deploy.local.errors import InstanceBusy
from deploy.local.place import Place, passable
from deploy.local.process import Daemon

_OWNER = "owner.lock"
_GUARD = ".ephemeral.lock"  # so that a sweep never meets an instance being made
_END_S = 30.0
_ENDS = (
    ("mosquitto", "mosquitto/mosquitto.conf", signal.SIGTERM),
    ("postgres", "postgres/data", signal.SIGQUIT),  # at once: nobody wants the data
)
_log = get(__name__)


def claim(home: Path) -> int:
    """Mark an instance's data as living no longer than us; the answer holds the mark while open."""
    passable(home.parent)
    with locks.exclusive(home.parent / _GUARD):
        passable(home)
        held = locks.try_hold(home / _OWNER)
    if held is None:
        raise InstanceBusy(f"another process runs {home}; choose another folder")
    return held


def sweep(place: Place) -> list[str]:
    """Stop and delete the instances whose makers are gone; answer their names."""
    swept: list[str] = []
    if place.data_home is None or not place.data_home.is_dir():
        return swept
    with locks.exclusive(place.data_home / _GUARD):
        for home in sorted(place.data_home.iterdir()):
            owner = home / _OWNER
            if not owner.is_file() or locks.holder(owner) is not None:
                continue
            for server, mark, number in _ENDS:
                daemon = Daemon(home / f"{server}.pid", place.inside(home / mark))
                daemon.signal(number)
                daemon.gone(timeout_s=_END_S)
            shutil.rmtree(home, ignore_errors=True)
            swept.append(home.name)
    if swept:
        _log.info("abandoned_instances_removed", names=swept)
    return swept
