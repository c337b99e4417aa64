"""The audit over HTTP: look, verify, take away. Looking is noted too."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from control_center.api.instants import utc
from control_center.api.reading import on_connection
from control_center.audit import export, heads, notes
from control_center.audit.verify import Verification, verify
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import Center, CenterDep
from control_center.problems import InvalidQuery
from store import audit, audit_reading, pool
from store.audit_reading import Filter, Head
from store.pool import Connection

router = APIRouter(prefix="/api/audit", tags=["audit"])
MAX_ENTRIES: Final = 500
_NO_NUMBER: Final = 2**63 - 1
Text = Annotated[str | None, Query(max_length=200)]
Since = Annotated[datetime | None, Query(alias="from", description="RFC 3339 with an offset")]
Until = Annotated[
    datetime | None, Query(alias="to", description="RFC 3339 with an offset, exclusive")
]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AuditEntry(_Answer):
    """Who did what, to what, when and why; null: not known, or nobody asked."""

    entry_id: int
    at: datetime
    actor: Annotated[str, Field(description="a username; c5 is the system itself")]
    role: str | None
    action: str
    object_kind: str
    object_id: str
    reason: str | None
    detail: dict[str, Any]
    address: str | None
    sha256: str


class AuditPage(_Answer):
    """Entries, newest first."""

    entries: list[AuditEntry]
    before: Annotated[int | None, Field(description="of the next page; null: that was all")]


class AuditProblem(_Answer):
    """One thing that is not as it was written."""

    kind: Literal["changed", "missing", "moved", "cut", "rewritten", "unguarded"]
    entry_id: int
    es: str
    en: str


class AuditHead(_Answer):
    """The newest entry."""

    entry_id: int
    sha256: str


class AuditVerification(_Answer):
    """What taking every digest again led to."""

    ok: bool
    entries: int
    head: AuditHead
    problems: list[AuditProblem]
    found: Annotated[int, Field(description="problems; the first 200 are listed")]


@router.get("", **needs(Right.AUDIT))
async def list_audit(  # noqa: PLR0913, PLR0917  a query parameter a question
    center: CenterDep,
    who: Who,
    request: Request,
    since: Since = None,
    until: Until = None,
    actor: Text = None,
    action: Annotated[Text, Query(description="its beginning, such as `plate.`")] = None,
    object_kind: Text = None,
    object_id: Text = None,
    before: Annotated[int, Query(ge=1, le=_NO_NUMBER, description="entry id")] = _NO_NUMBER,
    limit: Annotated[int, Query(ge=1, le=MAX_ENTRIES, description="at the most")] = 100,
) -> AuditPage:
    """Answer entries, newest first, a page at a time."""
    wanted = Filter(utc(since), utc(until), actor, action, object_kind, object_id)
    asked = {name: value for name, value in wanted._asdict().items() if value is not None}
    note = notes.entry(who, request, "audit.view", "audit", "entries", **asked)

    def read(conn: Connection) -> list[AuditEntry]:
        rows = audit_reading.listed(conn, wanted, before=before, limit=limit)
        audit.append(conn, note)
        return [AuditEntry.model_validate(row._asdict()) for row in rows]

    found = await on_connection(center, read)
    return AuditPage(entries=found, before=found[-1].entry_id if len(found) == limit else None)


@router.get("/verify", **needs(Right.AUDIT, heavy=True))
async def verify_audit(
    center: CenterDep,
    who: Who,
    request: Request,
    head_id: Annotated[int | None, Query(ge=0, le=_NO_NUMBER)] = None,
    head_sha256: Annotated[
        str | None, Query(pattern="^[0-9a-f]{64}$", description="of a head published before")
    ] = None,
) -> AuditVerification:
    """Take every digest again, and see that a published head is still in the chain."""
    if head_id is not None and head_sha256 is None:
        raise InvalidQuery("head_id comes with head_sha256; give both, or the digest alone")
    published = (
        head_sha256 if head_id is None or head_sha256 is None else Head(head_id, head_sha256)
    )

    def work(conn: Connection) -> Verification:
        found = verify(conn, published)
        note = notes.entry(
            who, request, "audit.verify", "audit", "chain", ok=found.ok, found=found.found
        )
        audit.append(conn, note)
        return found

    found = await on_connection(center, work)
    return AuditVerification(
        ok=found.ok,
        entries=found.entries,
        head=AuditHead(**found.head._asdict()),
        problems=[AuditProblem.model_validate(one._asdict()) for one in found.problems],
        found=found.found,
    )


@router.get(
    "/head.json",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}},
    **needs(Right.AUDIT),
)
async def audit_head(center: CenterDep, who: Who, request: Request) -> Response:
    """Answer the newest entry's digest, signed: to be kept elsewhere and verified against."""

    def work(conn: Connection) -> heads.Published:
        signed = heads.publish(
            center.keys, audit_reading.head(conn), city=center.settings.city, at=center.clock()
        )
        told = notes.entry(
            who, request, "audit.head", "audit", signed.entry_id, sha256=signed.sha256
        )
        audit.append(conn, told)
        return signed

    signed = await on_connection(center, work)
    name = f"c5-audit-{signed.entry_id}.json"
    return Response(
        heads.encoded(signed),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get(
    "/export.{extension}",
    response_class=StreamingResponse,
    responses={200: {"content": {kind.split(";")[0]: {} for kind in export.MEDIA_TYPES.values()}}},
    **needs(Right.AUDIT, heavy=True),
)
async def export_audit(
    center: CenterDep,
    who: Who,
    request: Request,
    extension: Literal["jsonl", "csv"],
    since: Since = None,
    until: Until = None,
) -> StreamingResponse:
    """Answer the entries of a time as a file, oldest first."""
    wanted = Filter(since=utc(since), until=utc(until))
    told = notes.entry(
        who, request, "audit.export", "audit", "entries", since=since, until=until, form=extension
    )

    def begin(conn: Connection) -> int:
        last = audit_reading.head(conn).entry_id
        audit.append(conn, told)
        return last

    last = await on_connection(center, begin)
    return StreamingResponse(
        _pieces(center, wanted, last, extension),
        media_type=export.MEDIA_TYPES[extension],
        headers={"Content-Disposition": f'attachment; filename="c5-audit-{last}.{extension}"'},
    )


def _pieces(center: Center, wanted: Filter, last: int, form: str) -> Iterator[bytes]:
    """The file, read as it is sent; entries never change, so no transaction spans it."""
    with pool.connect(
        center.connections.database_url, application="c5-audit", autocommit=True
    ) as conn:
        yield from export.written(audit_reading.all_of(conn, wanted, until_id=last), form)
