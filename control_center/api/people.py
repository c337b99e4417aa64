"""Accounts: who there is, what they may do, and shutting them out. Looking is noted too."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Path, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from control_center.api.reading import noted
from control_center.api.session import OpenSessions, opened
from control_center.api.session_tokens import TokenList, listed, revoke
from control_center.audit import notes
from control_center.auth import passwords
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right, Role
from control_center.auth.sessions import Session
from control_center.center import Center, CenterDep
from core.errors import Conflict, NotFound
from store import account, second_factor
from store import session as store_session
from store import token as store_token
from store.account import USERNAME, Account
from store.pool import Connection

router = APIRouter(prefix="/api/people", tags=["people"])
Username = Annotated[str, Path(pattern=f"^{USERNAME.pattern}$", description="login")]
_NAME_CHARS: Final = 200
T = TypeVar("T")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AccountAnswer(_Shape):
    """One account."""

    username: str
    name: str
    role: Role
    disabled_at: datetime | None
    created_at: datetime
    elsewhere: Annotated[bool, Field(description="logs in at another place")]
    second_factor: bool
    second_factor_needed: Annotated[bool, Field(description="by role")]


class Accounts(_Shape):
    """All accounts, by username."""

    people: list[AccountAnswer]


class PersonOrder(_Shape):
    """A new account."""

    username: Annotated[str, Field(pattern=f"^{USERNAME.pattern}$")]
    name: Annotated[str, Field(min_length=1, max_length=_NAME_CHARS)]
    role: Role


class PersonChange(_Shape):
    """What is to be another; null: stays."""

    name: Annotated[str | None, Field(min_length=1, max_length=_NAME_CHARS)] = None
    role: Role | None = None
    disabled: bool | None = None


class PasswordMade(_Shape):
    """A password that was made; it is shown this once."""

    username: str
    password: str


@router.get("", **needs(Right.PEOPLE))
async def list_people(center: CenterDep, who: Who, request: Request) -> Accounts:
    """Answer all accounts."""
    told = notes.entry(who, request, "account.view", "account", "all")

    def read(conn: Connection) -> list[AccountAnswer]:
        having = second_factor.who_has_one(conn)
        return [_person(center, one, having) for one in account.listed(conn)]

    return Accounts(people=await noted(center, read, lambda _: told))


@router.post("", status_code=status.HTTP_201_CREATED, **needs(Right.PEOPLE))
async def add_person(
    center: CenterDep, who: Who, request: Request, order: PersonOrder
) -> PasswordMade:
    """Add an account; its first password is answered this once."""
    password = passwords.new()
    hashed = await anyio.to_thread.run_sync(passwords.hashed, password)
    told = notes.entry(
        who, request, "account.add", "account", order.username, name=order.name, role=order.role
    )
    await noted(
        center,
        lambda conn: account.add(
            conn,
            username=order.username,
            name=order.name,
            role=order.role,
            password_hash=hashed,
        ),
        lambda _: told,
    )
    return PasswordMade(username=order.username, password=password)


@router.patch("/{username}", **needs(Right.PEOPLE))
async def change_person(
    center: CenterDep, who: Who, request: Request, username: Username, order: PersonChange
) -> AccountAnswer:
    """Give another name or role, shut out or let in; the last administrador stays one."""
    if username == who.username and (order.disabled or order.role not in {None, who.role}):
        raise Conflict("nobody shuts themselves out or changes their own role; ask another one")

    def work(conn: Connection) -> AccountAnswer:
        before = account.get(conn, username)
        if before.role == Role.ADMINISTRADOR and (
            order.disabled or order.role not in {None, Role.ADMINISTRADOR}
        ):
            account.keep_an_administrador(conn, username)
        if order.role is not None and before.issuer is not None and order.role != before.role:
            raise Conflict(f"{username} gets a role where they log in; change it there")
        _change(conn, before, order)
        after = account.get(conn, username)
        return _person(center, after, second_factor.who_has_one(conn))

    changes = order.model_dump(exclude_none=True)
    return await _told(center, who, request, "account.change", username, work, changes=changes)


@router.post("/{username}/password", **needs(Right.PEOPLE))
async def reset_password(
    center: CenterDep, who: Who, request: Request, username: Username
) -> PasswordMade:
    """Make a new password, answered this once; the person's sessions and tokens end."""
    password = passwords.new()
    hashed = await anyio.to_thread.run_sync(passwords.hashed, password)
    now = center.clock()

    def work(conn: Connection) -> None:
        if account.get(conn, username).issuer is not None:
            raise Conflict(f"{username} logs in at another place; reset the password there")
        account.set_password(conn, username, hashed)
        store_token.revoke_all(conn, username, now)

    await _told(center, who, request, "account.password", username, work)
    return PasswordMade(username=username, password=password)


@router.delete(
    "/{username}/second-factor",
    status_code=status.HTTP_204_NO_CONTENT,
    **needs(Right.PEOPLE),
)
async def reset_second_factor(
    center: CenterDep, who: Who, request: Request, username: Username
) -> Response:
    """Forget a second factor whose telephone is lost; the person's sessions end."""

    def work(conn: Connection) -> None:
        account.get(conn, username)
        if not second_factor.reset(conn, username):
            raise NotFound(f"{username} has no second factor; there is nothing to reset")
        store_session.end_all(conn, username)

    await _told(center, who, request, "second_factor.reset", username, work)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/{username}/sessions", **needs(Right.PEOPLE))
async def sessions_of(
    center: CenterDep, who: Who, request: Request, username: Username
) -> OpenSessions:
    """Answer a person's open sessions."""
    now = center.clock()

    def read(conn: Connection) -> list[store_session.Open]:
        account.get(conn, username)
        return store_session.listed(conn, username, now, center.sessions.idle)

    return opened(await _told(center, who, request, "session.view", username, read), who)


@router.delete(
    "/{username}/sessions", status_code=status.HTTP_204_NO_CONTENT, **needs(Right.PEOPLE)
)
async def end_sessions_of(
    center: CenterDep, who: Who, request: Request, username: Username
) -> Response:
    """End all sessions of a person, now."""

    def work(conn: Connection) -> int:
        account.get(conn, username)
        return store_session.end_all(conn, username)

    await _told(center, who, request, "session.end", username, work)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/{username}/tokens", **needs(Right.PEOPLE))
async def tokens_of(center: CenterDep, who: Who, request: Request, username: Username) -> TokenList:
    """Answer a person's API tokens."""

    def read(conn: Connection) -> list[store_token.Listed]:
        account.get(conn, username)
        return store_token.listed(conn, username)

    return listed(await _told(center, who, request, "token.view", username, read))


@router.delete(
    "/{username}/tokens/{token_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    **needs(Right.PEOPLE),
)
async def revoke_token_of(
    center: CenterDep,
    who: Who,
    request: Request,
    username: Username,
    token_id: Annotated[int, Path(ge=1, lt=2**63)],
) -> Response:
    """End a person's API token, now."""
    now = center.clock()

    def work(conn: Connection) -> None:
        revoke(conn, username, token_id, now)

    await _told(center, who, request, "token.revoke", username, work, token_id=token_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


async def _told(
    center: Center,
    who: Session,
    request: Request,
    action: str,
    username: str,
    work: Callable[[Connection], T],
    **detail: Any,
) -> T:
    """Do something to an account, and tell the audit."""
    told = notes.entry(who, request, action, "account", username, None, **detail)
    return await noted(center, work, lambda _: told)


def _change(conn: Connection, before: Account, order: PersonChange) -> None:
    username = before.username
    if order.name is not None:
        account.set_name(conn, username, order.name)
    if order.role is not None and order.role != before.role:
        account.set_role(conn, username, order.role)
    if order.disabled is not None and order.disabled != (before.disabled_at is not None):
        (account.disable if order.disabled else account.enable)(conn, username)


def _person(center: Center, one: Account, having: set[str]) -> AccountAnswer:
    return AccountAnswer(
        username=one.username,
        name=one.name,
        role=Role(one.role),
        disabled_at=one.disabled_at,
        created_at=one.created_at,
        elsewhere=one.issuer is not None,
        second_factor=one.username in having,
        second_factor_needed=center.sessions.asks(one.role),
    )
