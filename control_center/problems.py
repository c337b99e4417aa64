"""Refusals as RFC 9457 problem+json: what is wrong, in two languages, and what to do next.

Every answer that is not a success has this shape, whoever refuses: a rule of
ours, the framework's validation, or a bug (which says nothing of its insides).
"""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from control_center.incidents.refusals import Stale
from control_center.notify.cap_check import AlertInvalid
from control_center.rules.rule import RuleRefused
from core import log
from core.errors import (
    BrokerError,
    C5Error,
    ConfigError,
    Conflict,
    MessageRefused,
    NotFound,
    TransientStoreError,
    Unwritable,
)
from geo.plan import PlanRefused

MEDIA_TYPE: Final = "application/problem+json"
_RETRY_S: Final = 2
_SHOWN: Final = 200
"""Problems of one plan that are listed."""
_log = log.get(__name__)

_TITLES: Final = {
    400: "Solicitud incorrecta / Bad request",
    401: "Hay que iniciar sesión / Login required",
    403: "No está permitido / Not allowed",
    404: "No existe / Not found",
    405: "Método no permitido / Method not allowed",
    409: "Choca con el estado actual / Conflict",
    413: "Demasiado grande / Too large",
    415: "Formato no admitido / Unsupported media type",
    422: "Datos no válidos / Invalid data",
    429: "Demasiados intentos / Too many attempts",
    500: "Error interno / Internal error",
    503: "No disponible por ahora / Unavailable for now",
}
_STATUS: Final[tuple[tuple[type[C5Error], int], ...]] = (
    (NotFound, 404),
    (Conflict, 409),
    (MessageRefused, 422),
    (PlanRefused, 422),
    (RuleRefused, 422),
    (AlertInvalid, 422),
    (Unwritable, 422),
    (TransientStoreError, 503),
    (BrokerError, 503),
    (ConfigError, 503),
)


class Problem(BaseModel):
    """The body of every refusal (RFC 9457)."""

    type: str = Field(description="urn:c5:problem: and a stable code")
    title: str = Field(description="the kind of problem, es / en")
    status: int
    detail: str = Field(description="what happened, and what to do next")
    errors: list[str] | None = Field(default=None, description="one entry a wrong field or feature")
    current: dict[str, Any] | None = Field(
        default=None, description="of what somebody else changed first: as it is now"
    )


class HttpRefusal(C5Error):
    """A refusal that only makes sense over HTTP; subclasses fix its status and code."""

    status: ClassVar[int] = 400
    reason = "bad_request"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class LoginRequired(HttpRefusal):
    """There is no session, or it has ended."""

    status = 401
    reason = "login_required"


class WrongCredentials(HttpRefusal):
    """User and password do not match; which of them is wrong is not said."""

    status = 401
    reason = "wrong_credentials"


class Forbidden(HttpRefusal):
    """The session's role lacks the right."""

    status = 403
    reason = "forbidden"


class ForeignRequest(HttpRefusal):
    """The request did not come from our own pages."""

    status = 403
    reason = "foreign_request"


class LockedOut(HttpRefusal):
    """Too many wrong passwords."""

    status = 429
    reason = "locked_out"


class SecondFactorNeeded(HttpRefusal):
    """The session has to show the second factor, or set one up, before anything else."""

    status = 403
    reason = "second_factor_needed"


class WrongCode(HttpRefusal):
    """The code is none of the second factor's, or was used before."""

    status = 403
    reason = "wrong_code"


class PersonNeeded(HttpRefusal):
    """A token asked for what only a person may do."""

    status = 403
    reason = "person_needed"


class TooMany(HttpRefusal):
    """More often than is allowed."""

    status = 429
    reason = "too_many"


class TooBusy(HttpRefusal):
    """More of this at once than we serve."""

    status = 503
    reason = "busy"


class InvalidQuery(HttpRefusal):
    """A parameter is well formed and makes no sense."""

    status = 422
    reason = "invalid_query"


def response(
    status: int,
    reason: str,
    detail: str,
    *,
    errors: list[str] | None = None,
    current: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Build one problem+json answer."""
    body = Problem(
        type=f"urn:c5:problem:{reason}",
        title=_TITLES.get(status, HTTPStatus(status).phrase),
        status=status,
        detail=detail,
        errors=errors,
        current=None if current is None else msgspec.to_builtins(current),
    )
    return JSONResponse(
        _without_nothing(body.model_dump()),
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def _without_nothing(said: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a problem does not say; what is inside `current` stays whole."""
    return {name: value for name, value in said.items() if value is not None}


def install(app: FastAPI) -> None:
    """Make the app answer every failure as a problem."""
    app.add_exception_handler(C5Error, _of_c5)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_bug)


async def _of_c5(_request: Request, exc: Exception) -> JSONResponse:
    status, retry_s = _status_of(exc)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("request_failed", status=status, cause=str(exc))
    reason = exc.reason if isinstance(exc, C5Error) else "error"
    headers = {} if retry_s is None else {"Retry-After": str(math.ceil(retry_s))}
    errors = None
    if isinstance(exc, PlanRefused | RuleRefused | AlertInvalid):
        errors = list(exc.problems[:_SHOWN])
    current = exc.current if isinstance(exc, Stale) else None
    return response(status, reason, str(exc), errors=errors, current=current, headers=headers)


async def _of_validation(_request: Request, exc: Exception) -> JSONResponse:
    faults = exc.errors() if isinstance(exc, RequestValidationError) else []
    errors = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults]
    detail = "; ".join(errors) + "; see /api/openapi.json"
    return response(422, "invalid_request", detail, errors=errors)


async def _of_http(_request: Request, exc: Exception) -> JSONResponse:
    known: Any = exc
    status: int = known.status_code
    detail = f"{known.detail}; see /api/openapi.json"
    return response(status, "http", detail, headers=known.headers)


async def _of_bug(_request: Request, exc: Exception) -> JSONResponse:
    _log.error("request_crashed", exc_info=exc)
    return response(500, "internal", "this is a fault of ours; the server's log tells more")


def _status_of(exc: Exception) -> tuple[int, float | None]:
    if isinstance(exc, HttpRefusal):
        return exc.status, exc.retry_after_s
    for kind, status in _STATUS:
        if isinstance(exc, kind):
            return status, _RETRY_S if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return 500, None
