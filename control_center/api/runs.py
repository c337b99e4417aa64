"""Runs: what a truck did against its plan, in every form, and what supervisors say about it."""

from datetime import date, timedelta
from functools import partial
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response, status

from control_center.api import run_models as models
from control_center.api.reading import in_turn, noted, on_connection
from control_center.audit import notes
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.problems import InvalidQuery
from control_center.reports import geojson, reviewing, run, values
from control_center.reports.files import FILES
from core.topics import DEVICE_ID
from store import run as store_run
from store.pool import Connection

router = APIRouter(prefix="/api/runs", tags=["runs"])
RunId = Annotated[int, Path(ge=1, lt=2**63, description="run id")]
Revision = Annotated[int | None, Query(ge=0, lt=2**31, description="left out: the newest")]
Since = Annotated[date, Query(alias="from", description="local service day")]
Until = Annotated[date, Query(alias="to", description="local service day, inclusive")]
Name = Annotated[str | None, Query(pattern=f"^{DEVICE_ID.pattern}$")]
Supervisor = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9._-]+$")]
Lang = Annotated[Literal["es", "en"], Query(description="of what people read in it")]
_JSON: Final = "application/json"
_GEOJSON: Final = "application/geo+json"
_LIST_DAYS: Final = 366
_MAX_POINTS: Final = 20_000


@router.get(
    "", response_class=Response, responses={200: {"model": models.Runs}}, **needs(Right.VIEW)
)
async def list_runs(
    center: CenterDep,
    since: Since,
    until: Until,
    route_id: Name = None,
    device_id: Name = None,
    supervisor: Supervisor = None,
) -> Response:
    """Answer the runs of at most 366 days, newest first."""
    span = days(since, until, _LIST_DAYS)

    def read(conn: Connection) -> bytes:
        rows = store_run.listed(conn, *span, route_id, device_id, supervisor)
        return msgspec.json.encode({"runs": [values.run(row) for row in rows]})

    return Response(await on_connection(center, read), media_type=_JSON)


@router.get(
    "/{run_id}",
    response_class=Response,
    responses={200: {"model": models.RunDetail}},
    **needs(Right.VIEW),
)
async def get_run(center: CenterDep, run_id: RunId, revision: Revision = None) -> Response:
    """Answer a run's report as it was signed, its revisions, and the reviews beside it."""

    def read(conn: Connection) -> bytes:
        found = run.gather(conn, center.settings, run_id, revision, traced=False)
        return msgspec.json.encode(values.detail(found, store_run.revisions(conn, run_id)))

    return Response(await on_connection(center, read), media_type=_JSON)


@router.get(
    "/{run_id}/map.geojson",
    response_class=Response,
    responses={200: {"content": {_GEOJSON: {}}}},
    **needs(Right.VIEW),
)
async def run_map(center: CenterDep, run_id: RunId, revision: Revision = None) -> Response:
    """Answer a run's blocks with their states, and its stops (GeoJSON, WGS 84)."""

    def read(conn: Connection) -> bytes:
        found = run.gather(conn, center.settings, run_id, revision, traced=False)
        return msgspec.json.encode(geojson.layers(found))

    return Response(await on_connection(center, read), media_type=_GEOJSON)


@router.get(
    "/{run_id}/trace",
    response_class=Response,
    responses={200: {"model": models.RunTrace}},
    **needs(Right.VIEW),
)
async def run_trace(center: CenterDep, run_id: RunId) -> Response:
    """Answer where the truck was, in at most 20 000 points; doubtful fixes carry their flags."""

    def read(conn: Connection) -> bytes:
        one, found = store_run.get(conn, run_id), store_run.revision(conn, run_id)
        points = run.trace(conn, center.settings, one, found)
        return msgspec.json.encode({"points": values.trace(points, limit=_MAX_POINTS)})

    return Response(await on_connection(center, read), media_type=_JSON)


@router.get(
    "/{run_id}/report.{extension}",
    response_class=Response,
    responses={200: {"content": {kind.media_type: {} for kind in FILES.values()}}},
    **needs(Right.VIEW, heavy=True),
)
async def run_report(
    center: CenterDep,
    run_id: RunId,
    extension: Literal["pdf", "csv", "geojson", "gpx"],
    revision: Revision = None,
    lang: Lang = "es",
) -> Response:
    """Answer a run's report as a file to keep, print or import."""
    kind = FILES[extension]
    found = await on_connection(
        center, lambda conn: run.gather(conn, center.settings, run_id, revision)
    )
    body = await in_turn(partial(kind.write, found, lang))
    return download(body, kind.media_type, f"{found.file_name}.{extension}")


@router.post(
    "/{run_id}/reviews",
    status_code=status.HTTP_201_CREATED,
    response_class=Response,
    responses={201: {"model": models.ReviewAnswer}},
    **needs(Right.REVIEW),
)
async def add_review(
    center: CenterDep, run_id: RunId, order: models.ReviewOrder, who: Who, request: Request
) -> Response:
    """Confirm or dispute what the report says of a block; the report itself stays as it is."""
    said = reviewing.Said(**order.model_dump())
    work = partial(reviewing.review, run_id=run_id, said=said, by=who.username, at=center.clock())
    told = notes.entry(
        who, request, "run.review", "run", run_id, order.note, said=order.model_dump()
    )
    body = msgspec.json.encode(values.review(await noted(center, work, lambda _: told)))
    return Response(body, status_code=status.HTTP_201_CREATED, media_type=_JSON)


def days(since: date, until: date, most: int) -> tuple[date, date]:
    """Both ends of a span of days; InvalidQuery when it makes no sense."""
    if until < since:
        raise InvalidQuery("to is before from; swap them")
    if until - since >= timedelta(days=most):
        raise InvalidQuery(f"the span is longer than {most} days; ask for less")
    return since, until


def download(body: bytes, media_type: str, name: str) -> Response:
    """A file that the browser saves under a name."""
    disposition = f'attachment; filename="{name}"'
    return Response(body, media_type=media_type, headers={"Content-Disposition": disposition})
