"""`c5 bench`: this system and its peers, measured in one run."""

from pathlib import Path
from typing import Annotated

import typer

from control_center.cli.output import Json, emit, say, table

app = typer.Typer(no_args_is_help=True, help="Measure this system and its peers in one run.")


@app.callback()
def _group() -> None:
    """Measure this system and its peers in one run."""


@app.command()
def ingest(
    messages: Annotated[
        int, typer.Option("--messages", min=2000, help="Messages a drain, one fix each.")
    ] = 60_000,
    as_json: Json = False,
) -> None:
    """Drain a preloaded session: stored messages a second, beside bare paho and bare COPY."""
    from bench import ingest as drains  # noqa: PLC0415  only the bench that is asked for

    _show(drains.run(messages), as_json=as_json)


@app.command()
def chaos(
    messages: Annotated[
        int, typer.Option("--messages", min=1000, help="Messages published meanwhile.")
    ] = 50_000,
    kills: Annotated[
        str,
        typer.Option(
            "--kills",
            help="How often each falls: ingest (SIGKILL), database (immediate stop), "
            "broker (restart).",
        ),
    ] = "ingest=5,database=3,broker=3",
    as_json: Json = False,
) -> None:
    """Kill everything in turn under load; count what was lost or doubled."""
    from bench import chaos as kills_  # noqa: PLC0415  same

    _show(kills_.run(messages, kills_.parse_kills(kills)), as_json=as_json)


@app.command()
def geo(
    trucks: Annotated[
        int, typer.Option("--trucks", min=20, help="Trucks; each sends 5 760 fixes, 8 h at 5 s.")
    ] = 250,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", help="Draw how time grows into this PNG or SVG file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge a fleet's shift: fixes a second on one core, beside shapely and movingpandas."""
    from bench import geo as routes  # noqa: PLC0415  only the bench that is asked for
    from bench import geo_plot  # noqa: PLC0415  same

    figures = routes.run(trucks)
    if plot is not None:
        geo_plot.draw(figures, plot)
    _show(figures, as_json=as_json)


@app.command()
def anomaly(
    series: Annotated[
        int, typer.Option("--series", min=100, help="Series advanced by one call.")
    ] = 10_000,
    steps: Annotated[int, typer.Option("--steps", min=10, help="Samples of each.")] = 200,
    as_json: Json = False,
) -> None:
    """Score series: time of a step (ms), points a second beside its peers, bytes a series."""
    from bench import anomaly as scores  # noqa: PLC0415  same

    _show(scores.run(series, steps), as_json=as_json)


@app.command()
def lpr(
    frames: Annotated[int, typer.Option("--frames", min=1, help="Different frames.")] = 12,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="How often each.")] = 3,
    photos: Annotated[
        Path | None,
        typer.Option(
            "--photos", help="Folder of photographs; without any, traffic is drawn instead."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read plates in 1280 x 720 frames: processor ms a frame, one thread, beside RapidOCR."""
    from bench import lpr as plates  # noqa: PLC0415  only the bench that is asked for

    _show(plates.run(frames, repeats, photos), as_json=as_json)


@app.command()
def web(
    seconds: Annotated[
        float, typer.Option("--seconds", min=10, max=3600, help="How long is measured.")
    ] = 300,
    vehicles: Annotated[
        int, typer.Option("--vehicles", min=10, help="Vehicles; each sends a position a second.")
    ] = 1000,
    alarms_per_s: Annotated[
        float,
        typer.Option(
            "--alarms-per-s",
            min=0,
            help="New alarms a second; one for every four vehicles at the most.",
        ),
    ] = 50,
    as_json: Json = False,
) -> None:
    """Show a city's load in Chromium: publish to screen (ms), long tasks, memory, lost, doubled."""
    from bench import web as screen  # noqa: PLC0415  only the bench that is asked for

    _show(screen.run(seconds, vehicles, alarms_per_s), as_json=as_json)


def _show(figures: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        emit(figures)
        return
    table(("", ""), list(figures.items()))
    say("")
