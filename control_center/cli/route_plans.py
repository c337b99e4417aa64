"""`c5 route import`, `list` and `show`: the plans."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from control_center import plans
from control_center.audit import by_command
from control_center.cli import database, route_days
from control_center.cli.output import Json, emit, say, table
from control_center.cli.route_check import FileUnreadable
from control_center.cli.route_days import RouteId
from geo.route_formats import reading
from geo.route_formats.reading import FORMATS, MAX_BYTES, Options
from geo.route_values import WEEKDAYS
from store import audit
from store import route as store_route

_KM: Final = 1000.0


def import_(  # noqa: PLR0913, PLR0917  an option a property
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The plan, see docs/route-plans.md.")
    ],
    form: Annotated[
        str | None,
        typer.Option("--format", help=f"{', '.join(FORMATS)}; left out: as the file's name ends."),
    ] = None,
    route_id: Annotated[
        str | None, typer.Option("--id", help="The route's id; left out: the file's, or its name.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What people call it.")] = None,
    valid_from: Annotated[
        datetime | None,
        typer.Option(
            "--valid-from", formats=route_days.FORMATS, help="First local day; left out: today."
        ),
    ] = None,
    supervisor: Annotated[
        str | None, typer.Option("--supervisor", help="Username of whoever looks after it.")
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            "--window", help="Local times of its run, 06:00-14:00; an end before it: the next day."
        ),
    ] = None,
    weekdays: Annotated[
        str | None,
        typer.Option("--weekdays", help="Days it is driven, mon,wed,fri or lun,mié,vie."),
    ] = None,
    max_mean_kmh: Annotated[
        float | None,
        typer.Option("--max-mean", help="Mean speed above which a block was not served, km/h."),
    ] = None,
    split: Annotated[
        bool | None,
        typer.Option(
            "--split-at-corners/--no-split-at-corners",
            help="Cut lines into blocks of at most 200 m at turns above 30°; left out: "
            "only where a GPX or KML file holds a single line.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Import a plan as a route's next version; the plan that is in force already adds none."""
    options = Options(
        route_id=route_id,
        name=name,
        service_window=window,
        weekdays=weekdays,
        max_mean_kmh=max_mean_kmh,
        split=split,
        stem=file.stem,
    )
    form = form or reading.format_of(file.name)
    route = reading.read(_bytes(file), form, options)
    since = route_days.day(valid_from)
    with database.connect() as conn:
        done = plans.save(
            conn, route, valid_from=since, by=f"cli:{by_command.runner()}", supervisor=supervisor
        )
        told = by_command.entry(
            "plan.import", "route", done.route_id, version=done.version, new=done.new
        )
        audit.append(conn, told)
    if as_json:
        emit({**done._asdict(), "blocks": len(route.blocks), "length_m": round(route.length_m, 1)})
        return
    say(
        f"{done.route_id}: version {done.version}"
        + (f" from {since}" if done.new else ", in force already")
        + f"; {len(route.blocks)} blocks, {route.length_m / _KM:.1f} km to be served"
    )


def list_(
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=route_days.FORMATS, help="As of a day; left out: today."),
    ] = None,
    retired: Annotated[
        bool, typer.Option("--retired", help="Those that are no longer driven, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List routes with the version in force, or the first to come, and who drives them."""
    day = route_days.day(on)
    with database.connect() as conn:
        found = [
            plans.as_answer(one)
            for one in store_route.listed(conn, day)
            if retired or one.retired_on is None or one.retired_on > day
        ]
    if as_json:
        emit(found)
        return
    table(
        ("route", "name", "version", "valid from", "blocks", "km", "days", "hours", "trucks"),
        [
            (
                one["route_id"],
                one["name"],
                one["version"],
                one["valid_from"],
                one["blocks"],
                f"{one['length_m'] / _KM:.1f}",
                _days(one),
                _hours(one),
                ", ".join(one["device_ids"]) or None,
            )
            for one in found
        ],
    )


def show(
    route_id: RouteId,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Print this version's plan.")
    ] = None,
    geojson: Annotated[
        bool, typer.Option("--geojson", help="Print the newest version's plan.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a route and all its versions; with --version or --geojson a plan, as GeoJSON."""
    with database.connect() as conn:
        if geojson or version is not None:
            emit(store_route.version(conn, route_id, version).document)
            return
        one = plans.as_answer(store_route.get(conn, route_id, route_days.today()))
        found = [version._asdict() for version in store_route.versions(conn, route_id)]
    if as_json:
        emit({**one, "versions": found})
        return
    say(f"{one['route_id']}: {one['name']}")
    say(f"driven      {_days(one)}, {_hours(one) or 'all day'}")
    say(f"trucks      {', '.join(one['device_ids']) or '-'}")
    say(f"supervisor  {one['supervisor'] or '-'}")
    if one["retired_on"] is not None:
        say(f"retired on  {one['retired_on']}")
    table(
        ("version", "valid from", "blocks", "km", "imported", "by", "sha256"),
        [
            (
                version["version"],
                version["valid_from"],
                version["blocks"],
                f"{version['length_m'] / _KM:.1f}",
                f"{version['imported_at']:%Y-%m-%d %H:%M}",
                version["imported_by"],
                version["sha256"][:12],
            )
            for version in found
        ],
    )


def _bytes(file: Path) -> bytes:
    """The file's content, of what is too large only as much as shows it."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as exc:
        raise FileUnreadable(f"{file} cannot be read: {exc}") from None


def _days(one: dict[str, Any]) -> str:
    return ",".join(WEEKDAYS[day] for day in one["weekdays"]) or "daily"


def _hours(one: dict[str, Any]) -> str | None:
    return "-".join(one["service_window"]) if one["service_window"] else None
