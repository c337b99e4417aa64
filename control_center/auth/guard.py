"""What stands before an endpoint: same origin, a session, its CSRF token, the right, a rate.

`needs(Right.VIEW)`, `needs_person()` or `public()` goes into every route's decorator; the app
refuses to start with a route that has none of them. A program sends its token as
`Authorization: Bearer`; no other site's page can make a browser do that, so it needs no CSRF token.
"""

import hmac
from typing import Annotated, Any, Final, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request

from control_center.auth.rights import Right
from control_center.auth.sessions import COOKIE, CSRF_HEADER, Factor, Session
from control_center.center import Center, center_of
from control_center.problems import (
    Forbidden,
    ForeignRequest,
    LoginRequired,
    PersonNeeded,
    SecondFactorNeeded,
)

RIGHT_KEY: Final = "x-c5-right"
PUBLIC: Final = "public"
ANY_SESSION: Final = "any session"
A_PERSON: Final = "a person"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES: Final = frozenset({"same-origin", "none"})
_BEARER: Final = "bearer"


def needs(right: Right | None, *, heavy: bool = False) -> dict[str, Any]:
    """Route arguments: a session that has the right (None: any session).

    heavy  it costs much: an account may ask only `people.heavy_a_minute` times a minute
    """

    async def guard(request: Request) -> Session:
        session = await logged_in(request)
        if right is not None:
            _refuse_waiting(session)
            if not session.may(right):
                whose = "this token" if session.is_token else f"role {session.role}"
                raise Forbidden(f"{whose} lacks the right {right!s}; ask an administrador")
        if heavy:
            center_of(request).heavy.take(session.username)
        return session

    return {
        "dependencies": [Depends(guard)],
        "openapi_extra": {RIGHT_KEY: ANY_SESSION if right is None else right.value},
    }


def needs_person(*, waiting: bool = False) -> dict[str, Any]:
    """Route arguments: a person's session, never a token.

    waiting  also one that has yet to show its second factor
    """

    async def guard(request: Request) -> Session:
        session = await logged_in(request)
        if session.is_token:
            raise PersonNeeded("a token cannot do this; log in and do it yourself")
        if not waiting:
            _refuse_waiting(session)
        return session

    return {"dependencies": [Depends(guard)], "openapi_extra": {RIGHT_KEY: A_PERSON}}


def public() -> dict[str, Any]:
    """Route arguments: anyone; still only from our own pages where it changes something."""
    return {"dependencies": [Depends(refuse_foreign)], "openapi_extra": {RIGHT_KEY: PUBLIC}}


async def logged_in(request: Request) -> Session:
    """Answer the request's session, looked up once; LoginRequired or ForeignRequest otherwise."""
    known = getattr(request.state, "session", None)
    if known is not None:
        return cast("Session", known)
    refuse_foreign(request)
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == _BEARER:
        session = await _by_token(center_of(request), secret.strip())
    else:
        session = await _by_cookie(request)
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


async def _by_token(center: Center, secret: str) -> Session:
    session = await center.tokens.find(secret)
    if session is None:
        raise LoginRequired("the token is unknown, expired or revoked; make another one")
    return session


async def _by_cookie(request: Request) -> Session:
    token = request.cookies.get(COOKIE)
    session = await center_of(request).sessions.find(token) if token else None
    if session is None:
        raise LoginRequired("there is no session, or it has ended; log in")
    if request.method not in _SAFE_METHODS:
        given = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), session.csrf.encode()):
            raise ForeignRequest(f"{CSRF_HEADER} is missing or stale; reload the page")
    return session


def _refuse_waiting(session: Session) -> None:
    if session.factor is Factor.CODE:
        raise SecondFactorNeeded("show the second factor first, at /api/session/second-factor")
    if session.factor is Factor.ENROL:
        raise SecondFactorNeeded(
            f"role {session.role} needs a second factor; set one up in the page first"
        )


Who = Annotated[Session, Depends(logged_in)]
"""The session itself, for endpoints that need to know whose it is."""
