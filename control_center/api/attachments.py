"""Photos for reviews: kept under the SHA-256 of their bytes, served as what they are."""

from typing import Annotated, Any, ClassVar, Final

from fastapi import APIRouter, Path, Request, Response, status

from control_center.api.reading import noted, on_connection
from control_center.api.run_models import AttachmentKept
from control_center.audit import notes
from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.problems import HttpRefusal
from control_center.reports import photos
from store import attachment
from store.attachment import Attachment

router = APIRouter(prefix="/api/attachments", tags=["runs"])
_TYPES: Final = ("image/jpeg", "image/png", "image/webp")
_RAW: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in _TYPES},
    }
}
_A_YEAR: Final = "private, max-age=31536000, immutable"
_guarded: Final = needs(Right.REVIEW)
_guarded["openapi_extra"] |= _RAW


class NotAPhoto(HttpRefusal):
    """The bytes are neither JPEG nor PNG nor WebP."""

    status: ClassVar[int] = 415
    reason = "not_a_photo"


@router.post("", status_code=status.HTTP_201_CREATED, **_guarded)
async def keep_attachment(center: CenterDep, request: Request, who: Who) -> AttachmentKept:
    """Keep a photo of at most 5 MiB; a review then names its SHA-256."""
    content = await request.body()
    media_type = photos.media_type(content)
    if media_type is None:
        raise NotAPhoto("a photo is JPEG, PNG or WebP, and this is none; convert it and send again")
    sha256 = photos.name(content)
    photo, now = Attachment(media_type, content), center.clock()
    await noted(
        center,
        lambda conn: attachment.save(
            conn, photo, sha256=sha256, created_at=now, created_by=who.username
        ),
        lambda new: notes.entry(
            who,
            request,
            "attachment.keep",
            "attachment",
            sha256,
            media_type=media_type,
            size_bytes=len(content),
            new=new,
        ),
    )
    return AttachmentKept(sha256=sha256)


@router.get(
    "/{sha256}",
    response_class=Response,
    responses={200: {"content": {name: {} for name in _TYPES}}},
    **needs(Right.VIEW),
)
async def get_attachment(
    center: CenterDep, sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
) -> Response:
    """Answer a photo; its bytes never change under its name."""
    found = await on_connection(center, lambda conn: attachment.get(conn, sha256))
    return Response(
        found.content,
        media_type=found.media_type,
        headers={"Cache-Control": _A_YEAR, "Content-Disposition": "inline"},
    )
