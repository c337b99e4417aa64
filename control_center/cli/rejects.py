"""`c5 rejects`: refused messages, with their bytes and why."""

import base64
import sys
from datetime import timedelta
from typing import Annotated

import typer

from control_center import connections
from control_center.audit import by_command
from control_center.cli import database
from control_center.cli.output import Json, emit, say, table
from core import settings
from core.errors import ConfigError, NotFound
from core.seal import PlateVault
from ingest import replay
from store import audit, rejects
from store.rejects import Kept

app = typer.Typer(no_args_is_help=True, help="Refused messages: list, show, replay.")
_SHOWN_CHARS = 4000


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, newest first.")] = 50,
    device: Annotated[str | None, typer.Option(help="Only of this device.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only with this reason code.")] = None,
    as_json: Json = False,
) -> None:
    """List refusals, newest first."""
    with database.connect() as conn:
        found = rejects.newest(conn, limit=limit, device_id=device, reason=reason)
    if as_json:
        emit([_spelled(one) for one in found])
        return
    table(
        ("id", "last", "times", "reason", "bytes", "topic", "detail"),
        [
            (
                one.reject_id,
                f"{one.last_at:%Y-%m-%d %H:%M:%S}Z",
                one.times,
                one.reason,
                one.size_bytes,
                one.topic,
                one.detail,
            )
            for one in found
        ],
    )


@app.command()
def show(
    reject_id: Annotated[int, typer.Argument(metavar="ID", help="As in `c5 rejects list`.")],
    raw: Annotated[bool, typer.Option("--raw", help="Write its bytes, and nothing else.")] = False,
    as_json: Json = False,
) -> None:
    """Show one refusal with its bytes; what a camera said stays sealed."""
    with database.connect() as conn:
        kept = rejects.get(conn, reject_id)
        audit.append(conn, by_command.entry("reject.view", "reject", reject_id))
    if kept is None:
        raise NotFound(f"no reject {reject_id}; see `c5 rejects list`")
    if raw:
        sys.stdout.buffer.write(kept.payload)
    elif as_json:
        emit(_spelled(kept) | {"payload_base64": base64.b64encode(kept.payload).decode()})
    else:
        for name, value in _spelled(kept).items():
            say(f"{name:12} {'-' if value is None else value}")
        say("sealed payload" if kept.sealed else _readable(kept.payload))


@app.command("replay")
def replay_(
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="As in `c5 rejects list`.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="All of this device.")] = None,
    reason: Annotated[str | None, typer.Option(help="All with this reason code.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 1000,
    as_json: Json = False,
) -> None:
    """Judge refused messages again; what is acceptable now is stored, once."""
    if not ids and device is None and reason is None:
        raise ConfigError("say which: IDs, --device or --reason; see `c5 rejects list`")
    chosen = settings.load()
    vault = PlateVault(connections.resolve(chosen).plate_key)
    with database.connect() as conn:
        if ids:
            found = [kept for one in ids if (kept := rejects.get(conn, one)) is not None]
        else:
            found = rejects.newest(conn, limit=limit, device_id=device, reason=reason)
        conn.commit()
        done = replay.replay(
            conn,
            found,
            vault=vault,
            clock_ahead=timedelta(seconds=chosen.ingest.clock_ahead_s),
            late=timedelta(seconds=chosen.ingest.late_s),
        )
    if as_json:
        emit(done._asdict())
    else:
        say(
            f"{done.stored} stored, {done.duplicates} were stored before, {done.refused} are still "
            "refused"
        )


def _spelled(kept: Kept) -> dict[str, object]:
    return {
        "id": kept.reject_id,
        "first_at": kept.first_at.isoformat(),
        "last_at": kept.last_at.isoformat(),
        "times": kept.times,
        "topic": kept.topic,
        "device_id": kept.device_id,
        "reason": kept.reason,
        "detail": kept.detail,
        "sealed": kept.sealed,
        "size_bytes": kept.size_bytes,
        "replayed_at": None if kept.replayed_at is None else kept.replayed_at.isoformat(),
    }


def _readable(payload: bytes) -> str:
    """Bytes as text whose control characters cannot move a terminal."""
    text = payload.decode("utf-8", errors="backslashreplace")[:_SHOWN_CHARS]
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
        for char in text
    )
