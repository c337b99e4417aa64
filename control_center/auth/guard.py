"""What stands before an endpoint: same origin, a session, its CSRF token, the right.

`needs(Right.VIEW)` or `public(why)` goes into every route's decorator; the app
refuses to start with a route that has neither.
"""

import hmac
from typing import Annotated, Any, Final, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request

from control_center.auth.rights import Right
from control_center.auth.sessions import COOKIE, CSRF_HEADER, Session
from control_center.center import center_of
from control_center.problems import Forbidden, ForeignRequest, LoginRequired

RIGHT_KEY: Final = "x-c5-right"
PUBLIC: Final = "public"
ANY_SESSION: Final = "any session"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES: Final = frozenset({"same-origin", "none"})


def needs(right: Right | None) -> dict[str, Any]:
    """Route arguments: a session whose role grants the right (None: any session)."""

    async def guard(request: Request) -> Session:
        session = await logged_in(request)
        if right is not None and not session.may(right):
            raise Forbidden(f"role {session.role} lacks the right {right!s}; ask an administrador")
        return session

    return {
        "dependencies": [Depends(guard)],
        "openapi_extra": {RIGHT_KEY: ANY_SESSION if right is None else right.value},
    }


def public() -> dict[str, Any]:
    """Route arguments: anyone; still only from our own pages where it changes something."""
    return {"dependencies": [Depends(refuse_foreign)], "openapi_extra": {RIGHT_KEY: PUBLIC}}


async def logged_in(request: Request) -> Session:
    """Answer the request's session, looked up once; LoginRequired or ForeignRequest otherwise."""
    known = getattr(request.state, "session", None)
    if known is not None:
        return cast("Session", known)
    refuse_foreign(request)
    token = request.cookies.get(COOKIE)
    session = await center_of(request).sessions.find(token) if token else None
    if session is None:
        raise LoginRequired("there is no session, or it has ended; log in")
    if request.method not in _SAFE_METHODS:
        given = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), session.csrf.encode()):
            raise ForeignRequest(f"{CSRF_HEADER} is missing or stale; reload the page")
    request.state.session = session
    return session


def refuse_foreign(request: Request) -> None:
    """Refuse a change that another site's page asks for."""
    if request.method in _SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in _OWN_SITES:
        raise ForeignRequest("this change was asked for by another site; use our own page")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("Host", ""):
        raise ForeignRequest("this change was asked for by another origin; use our own page")


Who = Annotated[Session, Depends(logged_in)]
"""The session itself, for endpoints that need to know whose it is."""
