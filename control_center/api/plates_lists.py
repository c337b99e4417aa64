"""Hot lists: what is sought, by whose order, proposed by one person and approved by another."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Request, status

from control_center.api import plates_models as models
from control_center.api.instants import utc
from control_center.api.plates_access import Asking, Ring, committed
from control_center.auth.guard import needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.plates import lists
from control_center.plates.lists import Shown
from store import hotlist
from store.hotlist import HotList, NewList

router = APIRouter(prefix="/api/plates", tags=["plates"])
ListId = Annotated[int, Path(ge=1, lt=2**63, description="list id")]
EntryId = Annotated[int, Path(ge=1, lt=2**63, description="entry id")]
_importing: Final[dict[str, Any]] = needs(Right.HOTLIST)
_importing["openapi_extra"] |= {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/lists", **needs(Right.HOTLIST))
async def list_lists(center: CenterDep) -> models.Lists:
    """Answer every list, by name, without its plates."""
    found = await committed(center, hotlist.lists)
    return models.Lists(lists=[_list(one) for one in found])


@router.post("/lists", status_code=status.HTTP_201_CREATED, **needs(Right.HOTLIST))
async def add_list(center: CenterDep, actor: Asking, order: models.ListOrder) -> models.ListAnswer:
    """Make a list; 409 when its name is taken."""
    new = NewList(
        order.name.strip(),
        order.reason.strip(),
        order.issuer.strip(),
        order.priority,
        order.legal_basis.strip(),
        utc(order.expires_at) if order.expires_at else None,
    )
    work = partial(lists.add_list, actor=actor, new=new, now=center.clock())
    return _list(await committed(center, work))


@router.get("/lists/{list_id}/entries", **needs(Right.HOTLIST))
async def list_entries(
    center: CenterDep, ring: Ring, actor: Asking, list_id: ListId
) -> models.Entries:
    """Answer a list's plates in clear. That they were looked at is on record."""
    work = partial(lists.entries, ring=ring, actor=actor, list_id=list_id, now=center.clock())
    return models.Entries(entries=[_entry(one) for one in await committed(center, work)])


@router.post(
    "/lists/{list_id}/entries", status_code=status.HTTP_201_CREATED, **needs(Right.HOTLIST)
)
async def propose_entry(
    center: CenterDep, ring: Ring, actor: Asking, list_id: ListId, order: models.EntryOrder
) -> models.EntryAnswer:
    """Propose a plate; it is sought once somebody else approves it."""
    work = partial(
        lists.propose,
        ring=ring,
        actor=actor,
        list_id=list_id,
        plate=order.plate,
        about=order.note,
        expires_at=utc(order.expires_at) if order.expires_at else None,
        now=center.clock(),
    )
    return _entry(await committed(center, work))


@router.post("/lists/{list_id}/import", **_importing)
async def import_entries(
    center: CenterDep, ring: Ring, actor: Asking, list_id: ListId, request: Request
) -> models.Imported:
    """Propose the plates of the CSV file in the body, at most 1 MiB (docs/plates.md)."""
    work = partial(
        lists.import_csv,
        ring=ring,
        actor=actor,
        list_id=list_id,
        content=await request.body(),
        zone=ZoneInfo(center.settings.timezone),
        now=center.clock(),
    )
    done = await committed(center, work)
    refused = [models.RefusedLine(line=one.line, why=one.why) for one in done.refused]
    return models.Imported(proposed=done.proposed, refused=refused)


@router.post("/entries/{entry_id}/approve", **needs(Right.HOTLIST))
async def approve_entry(
    center: CenterDep, ring: Ring, actor: Asking, entry_id: EntryId
) -> models.ApprovedAnswer:
    """Have a plate sought, and search what is kept for it; 403 for who proposed it."""
    now = center.clock()
    since = now - timedelta(hours=center.settings.plates.retention_hours)
    work = partial(lists.approve, ring=ring, actor=actor, entry_id=entry_id, now=now, since=since)
    shown, found_back = await committed(center, work)
    return models.ApprovedAnswer(**_entry(shown).model_dump(), found_back=found_back)


@router.post("/entries/{entry_id}/withdraw", **needs(Right.HOTLIST))
async def withdraw_entry(
    center: CenterDep, ring: Ring, actor: Asking, entry_id: EntryId, order: models.WithdrawOrder
) -> models.EntryAnswer:
    """End the search for a plate."""
    work = partial(
        lists.withdraw,
        ring=ring,
        actor=actor,
        entry_id=entry_id,
        reason=order.reason,
        now=center.clock(),
    )
    return _entry(await committed(center, work))


def _list(one: HotList) -> models.ListAnswer:
    said = one._asdict()
    del said["created_by"], said["created_at"]
    return models.ListAnswer.model_validate(said)


def _entry(one: Shown) -> models.EntryAnswer:
    held = one.held
    return models.EntryAnswer.model_validate(
        {
            "entry_id": one.entry_id,
            "plate": one.plate,
            "note": one.note,
            "state": held.state,
            "proposed_by": held.proposed_by,
            "proposed_at": held.proposed_at,
            "approved_by": held.approved_by,
            "approved_at": held.approved_at,
            "expires_at": held.expires_at,
        }
    )
