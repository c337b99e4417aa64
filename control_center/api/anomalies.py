"""What the anomaly engine found, and what people say of it."""

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from control_center.api.instants import utc
from control_center.api.models import DeviceId
from control_center.api.reading import noted, on_connection
from control_center.audit import notes
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.problems import InvalidQuery
from store import anomaly
from store.anomaly import Anomaly, Precision
from store.pool import Connection

router = APIRouter(prefix="/api/anomalies", tags=["anomalies"])
MAX_ANOMALIES: Final = 1000
_WEEK: Final = timedelta(days=7)
_LONGEST: Final = timedelta(days=366)
_NOTE_CHARS: Final = 4000


class AnomalyAnswer(BaseModel):
    """One anomaly; null: not known, or nobody said."""

    model_config = ConfigDict(extra="forbid")

    anomaly_id: int
    device_id: str
    metric: str
    started_at: datetime
    ended_at: Annotated[datetime | None, Field(description="null: it goes on")]
    score: Annotated[float, Field(ge=0, le=1, description="the highest so far")]
    why: Literal["level", "spike", "flatline", "variance", "season", "trend", "silence"]
    value: Annotated[float | None, Field(description="when it began, in the metric's unit")]
    usual: Annotated[float | None, Field(description="what was usual at that hour")]
    is_true: bool | None
    marked_by: str | None
    marked_at: datetime | None
    note: str


class PrecisionAnswer(BaseModel):
    """How many of all anomalies that people judged were real."""

    model_config = ConfigDict(extra="forbid")

    true: int
    false: int
    share: Annotated[float | None, Field(description="true ones among the judged; null: none were")]


class Anomalies(BaseModel):
    """Anomalies, newest first, and how good they were so far."""

    model_config = ConfigDict(extra="forbid")

    anomalies: list[AnomalyAnswer]
    precision: PrecisionAnswer


class MarkOrder(BaseModel):
    """What someone says of an anomaly."""

    model_config = ConfigDict(extra="forbid")

    is_true: Annotated[bool | None, Field(description="null takes back what was said")]
    note: Annotated[str, Field(max_length=_NOTE_CHARS)] = ""


@router.get("", **needs(Right.VIEW))
async def list_anomalies(
    center: CenterDep,
    since: Annotated[
        datetime | None,
        Query(alias="from", description="RFC 3339 with an offset; left out: a week before `to`"),
    ] = None,
    until: Annotated[
        datetime | None,
        Query(alias="to", description="RFC 3339 with an offset, exclusive; left out: now"),
    ] = None,
    device_id: Annotated[DeviceId | None, Query(description="only of this device")] = None,
    state: Annotated[
        Literal["open", "marked", "all"], Query(description="that go on, that were judged, or all")
    ] = "all",
    limit: Annotated[int, Query(ge=1, le=MAX_ANOMALIES, description="at the most")] = 200,
) -> Anomalies:
    """Answer anomalies that touch a time of at most 366 days, newest first; and the precision."""
    end = utc(until) if until else center.clock()
    begin = utc(since) if since else end - _WEEK
    if end <= begin:
        raise InvalidQuery("to is not after from; swap them")
    if end - begin > _LONGEST:
        raise InvalidQuery(f"the time is longer than {_LONGEST.days} days; ask for less")

    def read(conn: Connection) -> tuple[list[Anomaly], Precision]:
        found = anomaly.listed(conn, begin, end, device_id=device_id, state=state, limit=limit)
        return found, anomaly.precision(conn)

    found, precision = await on_connection(center, read)
    return Anomalies(
        anomalies=[_answer(one) for one in found],
        precision=PrecisionAnswer(
            true=precision.true, false=precision.false, share=precision.share
        ),
    )


@router.post("/{anomaly_id}/mark", **needs(Right.REVIEW))
async def mark_anomaly(
    center: CenterDep,
    anomaly_id: Annotated[int, Path(ge=1, lt=2**63, description="anomaly id")],
    order: MarkOrder,
    who: Who,
    request: Request,
) -> AnomalyAnswer:
    """Say whether an anomaly was real; the newest word counts."""
    work = partial(
        anomaly.mark,
        anomaly_id=anomaly_id,
        is_true=order.is_true,
        note=order.note,
        by=who.username,
        at=center.clock(),
    )
    told = notes.entry(
        who, request, "anomaly.mark", "anomaly", anomaly_id, order.note, is_true=order.is_true
    )
    return _answer(await noted(center, work, lambda _: told))


def _answer(one: Anomaly) -> AnomalyAnswer:
    return AnomalyAnswer.model_validate(one._asdict())
