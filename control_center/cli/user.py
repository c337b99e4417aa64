"""`c5 user`: people who may log in."""

import sys
from typing import Annotated

import typer

from control_center.audit import by_command
from control_center.auth import passwords
from control_center.auth.rights import Role
from control_center.cli import database
from control_center.cli.output import Json, emit, say, table
from core.clock import utc_now
from core.errors import Conflict, NotFound
from store import account, audit, second_factor
from store import session as store_session
from store import token as store_token
from store.pool import Connection

app = typer.Typer(no_args_is_help=True, help="People who may log in: add, list, password.")
Username = Annotated[str, typer.Argument(metavar="NAME", help="Login: a-z, 0-9, '.', '_', '-'.")]
Generate = Annotated[
    bool, typer.Option("--generate", help="Make a password and print it once; do not ask for one.")
]


@app.command()
def add(
    username: Username,
    role: Annotated[Role, typer.Option("--role", help="What it is here for.")],
    name: Annotated[str | None, typer.Option("--name", help="The person's name.")] = None,
    generate: Generate = False,
    as_json: Json = False,
) -> None:
    """Add a person. The password is asked for, or read from a pipe, or made and printed once."""
    login = username.strip().lower()
    password, made = _password(generate=generate)
    with database.connect() as conn:
        account.add(
            conn,
            username=_checked(login),
            name=name or login,
            role=role,
            password_hash=passwords.hashed(password),
        )
        told = by_command.entry("account.add", "account", login, name=name or login, role=role)
        audit.append(conn, told)
    _answer(login, password if made else None, as_json=as_json)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List people."""
    with database.connect() as conn:
        found = account.listed(conn)
    if as_json:
        emit(
            [
                {
                    "username": one.username,
                    "name": one.name,
                    "role": one.role,
                    "disabled": one.disabled_at is not None,
                }
                for one in found
            ]
        )
        return
    table(
        ("user", "name", "role", "disabled"),
        [(one.username, one.name, one.role, one.disabled_at) for one in found],
    )


@app.command("password")
def set_password(username: Username, generate: Generate = False, as_json: Json = False) -> None:
    """Replace a password; open sessions and API tokens of that person end."""
    login = username.strip().lower()
    password, made = _password(generate=generate)
    with database.connect() as conn:
        account.set_password(conn, login, passwords.hashed(password))
        store_token.revoke_all(conn, login, utc_now())
        audit.append(conn, by_command.entry("account.password", "account", login))
    _answer(login, password if made else None, as_json=as_json)


@app.command()
def disable(username: Username, as_json: Json = False) -> None:
    """Shut a person out; open sessions end at once."""
    login = username.strip().lower()
    with database.connect() as conn:
        account.disable(conn, login)
        _changed(conn, login, disabled=True)
    if as_json:
        emit({"username": login, "disabled": True})
    else:
        say(f"{login}: disabled")


@app.command()
def enable(username: Username, as_json: Json = False) -> None:
    """Let a disabled person in again, with the password they had."""
    login = username.strip().lower()
    with database.connect() as conn:
        account.enable(conn, login)
        _changed(conn, login, disabled=False)
    if as_json:
        emit({"username": login, "disabled": False})
    else:
        say(f"{login}: enabled")


@app.command("reset-factor")
def reset_factor(username: Username, as_json: Json = False) -> None:
    """Forget a second factor whose telephone is lost; open sessions end."""
    login = username.strip().lower()
    with database.connect() as conn:
        if not second_factor.reset(conn, login):
            raise NotFound(f"{login} has no second factor, or there is no such user")
        store_session.end_all(conn, login)
        audit.append(conn, by_command.entry("second_factor.reset", "account", login))
    if as_json:
        emit({"username": login, "second_factor": False})
    else:
        say(f"{login}: no second factor any more")


def _changed(conn: Connection, login: str, *, disabled: bool) -> None:
    changes = {"disabled": disabled}
    audit.append(conn, by_command.entry("account.change", "account", login, changes=changes))


def _checked(login: str) -> str:
    if not account.USERNAME.fullmatch(login):
        raise Conflict(
            f"user name {login[:80]!r} must be 1 to 64 of a-z, 0-9, '.', '_' and '-', and begin "
            "with a letter or digit"
        )
    return login


def _password(*, generate: bool) -> tuple[str, bool]:
    """Answer a password, and whether it was made here."""
    if generate:
        return passwords.new(), True
    if sys.stdin.isatty():
        asked: str = typer.prompt(
            "Contraseña / Password", hide_input=True, confirmation_prompt=True
        )
        return passwords.checked(asked), False
    piped = sys.stdin.readline().rstrip("\r\n")
    return (passwords.checked(piped), False) if piped else (passwords.new(), True)


def _answer(login: str, password: str | None, *, as_json: bool) -> None:
    if as_json:
        emit({"username": login} | ({} if password is None else {"password": password}))
        return
    say(f"user      {login}")
    if password is not None:
        say(f"password  {password}")
        say("The password is not shown again / La contraseña no se vuelve a mostrar.")
