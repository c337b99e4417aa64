"""Run the demo: start everything in a folder of its own, watch it, reckon, clean up.

The servers are fresh private ones that end with the demo; the city is the
simulator's, with faults injected; nothing outside the folder is touched.
"""

import json
import os
import secrets
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any, Final
from zoneinfo import ZoneInfo

from control_center import connections, enrolment
from control_center.connections import Connections
from control_center.demo import compliance, reckoning, room, routes, screen, stations
from control_center.demo.screen import Screen
from core.clock import monotonic_s, pause, utc_now
from core.device import Device
from core.errors import ServiceError
from core.seal import PlateVault
from core.settings import Settings
from deploy import cities, web_build
from deploy.local import ports
from deploy.local.endpoints import Endpoints
from deploy.local.runtime import Runtime
from deploy.local.supervisor import Program, Supervisor
from firmware_sim import history
from firmware_sim.backlog import Broker
from firmware_sim.city import Counts, Plan, build
from firmware_sim.history import History, Sent
from store import migrate, pool
from store import reckoning as store_reckoning

_PREFERRED_PORT: Final = 8080
_READY_S: Final = 120.0
_SETTLE_S: Final = 30.0
_P95_INDEX: Final = 94

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A demo that runs."""

    url: str
    password: str
    plan: Plan
    supervisor: Supervisor
    connections: Connections
    folder: Path
    history: History
    """Yesterday, as it was driven."""
    sent: Sent
    """What was published of it."""
    past: stations.Past
    """What stations measured in the last days."""

    @property
    def truth(self) -> Path:
        """What the simulator did, JSON lines."""
        return self.folder / "truth.jsonl"


@contextmanager
def running(settings: Settings, *, seed: int, tell: Tell) -> Iterator[Demo]:
    """Start everything; stop exactly that at the end, whatever happens."""
    with TemporaryDirectory(prefix="c5-demo-") as name:
        folder = Path(name)
        runtime = Runtime(folder / "servers", ephemeral=True)
        supervisor = Supervisor()
        tell("servidores · servers")
        web_build.ensure()
        try:
            endpoints = runtime.up()
            with supervisor.signals(), supervisor:
                yield _populate(settings, endpoints, supervisor, folder, seed=seed, tell=tell)
        finally:
            tell("deteniendo · stopping")
            runtime.destroy()


def watch(demo: Demo, for_s: float) -> Screen | None:
    """Let it run `for_s` seconds before an operator's eyes; None when it was interrupted."""
    with screen.watching(demo.url, room.OPERATOR, demo.password) as seen:
        end_s = monotonic_s() + for_s
        if not demo.supervisor.run(lambda: monotonic_s() >= end_s):
            return None
        return _Seen(seen.kind, seen.samples_ms())


def reckon(demo: Demo, seen: Screen) -> dict[str, Any]:
    """Stop the devices, let ingest finish, and count what became of every message."""
    demo.supervisor.stop("simulate")
    stats = json.loads((demo.folder / "simulate.log").read_text().strip().splitlines()[-1])
    _settle(demo)
    with pool.connect(demo.connections.database_url) as conn:
        store = store_reckoning.take(conn)
        events = store_reckoning.derived_events(conn)
    reports = routes.documents(demo.connections.database_url, demo.history)
    lines = demo.truth.read_bytes().splitlines()
    fingerprint = PlateVault(demo.connections.plate_key).fingerprint
    verdict = reckoning.verdict(lines, store, fingerprint)
    return {
        "devices": stats["devices"],
        "published": stats["published"] + demo.sent.fixes + demo.past.sent.readings,
        "injected_bad": verdict.injected_bad,
        "bad_not_found": verdict.bad_not_found,
        "stored": store.messages,
        "duplicates": store.duplicates,
        "rejected": sum(store.rejects.values()),
        "lost": verdict.lost,
        "intruders": verdict.intruders,
        "publish_to_screen_ms": _percentiles(seen.samples_ms()),
        "screen": seen.kind,
        "compliance": compliance.score(lines, reports),
        "anomalies": stations.score(demo.connections.database_url, demo.past, lines),
        "room": room.score(
            demo.connections.database_url, demo.connections.plate_key, demo.plan.seed
        ),
        "live": {"strayed": reckoning.strayed(lines), "events": events},
        "url": demo.url,
    }


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a screen saw, after it was closed."""

    kind: str
    samples: list[float]

    def samples_ms(self) -> list[float]:
        return self.samples


def _populate(
    settings: Settings,
    endpoints: Endpoints,
    supervisor: Supervisor,
    folder: Path,
    *,
    seed: int,
    tell: Tell,
) -> Demo:
    """Schema, accounts, devices, programs, and yesterday; each waited for."""
    known = connections.from_endpoints(endpoints)
    migrate.migrate(known.database_url)
    password = secrets.token_urlsafe(12)
    with pool.connect(known.database_url) as conn:
        room.staff(conn, password)
    plan = build(cities.load(settings.city).folder, seed=seed, counts=Counts())
    room.look_for_plates(known.database_url, known.plate_key, seed)
    tell(f"{len(plan.devices)} dispositivos · devices")
    issued = enrolment.add(known, [_device(planned) for planned in plan.devices])
    credentials = {name: one.password for name, one in issued.items()}
    kept = folder / "credentials.json"
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(credentials))
    metrics_port = ports.choose()
    web_port = _PREFERRED_PORT if ports.is_free(_PREFERRED_PORT) else ports.choose()
    url = f"http://127.0.0.1:{web_port}"
    environment = {
        **endpoints.environment(),
        **routes.ENVIRONMENT,
        "C5_INGEST__METRICS_PORT": str(metrics_port),
        "C5_CONTROL_CENTER__PORT": str(web_port),
        "C5_CONTROL_CENTER__SECURE_COOKIES": "false",
        "C5_LOCAL__DIR": str(folder),
    }
    programs = _Programs(supervisor, folder, environment)
    tell("ingesta · ingest")
    programs.start("ingest")
    programs.start("serve")
    tell("ayer · yesterday")
    state_dir = folder / "simulator"
    past = history.drive(plan, utc_now(), state_dir=state_dir)
    routes.plan(known.database_url, plan, past, ZoneInfo(settings.timezone))
    metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"
    programs.until(lambda: b"c5_ingest_subscribed 1.0" in _get(metrics_url), "ingest")
    truth = folder / "truth.jsonl"
    broker = Broker(url=known.mqtt_url, credentials=credentials, ca_file=known.ca_file)
    sent = history.publish(plan, past, broker, state_dir=state_dir, truth_path=truth)
    tell("estaciones · stations")
    measured = stations.publish(plan, broker, state_dir=state_dir, truth=truth)
    programs.until(lambda: _stored(known) >= sent.fixes, "yesterday's last fix to be stored")
    programs.until(
        lambda: stations.stored(known.database_url) >= measured.rows,
        "the stations' last reading to be stored",
    )
    tell("informes y anomalías · reports and anomalies")
    programs.start("engine")
    programs.until(
        lambda: routes.are_closed(known.database_url, past), "the report on yesterday's last run"
    )
    programs.until(
        lambda: stations.is_worked_through(known.database_url, measured),
        "the stations' last days to be worked through",
    )
    programs.until(lambda: b'"ok"' in _get(f"{url}/api/health"), "the control center")
    tell("ciudad · city")
    programs.start(
        "simulate",
        *("--seed", str(seed), "--faults", "demo", "--json"),
        *("--credentials", str(kept), "--truth", str(truth)),
        *("--state", str(state_dir)),
    )
    return Demo(
        url=url,
        password=password,
        plan=plan,
        supervisor=supervisor,
        connections=known,
        folder=folder,
        history=past,
        sent=sent,
        past=measured,
    )


def _device(planned: Any) -> Device:
    return Device(
        device_id=planned.device_id,
        kind=planned.kind,
        name=planned.name,
        lat_deg=planned.lat_deg,
        lon_deg=planned.lon_deg,
    )


@dataclass(frozen=True, slots=True)
class _Programs:
    """The demo's programs, in its folder."""

    supervisor: Supervisor
    folder: Path
    environment: dict[str, str]

    def start(self, name: str, *arguments: str) -> None:
        """Start one of the `c5` commands."""
        self.supervisor.start(
            Program(
                name=name,
                argv=[sys.executable, "-P", "-m", "control_center", name, *arguments],
                log_file=self.folder / f"{name}.log",
                environment={**os.environ, **self.environment},
                stop_s=60.0,
            )
        )

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait for something; a program's death or Ctrl-C end the wait."""
        end_s = monotonic_s() + _READY_S
        if not self.supervisor.run(lambda: is_so() or monotonic_s() > end_s):
            raise KeyboardInterrupt
        if not is_so():
            raise ServiceError(f"waited {_READY_S:g} s in vain for {what}; see {self.folder}")


def _stored(known: Connections) -> int:
    """How many positions the database holds."""
    with pool.connect(known.database_url) as conn:
        row = conn.execute("SELECT count(*) FROM gps_fix").fetchone()
    return int(row[0]) if row else 0


def _get(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  loopback
            body: bytes = answer.read()
            return body
    except OSError:
        return b""


def _settle(demo: Demo) -> None:
    """Wait until ingest has taken all that the broker held: the count stands still."""
    end_s = monotonic_s() + _SETTLE_S
    before, still = -1, 0
    with pool.connect(demo.connections.database_url, autocommit=True) as conn:
        while still < 3 and monotonic_s() < end_s:  # noqa: PLR2004  three looks alike
            row = conn.execute("SELECT sum(stored + rejected + duplicates) FROM ledger").fetchone()
            now = int(row[0] or 0) if row else 0
            still = still + 1 if now == before else 0
            before = now
            pause(0.5)


def _percentiles(samples: list[float]) -> dict[str, float | int | None]:
    if len(samples) < 2:  # noqa: PLR2004  quantiles need two
        return {"p50": None, "p95": None, "samples": len(samples)}
    cuts = quantiles(samples, n=100, method="inclusive")
    return {
        "p50": round(cuts[49], 1),
        "p95": round(cuts[_P95_INDEX], 1),
        "samples": len(samples),
    }
