"""Rules: read, tried on the last day, and saved as a new version."""

from functools import partial
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Request, Response, status

from control_center.alarms import shipped, trying
from control_center.api import alarm_models as models
from control_center.api.alarms import JSON
from control_center.api.room import actor, in_room
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import Center, CenterDep
from control_center.plates.people import note
from control_center.problems import InvalidQuery
from control_center.rules.rule import RuleRefused, unfit
from core.errors import Conflict
from store import rule as store_rule
from store.pool import Connection
from store.rule import RuleExists, Saved

router = APIRouter(prefix="/api/rules", tags=["rules"])
RuleId = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,63}$", description="rule id")]
_ONE: Final[dict[int | str, dict[str, Any]]] = {200: {"model": models.RuleAnswer}}


@router.get(
    "", response_class=Response, responses={200: {"model": models.Rules}}, **needs(Right.RULES)
)
async def list_rules(center: CenterDep) -> Response:
    """Answer every rule in its newest version."""

    def read(conn: Connection) -> bytes:
        _ship(center, conn)
        return msgspec.json.encode({"rules": [_values(one) for one in store_rule.current(conn)]})

    return Response(await in_room(center, read), media_type=JSON)


@router.get(
    "/{rule_id}/versions",
    response_class=Response,
    responses={200: {"model": models.Rules}},
    **needs(Right.RULES),
)
async def rule_versions(center: CenterDep, rule_id: RuleId) -> Response:
    """Answer every version of a rule, the newest first."""

    def read(conn: Connection) -> bytes:
        found = store_rule.versions(conn, rule_id)
        return msgspec.json.encode({"rules": [_values(one) for one in found]})

    return Response(await in_room(center, read), media_type=JSON)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_class=Response,
    responses={201: {"model": models.RuleAnswer}},
    **needs(Right.RULES),
)
async def add_rule(
    center: CenterDep, request: Request, who: Who, order: models.RuleOrder
) -> Response:
    """Add a rule as its version 1; it is in force at once, unless it is disabled.

    409 (`rule_exists`) when there is a rule of that id.
    """
    if order.version != 0:
        raise InvalidQuery("version: a new rule has version 0; change a known one with PUT")
    body = await _save(center, request, who, order)
    return Response(body, status_code=status.HTTP_201_CREATED, media_type=JSON)


@router.put("/{rule_id}", response_class=Response, responses=_ONE, **needs(Right.RULES))
async def change_rule(
    center: CenterDep, request: Request, who: Who, rule_id: RuleId, order: models.RuleOrder
) -> Response:
    """Save a rule's next version, made from `version`; 409 when somebody saved one meanwhile."""
    if order.rule.id != rule_id or order.version == 0:
        raise InvalidQuery(f"rule.id must be {rule_id}, and version the one it was made from")
    return Response(await _save(center, request, who, order), media_type=JSON)


@router.post(
    "/try", response_class=Response, responses={200: {"model": models.Tried}}, **needs(Right.RULES)
)
async def try_rule(center: CenterDep, order: models.TryOrder) -> Response:
    """Say what a rule would have raised in the last day; nothing is saved."""
    work = partial(trying.run, rule=order.rule, now=center.clock())
    return Response(msgspec.json.encode(await in_room(center, work)), media_type=JSON)


async def _save(center: Center, request: Request, who: Who, order: models.RuleOrder) -> bytes:
    now, by = center.clock(), actor(request, who)

    def work(conn: Connection) -> bytes:
        _ship(center, conn)
        known = {one.rule_id: one.version for one in store_rule.current(conn)}
        name, sop = order.rule.id, order.rule.sop
        if order.version == 0 and name in known:
            raise RuleExists(name)
        if known.get(name, 0) != order.version:
            raise Conflict(
                f"la regla {name} va en la versión {known.get(name, 0)}, recargue / rule {name} is "
                f"at version {known.get(name, 0)}, reload"
            )
        problems = list(unfit(order.rule))
        if sop is not None and sop not in store_rule.sops(conn):
            problems.append(f"sop: there is no procedure {sop}")
        if problems:
            raise RuleRefused(name, tuple(problems))
        saved = store_rule.save(
            conn,
            name,
            order.version + 1,
            order.rule.model_dump(mode="json"),
            enabled=order.enabled,
            note=order.note,
            at=now,
            by=by.username,
        )
        note(
            conn,
            by,
            now,
            "rule.save",
            ("rule", name),
            order.note or None,
            version=saved.version,
            enabled=saved.enabled,
        )
        return msgspec.json.encode(_values(saved))

    return await in_room(center, work)


def _ship(center: Center, conn: Connection) -> None:
    """What came with this build is there, also where no engine has run yet."""
    own = shipped.load(center.settings.city)
    store_rule.ship(conn, own.rules, own.sops, center.clock())


def _values(one: Saved) -> dict[str, Any]:
    return {
        "rule_id": one.rule_id,
        "version": one.version,
        "enabled": one.enabled,
        "rule": one.document,
        "note": one.note,
        "saved_at": one.saved_at,
        "saved_by": one.saved_by,
    }
