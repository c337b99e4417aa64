"""Log in at another place, and how one may log in at all."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from control_center.api.session import agent_of, give_cookie
from control_center.audit import notes
from control_center.auth import oidc
from control_center.auth.guard import public
from control_center.center import Center, CenterDep
from control_center.problems import HttpRefusal
from core import log
from core.errors import NotFound

router = APIRouter(prefix="/api/session", tags=["session"])
_START: Final = "/api/session/oidc/start"
_SEE_OTHER: Final = 303
_REDIRECT: Final[dict[int | str, dict[str, str]]] = {_SEE_OTHER: {"description": "go there"}}
_log = log.get(__name__)


class Elsewhere(BaseModel):
    """Another place where people may log in."""

    model_config = ConfigDict(extra="forbid")

    label: str
    url: Annotated[str, Field(description="where the button leads")]


class Ways(BaseModel):
    """How one may log in."""

    model_config = ConfigDict(extra="forbid")

    oidc: Annotated[Elsewhere | None, Field(description="null: here only")]


@router.get("/ways", **public())
async def ways(center: CenterDep) -> Ways:
    """Say how one may log in."""
    there = center.oidc
    return Ways(oidc=None if there is None else Elsewhere(label=there.label, url=_START))


@router.get(
    "/oidc/start",
    status_code=_SEE_OTHER,
    response_class=RedirectResponse,
    responses=_REDIRECT,
    **public(),
)
async def start_elsewhere(
    center: CenterDep,
    request: Request,
    next_path: Annotated[str, Query(alias="next", max_length=500)] = "/",
) -> Response:
    """Send the browser to the other place."""
    there = _there(center)
    center.logins.rate.take(notes.address_of(request))
    begun = await there.begin(next_path)
    response = RedirectResponse(begun.url, status_code=_SEE_OTHER)
    response.set_cookie(
        oidc.COOKIE,
        begun.cookie,
        max_age=oidc.TTL_S,
        path=oidc.CALLBACK,
        secure=center.settings.control_center.secure_cookies,
        httponly=True,
        samesite="lax",  # it has to come along when the other place sends the browser back
    )
    return response


@router.get(
    "/oidc/callback",
    status_code=_SEE_OTHER,
    response_class=RedirectResponse,
    responses=_REDIRECT,
    **public(),
)
async def come_back(
    center: CenterDep,
    request: Request,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Let in whom the other place sends back; a refusal is told to the page, not shown as data."""
    there = _there(center)
    center.logins.rate.take(notes.address_of(request))
    try:
        if error:
            raise oidc.NotLetIn(f"the other place answers {error}; log in again")
        token, _, next_path = await there.finish(
            request.cookies.get(oidc.COOKIE, ""),
            state=state,
            code=code,
            address=notes.address_of(request),
            agent=agent_of(request),
        )
    except HttpRefusal as exc:
        _log.warning("login_elsewhere_refused", reason=exc.reason, cause=str(exc))
        response = RedirectResponse(f"/?login={exc.reason}", status_code=_SEE_OTHER)
    else:
        response = RedirectResponse(next_path, status_code=_SEE_OTHER)
        give_cookie(center, response, token)
    response.delete_cookie(oidc.COOKIE, path=oidc.CALLBACK)
    return response


def _there(center: Center) -> oidc.Oidc:
    if center.oidc is None:
        raise NotFound("nobody logs in elsewhere here; set oidc.issuer, see docs/security.md")
    return center.oidc
