"""`c5 replay`: publish recorded data through the broker, as its device."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from control_center import connections
from control_center.cli.output import Json, emit, say
from core import clock
from core import settings as setting_tree
from core.clock import monotonic_s, rfc3339
from core.messages import Uplink
from core.topics import Kind, checked_device_id
from devices.broker import Login
from devices.kinds import KINDS
from firmware_sim import recordings
from firmware_sim.replay import Progress as Done
from firmware_sim.replay import Replay, shifted

_INTERRUPTED = 130


def replay(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="CSV; several only for the hourly air network."),
    ],
    kind: Annotated[Kind, typer.Option("--kind", help="What the device is.")],
    device: Annotated[str, typer.Option("--device", metavar="ID", help="As which device.")],
    password: Annotated[
        str,
        typer.Option("--password", envvar="C5_DEVICE_PASSWORD", help="The device's password."),
    ],
    speed: Annotated[
        str,
        typer.Option("--speed", help="Times as fast as recorded; 0 or max: as fast as acked."),
    ] = "1",
    as_now: Annotated[
        bool, typer.Option("--as-now", help="Shift times so that the newest row is now.")
    ] = False,
    station: Annotated[
        str | None, typer.Option("--station", help="Which column of the hourly air network.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Publish recorded data at its recorded times; running it again stores nothing twice."""
    chosen = setting_tree.load()
    places = connections.resolve(chosen)
    factor = _speed(speed)
    recording = recordings.read(
        files,
        kind=kind,
        device_id=checked_device_id(device),
        zone=ZoneInfo(chosen.timezone),
        station=station,
    )
    messages = recording.messages
    if as_now:
        messages = shifted(messages, clock.utc_now())
    _warn_if_old(messages, kind, device)
    login = Login(url=places.mqtt_url, username=device, password=password, ca_file=places.ca_file)
    began_s = monotonic_s()
    one = Replay(login, kind, messages, speed=factor)
    interrupted = False
    try:
        _with_bar(one)
    except KeyboardInterrupt:
        interrupted = True
    done = one.progress
    answer = {
        "device_id": device,
        "rows": recording.rows,
        "empty": recording.empty,
        "published": done.acked,
        "refused": done.refused,
        "first_ts": rfc3339(min(m.measured_at for m in messages)) if messages else None,
        "last_ts": rfc3339(max(m.measured_at for m in messages)) if messages else None,
        "seconds": round(monotonic_s() - began_s, 3),
    }
    if as_json:
        emit(answer)
    else:
        say(
            f"{done.acked} publicados · published de · of {recording.rows}"
            f"   {recording.empty} vacíos · empty   {done.refused} rechazados · refused"
        )
    if interrupted:
        raise typer.Exit(_INTERRUPTED)
    if done.refused:
        raise typer.Exit(1)


def _with_bar(one: Replay) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("publicando · publishing", total=one.progress.total)

        def watch(done: Done) -> None:
            bar.update(task, completed=done.acked + done.refused)

        one.run(watch)


def _speed(text: str) -> float:
    if text == "max":
        return 0.0
    try:
        factor = float(text)
    except ValueError:
        factor = -1.0
    if not 0 <= factor < float("inf"):
        raise typer.BadParameter(f"{text!r} is neither a number of at least 0 nor max")
    return factor


def _warn_if_old(messages: list[Uplink], kind: Kind, device: str) -> None:
    """Say beforehand what ingest would otherwise say row by row."""
    horizon = KINDS[kind].horizon
    oldest = min((message.measured_at for message in messages), default=None)
    if oldest is not None and clock.utc_now() - oldest > horizon - timedelta(minutes=1):
        Console(stderr=True).print(
            f"c5: rows older than {horizon.days} days are stored only if {device} was enrolled "
            "with --backfill; or use --as-now",
            style="yellow",
            markup=False,
        )
