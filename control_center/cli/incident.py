"""`c5 incident`: hand an incident out as a signed archive, and prove that one was not changed."""

from pathlib import Path
from typing import Annotated

import typer

from control_center import connections
from control_center.audit import by_command
from control_center.auth.keys import Keys
from control_center.cli import database
from control_center.cli.output import Json, emit, say
from control_center.incidents import archive, exporting
from control_center.plates import keys as plate_keys
from control_center.plates.people import Actor
from core import settings
from core.clock import utc_now

app = typer.Typer(no_args_is_help=True, help="Incidents: export and verify signed archives.")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="An archive that C5 made.", dir_okay=False)],
    key: Annotated[
        str | None, typer.Option("--key", help="Public key it must be signed with, hex.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take every digest and the signature again; exit code 1 when anything was changed."""
    found = archive.check(file, public_key=key)
    if as_json:
        emit(
            {
                "ok": found.ok,
                "incident_id": found.manifest.incident_id,
                "city": found.manifest.city,
                "exported_at": found.manifest.exported_at,
                "exported_by": found.manifest.exported_by,
                "public_key": found.manifest.public_key,
                "parts": len(found.manifest.files),
                "problems": found.problems,
            }
        )
    else:
        say(f"incident {found.manifest.incident_id} of {found.manifest.city}")
        say(f"exported {found.manifest.exported_at} by {found.manifest.exported_by}")
        say(f"key      {found.manifest.public_key}" + ("" if key else " (compare it with yours)"))
        for problem in found.problems:
            say(problem)
        say("intacto · intact" if found.ok else "ALTERADO · TAMPERED WITH")
    if not found.ok:
        raise typer.Exit(1)


@app.command()
def export(
    incident_id: Annotated[int, typer.Argument(min=1, help="Which incident.")],
    out: Annotated[Path, typer.Option("--out", help="Write it here.", dir_okay=False)],
    person: Annotated[
        bool, typer.Option("--person", help="With who pressed a panic button; on record.")
    ] = False,
) -> None:
    """Write an incident's signed archive; that it was handed out is an entry of the audit."""
    chosen = settings.load()
    places = connections.resolve(chosen)
    keys = Keys(places.people_secret)
    with database.connect() as conn:
        made = exporting.export(
            conn,
            incident_id,
            key=archive.signer(keys),
            ring=plate_keys.ring(chosen, places.plates),
            city=chosen.city,
            who=Actor(username=f"cli:{by_command.runner()}"),
            sees_person=person,
            now=utc_now(),
        )
    out.write_bytes(made)
    say(f"{out}: {len(made)} bytes")


@app.command("key")
def show_key() -> None:
    """Print the public key of archives; note it down where nobody can change it."""
    keys = Keys(connections.resolve(settings.load()).people_secret)
    say(archive.signer(keys).public_key().public_bytes_raw().hex())
