"""Log in, who am I, log out; and the sessions one has open elsewhere."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response, status
from pydantic import BaseModel, ConfigDict

from control_center.api.models import Login, SessionAnswer, User
from control_center.api.reading import noted, on_connection
from control_center.audit import notes
from control_center.auth.guard import Who, needs, needs_person, public
from control_center.auth.sessions import COOKIE, Session
from control_center.center import Center, CenterDep
from core.errors import NotFound
from store import session as store_session
from store import transaction
from store.pool import Connection

router = APIRouter(prefix="/api/session", tags=["session"])
_SECONDS_AN_HOUR: Final = 3600
_SECONDS_A_MINUTE: Final = 60


class OpenSession(BaseModel):
    """One of one's own sessions."""

    model_config = ConfigDict(extra="forbid")

    session_id: int
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    with_second_factor: bool
    current: bool


class OpenSessions(BaseModel):
    """The last used first."""

    model_config = ConfigDict(extra="forbid")

    sessions: list[OpenSession]


@router.post("", **public())
async def login(
    center: CenterDep, request: Request, response: Response, form: Login
) -> SessionAnswer:
    """Log in; the session is a cookie that scripts cannot read."""
    token, session = await center.logins.login(
        form.username, form.password, notes.address_of(request), agent_of(request)
    )
    give_cookie(center, response, token)
    return answer(center, session)


@router.get("", **needs(None))
async def who_am_i(center: CenterDep, who: Who) -> SessionAnswer:
    """Say who is logged in, and renew the page's CSRF token."""
    return answer(center, who)


@router.delete("", status_code=status.HTTP_204_NO_CONTENT, **needs_person(waiting=True))
async def logout(center: CenterDep, who: Who, request: Request) -> Response:
    """End the session everywhere it is open."""
    async with transaction.begun(center.pool, "ending a session") as conn:
        await store_session.end(conn, who.token_hash)
        await notes.note(conn, who, request, "session.close", "session", who.session_id)
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    response.delete_cookie(
        COOKIE,
        path="/",
        secure=center.settings.control_center.secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return response


@router.get("/all", **needs_person())
async def my_sessions(center: CenterDep, who: Who) -> OpenSessions:
    """Answer one's own open sessions."""
    now = center.clock()
    found = await on_connection(
        center,
        lambda conn: store_session.listed(conn, who.username, now, center.sessions.idle),
    )
    return opened(found, who)


@router.delete("/all", status_code=status.HTTP_204_NO_CONTENT, **needs_person())
async def end_other_sessions(center: CenterDep, who: Who, request: Request) -> Response:
    """End all of one's own sessions but this one."""
    async with transaction.begun(center.pool, "ending sessions") as conn:
        ended = await store_session.end_others(conn, who.username, who.session_id)
        await notes.note(conn, who, request, "session.end", "account", who.username, ended=ended)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.delete("/all/{session_id}", status_code=status.HTTP_204_NO_CONTENT, **needs_person())
async def end_my_session(
    center: CenterDep,
    who: Who,
    request: Request,
    session_id: Annotated[int, Path(ge=1, lt=2**63)],
) -> Response:
    """End one of one's own sessions."""
    told = notes.entry(who, request, "session.end", "session", session_id)

    def work(conn: Connection) -> None:
        if not store_session.end_one(conn, who.username, session_id):
            raise NotFound(f"no open session {session_id} of yours; list them again")

    await noted(center, work, lambda _: told)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def opened(found: list[store_session.Open], who: Session) -> OpenSessions:
    """Sessions as they are answered."""
    return OpenSessions(
        sessions=[
            OpenSession(
                with_second_factor=one.factor_at is not None,
                current=one.session_id == who.session_id,
                **{k: v for k, v in one._asdict().items() if k != "factor_at"},
            )
            for one in found
        ]
    )


def give_cookie(center: Center, response: Response, token: str) -> None:
    """Hand a session's token to the browser."""
    settings = center.settings.control_center
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(settings.session_hours * _SECONDS_AN_HOUR),
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )


def agent_of(request: Request) -> str:
    """What the browser calls itself."""
    return request.headers.get("User-Agent", "")[: store_session.AGENT_CHARS]


def answer(center: Center, session: Session) -> SessionAnswer:
    """A session as the page needs it."""
    user = User(
        username=session.username,
        name=session.name,
        role=session.role,
        rights=sorted(session.rights),
    )
    return SessionAnswer(
        user=user,
        csrf=session.csrf,
        second_factor=session.factor,
        elsewhere=session.elsewhere,
        expires_at=session.expires_at,
        idle_s=center.settings.people.idle_minutes * _SECONDS_A_MINUTE,
    )
