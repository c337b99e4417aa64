"""`c5 lpr watch`: watch cameras, and publish who passes as each camera's own device."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from control_center import connections
from control_center.cli import until
from control_center.cli.output import Json, emit, table
from core import settings as setting_tree
from core.clock import monotonic_s
from core.errors import ConfigError
from core.settings import Settings
from vision import config
from vision.config import Shard
from vision.post import Report
from vision.service import Service, Wiring

_LOOK_S: Final = 0.2
_REFUSED: Final = 3
"""Exit code where a camera could not be watched, though others were; what `c5 status` answers
where not everything runs."""


def watch(
    cameras: Annotated[
        Path | None,
        typer.Option("--cameras", help="TOML file of the cameras; left out: lpr.cameras."),
    ] = None,
    credentials: Annotated[
        Path | None,
        typer.Option(
            "--credentials", help="JSON file, device id to password; left out: lpr.credentials."
        ),
    ] = None,
    shard: Annotated[
        str, typer.Option("--shard", help="Watch a part of the cameras: 1/3 is the first third.")
    ] = "1/1",
    for_s: Annotated[
        float | None,
        typer.Option("--for", min=0.1, help="Seconds to run; left out: until Ctrl-C."),
    ] = None,
    state_dir: Annotated[
        Path | None,
        typer.Option("--state", help="Folder of the cameras' outboxes; they survive a restart."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, max=64, help="Threads that run networks."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Watch cameras and publish each passage over MQTT as that camera's device.

    Ends by itself when all sources are recordings and have ended. With --json one object: seconds,
    refused, and cameras (device_id, url, stream, why, frames, looked_at, skipped, broken, downs,
    passages, published, held, dropped). Exit code 3: some cameras could not be watched.
    """
    chosen = setting_tree.load()
    part = Shard.parse(shard)
    found = config.read(_said(cameras, chosen.lpr.cameras, "cameras"), region=chosen.lpr.region)
    mine = [one for one in found if part.holds(one.device_id or "")]
    service = Service(mine, _wiring(chosen, part, credentials, state_dir, workers))
    began_s = monotonic_s()
    reports = _run(service, for_s)
    _answer(service, reports, monotonic_s() - began_s, as_json=as_json)
    if service.unheard or any(one.stream == "refused" for one in reports):
        raise typer.Exit(_REFUSED)


def _wiring(
    chosen: Settings,
    part: Shard,
    credentials: Path | None,
    state_dir: Path | None,
    workers: int | None,
) -> Wiring:
    own, places = chosen.lpr, connections.resolve(chosen)
    return Wiring(
        mqtt_url=places.mqtt_url,
        ca_file=places.ca_file,
        passwords=config.passwords(_said(credentials, own.credentials, "credentials")),
        state_dir=state_dir or own.state_dir or chosen.local.folder / "cameras",
        keepalive_s=chosen.mqtt.keepalive_s,
        outbox_messages=own.outbox_messages,
        hands=workers or own.workers or os.cpu_count() or 1,
        frames_host=own.frames_host,
        frames_port=own.frames_port and own.frames_port + part.number - 1,
    )


def _said(option: Path | None, setting: Path | None, name: str) -> Path:
    if (file := option or setting) is None:
        raise ConfigError(f"say where the cameras' {name} are: --{name} FILE, or lpr.{name}")
    return file


def _run(service: Service, for_s: float | None) -> list[Report]:
    """Until the time is over, someone says stop, all recordings have ended, or we fail."""
    over, line = lambda: service.failed or service.is_over, lambda: _line(service.reports())
    with until.stopped(over, line, for_s=for_s, look_s=_LOOK_S) as wait:
        service.start()
        wait()
        return service.stop()


def _line(reports: list[Report]) -> str:
    up = sum(one.stream == "up" for one in reports)
    passages, held = (sum(getattr(one, name) for one in reports) for name in ("passages", "held"))
    return (
        f"{up}/{len(reports)} cámaras · cameras   {passages} pasos · passages   "
        f"{held} en espera · waiting"
    )


def _answer(service: Service, reports: list[Report], seconds: float, *, as_json: bool) -> None:
    if as_json:
        answer: dict[str, Any] = {
            "seconds": round(seconds, 1),
            "refused": service.unheard,
            "cameras": [asdict(one) for one in reports],
        }
        emit(answer)
        return
    columns = ("cámara · camera", "estado · state", "cuadros · frames", "vistos · looked at")
    rows = [
        (*_about(one), one.frames, one.looked_at, one.passages, one.published, one.held)
        for one in reports
    ]
    table((*columns, "pasos · passages", "publicados · published", "en espera · held"), rows)


def _about(one: Report) -> tuple[str, str]:
    return one.device_id, f"{one.stream}: {one.why}" if one.why else one.stream
