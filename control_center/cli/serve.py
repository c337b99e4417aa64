"""`c5 serve`: the control center's web server."""

from typing import Annotated

import typer

from control_center import connections
from control_center.app import create_app
from control_center.cli.output import say
from control_center.server import Server, listen, url
from core import log, settings
from store import migrate


def serve(
    host: Annotated[str | None, typer.Option(help="Address; left out: the settings'.")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port, 0 for any free one; left out: the settings'."),
    ] = None,
) -> None:
    """Serve the control center until Ctrl-C; the first line says where."""
    chosen = settings.load()
    log.configure(level=chosen.log_level)
    places = connections.resolve(chosen)
    migrate.check(places.database_url)
    app = create_app(chosen, places)
    with listen(
        chosen.control_center.host if host is None else host,
        chosen.control_center.port if port is None else port,
    ) as listener:
        say(url(listener))
        Server(app).run(sockets=[listener])
