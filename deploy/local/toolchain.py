"""Find the server programs of this machine, or provide them.

Each server is looked for by itself: first on this machine, then in the Debian
tree. Only when neither will do is it an error, and that error names what was
looked at, why it would not do, and the compose file.
"""

import os
import pwd
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from core.errors import ServiceError
from deploy.local import tree
from deploy.local.errors import ServersMissing
from deploy.local.place import Place
from deploy.local.process import run

Server = Literal["postgres", "mosquitto"]
SERVERS: tuple[Server, ...] = get_args(Server)
OLDEST_POSTGRES = 15
OLDEST_MOSQUITTO = (2, 0, 18)  # before it: lost sessions, crashes on reload, a leak on bad packets
ROOT_DATA = Path("/var/lib/c5")  # where an unprivileged server of root's may keep data

_POSTGRES_DIRS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_MOSQUITTO_DIRS = ("/usr/sbin", "/usr/local/sbin", "/usr/bin", "/opt/homebrew/sbin")
_PLUGIN = "mosquitto_dynamic_security.so"
_PLUGIN_DIRS = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib", "/usr/libexec")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresKit:
    """A PostgreSQL that has TimescaleDB."""

    place: Place
    bin_dir: str  # as the place calls it
    version: str
    timescaledb_version: str

    @property
    def major(self) -> int:
        """17 for 17.5: what a data folder belongs to."""
        return int(self.version.split(".")[0])

    def argv(self, program: str, *arguments: str) -> list[str]:
        """The command line of one of its programs."""
        return self.place.argv([f"{self.bin_dir}/{program}", *arguments])


@dataclass(frozen=True, slots=True, kw_only=True)
class MosquittoKit:
    """A Mosquitto that has the dynamic-security plugin."""

    place: Place
    exe: str
    plugin: str
    version: str

    def client_argv(self, program: str, *arguments: str) -> list[str]:
        """The command line of mosquitto_pub or mosquitto_sub, which a package of its own brings."""
        if self.place.root is not None:
            return self.place.argv([f"/usr/bin/{program}", *arguments])
        return [shutil.which(program) or program, *arguments]


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """The servers that were asked for, wherever they were found."""

    found_postgres: PostgresKit | None = None
    found_mosquitto: MosquittoKit | None = None

    @property
    def postgres(self) -> PostgresKit:
        """The database server's programs."""
        if self.found_postgres is None:
            raise ServersMissing("PostgreSQL was not looked for; ask `find` for it")
        return self.found_postgres

    @property
    def mosquitto(self) -> MosquittoKit:
        """The broker's program."""
        if self.found_mosquitto is None:
            raise ServersMissing("Mosquitto was not looked for; ask `find` for it")
        return self.found_mosquitto


def find(
    servers: Collection[Server] = SERVERS, *, machine: bool = True, make: bool = True
) -> Toolchain:
    """Answer the servers' programs, making the Debian tree if they are nowhere else.

    machine  False: ignore this machine's own, as if there were none
    make     False: only look; a tree that is not whole is an error
    """
    refused: list[str] = []
    wanted = frozenset(servers)
    postgres = _host_postgres(refused) if machine and "postgres" in wanted else None
    mosquitto = _host_mosquitto(refused) if machine and "mosquitto" in wanted else None
    lacks = {
        name for name, kit in (("postgres", postgres), ("mosquitto", mosquitto)) if kit is None
    }
    if lacks & wanted:
        impossible = tree.is_possible() or (None if make else tree.fault(tree.location()))
        if impossible is not None:
            raise ServersMissing(_missing(refused, impossible))
        root = tree.ensure()
        place = Place(root=root, uid=tree.UID, gid=tree.UID, data_home=root / tree.DATA)
        if "postgres" in lacks & wanted:
            postgres = _tree_postgres(place, root)
        if "mosquitto" in lacks & wanted:
            mosquitto = _tree_mosquitto(place, root)
    return Toolchain(found_postgres=postgres, found_mosquitto=mosquitto)


def _missing(refused: list[str], impossible: str) -> str:
    looked = "; ".join(refused)
    return (
        f"no local servers: {looked}. A Debian tree of our own is not possible here: {impossible}. "
        "Install postgresql-17-timescaledb and mosquitto (Debian 13 or newer), or start "
        "deploy/compose.yaml with Docker and set C5_DATABASE__URL and C5_MQTT__URL"
    )


def _host_postgres(refused: list[str]) -> PostgresKit | None:
    seen = False
    for bin_dir in _postgres_bins():
        seen = True
        try:
            sharedir = Path(run([f"{bin_dir}/pg_config", "--sharedir"]).strip())
        except (ServiceError, OSError):
            sharedir = Path("/usr/share/postgresql") / bin_dir.parent.name
        control = sharedir / "extension" / "timescaledb.control"
        version = _version(f"{bin_dir}/postgres", "--version")
        if int(version.split(".")[0]) < OLDEST_POSTGRES:
            refused.append(f"PostgreSQL {version} in {bin_dir} is older than {OLDEST_POSTGRES}")
        elif not control.is_file():
            refused.append(f"PostgreSQL {version} in {bin_dir} has no TimescaleDB")
        else:
            return PostgresKit(
                place=_host_place("postgres"),
                bin_dir=str(bin_dir),
                version=version,
                timescaledb_version=_extension_version(control),
            )
    if not seen:
        refused.append("there is no PostgreSQL on this machine")
    return None


def _host_mosquitto(refused: list[str]) -> MosquittoKit | None:
    path = os.pathsep.join([os.environ.get("PATH", ""), *_MOSQUITTO_DIRS])
    exe = shutil.which("mosquitto", path=path)
    if exe is None:
        refused.append("there is no Mosquitto on this machine")
        return None
    version = _version(exe, "-h")
    if tuple(int(part) for part in version.split(".")) < OLDEST_MOSQUITTO:
        oldest = ".".join(str(part) for part in OLDEST_MOSQUITTO)
        refused.append(f"Mosquitto {version} is older than {oldest}")
        return None
    for folder in (Path(exe).resolve().parents[1] / "lib", *map(Path, _PLUGIN_DIRS)):
        for plugin in (*folder.glob(_PLUGIN), *folder.glob(f"*/{_PLUGIN}")):
            return MosquittoKit(
                place=_host_place("mosquitto"), exe=exe, plugin=str(plugin), version=version
            )
    refused.append(f"Mosquitto {version} comes without {_PLUGIN}")
    return None


def _tree_postgres(place: Place, root: Path) -> PostgresKit:
    control = root / "usr/share/postgresql/17/extension/timescaledb.control"
    return PostgresKit(
        place=place,
        bin_dir=tree.POSTGRES_BIN,
        version=_version(*place.argv([f"{tree.POSTGRES_BIN}/postgres", "--version"])),
        timescaledb_version=_extension_version(control),
    )


def _tree_mosquitto(place: Place, root: Path) -> MosquittoKit:
    return MosquittoKit(
        place=place,
        exe=tree.MOSQUITTO,
        plugin=tree.plugin(root) or "",
        version=_version(*place.argv([tree.MOSQUITTO, "-h"])),
    )


def _host_place(user: str) -> Place:
    if os.geteuid() != 0:
        return Place()
    for name in (user, "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Place(uid=entry.pw_uid, gid=entry.pw_gid, data_home=ROOT_DATA)
    raise ServersMissing(
        f"root cannot run {user} itself and there is no user {user!r} to run it; make one with "
        f"`useradd --system {user}`"
    )


def _postgres_bins() -> Iterator[Path]:
    """Every PostgreSQL there is, newest first."""
    found: set[Path] = set()
    for pattern in _POSTGRES_DIRS:
        found.update(Path("/").glob(pattern.lstrip("/")))
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        exe = Path(folder) / "postgres"
        if folder and exe.exists():
            found.add(exe.resolve().parent)
    usable = [folder for folder in found if (folder / "postgres").exists()]
    yield from sorted(usable, key=_bin_version, reverse=True)


def _bin_version(bin_dir: Path) -> int:
    digits = re.findall(r"\d+", str(bin_dir))
    return int(digits[-1]) if digits else 0


def _version(*argv: str) -> str:
    """The first version number that a program says, whatever its exit code."""
    try:
        said = run(list(argv), accept=range(256))
    except OSError:
        said = ""
    found = re.search(r"\d+(?:\.\d+)*", said)
    return found[0] if found else "0"


def _extension_version(control: Path) -> str:
    found = re.search(r"default_version\s*=\s*'([^']+)'", control.read_text())
    return found[1] if found else "unknown"
