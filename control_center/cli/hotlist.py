"""`c5 hotlist`: plates that are sought, as somebody with an account works on them."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final, NamedTuple, NoReturn
from zoneinfo import ZoneInfo

import typer

from control_center import connections
from control_center.auth.rights import RIGHTS, Right, Role
from control_center.cli import database
from control_center.cli.output import Json, emit, say, table
from control_center.cli.route_check import FileUnreadable
from control_center.plates import keys, lists, rekey
from control_center.plates.lists import Shown
from control_center.plates.people import Actor
from core import clock, settings
from core.errors import ConfigError, Conflict, NotFound
from core.seal import KeyRing
from core.settings import Settings
from store import account, hotlist
from store.hotlist import HotList, NewList
from store.pool import Connection

app = typer.Typer(
    no_args_is_help=True,
    help="Plates that are sought: import, list, show, approve, withdraw, rekey.",
)
_MAX_BYTES: Final = 8 * 1024 * 1024
_DAY: Final = ["%Y-%m-%d"]
As = Annotated[
    str,
    typer.Option("--as", metavar="USER", help="Whose account acts; it is on record as theirs."),
]
EntryIds = Annotated[
    list[int], typer.Argument(metavar="ENTRY...", help="Numbers, as in `c5 hotlist show`.")
]
Name = Annotated[str, typer.Argument(metavar="LIST", help="A list's name.")]


class NotEntitled(Conflict):
    """The account may not do this."""

    reason = "not_entitled"


class _Desk(NamedTuple):
    """What a command works with."""

    conn: Connection
    chosen: Settings
    ring: KeyRing
    actor: Actor
    now: datetime


@app.command("import")
def import_(  # noqa: PLR0913, PLR0917  an option a property of a list
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV: plate, note, expires_at (docs/plates.md).")
    ],
    name: Annotated[str, typer.Option("--list", help="The list; a new one needs the rest.")],
    user: As,
    reason: Annotated[str | None, typer.Option(help="Why the plates are sought.")] = None,
    issuer: Annotated[str | None, typer.Option(help="Who ordered it.")] = None,
    priority: Annotated[str, typer.Option(help="critical, high or normal.")] = "normal",
    legal_basis: Annotated[
        str | None, typer.Option("--legal-basis", help="By what law and order.")
    ] = None,
    expires: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="Last local day of the whole list.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Propose the plates of a file; each is sought once somebody else approves it."""
    content = _bytes(file)
    with _desk(user) as desk:
        zone = ZoneInfo(desk.chosen.timezone)
        held = hotlist.find_list(desk.conn, name=name)
        if held is None:
            new = _new_list(name, reason, issuer, priority, legal_basis, _end_of(expires, zone))
            held = lists.add_list(desk.conn, desk.actor, new, now=desk.now)
        done = lists.import_csv(
            desk.conn, desk.ring, desk.actor, held.list_id, content, zone=zone, now=desk.now
        )
    if as_json:
        refused = [one._asdict() for one in done.refused]
        emit({"list_id": held.list_id, "proposed": done.proposed, "refused": refused})
    else:
        for one in done.refused:
            say(f"line {one.line}: {one.why}")
        say(f"{held.name}: {done.proposed} proposed, {len(done.refused)} lines refused")
    if done.refused and not done.proposed:
        raise typer.Exit(1)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the lists, without their plates."""
    with database.connect() as conn:
        found = hotlist.lists(conn)
    if as_json:
        emit([one._asdict() for one in found])
        return
    table(
        ("list", "priority", "sought", "pending", "until", "issuer", "reason"),
        [
            (
                one.name,
                one.priority,
                one.entries,
                one.pending,
                one.expires_at,
                one.issuer,
                one.reason,
            )
            for one in found
        ],
    )


@app.command()
def show(name: Name, user: As, as_json: Json = False) -> None:
    """Show a list's plates in clear. That they were looked at is on record."""
    with _desk(user) as desk:
        held = _list(desk.conn, name)
        found = lists.entries(desk.conn, desk.ring, desk.actor, held.list_id, now=desk.now)
    _answer(found, as_json=as_json)


@app.command()
def approve(
    user: As,
    entries: Annotated[
        list[int] | None,
        typer.Argument(metavar="[ENTRY]...", help="Numbers, as in `c5 hotlist show`."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--list", help="All of this list that wait, and are not yours.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Have plates sought that somebody else proposed, and search what is kept for them."""
    if bool(entries) == bool(name):
        raise ConfigError("say which: entries, or --list; see `c5 hotlist show`")
    with _desk(user) as desk:
        since = desk.now - timedelta(hours=desk.chosen.plates.retention_hours)
        chosen = entries or _waiting(desk, name or "")
        done = []
        for one in chosen:
            done.append(
                lists.approve(desk.conn, desk.ring, desk.actor, one, now=desk.now, since=since)
            )
            desk.conn.commit()  # cameras are compared with it from here on
    found = sum(count for _, count in done)
    if as_json:
        emit({"approved": [shown.entry_id for shown, _ in done], "found_back": found})
    else:
        say(f"{len(done)} are sought now; {found} passages before were found")


@app.command()
def withdraw(
    entries: EntryIds,
    user: As,
    reason: Annotated[str, typer.Option(help="Why they are no longer sought.")],
    as_json: Json = False,
) -> None:
    """End the search for plates."""
    with _desk(user) as desk:
        done = [
            lists.withdraw(desk.conn, desk.ring, desk.actor, one, reason=reason, now=desk.now)
            for one in entries
        ]
    if as_json:
        emit({"withdrawn": [one.entry_id for one in done]})
    else:
        say(f"{len(done)} are no longer sought")


@app.command("rekey")
def rekey_(user: As, as_json: Json = False) -> None:
    """Write entries, hits and holders of panic buttons under today's key, as the engine does.

    Afterwards an older key opens only reads and photographs, which are purged on their day.
    """
    with _desk(user) as desk:
        done = rekey.rekey(desk.conn, desk.ring, desk.actor, desk.now)
    if as_json:
        emit(done._asdict())
    else:
        say(
            f"{done.entries} entries, {done.hits} hits and {done.holders} holders of panic buttons "
            "are under today's key now"
        )


@contextmanager
def _desk(user: str) -> Iterator[_Desk]:
    """What a command needs, for an account that may work on hot lists, in one transaction."""
    chosen = settings.load()
    ring = keys.needed(keys.ring(chosen, connections.resolve(chosen).plates))
    with database.connect() as conn:
        role = _role(conn, user.strip().lower())
        actor = Actor(
            username=user.strip().lower(), role=role, address=f"local:{getpass.getuser()}"
        )
        yield _Desk(conn, chosen, ring, actor, clock.utc_now())


def _role(conn: Connection, username: str) -> str:
    held = next((one for one in account.listed(conn) if one.username == username), None)
    if held is None:
        raise NotFound(f"no user {username[:80]!r}; see `c5 user list`")
    if held.disabled_at is not None or Right.HOTLIST not in RIGHTS[Role(held.role)]:
        raise NotEntitled(f"{username} may not work on hot lists; that takes {Role.AUTORIZADO_LPR}")
    return held.role


def _list(conn: Connection, name: str) -> HotList:
    held = hotlist.find_list(conn, name=name)
    if held is None:
        raise NotFound(f"no hot list {name[:200]!r}; see `c5 hotlist list`")
    return held


def _waiting(desk: _Desk, name: str) -> list[int]:
    """Pending entries of a list that somebody else proposed, oldest first."""
    held = _list(desk.conn, name)
    found = hotlist.entries(
        desk.conn, list_id=held.list_id, state="pending", limit=lists.MAX_ENTRIES
    )
    return sorted(one.entry_id for one in found if one.proposed_by != desk.actor.username)


def _new_list(
    name: str,
    reason: str | None,
    issuer: str | None,
    priority: str,
    legal_basis: str | None,
    expires_at: datetime | None,
) -> NewList:
    if priority not in {"critical", "high", "normal"}:
        raise ConfigError(f"{priority!r} is no priority; choose critical, high or normal")
    if not (reason and issuer and legal_basis):
        _incomplete(name)
    return NewList(name, reason, issuer, priority, legal_basis, expires_at)


def _incomplete(name: str) -> NoReturn:
    raise ConfigError(
        f"there is no list {name!r} yet; to make it give --reason, --issuer and --legal-basis"
    )


def _end_of(day: datetime | None, zone: ZoneInfo) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day.date() + timedelta(days=1), time(), zone).astimezone(UTC)


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(_MAX_BYTES + 1)
    except OSError as exc:
        raise FileUnreadable(f"{file} cannot be read: {exc}") from None
    if len(content) > _MAX_BYTES:
        raise FileUnreadable(f"{file} is larger than {_MAX_BYTES} bytes; split it")
    return content


def _answer(found: list[Shown], *, as_json: bool) -> None:
    if as_json:
        emit(
            [
                {
                    "entry_id": one.entry_id,
                    "plate": one.plate,
                    "note": one.note,
                    "state": one.held.state,
                    "proposed_by": one.held.proposed_by,
                    "approved_by": one.held.approved_by,
                    "expires_at": one.held.expires_at,
                }
                for one in found
            ]
        )
        return
    table(
        ("entry", "plate", "state", "proposed by", "approved by", "until", "note"),
        [
            (
                one.entry_id,
                one.plate or "(key not held)",
                one.held.state,
                one.held.proposed_by,
                one.held.approved_by,
                one.held.expires_at,
                one.note,
            )
            for one in found
        ],
    )
