"""`c5 device`: who may speak to us."""

import json
from typing import Annotated

import typer

from control_center import connections, enrolment
from control_center.audit import by_command
from control_center.cli.output import Json, emit, say, table
from control_center.commands import EXPIRES_S, Commands
from control_center.connections import Connections
from core import clock, settings
from core.device import Device, State
from core.errors import InvalidField, NotFound
from core.topics import UPLINK, Kind, telemetry
from devices.commands import CommandState
from devices.commands import state as state_of
from devices.enroll import Credential
from sensing.noise.screening import limits
from store import audit, noise, pool
from store import command as store_command
from store import device as store_device

_POLL_S = 0.1
app = typer.Typer(no_args_is_help=True, help="Devices: who may speak to us.")
DeviceId = Annotated[
    str, typer.Argument(metavar="ID", help="Its name: 1 to 64 of A-Z, a-z, 0-9, '_' and '-'.")
]


@app.command()
def add(
    device_id: DeviceId,
    kind: Annotated[Kind, typer.Option("--kind", help="What it is.")],
    name: Annotated[str | None, typer.Option("--name", help="What people call it.")] = None,
    lat_deg: Annotated[
        float | None, typer.Option("--lat", help="Where it stands: latitude, degrees (WGS 84).")
    ] = None,
    lon_deg: Annotated[
        float | None, typer.Option("--lon", help="Where it stands: longitude, degrees (WGS 84).")
    ] = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="It may send measurements of any past.")
    ] = False,
    interval_s: Annotated[
        float | None,
        typer.Option(
            "--interval", help="Seconds expected between two messages; left out: its kind's."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Enrol a device and print its credential, which is never shown again."""
    device = Device(
        device_id=device_id,
        kind=kind,
        name=name or device_id,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        backfill=backfill,
        interval_s=interval_s,
    )
    places = connections.resolve(settings.load())
    issued = enrolment.add(places, [device])
    _show_credential(places, device.kind, issued[device_id], as_json=as_json)


@app.command("list")
def list_(
    state: Annotated[State | None, typer.Option("--state", help="Only those.")] = None,
    as_json: Json = False,
) -> None:
    """List devices."""
    with pool.connect(connections.resolve(settings.load()).database_url) as conn:
        found = store_device.listed(conn, state)
    if as_json:
        emit(
            [
                {
                    "device_id": device.device_id,
                    "kind": device.kind,
                    "name": device.name,
                    "state": device.state,
                    "lat_deg": device.lat_deg,
                    "lon_deg": device.lon_deg,
                    "backfill": device.backfill,
                    "interval_s": device.interval_s,
                }
                for device in found
            ]
        )
        return
    table(
        ("device", "kind", "state", "name", "lat °", "lon °", "backfill"),
        [
            (
                device.device_id,
                device.kind,
                device.state,
                device.name,
                device.lat_deg,
                device.lon_deg,
                "yes" if device.backfill else None,
            )
            for device in found
        ],
    )


@app.command()
def approve(device_id: DeviceId, as_json: Json = False) -> None:
    """Let in a device that waits or was revoked, and print its credential once."""
    places = connections.resolve(settings.load())
    credential = enrolment.approve(places, device_id)
    _show_credential(places, _kind_of(places, device_id), credential, as_json=as_json)


@app.command()
def rotate(device_id: DeviceId, as_json: Json = False) -> None:
    """Replace a device's credential; whoever holds the old one is cut off."""
    places = connections.resolve(settings.load())
    credential = enrolment.rotate(places, device_id)
    _show_credential(places, _kind_of(places, device_id), credential, as_json=as_json)


@app.command()
def revoke(device_id: DeviceId, as_json: Json = False) -> None:
    """Shut a device out: its credential ends and a live connection is cut."""
    enrolment.revoke(connections.resolve(settings.load()), device_id)
    if as_json:
        emit({"device_id": device_id, "state": State.REVOKED})
    else:
        say(f"{device_id}: revoked")


@app.command()
def zone(
    device_id: DeviceId,
    name: Annotated[
        str, typer.Argument(metavar="ZONE", help="Of NOM-081: residential, commercial or school.")
    ],
) -> None:
    """Say in which zone a noise monitor stands: its limits follow from that."""
    chosen = limits(name)
    with pool.connect(connections.resolve(settings.load()).database_url) as conn:
        noise.stand(conn, device_id, chosen.zone)
        audit.append(conn, by_command.entry("device.zone", "device", device_id, zone=chosen.zone))
    say(f"{device_id}: {chosen.es} · {chosen.en}")


@app.command()
def cmd(
    device_id: DeviceId,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Command, such as ping or reboot.")],
    args: Annotated[str, typer.Option("--args", help="Its arguments, a JSON object.")] = "{}",
    expires_s: Annotated[
        float, typer.Option("--expires", min=1, max=86_400, help="Seconds it stays valid.")
    ] = EXPIRES_S,
    wait_s: Annotated[
        float, typer.Option("--wait", min=0, max=86_400, help="Seconds to wait for the answer.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Send a command to a device. With --wait: exit code 0 only if it was done."""
    places = connections.resolve(settings.load())
    commands = Commands(places, clock.utc_now)
    try:
        command_id = commands.issue(
            device_id,
            name,
            _object(args),
            issued_by=f"cli:{by_command.runner()}",
            told=lambda command_id: by_command.entry(
                "device.command", "device", device_id, command_id=command_id, name=name
            ),
            expires_s=expires_s,
        )
    finally:
        commands.close()
    state, detail = _outcome(places, command_id, wait_s)
    if as_json:
        emit({"id": command_id, "state": state, "detail": detail})
    else:
        say(f"{command_id}: {state}{f' ({detail})' if detail else ''}")
    if wait_s > 0 and state is not CommandState.ACKED:
        raise typer.Exit(1)


def _object(text: str) -> dict[str, object]:
    try:
        read = json.loads(text)
    except ValueError as exc:
        raise InvalidField(f"--args is not JSON: {exc}") from exc
    if not isinstance(read, dict):
        raise InvalidField("--args is not a JSON object; write it as '{\"name\": value}'")
    return read


def _outcome(
    places: Connections, command_id: str, wait_s: float
) -> tuple[CommandState, str | None]:
    """Look until the command is settled or the time is up."""
    deadline_s = clock.monotonic_s() + wait_s
    with pool.connect(places.database_url, application="c5-cli", autocommit=True) as conn:
        while True:
            one = store_command.get(conn, command_id)
            if one is None:
                raise NotFound(f"command {command_id} is gone; the device was deleted meanwhile")
            state = state_of(
                clock.utc_now(), ok=one.ok, failure=one.failure, expires_at=one.expires_at
            )
            if state is not CommandState.SENT or clock.monotonic_s() >= deadline_s:
                return state, one.detail
            clock.pause(_POLL_S)


def _kind_of(places: Connections, device_id: str) -> Kind:
    with pool.connect(places.database_url) as conn:
        return store_device.get(conn, device_id).kind


def _show_credential(
    places: Connections, kind: Kind, credential: Credential, *, as_json: bool
) -> None:
    topics = [telemetry(kind, credential.username, stream) for stream in UPLINK]
    if as_json:
        emit(
            {
                "device_id": credential.username,
                "kind": kind,
                "mqtt_url": places.mqtt_url,
                "username": credential.username,
                "password": credential.password,
                "publishes": topics,
            }
        )
        return
    say(f"broker    {places.mqtt_url}")
    say(f"username  {credential.username}")
    say(f"password  {credential.password}")
    say(f"publishes {topics[0].rpartition('/')[0]}/{{{','.join(UPLINK)}}}")
    say("The password is not shown again / La contraseña no se vuelve a mostrar.")
