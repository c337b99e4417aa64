"""Log in, who am I, log out."""

from fastapi import APIRouter, Request, Response, status

from control_center.api.models import Login, SessionAnswer, User
from control_center.auth.guard import Who, needs, public
from control_center.auth.rights import RIGHTS
from control_center.auth.sessions import COOKIE, Session
from control_center.center import CenterDep

router = APIRouter(prefix="/api/session", tags=["session"])
_SECONDS_AN_HOUR = 3600


@router.post("", **public())
async def login(
    center: CenterDep, request: Request, response: Response, form: Login
) -> SessionAnswer:
    """Log in; the session is a cookie that scripts cannot read."""
    address = request.client.host if request.client else "unknown"
    token, session = await center.logins.login(form.username, form.password, address)
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
    return _answer(session)


@router.get("", **needs(None))
async def who_am_i(who: Who) -> SessionAnswer:
    """Say who is logged in, and renew the page's CSRF token."""
    return _answer(who)


@router.delete("", status_code=status.HTTP_204_NO_CONTENT, **needs(None))
async def logout(center: CenterDep, who: Who) -> Response:
    """End the session everywhere it is open."""
    await center.sessions.end(who)
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    response.delete_cookie(
        COOKIE,
        path="/",
        secure=center.settings.control_center.secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return response


def _answer(session: Session) -> SessionAnswer:
    user = User(
        username=session.username,
        name=session.name,
        role=session.role,
        rights=sorted(RIGHTS[session.role]),
    )
    return SessionAnswer(user=user, csrf=session.csrf)
