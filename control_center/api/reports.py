"""Runs of some days together, for the morning's look and the month's."""

from functools import partial
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from control_center.api import run_models as models
from control_center.api.reading import in_turn, on_connection
from control_center.api.runs import Lang, Since, Until, days, download
from control_center.auth.guard import needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.reports import summary
from control_center.reports.files import SUMMARY_FILES
from control_center.reports.summary import Span

router = APIRouter(prefix="/api/reports", tags=["runs"])
By = Annotated[models.By, Query(description="what a row stands for")]
_DAYS: Final = 400


@router.get(
    "/summary",
    response_class=Response,
    responses={200: {"model": models.Summary}},
    **needs(Right.VIEW, heavy=True),
)
async def summed_up(center: CenterDep, by: By, since: Since, until: Until) -> Response:
    """Answer the runs of at most 400 days, summed up; coverage is weighted by length."""
    span = Span(by, *days(since, until, _DAYS))
    rows = await on_connection(center, partial(summary.build, span=span))
    body = msgspec.json.encode({"by": by, "rows": rows})
    return Response(body, media_type="application/json")


@router.get(
    "/summary.{extension}",
    response_class=Response,
    responses={200: {"content": {kind.media_type: {} for kind in SUMMARY_FILES.values()}}},
    **needs(Right.VIEW, heavy=True),
)
async def summary_file(
    center: CenterDep,
    extension: Literal["csv", "pdf"],
    by: By,
    since: Since,
    until: Until,
    lang: Lang = "es",
) -> Response:
    """Answer the same as a file."""
    kind = SUMMARY_FILES[extension]
    span = Span(by, *days(since, until, _DAYS))
    rows = await on_connection(center, partial(summary.build, span=span))
    body = await in_turn(partial(kind.write, center.settings, span, rows, lang))
    return download(body, kind.media_type, f"{span.file_name}.{extension}")
