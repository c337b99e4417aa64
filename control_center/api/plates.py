"""Plates that were found and looked for: hits, their photographs, searches. All of it on record."""

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Response

from control_center.api import plates_models as models
from control_center.api.instants import utc
from control_center.api.plates_access import Asking, Ring, committed
from control_center.auth.guard import Who, needs, needs_person
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.plates import hits, searching
from control_center.plates.hits import Shown
from control_center.plates.searching import Answer, Question
from control_center.problems import Forbidden, InvalidQuery
from store import device, plate_search
from store.pool import Connection

router = APIRouter(prefix="/api/plates", tags=["plates"])
MAX_HITS: Final = 500
MAX_SEARCHES: Final = 1000
_MONTH: Final = timedelta(days=31)
_FAR_AHEAD: Final = timedelta(hours=1)
"""Clocks of cameras may be a little ahead."""
HitId = Annotated[int, Path(ge=1, lt=2**63, description="hit id")]


@router.get("/hits", **needs(Right.PLATES))
async def list_hits(
    center: CenterDep,
    ring: Ring,
    actor: Asking,
    state: Annotated[
        Literal["open", "accepted", "rejected", "all"], Query(description="how far they are")
    ] = "open",
    since: Annotated[
        datetime | None,
        Query(alias="from", description="RFC 3339 with an offset; left out: all that is kept"),
    ] = None,
    until: Annotated[
        datetime | None,
        Query(alias="to", description="RFC 3339 with an offset, exclusive; left out: now"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_HITS, description="at the most")] = 100,
    before: Annotated[int | None, Query(ge=1, description="those after this hit")] = None,
) -> models.Hits:
    """Answer hits, the newest first. That they were looked at is on record."""
    now = center.clock()
    end = utc(until) if until else now + _FAR_AHEAD
    begin = utc(since) if since else end - timedelta(days=center.settings.plates.hits_days)
    if end <= begin:
        raise InvalidQuery("to is not after from; swap them")
    asked = hits.Window(begin, end, None if state == "all" else state, before, limit)
    work = partial(hits.listed, ring=ring, actor=actor, asked=asked, now=now)
    return models.Hits(hits=[_hit(one) for one in await committed(center, work)])


@router.post("/hits/{hit_id}/decision", **needs(Right.PLATES))
async def decide_hit(
    center: CenterDep, ring: Ring, actor: Asking, hit_id: HitId, order: models.DecisionOrder
) -> models.HitAnswer:
    """Say whether a hit is the plate that is sought; 409 when somebody else has."""
    work = partial(
        hits.decide,
        ring=ring,
        actor=actor,
        hit_id=hit_id,
        accept=order.accept,
        reason=order.reason,
        now=center.clock(),
    )
    return _hit(await committed(center, work))


@router.get(
    "/hits/{hit_id}/crop.jpg",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
    **needs(Right.PLATES),
)
async def hit_crop(center: CenterDep, ring: Ring, actor: Asking, hit_id: HitId) -> Response:
    """Answer the photograph of a hit's plate. That it was looked at is on record."""
    work = partial(hits.crop, ring=ring, actor=actor, hit_id=hit_id, now=center.clock())
    photo = await committed(center, work)
    return Response(photo, media_type="image/jpeg", headers={"Content-Disposition": "inline"})


@router.post("/searches", **needs(Right.PLATES))
async def search_plates(
    center: CenterDep, ring: Ring, actor: Asking, order: models.SearchOrder
) -> models.SearchAnswer:
    """Look for a plate among the reads that are kept. Who, why and when is on record first."""
    now = center.clock()
    kept = now - timedelta(hours=center.settings.plates.retention_hours)
    end = utc(order.until) if order.until else now + _FAR_AHEAD
    begin = max(kept, utc(order.since)) if order.since else kept
    if order.since and order.until and utc(order.until) <= utc(order.since):
        raise InvalidQuery("to is not after from; swap them")
    question = Question(
        plate=order.plate,
        purpose=order.purpose,
        case_number=order.case_number,
        since=begin,
        until=max(begin, end),
    )
    most = center.settings.plates.searches_per_hour

    def work(conn: Connection) -> tuple[Answer, dict[str, str]]:
        answer = searching.search(conn, ring, actor, question, now=now, most=most)
        return answer, {one.device_id: one.name for one in device.listed(conn)}

    answer, names = await committed(center, work)
    return models.SearchAnswer(
        search_id=answer.search_id,
        reads=[
            models.ReadAnswer(
                at=one.read.measured_at,
                device_id=one.read.device_id,
                device_name=names.get(one.read.device_id),
                direction=_direction(one.read.direction),
                plate=one.plate,
                score=one.read.score,
                has_crop=one.has_crop,
            )
            for one in answer.seen
        ],
        searched=models.Searched(
            **{"from": answer.since, "to": min(answer.until, now), "rows": answer.rows}
        ),
    )


@router.get("/searches", **needs_person())
async def list_searches(
    center: CenterDep,
    who: Who,
    limit: Annotated[int, Query(ge=1, le=MAX_SEARCHES, description="at the most")] = 100,
) -> models.PastSearches:
    """Answer who looked for plates and why, newest first; to who may see plates, or the audit."""
    if not (who.may(Right.PLATES) or who.may(Right.AUDIT)):
        raise Forbidden(f"role {who.role} may see neither plates nor the audit")
    found = await committed(center, lambda conn: plate_search.newest(conn, limit))
    return models.PastSearches(
        searches=[models.PastSearch.model_validate(one._asdict()) for one in found]
    )


def _hit(one: Shown) -> models.HitAnswer:
    held = one.held
    return models.HitAnswer(
        hit_id=held.hit_id,
        at=held.measured_at,
        device_id=held.device_id,
        device_name=held.device_name,
        direction=_direction(held.direction),
        exact=held.exact,
        plate=one.plate,
        entry_plate=one.entry_plate,
        differs=held.differs,
        found_back=held.found_back,
        list_id=held.list_id,
        list_name=held.list_name,
        priority=held.priority,
        reason=held.reason,
        legal_basis=held.legal_basis,
        score=held.score,
        state=held.state,
        decided_by=held.decided_by,
        decided_at=held.decided_at,
        decision_reason=held.decision_reason,
        incident_id=held.incident_id,
        has_crop=held.crop_sha256 is not None,
    )


def _direction(said: str | None) -> models.Direction | None:
    """The two that there are; what else a camera says is not known."""
    return said if said in ("in", "out") else None  # type: ignore[return-value]  # the two words
