"""`c5 up`, `down`, `status` and `logs`: the real thing on this machine, from the settings.

`up` stays in the foreground and stops what it started, and only that. Servers
that the settings point at are used as they are; those left unset are private
ones, whose data stay for the next `up`.
"""

import signal
import socket
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from control_center.cli.output import Json, emit, say, table
from core import settings as setting_tree
from core.clock import pause
from core.errors import NotFound
from core.settings import Settings
from deploy import web_build
from deploy.local.endpoints import Endpoints
from deploy.local.errors import StartFailed, StopFailed, last_lines
from deploy.local.ports import choose
from deploy.local.process import holds_mark, signal_if, until
from deploy.local.runtime import Runtime
from deploy.local.supervisor import Program, Supervisor
from deploy.local.toolchain import Server
from store.migrate import migrate

PROGRAMS = ("ingest", "engine", "serve")
NOT_RUNNING = 3  # what init scripts answer for it
_READY_S = 60.0
_DOWN_S = 180.0
_FOLLOW_S = 0.3
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_PORTS = {"postgresql": 5432, "postgres": 5432, "mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One thing that `status` speaks of."""

    name: str
    running: bool
    pid: int | None = None
    port: int | None = None
    detail: str = ""


def up() -> None:
    """Start servers that are unset, ingest, engine and control center; Ctrl-C stops them."""
    chosen = setting_tree.load()
    runtime = Runtime(chosen.local.folder, servers=_own_servers(chosen))
    web_build.ensure()
    supervisor = Supervisor(_pid_folder(runtime))
    with supervisor.signals(), runtime.session() as endpoints, supervisor:
        environment = local_environment(chosen, runtime, endpoints)
        migrate(environment.get("C5_DATABASE__URL") or _database_url(chosen))
        for name in PROGRAMS:
            if not supervisor.asked_to_stop:
                supervisor.start(_program(name, runtime, environment))
        host, port = chosen.control_center.host, int(environment["C5_CONTROL_CENTER__PORT"])
        if _serves(supervisor, runtime, host, port):
            say(f"C5 · http://{host}:{port}")
            say("Ctrl-C: detener · stop.  Usuarios · users: c5 user add")
            supervisor.run()


def down() -> None:
    """Stop what `c5 up` or an interrupted run left running; data stay."""
    chosen = setting_tree.load()
    runtime = Runtime(chosen.local.folder, servers=_own_servers(chosen))
    owner = runtime.owner()
    if owner is not None:
        signal_if(owner, signal.SIGTERM, lambda: runtime.owner() == owner)
        if not until(lambda: runtime.owner() is None, timeout_s=_DOWN_S):
            raise StopFailed(
                f"process {owner} does not stop; look at {runtime.folder / 'logs'}, then end it"
            )
        say(f"c5 up ({owner}): detenido · stopped")
        return
    stopped = runtime.down()
    say(f"detenido · stopped: {', '.join(stopped)}" if stopped else "nada corría · nothing ran")


def status(as_json: Json = False) -> None:
    """Say what runs; exit code 0 when all of it does, 3 otherwise."""
    chosen = setting_tree.load()
    runtime = Runtime(chosen.local.folder, servers=_own_servers(chosen))
    parts = [*_servers(chosen, runtime), *_programs(runtime)]
    running = all(part.running for part in parts)
    if as_json:
        emit(
            {
                "running": running,
                "folder": str(runtime.folder),
                "foreground_pid": runtime.owner(),
                "parts": [asdict(part) for part in parts],
            }
        )
    else:
        rows = [
            (part.name, "sí · yes" if part.running else "no", part.pid, part.port, part.detail)
            for part in parts
        ]
        table(("", "corre · runs", "pid", "puerto · port", ""), rows)
    if not running:
        raise typer.Exit(NOT_RUNNING)


def logs(
    name: Annotated[
        str | None,
        typer.Argument(help="postgres, mosquitto, ingest, engine or serve; left out: all."),
    ] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="Last lines of each.")] = 40,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as they grow.")] = False,
) -> None:
    """Show the services' logs."""
    runtime = Runtime(setting_tree.load().local.folder)
    folder = runtime.folder / "logs"
    files = [folder / f"{name}.log"] if name else sorted(folder.glob("*.log"))
    if not files or not all(file.exists() for file in files):
        raise NotFound(
            f"no log in {folder}; `c5 up` writes postgres, mosquitto, {', '.join(PROGRAMS)}"
        )
    for file in files:
        if len(files) > 1:
            say(f"== {file.stem}")
        sys.stdout.write(f"{last_lines(file, lines)}\n")
    if follow:
        with suppress(KeyboardInterrupt):
            _follow(files)


def local_environment(chosen: Settings, runtime: Runtime, endpoints: Endpoints) -> dict[str, str]:
    """The settings that a child needs besides ours: what is private, and nothing that was set."""
    all_of_it = endpoints.environment()
    is_set = {
        "C5_DATABASE__URL": chosen.database.url is not None,
        "C5_INGEST__PLATE_KEY": chosen.ingest.plate_key is not None,
        "C5_CONTROL_CENTER__SESSION_SECRET": chosen.control_center.session_secret is not None,
    }
    kept = {
        name: value
        for name, value in all_of_it.items()
        if not is_set.get(name, name.startswith("C5_MQTT__") and chosen.mqtt.url is not None)
    }
    kept["C5_LOCAL__DIR"] = str(runtime.folder)
    center = chosen.control_center
    kept["C5_CONTROL_CENTER__PORT"] = str(center.port or choose())
    if center.host in _LOOPBACK and "secure_cookies" not in center.model_fields_set:
        kept["C5_CONTROL_CENTER__SECURE_COOKIES"] = "false"
    return kept


def _own_servers(chosen: Settings) -> list[Server]:
    own: list[Server] = []
    if chosen.database.url is None:
        own.append("postgres")
    if chosen.mqtt.url is None:
        own.append("mosquitto")
    return own


def _database_url(chosen: Settings) -> str:
    return chosen.database.url.get_secret_value() if chosen.database.url else ""


def _program(name: str, runtime: Runtime, environment: dict[str, str]) -> Program:
    return Program(
        name=name,
        argv=[sys.executable, "-P", "-m", "control_center", name],
        log_file=_log(runtime, name),
        environment=environment,
        restart=True,
    )


def _serves(supervisor: Supervisor, runtime: Runtime, host: str, port: int) -> bool:
    """Wait until the control center accepts connections; False when asked to stop before."""
    if not until(lambda: supervisor.asked_to_stop or _accepts(host, port), timeout_s=_READY_S):
        raise StartFailed("the control center", "it is silent", log=_log(runtime, "serve"))
    return not supervisor.asked_to_stop


def _servers(chosen: Settings, runtime: Runtime) -> list[_Part]:
    found = {status.name: status for status in runtime.status()}
    parts: list[_Part] = []
    for name, url in (
        ("postgres", _database_url(chosen) or None),
        ("mosquitto", chosen.mqtt.url),
    ):
        own = next((one for key, one in found.items() if key == name), None)
        if url is not None:
            parts.append(_external(name, url))
        elif own is None:
            parts.append(_Part(name=name, running=False))
        else:
            parts.append(
                _Part(
                    name=name,
                    running=own.running,
                    pid=own.pid,
                    port=own.port,
                    detail=own.version,
                )
            )
    return parts


def _external(name: str, url: str) -> _Part:
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or _PORTS.get(parts.scheme, 0)
    return _Part(name=name, running=_accepts(host, port), port=port, detail=host)


def _programs(runtime: Runtime) -> list[_Part]:
    parts: list[_Part] = []
    for name in PROGRAMS:
        pid: int | None = None
        with suppress(OSError, ValueError):
            pid = int((_pid_folder(runtime) / f"{name}.pid").read_text())
        running = pid is not None and holds_mark(pid, "control_center") and holds_mark(pid, name)
        parts.append(_Part(name=name, running=running, pid=pid if running else None))
    return parts


def _accepts(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=2):
        return True
    return False


def _pid_folder(runtime: Runtime) -> Path:
    return runtime.folder / "programs"


def _log(runtime: Runtime, name: str) -> Path:
    return runtime.folder / "logs" / f"{name}.log"


def _follow(files: list[Path]) -> None:
    read = {file: file.stat().st_size for file in files}
    while True:
        for file in files:
            size = file.stat().st_size
            if size < read[file]:  # started afresh
                read[file] = 0
            if size > read[file]:
                with file.open("rb") as grown:
                    grown.seek(read[file])
                    sys.stdout.write(grown.read(size - read[file]).decode("utf-8", "replace"))
                sys.stdout.flush()
                read[file] = size
        pause(_FOLLOW_S)
