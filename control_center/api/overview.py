"""The whole at a glance: figures of the header, and what was refused."""

from typing import Annotated

from fastapi import APIRouter, Query

from control_center.api.models import DeviceCounts, Reject, Rejects, Stats
from control_center.auth.guard import needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from store import statistics

router = APIRouter(prefix="/api", tags=["overview"])


@router.get("/stats", **needs(Right.VIEW))
async def stats(center: CenterDep) -> Stats:
    """Answer rates, faults and presence; `last_h` counts the running hour and the one before."""
    figures = center.statistics.figures
    return Stats(
        stored_per_s=figures.stored_per_s,
        rejected_last_h=figures.rejected_last_h,
        duplicates_last_h=figures.duplicates_last_h,
        missing_last_h=figures.missing_last_h,
        devices=DeviceCounts(**center.feed.watch.count()),
        ingest_lag_ms=center.feed.ingest_lag_ms,
    )


@router.get("/rejects", **needs(Right.REJECTS))
async def list_rejects(
    center: CenterDep, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Rejects:
    """Answer the newest refusals and why; their bytes stay in the database."""
    found = await statistics.newest_rejects(center.pool, limit=limit)
    return Rejects(
        rejects=[
            Reject(
                id=one.reject_id,
                received_at=one.last_at,
                topic=one.topic,
                device_id=one.device_id,
                reason=one.reason,
                detail=one.detail,
                size=one.size_bytes,
                times=one.times,
            )
            for one in found
        ]
    )
