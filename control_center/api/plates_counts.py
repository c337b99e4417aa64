"""How many passed, by camera, time, direction, class and state of origin: numbers, never plates."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Response

from control_center.api import plates_models as models
from control_center.api.instants import utc
from control_center.api.models import DeviceId
from control_center.api.plates_access import committed
from control_center.auth.guard import needs
from control_center.auth.rights import Right
from control_center.center import Center, CenterDep
from control_center.plates import counting
from control_center.plates.counting import Row
from control_center.problems import InvalidQuery
from control_center.reports import sheet
from store import passage

router = APIRouter(prefix="/api/plates", tags=["plates"])
MAX_ROWS: Final = 100_000
_WEEK: Final = timedelta(days=7)
_LONGEST: Final = {"hour": timedelta(days=31), "day": timedelta(days=731)}
_CSV: Final = "text/csv; charset=utf-8"
COLUMNS: Final = ("device_id", "at", "direction", "class", "state", "n")
Since = Annotated[
    datetime | None,
    Query(alias="from", description="RFC 3339 with an offset; left out: a week before `to`"),
]
Until = Annotated[
    datetime | None,
    Query(alias="to", description="RFC 3339 with an offset, exclusive; left out: now"),
]
By = Annotated[Literal["hour", "day"], Query(description="hours, or local days")]
Of = Annotated[DeviceId | None, Query(description="only of this camera")]


@router.get("/counts", **needs(Right.VIEW))
async def counts(
    center: CenterDep,
    since: Since = None,
    until: Until = None,
    by: By = "hour",
    device_id: Of = None,
) -> models.Counts:
    """Answer passages, oldest first; fewer than 3 of a class and state are told with others."""
    found = await _counted(center, since, until, by, device_id)
    return models.Counts(rows=[models.CountRow.model_validate(one) for one in _said(found)])


@router.get(
    "/counts.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
    **needs(Right.VIEW),
)
async def counts_csv(
    center: CenterDep,
    since: Since = None,
    until: Until = None,
    by: By = "hour",
    device_id: Of = None,
) -> Response:
    """Answer the same as a table for a spreadsheet, or for open data."""
    found = await _counted(center, since, until, by, device_id)
    rows = [[_plain(one[name]) for name in COLUMNS] for one in _said(found)]
    name = f'attachment; filename="pasos-{by}.csv"'
    return Response(
        sheet.written(COLUMNS, rows), media_type=_CSV, headers={"Content-Disposition": name}
    )


async def _counted(
    center: Center,
    since: datetime | None,
    until: datetime | None,
    by: Literal["hour", "day"],
    device_id: str | None,
) -> list[Row]:
    end = utc(until) if until else center.clock()
    begin = utc(since) if since else end - _WEEK
    if end <= begin:
        raise InvalidQuery("to is not after from; swap them")
    if end - begin > _LONGEST[by]:
        raise InvalidQuery(f"at most {_LONGEST[by].days} days by {by}; ask for less")
    work = partial(
        passage.counts,
        since=begin,
        until=end,
        by=by,
        zone=center.settings.timezone,
        device_id=device_id,
        limit=MAX_ROWS + 1,
    )
    found = await committed(center, work)
    if len(found) > MAX_ROWS:
        raise InvalidQuery(f"more than {MAX_ROWS} rows; ask for less time, or for days")
    return list(counting.joined(found))


def _said(found: list[Row]) -> Iterator[dict[str, object]]:
    for cell, n in found:
        yield {
            "device_id": cell.device_id,
            "at": cell.hour,
            "direction": cell.direction or None,
            "class": cell.kind or None,
            "state": cell.state or None,
            "n": n,
        }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
