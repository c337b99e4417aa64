"""A small Debian 13 of our own, holding the servers that this machine lacks.

It is made once per user, in the cache folder, and shared by every clone. It is
built aside and renamed into place under a lock, so it is either whole or
absent; a tree found half-made is built again, keeping the data inside it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from core import log
from deploy import system
from deploy.local.errors import TreeFailed, last_lines
from deploy.local.locks import exclusive
from deploy.local.place import passable

SUITE = "trixie"
PACKAGES = ("postgresql-17-timescaledb", "mosquitto", "mosquitto-clients")
USER = "c5"
UID = 61_005  # between the ranges that systemd hands out; unlikely to be anyone here
DATA = "srv/c5"
POSTGRES_BIN = "/usr/lib/postgresql/17/bin"
MOSQUITTO = "/usr/sbin/mosquitto"

_NEEDED = (
    "usr/lib/postgresql/17/bin/postgres",
    "usr/lib/postgresql/17/bin/initdb",
    "usr/lib/postgresql/17/bin/psql",
    "usr/share/postgresql/17/extension/timescaledb.control",
    "usr/sbin/mosquitto",
    "usr/bin/setpriv",
    "etc/passwd",
)
_log = log.get(__name__)

Builder = Callable[[Path, Path], None]
"""Makes a tree in a folder, and writes what it does to a log."""


def location() -> Path:
    """The user's tree: one for all clones."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "c5" / "debian-13"


def is_possible() -> str | None:
    """None when this machine could make and use a tree; otherwise why not."""
    if os.geteuid() != 0:
        return "it needs root, to run debootstrap and chroot"
    if not Path("/etc/debian_version").exists():
        return "it needs a Debian-family system, for debootstrap"
    return None


def fault(tree: Path) -> str | None:
    """What is wrong with a tree, or None when it is whole."""
    if not tree.is_dir():
        return "there is none yet"
    if (tree / "debootstrap").exists():
        return "its installation was interrupted"
    for name in _NEEDED:
        if not (tree / name).exists():
            return f"it lacks {name}"
    if plugin(tree) is None:
        return "it lacks mosquitto_dynamic_security.so"
    return None


def plugin(tree: Path) -> str | None:
    """Where the broker's access plugin is, as seen inside the tree."""
    for found in tree.glob("usr/lib/*/mosquitto_dynamic_security.so"):
        return f"/{found.relative_to(tree)}"
    return None


def ensure(tree: Path | None = None, *, build: Builder | None = None) -> Path:
    """Answer a whole tree, making or healing it first when needed."""
    tree = tree or location()
    if fault(tree) is None:
        _ready(tree)
        return tree
    with exclusive(tree.with_name(f"{tree.name}.lock"), on_wait=_say_waiting):
        found = fault(tree)
        if found is not None:
            _say(
                f"preparando servidores locales (una sola vez, ~1 min) en {tree}",
                f"preparing local servers (once, ~1 min) in {tree}: {found}",
            )
            _make(tree, build or _debootstrap)
        _ready(tree)
    return tree


def _make(tree: Path, build: Builder) -> None:
    new = tree.with_name(f"{tree.name}.new")
    report = tree.with_name(f"{tree.name}.log")
    if new.exists():
        shutil.rmtree(new)
    new.mkdir(parents=True)
    build(new, report)
    lacks = fault(new)
    if lacks is not None:
        raise TreeFailed(f"the tree in {new} was made, but {lacks}; see {report}")
    if tree.exists():
        _keep_data(tree, new)
        old = tree.with_name(f"{tree.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        tree.rename(old)
        new.rename(tree)
        shutil.rmtree(old, ignore_errors=True)
    else:
        new.rename(tree)
    _log.info("debian_tree_made", tree=str(tree))


def _keep_data(old: Path, new: Path) -> None:
    data = old / DATA
    if data.is_dir():
        (new / DATA).parent.mkdir(parents=True, exist_ok=True)
        data.rename(new / DATA)


def _ready(tree: Path) -> None:
    """Give the tree its user and its data folder; nothing to do the second time."""
    for name, line in (
        ("etc/passwd", f"{USER}:x:{UID}:{UID}::/{DATA}:/usr/sbin/nologin\n"),
        ("etc/group", f"{USER}:x:{UID}:\n"),
    ):
        path = tree / name
        if f"{USER}:x:{UID}:" not in path.read_text():
            with path.open("a") as file:
                file.write(line)
    if not (tree / DATA).is_dir():
        passable(tree / DATA)


def _debootstrap(folder: Path, report: Path) -> None:
    system.ensure(["debootstrap"])
    exe = system.program("debootstrap") or "debootstrap"
    mirror = os.environ.get("C5_DEBIAN_MIRROR")
    argv = [exe, "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(folder)]
    _logged([*argv, mirror] if mirror else argv, report)


def add_clients(tree: Path) -> None:
    """Give an older tree mosquitto_pub and mosquitto_sub, which newer ones have from the start."""
    if (tree / "usr/bin/mosquitto_pub").exists():
        return
    with exclusive(tree.with_name(f"{tree.name}.lock"), on_wait=_say_waiting):
        report = tree.with_name(f"{tree.name}.log")
        apt = ["chroot", str(tree), "apt-get", "-q", "-y"]
        _logged([*apt, "update"], report)
        _logged([*apt, "install", "--no-install-recommends", "mosquitto-clients"], report)


def _logged(argv: list[str], report: Path) -> None:
    report.parent.mkdir(parents=True, exist_ok=True)
    with report.open("ab") as out:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
            umask=0o022,
            check=False,
        )
    if done.returncode:
        raise TreeFailed(
            f"{Path(argv[0]).name} failed with code {done.returncode}; run the same command again "
            f"(it starts afresh), or start deploy/compose.yaml and set C5_DATABASE__URL and "
            f"C5_MQTT__URL. The end of {report}:\n{last_lines(report, 15)}"
        )


def _say_waiting() -> None:
    _say(
        "otro proceso prepara los servidores locales; esperando",
        "another process is preparing the local servers; waiting",
    )


def _say(spanish: str, english: str) -> None:
    print(f"c5: {spanish}\nc5: {english}", file=sys.stderr, flush=True)  # noqa: T201  progress
