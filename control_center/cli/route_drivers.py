"""`c5 route assign`, `unassign` and `retire`: who drives a route, and until when."""

from datetime import datetime
from typing import Annotated

import typer

from control_center import plans
from control_center.audit import by_command
from control_center.cli import database, route_days
from control_center.cli.output import Json, emit, say
from control_center.cli.route_days import RouteId, TruckId
from store import audit
from store import route as store_route

_FORMATS = route_days.FORMATS


def assign(
    route_id: RouteId,
    device_id: TruckId,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=_FORMATS, help="First local day; left out: today."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=_FORMATS, help="First day it no longer drives; left out: it goes on."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let a truck drive a route on the days of its calendar; several may."""
    first, last = route_days.day(since), until.date() if until else None
    with database.connect() as conn:
        plans.assign(conn, route_id, device_id, first, last)
        told = by_command.entry(
            "route.assign", "route", route_id, device_id=device_id, valid_from=first, valid_to=last
        )
        audit.append(conn, told)
    if as_json:
        emit({"route_id": route_id, "device_id": device_id, "valid_from": first, "valid_to": last})
        return
    say(f"{route_id}: {device_id} from {first}" + (f" to before {last}" if last else ""))


def unassign(
    route_id: RouteId,
    device_id: TruckId,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=_FORMATS, help="First day without it; left out: today."),
    ] = None,
    as_json: Json = False,
) -> None:
    """End a truck's assignment to a route; exit code 1 if there was none."""
    day = route_days.day(on)
    with database.connect() as conn:
        ended = store_route.unassign(conn, route_id, device_id, day)
        told = by_command.entry(
            "route.unassign", "route", route_id, device_id=device_id, on=day, ended=ended
        )
        audit.append(conn, told)
    if as_json:
        emit({"route_id": route_id, "device_id": device_id, "on": day, "ended": ended})
    else:
        said = f"without {device_id} from {day}" if ended else f"{device_id} did not drive it"
        say(f"{route_id}: {said}")
    if not ended:
        raise typer.Exit(1)


def retire(
    route_id: RouteId,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=_FORMATS, help="First day without it; left out: today."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Stop driving a route from a day on: its trucks are free, its reports stay."""
    day = route_days.day(on)
    with database.connect() as conn:
        store_route.retire(conn, route_id, day)
        audit.append(conn, by_command.entry("route.retire", "route", route_id, on=day))
    if as_json:
        emit({"route_id": route_id, "retired_on": day})
    else:
        say(f"{route_id}: retired on {day}")
