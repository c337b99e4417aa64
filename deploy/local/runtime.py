"""Start, stop and describe the private servers of one instance folder.

`up` and `down` are idempotent and hold a lock, so two callers cannot race. A
second start finds the same data, ports and secrets; a port that someone else
took meanwhile is replaced. Only processes whose command line names this very
instance are ever signalled.
"""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.log import get
from deploy.local import ephemeral as ephemerals
from deploy.local import instance as instances
from deploy.local import locks, tls
from deploy.local.endpoints import Endpoints
from deploy.local.errors import InstanceBusy, StartFailed, last_lines
from deploy.local.instance import Instance
from deploy.local.mosquitto import Mosquitto
from deploy.local.place import Place, passable
from deploy.local.ports import is_free
from deploy.local.postgres import Postgres, StopMode
from deploy.local.toolchain import SERVERS, Server, Toolchain, find

_START_TRIES = 3
_log = get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStatus:
    """One server, as it is now."""

    name: Server
    running: bool
    pid: int | None
    port: int
    version: str
    log_file: str


class Runtime:
    """The servers of one instance folder."""

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = True,
        ephemeral: bool = False,
        servers: Collection[Server] = SERVERS,
        toolchain: Toolchain | None = None,
        postgres_settings: dict[str, str] | None = None,
        autosave_interval_s: int = 5,
    ) -> None:
        self.folder = folder.resolve()
        self._durable = durable
        self._ephemeral = ephemeral
        self._alive: list[int] = []
        self._servers = frozenset(servers)
        self._found = toolchain
        self._postgres_settings = postgres_settings or {}
        self._autosave_interval_s = autosave_interval_s

    @property
    def toolchain(self) -> Toolchain:
        """The programs it runs; looked for once."""
        if self._found is None:
            self._found = find(self._servers)
        return self._found

    @property
    def postgres(self) -> Postgres:
        """The database server of an instance that has been up."""
        return self._postgres(self._known())

    @property
    def mosquitto(self) -> Mosquitto:
        """The broker of an instance that has been up."""
        return self._mosquitto(self._known())

    def up(self) -> Endpoints:
        """Start what does not run yet; answer once all of it is ready."""
        with self._lock():
            known = instances.load(self._file)
            if known is None:
                known = instances.create(self.folder.name)
                instances.save(self._file, known)
            if self._ephemeral and not self._alive:
                homes = {place.folder(self.folder, known.instance_id) for place in self._places()}
                self._alive = [ephemerals.claim(home) for home in sorted(homes)]
            started: list[Postgres | Mosquitto] = []
            try:
                for attempt in range(_START_TRIES):
                    known = self._with_free_ports(known)
                    try:
                        self._start(known, started)
                        break
                    except StartFailed:
                        if attempt == _START_TRIES - 1 or self._ports_are_free(known):
                            raise
            except BaseException:
                for server in reversed(started):
                    server.stop()
                raise
            return self._endpoints(known)

    def down(self, mode: StopMode = "fast") -> list[Server]:
        """Stop what runs; answer what did."""
        stopped: list[Server] = []
        known = instances.load(self._file)
        if known is None:
            return stopped
        with self._lock():
            if self._has("mosquitto", known):
                self._mosquitto(known).stop()
                stopped.append("mosquitto")
            if self._has("postgres", known):
                self._postgres(known).stop(mode)
                stopped.append("postgres")
        return stopped

    @contextmanager
    def session(self) -> Iterator[Endpoints]:
        """Run the servers in the foreground: alone on this instance, stopped at the end.

        Servers that an earlier, killed session left behind are adopted.
        """
        held = locks.try_hold(self._owner_file)
        if held is None:
            raise InstanceBusy(
                f"process {self.owner() or '?'} is already running {self.folder}; stop it with "
                "`c5 down`, or choose another folder with C5_LOCAL__DIR"
            )
        try:
            yield self.up()
        finally:
            try:
                self.down()
            finally:
                os.close(held)

    def owner(self) -> int | None:
        """The pid of the foreground session of this instance, if there is one."""
        return locks.holder(self._owner_file)

    def endpoints(self) -> Endpoints | None:
        """Where the servers are, when all of them run; None otherwise."""
        known = instances.load(self._file)
        if known is None or not all(status.running for status in self.status()):
            return None
        return self._endpoints(known)

    def status(self) -> list[ServerStatus]:
        """Every server of the instance, as it is now; nothing before the first start."""
        known = instances.load(self._file)
        if known is None:
            return []
        found: list[ServerStatus] = []
        for name in SERVERS:
            if name not in self._servers:
                continue
            server = self._postgres(known) if name == "postgres" else self._mosquitto(known)
            found.append(
                ServerStatus(
                    name=name,
                    running=server.pid() is not None,
                    pid=server.pid(),
                    port=server.port,
                    version=server.kit.version,
                    log_file=str(server.log_file),
                )
            )
        return found

    def logs(self, server: Server, *, lines: int = 50) -> str:
        """The end of a server's log."""
        return last_lines(self._log_file(server), lines)

    def destroy(self) -> None:
        """Stop everything and delete the data; there is no way back."""
        known = instances.load(self._file)
        if known is not None:
            self.down("immediate")
            for place in self._places():
                shutil.rmtree(place.folder(self.folder, known.instance_id), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        while self._alive:
            os.close(self._alive.pop())

    @property
    def _file(self) -> Path:
        return self.folder / "instance.json"

    @property
    def _owner_file(self) -> Path:
        return self.folder / "owner.lock"

    def _log_file(self, server: Server) -> Path:
        return self.folder / "logs" / f"{server}.log"

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locks.exclusive(self.folder / "servers.lock"):
            yield

    def _known(self) -> Instance:
        known = instances.load(self._file)
        if known is None:
            raise StartFailed("the instance", "`up` comes first", log=self._log_file("postgres"))
        return known

    def _places(self) -> list[Place]:
        if not self._servers:
            return []
        kits = (self.toolchain.found_postgres, self.toolchain.found_mosquitto)
        return [kit.place for kit in kits if kit is not None]

    def _with_free_ports(self, known: Instance) -> Instance:
        adjusted = instances.with_free_ports(
            known,
            postgres="postgres" in self._servers and not self._has("postgres", known),
            broker="mosquitto" in self._servers and not self._has("mosquitto", known),
        )
        if adjusted != known:
            _log.warning("ports_changed", folder=str(self.folder))
            instances.save(self._file, adjusted)
        return adjusted

    def _has(self, server: Server, known: Instance) -> bool:
        """Whether a server that is ours to run, runs."""
        if server not in self._servers:
            return False
        one = self._postgres(known) if server == "postgres" else self._mosquitto(known)
        return one.pid() is not None

    def _ports_are_free(self, known: Instance) -> bool:
        return all(map(is_free, (known.postgres_port, known.mqtt_port, known.mqtt_tls_port)))

    def _start(self, known: Instance, started: list[Postgres | Mosquitto]) -> None:
        (self.folder / "logs").mkdir(exist_ok=True)
        if "postgres" in self._servers:
            postgres = self._postgres(known)
            self._prepare(postgres.kit.place, known, "postgres")
            if postgres.pid() is None:
                started.append(postgres)
            postgres.start()
        if "mosquitto" in self._servers:
            mosquitto = self._mosquitto(known)
            place = mosquitto.kit.place
            self._prepare(place, known, "mosquitto")
            certificate, key = mosquitto.certificate_files
            tls.ensure(
                authority=self._ca_file,
                authority_key=self.folder / "tls" / "ca.key",
                certificate=certificate,
                key=key,
            )
            place.give(key)
            place.give(certificate)
            if mosquitto.pid() is None:
                started.append(mosquitto)
            mosquitto.start()

    def _prepare(self, place: Place, known: Instance, server: Server) -> None:
        """Make the server's data folder and, when it lies elsewhere, a link that shows where."""
        home = place.folder(self.folder, known.instance_id)
        if place.data_home is not None:
            passable(place.data_home)
        own = passable(home) / server
        own.mkdir(mode=0o700, exist_ok=True)
        place.give(own)
        (self.folder / "tls").mkdir(mode=0o700, exist_ok=True)
        if place.data_home is not None:
            link = self.folder / f"{server}-data"
            if not link.is_symlink() or link.readlink() != own:
                link.unlink(missing_ok=True)
                link.symlink_to(own)

    @property
    def _ca_file(self) -> Path:
        return self.folder / "tls" / "ca.pem"

    def _postgres(self, known: Instance) -> Postgres:
        kit = self.toolchain.postgres
        home = kit.place.folder(self.folder, known.instance_id)
        return Postgres(
            kit=kit,
            folder=home / "postgres",
            log_file=self._log_file("postgres"),
            pid_file=home / "postgres.pid",
            port=known.postgres_port,
            password=known.database_password,
            superuser_password=known.superuser_password,
            durable=self._durable,
            settings=self._postgres_settings,
        )

    def _mosquitto(self, known: Instance) -> Mosquitto:
        kit = self.toolchain.mosquitto
        home = kit.place.folder(self.folder, known.instance_id)
        return Mosquitto(
            kit=kit,
            folder=home / "mosquitto",
            log_file=self._log_file("mosquitto"),
            pid_file=home / "mosquitto.pid",
            port=known.mqtt_port,
            tls_port=known.mqtt_tls_port,
            passwords=known.broker_passwords,
            autosave_interval_s=self._autosave_interval_s,
        )

    def _endpoints(self, known: Instance) -> Endpoints:
        return Endpoints.of(known, ca_file=self._ca_file)
