"""`c5 engine`: watch trucks, judge runs and mail reports."""

import signal
from typing import Annotated

import typer

from control_center import connections
from control_center.cli.output import Json, emit, table
from control_center.engine.service import Engine
from core import log
from core import settings as setting_tree


def engine(
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due, once, and say how much that was.")
    ] = False,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            "--metrics-port",
            min=0,
            max=65535,
            help="Prometheus port; 0: none; left out: engine.metrics_port.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Watch trucks, judge runs and mail reports until Ctrl-C."""
    chosen = setting_tree.load()
    log.configure(level=chosen.log_level)
    running = Engine(connections.resolve(chosen).database_url, chosen)
    if once:
        done = running.once()
        if as_json:
            emit(done)
        else:
            table(("", "hecho · done"), list(done.items()))
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: running.stop())
    port = chosen.engine.metrics_port if metrics_port is None else metrics_port
    if port:
        running.metrics.serve(port)
    running.run()
