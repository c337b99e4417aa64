"""A private PostgreSQL with TimescaleDB, durable unless told otherwise.

The data folder is made aside and renamed, so it is whole or absent. Access is
by password over loopback only, with no socket file and no trust. `c5` owns the
database and may create others (tests clone templates) and roles (the one that
dashboards read with); it is no superuser.
"""

import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.log import get
from deploy.local.errors import DataUnusable, StartFailed, StopFailed
from deploy.local.ports import LOOPBACK
from deploy.local.process import Daemon, holds_mark, run, until
from deploy.local.toolchain import PostgresKit

USER = "c5"
SUPERUSER = "postgres"
DATABASE = "c5"
StopMode = Literal["smart", "fast", "immediate"]

_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_START_S = 120.0  # long enough for recovery after a crash
_STOP_S = 120.0
_STATUS_LINE = 7
_log = get(__name__)

_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "max_connections": "100",
    "max_worker_processes": "32",  # TimescaleDB keeps one for every database
    "max_locks_per_transaction": "256",  # a query over a year of daily chunks locks each
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "wal_compression": "on",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}
_FRAGILE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "autovacuum": "off",
}
_ACCESS = f"""\
# Written by deploy/local/postgres.py.
host all all {LOOPBACK}/32 scram-sha-256
"""
_PROVISION = """\
SELECT format('CREATE ROLE c5 LOGIN CREATEDB PASSWORD %L', :'password')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'c5') \\gexec
ALTER ROLE c5 CREATEROLE;
SELECT 'CREATE DATABASE c5 OWNER c5'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'c5') \\gexec
"""


@dataclass(slots=True, kw_only=True)
class Postgres:
    """One server: its folder, its port, its life."""

    kit: PostgresKit
    folder: Path
    log_file: Path
    pid_file: Path
    port: int
    password: str
    superuser_password: str
    durable: bool = True
    settings: dict[str, str] = field(default_factory=dict)  # over the ones above

    def url(self, database: str = DATABASE) -> str:
        """The address of one of its databases, for the role that owns them."""
        return f"postgresql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def superuser_url(self, database: str = DATABASE) -> str:
        """The same for the superuser, which C5 itself does not need."""
        word = self.superuser_password
        return f"postgresql://{SUPERUSER}:{word}@{LOOPBACK}:{self.port}/{database}"

    def pid(self) -> int | None:
        """Its pid while it lives."""
        return self._daemon.pid()

    def start(self) -> None:
        """Start it, making its data first when there is none; wait until it takes connections."""
        if self.pid() is not None and self._is_ready():
            return
        self._init()
        self._configure()
        self._forget_stale_pid()
        if self.pid() is None:
            argv = self.kit.argv("postgres", "-D", self._mark)
            self._daemon.start(argv, log=self.log_file)
        until(lambda: self._is_ready() or self.pid() is None, timeout_s=_START_S)
        if self.pid() is None:
            raise StartFailed("PostgreSQL", "it ended at once", log=self.log_file)
        if not self._is_ready():
            raise StartFailed("PostgreSQL", f"not ready in {_START_S:.0f} s", log=self.log_file)
        self._provision()
        _log.info("database_started", port=self.port, pid=self.pid())

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop it: smart waits for clients, fast ends them, immediate is a crash."""
        if self._daemon.signal(_SIGNALS[mode]) and not self._daemon.gone(timeout_s=_STOP_S):
            raise StopFailed(f"PostgreSQL (pid {self.pid()}) did not stop; look at {self.log_file}")
        _log.info("database_stopped", port=self.port, mode=mode)

    def restart(self, mode: StopMode = "fast") -> None:
        """Stop it and start it again on the same port."""
        self.stop(mode)
        self.start()

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.folder / "data"

    @property
    def _mark(self) -> str:
        return self.kit.place.inside(self.data)

    @property
    def _daemon(self) -> Daemon:
        return Daemon(self.pid_file, self._mark)

    def _is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return (
            len(lines) > _STATUS_LINE
            and lines[_STATUS_LINE].strip() == "ready"
            and lines[0].strip() == str(self.pid())
        )

    def _init(self) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != str(self.kit.major):
                raise DataUnusable(
                    f"{self.data} was made by PostgreSQL {found} and this machine has "
                    f"{self.kit.version}; export it with the older one, or delete {self.folder} "
                    "to start empty"
                )
            return
        if self.data.exists():
            raise DataUnusable(
                f"{self.data} is not a PostgreSQL data folder; delete {self.folder} to start empty"
            )
        new = self.folder / "data.new"
        if new.exists():
            shutil.rmtree(new)
        self.kit.place.give(self.folder)
        word = self.folder / "first-password"
        word.unlink(missing_ok=True)
        word.touch(mode=0o600)
        word.write_text(self.superuser_password)
        self.kit.place.give(word)
        inside = self.kit.place.inside
        try:
            run(
                self.kit.argv(
                    "initdb",
                    f"--pgdata={inside(new)}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={inside(word)}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--data-checksums",
                    *([] if self.durable else ["--no-sync"]),
                )
            )
        finally:
            word.unlink()
        new.rename(self.data)

    def _configure(self) -> None:
        values = {**_SETTINGS, **({} if self.durable else _FRAGILE), **self.settings}
        values["port"] = str(self.port)
        text = "".join(f"{name} = '{value}'\n" for name, value in values.items())
        own = self.data / "c5.conf"
        own.write_text(f"# Written by deploy/local/postgres.py.\n{text}")
        self.kit.place.give(own)
        main = self.data / "postgresql.conf"
        include = "include 'c5.conf'\n"
        if include not in main.read_text():
            with main.open("a") as file:
                file.write(include)
        (self.data / "pg_hba.conf").write_text(_ACCESS)

    def _forget_stale_pid(self) -> None:
        """Drop a pid that now is someone else's; a live server of ours is adopted.

        PostgreSQL sorts out a dead pid itself, but takes any live process of the
        same user for a rival. Its shared-memory interlock still guards the data.
        """
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return
        if holds_mark(pid, self._mark):
            self.pid_file.write_text(str(pid))
        else:
            lock.unlink(missing_ok=True)

    def _provision(self) -> None:
        """Make the role and its database, unless they are there."""
        self._psql(f"\\set password '{self.password}'\n{_PROVISION}")

    def _psql(self, script: str) -> str:
        return run(
            self.kit.argv(
                "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", LOOPBACK,
                "-p", str(self.port), "-U", SUPERUSER, "-d", "postgres", "-f", "-",
            ),
            environment={"PGPASSWORD": self.superuser_password},
            text=script,
        )  # fmt: skip
