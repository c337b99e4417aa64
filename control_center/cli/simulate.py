"""`c5 simulate`: run a simulated city against the broker."""

import json
import os
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from control_center import connections, enrolment
from control_center.cli import until
from control_center.cli.output import Json, emit, say
from control_center.connections import Connections
from core import settings as setting_tree
from core.clock import utc_now
from core.device import Device
from core.errors import ConfigError, ServiceError
from deploy import cities
from firmware_sim.backlog import Broker
from firmware_sim.city import Counts, Plan, build
from firmware_sim.faults import FaultRates
from firmware_sim.history import drive, publish, write_plans
from firmware_sim.run import Simulation, Stats

_LOOK_S = 0.5


class Faults(StrEnum):
    """How much goes wrong."""

    NONE = "none"
    DEMO = "demo"


def simulate(  # noqa: PLR0913, PLR0917  one option a thing that can be said
    seed: Annotated[int, typer.Option("--seed", help="The same seed, the same city.")] = 1,
    for_s: Annotated[
        float | None,
        typer.Option("--for", min=0.1, help="Seconds to run; left out: until Ctrl-C."),
    ] = None,
    trucks: Annotated[int, typer.Option("--trucks", min=0, help="Garbage trucks.")] = 25,
    air: Annotated[int, typer.Option("--air", min=0, help="Air-quality stations.")] = 6,
    noise: Annotated[int, typer.Option("--noise", min=0, help="Noise monitors.")] = 6,
    cameras: Annotated[int, typer.Option("--cameras", min=0, help="Plate cameras.")] = 4,
    counters: Annotated[int, typer.Option("--counters", min=0, help="Counters.")] = 4,
    panic: Annotated[int, typer.Option("--panic", min=0, help="Panic buttons.")] = 5,
    power: Annotated[int, typer.Option("--power", min=0, help="Power and link nodes.")] = 4,
    buses: Annotated[int, typer.Option("--buses", min=0, help="City buses.")] = 6,
    faults: Annotated[Faults, typer.Option("--faults", help="What goes wrong.")] = Faults.NONE,
    credentials: Annotated[
        Path | None,
        typer.Option("--credentials", help="JSON file: device id to password."),
    ] = None,
    enrol: Annotated[
        bool,
        typer.Option("--enrol", help="Enrol what the file has no password for, and add it there."),
    ] = False,
    truth: Annotated[
        Path | None,
        typer.Option("--truth", help="File to append what really happened to, JSON lines."),
    ] = None,
    state_dir: Annotated[
        Path | None,
        typer.Option("--state", help="Folder of the devices' outboxes; they survive a restart."),
    ] = None,
    history: Annotated[
        int | None,
        typer.Option(
            "--history",
            min=1,
            help="Publish what so many trucks did yesterday, and end; their routes' plans are "
            "written to the folder `plans` beside the outboxes.",
        ),
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="Print the devices as JSON and publish nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run a simulated city of devices against the broker, each with its own credential."""
    chosen = setting_tree.load()
    counts = Counts(
        truck=trucks,
        air=air,
        noise=noise,
        camera=cameras,
        counter=counters,
        panic=panic,
        power=power,
        bus=buses,
    )
    plan = build(cities.load(chosen.city).folder, seed=seed, counts=counts)
    if list_only:
        emit([planned._asdict() for planned in plan.devices])
        return
    if credentials is None:
        raise ConfigError("say where the devices' passwords are: --credentials FILE [--enrol]")
    places = connections.resolve(chosen)
    known = _passwords(credentials, new_is_fine=enrol)
    if enrol:
        known |= _enrol(places, plan, known, credentials)
    state_dir = state_dir or chosen.local.folder / "simulator"
    if history is not None:
        broker = Broker(url=places.mqtt_url, credentials=known, ca_file=places.ca_file)
        _yesterday(plan, broker, history, state_dir, truth, as_json=as_json)
        return
    simulation = Simulation(
        plan,
        places.mqtt_url,
        known,
        state_dir=state_dir,
        faults=FaultRates.demo() if faults is Faults.DEMO else FaultRates.none(),
        truth_path=truth,
        ca_file=places.ca_file,
    )
    stats = _run(simulation, for_s)
    if as_json:
        emit(asdict(stats))
    else:
        say(
            f"publicados · published {stats.published}   duplicados · duplicates "
            f"{stats.duplicates}   inválidos · bad {sum(stats.bad.values())}"
        )


def _yesterday(
    plan: Plan,
    broker: Broker,
    trucks: int,
    state_dir: Path,
    truth: Path | None,
    *,
    as_json: bool,
) -> None:
    """Drive it, publish it, and leave the plans for who imports them."""
    past = drive(plan, utc_now(), state_dir=state_dir, count=trucks)
    write_plans(plan, past.hours, state_dir / "plans")
    sent = publish(plan, past, broker, state_dir=state_dir, truth_path=truth)
    if as_json:
        emit({**asdict(sent), "service_date": past.day.isoformat(), "window": past.hours.text()})
    else:
        say(
            f"{past.day}   recorridos · runs {sent.runs}   posiciones · fixes {sent.fixes}   "
            f"repetidas · repeated {sent.repeated}   planes · plans {state_dir / 'plans'}"
        )


def _run(simulation: Simulation, for_s: float | None) -> Stats:
    """Until the time is over, someone says stop, or a device fails; then drain."""
    over, line = lambda: simulation.failed, lambda: _line(simulation.stats())
    with until.stopped(over, line, for_s=for_s, look_s=_LOOK_S) as wait:
        simulation.start()
        wait()
        return simulation.stop(drain=True)


def _line(stats: Stats) -> str:
    return (
        f"{stats.connected}/{stats.devices} en línea · online   "
        f"{stats.published} publicados · published   {stats.held} en espera · waiting"
    )


def _passwords(file: Path, *, new_is_fine: bool) -> dict[str, str]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if new_is_fine:
            return {}
        raise ConfigError(f"{file} does not exist; add --enrol to make it") from None
    except (OSError, ValueError) as exc:
        raise ConfigError(
            f"{file}: {exc}; it holds one JSON object, device id to password"
        ) from exc
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise ConfigError(f"{file} holds one JSON object, device id to password")
    return said


def _enrol(places: Connections, plan: Plan, known: dict[str, str], file: Path) -> dict[str, str]:
    """Enrol the plan's devices that have no password yet, and keep what was issued."""
    wanted = [
        Device(
            device_id=planned.device_id,
            kind=planned.kind,
            name=planned.name,
            lat_deg=planned.lat_deg,
            lon_deg=planned.lon_deg,
        )
        for planned in plan.devices
        if planned.device_id not in known
    ]
    if not wanted:
        return {}
    issued = enrolment.add(places, wanted, again=True)
    passwords = {device_id: credential.password for device_id, credential in issued.items()}
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(known | passwords, out, indent=1)
    except OSError as exc:
        raise ServiceError(f"cannot write {file}: {exc}; choose another --credentials") from exc
    return passwords
