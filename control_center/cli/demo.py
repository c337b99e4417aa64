"""`c5 demo`: everything on this machine, with a simulated city."""

from typing import Annotated

import typer
from rich.console import Console

from control_center.cli.output import Json, emit, say
from control_center.demo import room, run
from core import log, settings


def demo(
    for_s: Annotated[
        float | None,
        typer.Option("--for", min=5, help="Seconds to run and count; left out: until Ctrl-C."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed, the same city.")] = 1,
    as_json: Json = False,
) -> None:
    """Run everything on this machine with a simulated city; print where to look and the login."""
    log.configure(level="warning")
    console = Console(stderr=True, highlight=False)
    with run.running(settings.load(), seed=seed, tell=console.log) as city:
        _welcome(city, to_stderr=as_json)
        if for_s is None:
            city.supervisor.run()
            return
        seen = run.watch(city, for_s)
        if seen is None:
            raise typer.Exit(130)
        figures = run.reckon(city, seen)
    if as_json:
        emit(figures)
    else:
        for name, value in figures.items():
            say(f"{name:>22}  {value}")
    if figures["lost"] or figures["bad_not_found"] or figures["intruders"]:
        raise typer.Exit(1)


def _welcome(city: run.Demo, *, to_stderr: bool) -> None:
    console = Console(stderr=to_stderr, highlight=False)
    console.print(f"\n  C5 · {city.url}")
    for one in room.PEOPLE:
        console.print(f"  usuario · user        {one.username:<16} {one.role}")
    console.print(f"  contraseña · password {city.password}")
    console.print("  Rutas: lo que hizo cada camión ayer, calle por calle, y lo que hace ahora")
    console.print("  Routes: what every truck did yesterday, street by street, and does now")
    console.print("  Ctrl-C: detener · stop\n")
