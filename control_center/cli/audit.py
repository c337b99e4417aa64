"""`c5 audit`: prove that nobody touched the record of who did what, and hand it out."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from control_center import connections
from control_center.audit import by_command, heads
from control_center.audit import export as writing
from control_center.audit.verify import verify as verified
from control_center.auth.keys import Keys
from control_center.cli import database
from control_center.cli.output import Json, emit, say
from core import settings
from core.clock import utc_now
from core.errors import InvalidField
from store import audit, audit_reading
from store.audit_reading import Filter

app = typer.Typer(no_args_is_help=True, help="Who did what: verify, head, export.")
Since = Annotated[str | None, typer.Option("--from", help="RFC 3339 with an offset.")]
Until = Annotated[str | None, typer.Option("--to", help="RFC 3339 with an offset, exclusive.")]


@app.command()
def verify(
    head: Annotated[
        str | None,
        typer.Option("--head", help="A head published before: its file, or its digest."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Take every digest again; exit code 1 when anything was edited, removed, moved or cut."""
    wanted = None if head is None else heads.wanted(head)
    published = wanted.head if isinstance(wanted, heads.Published) else wanted
    with database.connect() as conn:
        found = verified(conn, published)
    if as_json:
        emit(
            {
                "ok": found.ok,
                "entries": found.entries,
                "head": found.head._asdict(),
                "published": None if wanted is None else head,
                "public_key": wanted.public_key if isinstance(wanted, heads.Published) else None,
                "found": found.found,
                "problems": [problem._asdict() for problem in found.problems],
            }
        )
    else:
        say(f"entries  {found.entries}")
        say(f"head     {found.head.entry_id} {found.head.sha256}")
        if isinstance(wanted, heads.Published):
            say(f"key      {wanted.public_key} (compare with the one you noted down)")
        for problem in found.problems:
            say(f"{problem.kind}: {problem.es} · {problem.en}")
        if found.found > len(found.problems):
            say(f"... {found.found - len(found.problems)} more")
        say("intacta · intact" if found.ok else "ALTERADA · TAMPERED WITH")
    if not found.ok:
        raise typer.Exit(1)


@app.command("head")
def show_head(
    out: Annotated[
        Path | None, typer.Option("--out", help="Write it here; left out: standard output.")
    ] = None,
) -> None:
    """Sign the newest entry's digest as JSON; keep it away from this machine."""
    chosen = settings.load()
    keys = Keys(connections.resolve(chosen).people_secret)
    with database.connect() as conn:
        signed = heads.publish(keys, audit_reading.head(conn), city=chosen.city, at=utc_now())
        audit.append(
            conn, by_command.entry("audit.head", "audit", signed.entry_id, sha256=signed.sha256)
        )
    if out is None:
        sys.stdout.write(heads.encoded(signed).decode())
    else:
        out.write_bytes(heads.encoded(signed))
        say(f"{out}: entry {signed.entry_id}, key {signed.public_key}")


@app.command()
def export(
    since: Since = None,
    until: Until = None,
    form: Annotated[
        Literal["jsonl", "csv"], typer.Option("--format", help="JSON lines or CSV.")
    ] = "jsonl",
    out: Annotated[
        Path | None, typer.Option("--out", help="Write it here; left out: standard output.")
    ] = None,
) -> None:
    """Write the entries of a time, oldest first; that it was exported is an entry too."""
    wanted = Filter(since=_instant(since), until=_instant(until))
    with database.connect() as conn:
        last = audit_reading.head(conn).entry_id
        note = by_command.entry("audit.export", "audit", last, since=since, until=until, form=form)
        audit.append(conn, note)
        conn.commit()
        pieces = writing.written(audit_reading.all_of(conn, wanted, until_id=last), form)
        if out is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return
        with out.open("wb") as file:
            file.writelines(pieces)
    say(f"{out}: up to entry {last}")


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InvalidField(f"{text[:80]!r} is no instant; write it as 2026-03-01T00:00:00-06:00")
    return instant.astimezone(UTC)
