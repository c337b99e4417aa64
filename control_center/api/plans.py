"""Routes: their plans and versions, who drives them, and when a truck comes."""

from datetime import date
from functools import partial
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from control_center import eta, plans
from control_center.api import plan_models as models
from control_center.api.reading import in_turn, noted, on_connection
from control_center.audit import notes
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import Center, CenterDep
from control_center.eta_run import Now
from core.errors import NotFound
from geo.route import ROUTE_ID
from geo.route_formats import reading
from geo.route_formats.reading import Options
from store import route as store_route
from store.pool import Connection

router = APIRouter(tags=["routes"])
RouteId = Annotated[str, Path(pattern=f"^{ROUTE_ID.pattern}$", description="route id")]
Text = Annotated[str | None, Query(max_length=200)]
Latitude = Annotated[float | None, Query(ge=-90, le=90, description="degrees, WGS 84")]
Longitude = Annotated[float | None, Query(ge=-180, le=180, description="degrees, WGS 84")]
Address = Annotated[str | None, Query(max_length=200, description="street and colonia")]
_JSON: Final = "application/json"
_GEOJSON: Final = "application/geo+json"
_PLANS: Final = (_GEOJSON, "application/gpx+xml", "application/vnd.google-earth.kml+xml")
_importing: Final = needs(Right.PLAN, heavy=True)
_importing["openapi_extra"] |= {
    "requestBody": {
        "required": True,
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in _PLANS},
    }
}


@router.get(
    "/api/routes",
    response_class=Response,
    responses={200: {"model": models.Routes}},
    **needs(Right.VIEW),
)
async def list_routes(
    center: CenterDep,
    retired: Annotated[bool, Query(description="those no longer driven, too")] = False,  # noqa: FBT002  a query
) -> Response:
    """Answer the routes as of today, by id."""
    today = _today(center)
    found = await on_connection(center, lambda conn: store_route.listed(conn, today))
    routes = [
        plans.as_answer(one)
        for one in found
        if retired or one.retired_on is None or one.retired_on > today
    ]
    return Response(msgspec.json.encode({"routes": routes}), media_type=_JSON)


@router.get(
    "/api/routes/{route_id}",
    response_class=Response,
    responses={200: {"model": models.RouteDetail}},
    **needs(Right.VIEW),
)
async def get_route(center: CenterDep, route_id: RouteId) -> Response:
    """Answer a route as of today, and all its versions."""

    def read(conn: Connection) -> dict[str, Any]:
        one = plans.as_answer(store_route.get(conn, route_id, _today(center)))
        return {**one, "versions": [v._asdict() for v in store_route.versions(conn, route_id)]}

    return Response(msgspec.json.encode(await on_connection(center, read)), media_type=_JSON)


@router.get(
    "/api/routes/{route_id}/plan.geojson",
    response_class=Response,
    responses={200: {"content": {_GEOJSON: {}}}},
    **needs(Right.VIEW),
)
async def get_plan(
    center: CenterDep,
    route_id: RouteId,
    version: Annotated[int | None, Query(ge=1, lt=2**31, description="left out: newest")] = None,
) -> Response:
    """Answer a plan as it was imported, in its canonical form (docs/route-plans.md)."""
    held = await on_connection(center, lambda conn: store_route.version(conn, route_id, version))
    return Response(msgspec.json.encode(held.document), media_type=_GEOJSON)


@router.post("/api/routes", **_importing)
async def import_plan(  # noqa: PLR0913, PLR0917  a query parameter a property
    center: CenterDep,
    who: Who,
    request: Request,
    form: Annotated[Literal["geojson", "gpx", "kml"], Query(alias="format")] = "geojson",
    route_id: Annotated[str | None, Query(pattern=f"^{ROUTE_ID.pattern}$")] = None,
    name: Text = None,
    valid_from: Annotated[date | None, Query(description="local day; left out: today")] = None,
    supervisor: Text = None,
    service_window: Text = None,
    weekdays: Text = None,
    split: Annotated[bool | None, Query(description="cut lines at corners")] = None,
) -> models.Imported:
    """Import the plan in the body, at most 8 MiB; what the query says wins over the file."""
    options = Options(
        route_id=route_id,
        name=name,
        service_window=service_window,
        weekdays=weekdays,
        split=split,
    )
    route = await in_turn(partial(reading.read, await request.body(), form, options))
    save = partial(
        plans.save,
        route=route,
        valid_from=valid_from or _today(center),
        by=who.username,
        supervisor=supervisor,
    )
    done = await noted(
        center,
        save,
        lambda done: notes.entry(
            who, request, "plan.import", "route", done.route_id, version=done.version, new=done.new
        ),
    )
    return models.Imported(**done._asdict())


@router.post("/api/routes/{route_id}/assignments", **needs(Right.PLAN))
async def assign_route(
    center: CenterDep, route_id: RouteId, asked: models.Assignment, who: Who, request: Request
) -> models.Assignment:
    """Let a truck drive a route; the same truck and first day again changes the last."""

    def write(conn: Connection) -> None:
        plans.assign(conn, route_id, asked.device_id, asked.valid_from, asked.valid_to)

    told = notes.entry(
        who,
        request,
        "route.assign",
        "route",
        route_id,
        device_id=asked.device_id,
        valid_from=asked.valid_from,
        valid_to=asked.valid_to,
    )
    await noted(center, write, lambda _: told)
    return asked


@router.get(
    "/api/routes/{route_id}/eta",
    response_class=Response,
    responses={200: {"model": models.Eta}},
    **needs(Right.VIEW),
)
async def route_eta(
    center: CenterDep,
    route_id: RouteId,
    q: Address = None,
    lat: Latitude = None,
    lon: Longitude = None,
) -> Response:
    """Say when the truck of one route comes to an address or a place."""
    answers = await _arrivals(center, eta.question(q, lat, lon), route_id)
    if not answers:
        raise NotFound(f"no street of route {route_id} fits; see its plan.geojson for their names")
    return Response(msgspec.json.encode(answers[0]), media_type=_JSON)


@router.get(
    "/api/eta",
    response_class=Response,
    responses={200: {"model": models.Etas}},
    **needs(Right.VIEW),
)
async def any_eta(
    center: CenterDep, q: Address = None, lat: Latitude = None, lon: Longitude = None
) -> Response:
    """Say when a truck comes to an address or a place, for every route that fits best."""
    answers = await _arrivals(center, eta.question(q, lat, lon), None)
    return Response(msgspec.json.encode({"answers": answers}), media_type=_JSON)


async def _arrivals(
    center: Center, asked: eta.Address | eta.Spot, route_id: str | None
) -> list[dict[str, Any]]:
    now = Now(at=center.clock(), zone=ZoneInfo(center.settings.timezone))

    def read(conn: Connection) -> list[dict[str, Any]]:
        if route_id is not None:
            store_route.get(conn, route_id, now.day)
        return [eta.as_answer(one) for one in eta.ask(conn, now, asked, route_id)]

    return await on_connection(center, read)


def _today(center: Center) -> date:
    return plans.today(center.settings.timezone, center.clock())
