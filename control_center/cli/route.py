"""`c5 route`: plans, who drives them, and what was driven.

Each command is imported when it is called, as `c5`'s own are: `check` runs by the hundred, and
must not wait for a database driver that it never uses.
"""

import importlib
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperGroup


class _Entry(NamedTuple):
    target: str
    help: str


_CLI: Final = "control_center.cli"
COMMANDS: Final = {
    "import": _Entry(f"{_CLI}.route_plans:import_", "Import a plan from GeoJSON, GPX or KML."),
    "list": _Entry(f"{_CLI}.route_plans:list_", "List routes."),
    "show": _Entry(f"{_CLI}.route_plans:show", "Show a route and its versions, or a plan."),
    "assign": _Entry(f"{_CLI}.route_drivers:assign", "Let a truck drive a route."),
    "unassign": _Entry(f"{_CLI}.route_drivers:unassign", "End a truck's assignment."),
    "retire": _Entry(f"{_CLI}.route_drivers:retire", "Stop driving a route; its past stays."),
    "backfill": _Entry(f"{_CLI}.route_backfill:backfill", "Judge the runs of past days again."),
    "runs": _Entry(f"{_CLI}.route_runs:runs", "List runs with their figures."),
    "report": _Entry(f"{_CLI}.route_report:report", "A run's report, as a file, or its proof."),
    "summary": _Entry(f"{_CLI}.route_runs:summed_up", "Sum up runs by truck, route, week …"),
    "check": _Entry(f"{_CLI}.route_check:check", "Judge a file of fixes by a plan."),
    "eta": _Entry(f"{_CLI}.route_eta:eta", "Say when the truck comes to an address."),
}
"""Name of a command to the function, or the Typer app, that it is."""


class _LazyGroup(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return super().get_command(ctx, cmd_name)
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
    help="Routes: what trucks did against what was planned.",
)


@app.callback()
def _group() -> None:
    """Routes: what trucks did against what was planned."""
