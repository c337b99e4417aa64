"""Every route under /api, and the checks that each names its right and its refusals."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from control_center import VERSION
from control_center.api import (
    air,
    alarms,
    alerts,
    anomalies,
    attachments,
    audit,
    cameras,
    charts,
    commands,
    devices,
    events,
    incidents,
    instruments,
    live,
    noise,
    notifications,
    overview,
    panic,
    people,
    plans,
    plates,
    plates_counts,
    plates_lists,
    replay,
    reports,
    rules,
    runs,
    series,
    service,
    session,
    session_factor,
    session_oidc,
    session_tokens,
    shifts,
)
from control_center.auth.guard import PUBLIC, RIGHT_KEY
from control_center.problems import MEDIA_TYPE, Problem
from core.errors import ConfigError

_MODULES = (
    *(session, service, devices, series, commands, overview, live, events),
    *(plans, runs, reports, attachments, anomalies),
    *(air, noise, instruments, charts),
    *(audit, people, session_factor, session_oidc, session_tokens),
    *(cameras,),
    *(plates, plates_lists, plates_counts),
    *(alarms, incidents, panic, replay, rules, shifts),
    *(alerts, notifications),
)


def router() -> APIRouter:
    """Gather the modules' routes; one without a right is a fault of ours, found at start."""
    gathered = APIRouter()
    for module in _MODULES:
        for route in module.router.routes:
            if isinstance(route, APIRoute) and RIGHT_KEY not in (route.openapi_extra or {}):
                raise ConfigError(f"route {route.path} names no right; add needs() or public()")
        gathered.include_router(module.router)
    return gathered


def openapi(app: FastAPI) -> dict[str, Any]:
    """Describe the interface, refusals included, as it really answers."""
    document = get_openapi(
        title="C5", version=VERSION, routes=app.routes, summary="A city's operations center"
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for framework_own in ("HTTPValidationError", "ValidationError"):
        schemas.pop(framework_own, None)
    schemas["Problem"] = Problem.model_json_schema()
    for path in document["paths"].values():
        for operation in path.values():
            statuses = ["422", "503"]
            if operation[RIGHT_KEY] != PUBLIC:
                statuses += ["401", "403"]
            for status in statuses:
                operation["responses"][status] = _refusal(status)
            operation["responses"]["default"] = _refusal("default")
    return document


def _refusal(status: str) -> dict[str, Any]:
    return {
        "description": f"A problem ({status})",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
