"""One's own second factor and password."""

from typing import Annotated, Final

import anyio.to_thread
import segno
from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from control_center.api.models import SessionAnswer
from control_center.api.session import answer
from control_center.audit import notes
from control_center.auth import passwords
from control_center.auth.guard import Who, needs_person
from control_center.auth.sessions import COOKIE, Factor, Session
from control_center.center import Center, CenterDep
from control_center.problems import Forbidden, LoginRequired, WrongCode
from core.errors import Conflict
from store import account, second_factor, transaction
from store import session as store_session

router = APIRouter(prefix="/api/session", tags=["session"])
_CODE_CHARS: Final = 32
_PASSWORD_CHARS: Final = 1024


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Code(_Shape):
    """A code of the second factor: six digits, or a recovery code."""

    code: Annotated[str, Field(min_length=6, max_length=_CODE_CHARS)]


class FactorBegun(_Shape):
    """What a telephone needs; it counts once a code of it was shown."""

    secret: Annotated[str, Field(description="base 32, to be typed")]
    uri: Annotated[str, Field(description="otpauth://, to be opened on the telephone itself")]
    qr: Annotated[list[str], Field(description="the same as a QR code: a text a row, 1 is dark")]


class RecoveryCodes(_Shape):
    """Each lets in once, without the telephone; shown this once."""

    recovery_codes: list[str]


class NewPassword(_Shape):
    """One's own password, changed."""

    old: Annotated[str, Field(min_length=1, max_length=_PASSWORD_CHARS)]
    new: Annotated[str, Field(min_length=passwords.MIN_CHARS, max_length=passwords.MAX_CHARS)]


@router.post("/second-factor", **needs_person(waiting=True))
async def show_second_factor(
    center: CenterDep, who: Who, request: Request, order: Code
) -> SessionAnswer:
    """Show the second factor, which opens everything else; a code is good once."""
    if who.factor is not Factor.CODE:
        raise Conflict("this session needs no code; go on")
    await _code_shown(center, who, request, order.code)
    async with transaction.begun(center.pool, "showing a second factor") as conn:
        await store_session.passed(conn, who.token_hash, center.clock())
        await notes.note(conn, who, request, "session.second_factor", "account", who.username)
    return await _again(center, request)


@router.post("/second-factor/begin", **needs_person(waiting=True))
async def begin_second_factor(center: CenterDep, who: Who, request: Request) -> FactorBegun:
    """Begin a second factor; beginning again forgets what was not confirmed."""
    if who.factor is Factor.CODE:
        raise Conflict("there is a second factor already; show it first")
    async with transaction.begun(center.pool, "beginning a second factor") as conn:
        begun = await center.factors.begin(conn, who.username, center.clock())
        await notes.note(conn, who, request, "second_factor.begin", "account", who.username)
    drawn = segno.make(begun.uri, error="m", micro=False)
    rows = ["".join(str(int(dark)) for dark in row) for row in drawn.matrix]
    return FactorBegun(secret=begun.secret, uri=begun.uri, qr=rows)


@router.post("/second-factor/confirm", **needs_person(waiting=True))
async def confirm_second_factor(
    center: CenterDep, who: Who, request: Request, order: Code
) -> RecoveryCodes:
    """Show the first code; from now on every login asks for one."""
    address = notes.address_of(request)
    await center.logins.refuse_locked(who.username, address)
    now = center.clock()
    async with transaction.begun(center.pool, "confirming a second factor") as conn:
        codes = await center.factors.confirm(conn, who.username, order.code, now)
        if codes is not None:
            await store_session.passed(conn, who.token_hash, now)
            await store_session.end_others(conn, who.username, who.session_id)
            await notes.note(conn, who, request, "second_factor.confirm", "account", who.username)
    if codes is None:
        await _refuse(center, who, address)
    return RecoveryCodes(recovery_codes=codes or [])


@router.post("/second-factor/remove", status_code=status.HTTP_204_NO_CONTENT, **needs_person())
async def remove_second_factor(
    center: CenterDep, who: Who, request: Request, order: Code
) -> Response:
    """Take one's own second factor away; not where the role needs one."""
    if center.sessions.asks(who.role):
        raise Forbidden(f"role {who.role} needs a second factor; an administrador may reset it")
    await _code_shown(center, who, request, order.code)
    async with transaction.begun(center.pool, "removing a second factor") as conn:
        await second_factor.remove(conn, who.username)
        await notes.note(conn, who, request, "second_factor.remove", "account", who.username)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/password", status_code=status.HTTP_204_NO_CONTENT, **needs_person())
async def change_my_password(
    center: CenterDep, who: Who, request: Request, order: NewPassword
) -> Response:
    """Change one's own password; every other session of one's own ends."""
    if who.elsewhere:
        raise Conflict("you log in at another place; change your password there")
    await center.logins.proved(who.username, order.old, notes.address_of(request))
    new = await anyio.to_thread.run_sync(passwords.hashed, order.new)
    async with transaction.begun(center.pool, "changing a password") as conn:
        await account.set_own_password(conn, who.username, new)
        await store_session.end_others(conn, who.username, who.session_id)
        await notes.note(conn, who, request, "account.password", "account", who.username)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


async def _code_shown(center: Center, who: Session, request: Request, code: str) -> None:
    """Take a code, or count a failure; WrongCode, LockedOut."""
    address = notes.address_of(request)
    await center.logins.refuse_locked(who.username, address)
    async with transaction.begun(center.pool, "showing a second factor") as conn:
        right = await center.factors.show(conn, who.username, code, center.clock())
        if right:
            await center.logins.forgive(conn, who.username)
    if not right:
        await _refuse(center, who, address)


async def _refuse(center: Center, who: Session, address: str) -> None:
    found = await account.find(center.pool, who.username)
    await center.logins.failed(found, who.username, address, "second factor")
    raise WrongCode("that code is not right, or was used before; wait for the next one")


async def _again(center: Center, request: Request) -> SessionAnswer:
    """The session as it is now."""
    session = await center.sessions.find(request.cookies[COOKIE])
    if session is None:
        raise LoginRequired("the session has ended meanwhile; log in")
    return answer(center, session)
