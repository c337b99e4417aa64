"""The `c5` command: one module a command, imported only when it is called.

COMMANDS maps a name to `module:attribute`, where the attribute is a Typer app
(a group) or a function (a command). The table is what `--help` lists and what
docs/cli.md is made from, so a start costs one import, whatever C5 can do.
"""

import importlib
import sys
from typing import Any, Final, NamedTuple

import typer
from rich.console import Console
from typer.core import TyperGroup

from core import log
from core.errors import C5Error


class _Entry(NamedTuple):
    target: str
    help: str


_CLI: Final = "control_center.cli"
COMMANDS: Final = {
    "demo": _Entry(f"{_CLI}.demo:demo", "Run everything on this machine with a simulated city."),
    "test": _Entry(f"{_CLI}.test:test", "Install what is missing, then run all checks and tests."),
    "up": _Entry(f"{_CLI}.services:up", "Start the real thing from the settings."),
    "down": _Entry(f"{_CLI}.services:down", "Stop what `up` started."),
    "status": _Entry(f"{_CLI}.services:status", "Say what runs, and how well."),
    "logs": _Entry(f"{_CLI}.services:logs", "Show the services' logs."),
    "db": _Entry(f"{_CLI}.db:app", "The database: migrate, roll up, retain."),
    "device": _Entry(f"{_CLI}.device:app", "Devices: add, list, revoke, command."),
    "simulate": _Entry(f"{_CLI}.simulate:simulate", "Run a simulated city against the broker."),
    "ingest": _Entry(f"{_CLI}.ingest:ingest", "Take messages from the broker into the database."),
    "engine": _Entry(f"{_CLI}.engine:engine", "Watch trucks, judge runs and mail reports."),
    "serve": _Entry(f"{_CLI}.serve:serve", "Serve the control center."),
    "user": _Entry(f"{_CLI}.user:app", "People who may log in: add, list, password."),
    "replay": _Entry(f"{_CLI}.replay:replay", "Publish recorded data through the broker."),
    "rejects": _Entry(f"{_CLI}.rejects:app", "Refused messages: list, show, replay."),
    "route": _Entry(f"{_CLI}.route:app", "Routes: what trucks did against what was planned."),
    "air": _Entry(f"{_CLI}.air:app", "Air quality: the index of hourly concentrations."),
    "noise": _Entry(
        f"{_CLI}.noise:app", "Noise: levels, percentiles and the day-evening-night level."
    ),
    "anomaly": _Entry(f"{_CLI}.anomaly:app", "Anomalies: score a series on file."),
    "lpr": _Entry(f"{_CLI}.lpr:app", "Licence plates: read photographs, train models."),
    "bench": _Entry("bench.cli:app", "Measure this system and its peers in one run."),
}


class _LazyGroup(TyperGroup):
    """A group whose commands are imported when they are asked for.

    Typer carries its own click inside, whose types it does not export: hence Any.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        del ctx
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        target: Any = getattr(importlib.import_module(module), attribute)
        if not isinstance(target, typer.Typer):
            function, target = target, typer.Typer(add_completion=False)
            target.command(name=cmd_name)(function)
        command = typer.main.get_command(target)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


app = typer.Typer(
    cls=_LazyGroup,
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
