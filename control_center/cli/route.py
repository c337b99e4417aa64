"""`c5 route`: plans, who drives them, and what was driven.

Each command is imported when it is called, as `c5`'s own are: `check` runs by the hundred, and
must not wait for a database driver that it never uses.
"""

from typing import Final

import typer

from control_center.cli.lazy import Entry, group

_CLI: Final = "control_center.cli"
COMMANDS: Final = {
    "import": Entry(f"{_CLI}.route_plans:import_", "Import a plan from GeoJSON, GPX or KML."),
    "list": Entry(f"{_CLI}.route_plans:list_", "List routes."),
    "show": Entry(f"{_CLI}.route_plans:show", "Show a route and its versions, or a plan."),
    "assign": Entry(f"{_CLI}.route_drivers:assign", "Let a truck drive a route."),
    "unassign": Entry(f"{_CLI}.route_drivers:unassign", "End a truck's assignment."),
    "retire": Entry(f"{_CLI}.route_drivers:retire", "Stop driving a route; its past stays."),
    "backfill": Entry(f"{_CLI}.route_backfill:backfill", "Judge the runs of past days again."),
    "runs": Entry(f"{_CLI}.route_runs:runs", "List runs with their figures."),
    "report": Entry(f"{_CLI}.route_report:report", "A run's report, as a file, or its proof."),
    "summary": Entry(f"{_CLI}.route_runs:summed_up", "Sum up runs by truck, route, week …"),
    "check": Entry(f"{_CLI}.route_check:check", "Judge a file of fixes by a plan."),
    "eta": Entry(f"{_CLI}.route_eta:eta", "Say when the truck comes to an address."),
}
"""Name of a command to the function, or the Typer app, that it is."""


app = typer.Typer(
    cls=group(COMMANDS),
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Routes: what trucks did against what was planned.",
)


@app.callback()
def _group() -> None:
    """Routes: what trucks did against what was planned."""
