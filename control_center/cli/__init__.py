"""The `c5` command: one module a command, imported only when it is called.

COMMANDS maps a name to `module:attribute`, where the attribute is a Typer app
(a group) or a function (a command). The table is what `--help` lists and what
docs/cli.md is made from, so a start costs one import, whatever C5 can do.
"""

import sys
from typing import Final

import typer
from rich.console import Console

from control_center.cli.lazy import Entry, group
from core import log
from core.errors import C5Error

_CLI: Final = "control_center.cli"
COMMANDS: Final = {
    "demo": Entry(f"{_CLI}.demo:demo", "Run everything on this machine with a simulated city."),
    "test": Entry(f"{_CLI}.test:test", "Install what is missing, then run all checks and tests."),
    "up": Entry(f"{_CLI}.services:up", "Start the real thing from the settings."),
    "down": Entry(f"{_CLI}.services:down", "Stop what `up` started."),
    "status": Entry(f"{_CLI}.services:status", "Say what runs, and how well."),
    "logs": Entry(f"{_CLI}.services:logs", "Show the services' logs."),
    "db": Entry(f"{_CLI}.db:app", "The database: migrate, roll up, retain."),
    "device": Entry(f"{_CLI}.device:app", "Devices: add, list, revoke, command."),
    "simulate": Entry(f"{_CLI}.simulate:simulate", "Run a simulated city against the broker."),
    "ingest": Entry(f"{_CLI}.ingest:ingest", "Take messages from the broker into the database."),
    "engine": Entry(f"{_CLI}.engine:engine", "Watch trucks, judge runs and mail reports."),
    "serve": Entry(f"{_CLI}.serve:serve", "Serve the control center."),
    "user": Entry(f"{_CLI}.user:app", "People who may log in: add, list, password."),
    "audit": Entry(f"{_CLI}.audit:app", "Who did what: verify, head, export."),
    "replay": Entry(f"{_CLI}.replay:replay", "Publish recorded data through the broker."),
    "rejects": Entry(f"{_CLI}.rejects:app", "Refused messages: list, show, replay."),
    "route": Entry(f"{_CLI}.route:app", "Routes: what trucks did against what was planned."),
    "air": Entry(f"{_CLI}.air:app", "Air quality: the index of hourly concentrations."),
    "noise": Entry(
        f"{_CLI}.noise:app", "Noise: levels, percentiles and the day-evening-night level."
    ),
    "anomaly": Entry(f"{_CLI}.anomaly:app", "Anomalies: score a series on file."),
    "hotlist": Entry(f"{_CLI}.hotlist:app", "Plates that are sought: import, approve, withdraw."),
    "incident": Entry(f"{_CLI}.incident:app", "Incidents: export and verify signed archives."),
    "lpr": Entry(f"{_CLI}.lpr:app", "Licence plates: read photographs, watch cameras, train."),
    "dashboards": Entry(
        f"{_CLI}.dashboards:app", "Grafana dashboards: build, check, push, admit their reader."
    ),
    "bench": Entry("bench.cli:app", "Measure this system and its peers in one run."),
}


app = typer.Typer(
    cls=group(COMMANDS),
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="C5: a city's telemetry and operations center.",
)


@app.callback()
def _root() -> None:
    """C5: a city's telemetry and operations center."""
    log.configure()


def main() -> None:
    """Run one command; a refusal is one sentence on standard error and exit code 1."""
    try:
        app(prog_name="c5")
    except C5Error as exc:
        Console(stderr=True, soft_wrap=True).print(f"c5: {exc}", style="red", markup=False)
        sys.exit(1)
