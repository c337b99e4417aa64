"""`c5 route backfill`: judge the runs of past days again."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from control_center import connections
from control_center.cli import route_days
from control_center.cli.output import Json, emit, say
from control_center.compliance import backfill as backfilling
from control_center.compliance.backfill import Summary
from core import settings
from core.clock import monotonic_s
from store import migrate

_FORMATS = route_days.FORMATS


def backfill(
    since: Annotated[
        datetime, typer.Option("--from", formats=_FORMATS, help="First local day, YYYY-MM-DD.")
    ],
    until: Annotated[
        datetime, typer.Option("--to", formats=_FORMATS, help="Last local day, YYYY-MM-DD.")
    ],
    route: Annotated[str | None, typer.Option(help="Only this route; left out: all.")] = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="At once on this machine; left out: one a core."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge the runs of past days again, by the plans and assignments of now.

    What comes out the same leaves no revision, so it may be repeated. With
    `dask.scheduler` set it runs on that cluster. Exit code 1 if a run failed.
    """
    chosen = settings.load()
    url = connections.resolve(chosen).database_url
    migrate.check(url)
    begun_s = monotonic_s()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("corridas · runs", total=None)
        done = backfilling.run(
            chosen,
            url,
            since.date(),
            until.date(),
            processes,
            lambda at: bar.update(task, completed=at.finished, total=at.total),
            route_id=route,
        )
    if as_json:
        emit(_spelled(done) | {"seconds": round(monotonic_s() - begun_s, 1)})
    else:
        _show(done)
    if done.failed:
        raise typer.Exit(1)


def _spelled(done: Summary) -> dict[str, object]:
    return {
        "partitions": done.partitions,
        **{outcome.value: count for outcome, count in done.outcomes.items()},
        "failed": [
            {
                "route_id": one.key.route_id,
                "service_date": one.key.service_date,
                "device_id": one.key.device_id,
                "cause": one.cause,
            }
            for one in done.failed
        ],
    }


def _show(done: Summary) -> None:
    counts = ", ".join(f"{count} {outcome.value}" for outcome, count in done.outcomes.items())
    say(f"{done.partitions} runs: {counts}, {len(done.failed)} failed")
    for one in done.failed:
        say(f"{one.key.service_date} {one.key.route_id} {one.key.device_id}: {one.cause}")
