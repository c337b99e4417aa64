"""The system that the screen's bench measures: servers, three services, fleets of vehicles."""

import json
import os
import secrets
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, LiteralString

from bench import city
from bench.city import BenchCity
from bench.web_figures import Fact
from bench.web_load import Job, Sent
from control_center.auth import passwords
from control_center.auth.rights import Role
from core.clock import epoch_us, monotonic_s
from core.errors import ServiceError
from deploy.local import ports
from deploy.local.errors import ChildDied
from deploy.local.supervisor import Program, Supervisor
from store import account, pool

OPERATOR: Final = "operadora"
_FLEET: Final = 500
"""Vehicles of one process."""
_READY_S: Final = 120.0
_STOP_S: Final = 60.0
_RULES: Final = "SELECT count(*) FROM rule"
_SPEAKING: Final = "SELECT count(DISTINCT device_id) FROM gps_fix"


@dataclass(slots=True)
class System:
    """Everything that runs."""

    servers: BenchCity
    supervisor: Supervisor
    folder: Path
    environment: dict[str, str]
    url: str
    password: str
    """Of the operator."""
    fleets: list[str] = field(default_factory=list)
    """Names of the programs that are vehicles."""

    def check(self) -> None:
        """Raise what ended early; KeyboardInterrupt when somebody asked to stop."""
        self.supervisor.check()
        if self.supervisor.asked_to_stop:
            raise KeyboardInterrupt

    def drive(self, alarms_per_s: float) -> None:
        """Start the fleets; they raise no alarms yet."""
        trucks = sorted(self.servers.credentials)
        count = -(-len(trucks) // _FLEET)
        for number in range(count):
            mine = trucks[number::count]
            job = Job(
                mqtt_url=self.servers.connections.mqtt_url,
                passwords={name: self.servers.credentials[name].password for name in mine},
                alarms_per_s=alarms_per_s * len(mine) / len(trucks),
                go_file=str(self._go),
            )
            name = f"fleet-{number}"
            file = self.folder / f"{name}.json"
            file.touch(mode=0o600)
            file.write_text(json.dumps(asdict(job)))
            self._start(name, "bench.web_load", str(file))
            self.fleets.append(name)

    def await_fleets(self) -> None:
        """Return when every vehicle's first position is stored."""
        trucks = len(self.servers.credentials)
        self.until(lambda: self._count(_SPEAKING) >= trucks, "the last vehicle's first position")

    def alarm(self, *, on: bool) -> None:
        """Let the fleets raise alarms, or no more."""
        if on:
            self._go.touch()
        else:
            self._go.unlink(missing_ok=True)

    def park(self) -> Sent:
        """Stop the fleets; what they did together."""
        for name in self.fleets:
            self.supervisor.stop(name)
        parts = [self._answer(name) for name in self.fleets]
        return Sent(
            fixes=sum(one.fixes for one in parts),
            fixes_s=max(one.fixes_s for one in parts),
            waiting=sum(one.waiting for one in parts),
            alarms=[fact for one in parts for fact in one.alarms],
        )

    def raised(self) -> list[tuple[int, Fact]]:
        """The database's alarms by number, and what each is about."""
        with pool.connect(self.servers.connections.database_url) as conn:
            rows = conn.execute("SELECT alarm_id, device_id, kind, raised_at FROM alarm").fetchall()
        return [
            (number, Fact(device_id or "", kind, epoch_us(at) // 1000))
            for number, device_id, kind, at in rows
        ]

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait for something; a program's death or Ctrl-C end the wait."""
        end_s = monotonic_s() + _READY_S
        if not self.supervisor.run(lambda: is_so() or monotonic_s() > end_s):
            raise KeyboardInterrupt
        if not is_so():
            raise ServiceError(f"waited {_READY_S:g} s in vain for {what}")

    def words(self) -> str:
        """The last line that each program wrote: the folder goes with the bench."""
        last = {
            path.stem: (path.read_text(errors="replace").strip().splitlines() or ["nothing"])[-1]
            for path in sorted(self.folder.glob("*.log"))
        }
        return "; ".join(f"{name} said last: {line[-300:]}" for name, line in last.items())

    def serve(self, metrics_port: int) -> None:
        """Start the three services, each when what it needs is there."""
        metrics = f"http://127.0.0.1:{metrics_port}/metrics"
        self._start("ingest", "control_center", "ingest")
        self.until(lambda: b"c5_ingest_subscribed 1.0" in _get(metrics), "ingest")
        self._start("engine", "control_center", "engine")
        self._start("serve", "control_center", "serve")
        self.until(lambda: b'"ok"' in _get(f"{self.url}/api/health"), "the control center")
        self.until(lambda: self._count(_RULES) > 0, "the engine's rules")

    def _count(self, query: LiteralString) -> int:
        with pool.connect(self.servers.connections.database_url) as conn:
            row = conn.execute(query).fetchone()
        return int(row[0]) if row else 0

    @property
    def _go(self) -> Path:
        return self.folder / "go"

    def _answer(self, name: str) -> Sent:
        lines = (self.folder / f"{name}.log").read_text().strip().splitlines()
        try:
            said = json.loads(lines[-1])
        except (IndexError, ValueError) as exc:
            raise ServiceError(f"{name} left without its account") from exc
        return Sent(**said | {"alarms": [Fact(*fact) for fact in said["alarms"]]})

    def _start(self, name: str, module: str, *arguments: str) -> None:
        self.supervisor.start(
            Program(
                name=name,
                argv=[sys.executable, "-P", "-m", module, *arguments],
                log_file=self.folder / f"{name}.log",
                environment=self.environment,
                stop_s=_STOP_S,
            )
        )


@contextmanager
def running(vehicles: int) -> Iterator[System]:
    """Start everything but the fleets, in a folder of its own; stop exactly that at the end."""
    with (
        TemporaryDirectory(prefix="c5-bench-web-") as name,
        city.running(trucks=vehicles) as servers,
        Supervisor() as supervisor,
        supervisor.signals(),
    ):
        endpoints = servers.runtime.endpoints()
        if endpoints is None:
            raise ServiceError("the bench's servers do not run; see the log above")
        metrics_port, web_port = ports.choose(), ports.choose()
        password = secrets.token_urlsafe(12)
        with pool.connect(servers.connections.database_url) as conn:
            account.add(
                conn,
                username=OPERATOR,
                name="Operadora de guardia",
                role=Role.OPERADOR,
                password_hash=passwords.hashed(password),
            )
        environment = {
            **os.environ,
            **endpoints.environment(),
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "C5_LOG_LEVEL": "warning",
            "C5_INGEST__METRICS_PORT": str(metrics_port),
            "C5_CONTROL_CENTER__PORT": str(web_port),
            "C5_CONTROL_CENTER__SECURE_COOKIES": "false",
            "C5_LOCAL__DIR": name,
        }
        url = f"http://127.0.0.1:{web_port}"
        system = System(servers, supervisor, Path(name), environment, url, password)
        try:
            system.serve(metrics_port)
            yield system
        except ChildDied:
            raise  # it ends with its own last words
        except ServiceError as exc:
            raise ServiceError(f"{exc}; {system.words()}") from exc


def _get(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  loopback
            body: bytes = answer.read()
            return body
    except OSError:
        return b""
