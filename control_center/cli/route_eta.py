"""`c5 route eta`: when the truck comes to an address."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from control_center import eta as arrivals
from control_center.cli import database
from control_center.cli.output import Json, emit, say, table
from control_center.eta_run import Answer, Now
from core import clock, settings
from core.errors import InvalidField

_ES = {"ahead": "viene", "passed": "ya pasó", "unknown": "no se sabe"}


def eta(
    text: Annotated[
        str | None,
        typer.Argument(metavar="[ADDRESS]", help="Street and colonia: 'Calle 5 de Mayo, Centro'."),
    ] = None,
    route_id: Annotated[
        str | None, typer.Option("--route", help="Only this route; left out: whichever fits.")
    ] = None,
    lat_deg: Annotated[
        float | None,
        typer.Option("--lat", min=-90, max=90, help="Instead of an address: latitude, degrees."),
    ] = None,
    lon_deg: Annotated[
        float | None, typer.Option("--lon", min=-180, max=180, help="And longitude, degrees.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say when the truck comes to an address: a range that holds about 8 times in 10."""
    question = arrivals.question(text, lat_deg, lon_deg)
    now = Now(at=clock.utc_now(), zone=ZoneInfo(settings.load().timezone))
    with database.connect() as conn:
        answers = arrivals.ask(conn, now, question, route_id)
    if not answers:
        raise InvalidField("no street of a route fits; write it as `c5 route show --geojson` does")
    if as_json:
        emit([arrivals.as_answer(one) for one in answers])
        return
    table(
        ("ruta", "camión", "calle", "colonia", "estado", "entre", "probable", "y"),
        [_row(one, now.zone) for one in answers],
    )
    for one in answers:
        say(f"{one.route_id}: {one.note.es}")
        say(f"{' ' * len(one.route_id)}  {one.note.en}")


def _row(one: Answer, zone: ZoneInfo) -> tuple[Any, ...]:
    times = [
        at and f"{at.astimezone(zone):%H:%M}" for at in (one.low_at, one.likely_at, one.high_at)
    ]
    return (
        one.route_id,
        one.device_id,
        one.street or None,
        one.colonia or None,
        _ES[one.state],
        *times,
    )
