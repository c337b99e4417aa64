"""`c5 route runs` and `c5 route summary`: the runs of some days, one by one or together."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from control_center.cli import database, route_days
from control_center.cli.output import Json, emit, say, table
from control_center.reports import summary, summary_page, values
from control_center.reports.files import SUMMARY_FILES
from control_center.reports.summary import Span
from core import settings
from core.errors import C5Error
from store import run as store_run

_METRES = 1000.0


class DaysReversed(C5Error):
    """The last day is before the first."""

    reason = "days_reversed"


Since = Annotated[
    datetime | None,
    typer.Option("--from", formats=route_days.FORMATS, help="Local day; left out: yesterday."),
]
Until = Annotated[
    datetime | None,
    typer.Option(
        "--to", formats=route_days.FORMATS, help="Local day, inclusive; left out: as --from."
    ),
]


def runs(
    since: Since = None,
    until: Until = None,
    route: Annotated[str | None, typer.Option(help="Only this route.")] = None,
    device: Annotated[str | None, typer.Option(help="Only this truck.")] = None,
    supervisor: Annotated[str | None, typer.Option(help="Only this supervisor's.")] = None,
    as_json: Json = False,
) -> None:
    """List runs, newest day first, with the figures of their newest report."""
    span = _days(since, until)
    with database.connect() as conn:
        listed = store_run.listed(conn, *span, route, device, supervisor)
    found = [values.run(one) for one in listed]
    if as_json:
        emit({"runs": found})
        return
    table(
        ("run", "day", "route", "truck", "state", "cover %", "gaps", "reviewed", "km"),
        [
            (
                *(one[name] for name in ("run_id", "service_date", "route_id", "device_id")),
                *(one[name] for name in ("state", "coverage_pct", "gaps", "reviewed")),
                None if one["service_m"] is None else f"{one['service_m'] / _METRES:.1f}",
            )
            for one in found
        ],
    )


def summed_up(
    by: Annotated[
        Literal["truck", "route", "supervisor", "week", "day"],
        typer.Option("--by", help="What a row stands for."),
    ] = "route",
    since: Since = None,
    until: Until = None,
    form: Annotated[
        Literal["csv", "pdf"] | None, typer.Option("--format", help="Write a file.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The file; left out: named after the days.")
    ] = None,
    lang: Annotated[Literal["es", "en"], typer.Option("--lang", help="Language.")] = "es",
    as_json: Json = False,
) -> None:
    """Sum up runs; coverage is weighted by length."""
    span = Span(by, *_days(since, until))
    with database.connect() as conn:
        rows = summary.build(conn, span)
    if form is not None:
        file = out or Path(f"{span.file_name}.{form}")
        file.write_bytes(SUMMARY_FILES[form].write(settings.load(), span, rows, lang))
        say(str(file))
    elif as_json:
        emit({"by": by, "rows": rows})
    else:
        shown = ("name", "runs", "coverage", "serviced", "too_fast", "missed", "unknown", "gaps")
        figures = (summary_page.figures(row, lang) for row in rows)
        table(shown, [[row[name] for name in shown] for row in figures])


def _days(since: datetime | None, until: datetime | None) -> tuple[date, date]:
    first = route_days.today() - timedelta(days=1) if since is None else since.date()
    last = first if until is None else until.date()
    if last < first:
        raise DaysReversed("--to is before --from; swap them")
    return first, last
