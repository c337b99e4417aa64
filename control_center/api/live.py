"""The live feed as server-sent events."""

from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from control_center.auth.guard import Who, needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.problems import TooBusy

router = APIRouter(prefix="/api", tags=["live"])
MAX_SCREENS = 500
MAX_SCREENS_A_SESSION = 16
_RETRY_S = 5.0


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    **needs(Right.VIEW),
)
async def live(center: CenterDep, who: Who) -> StreamingResponse:
    """Stream `snapshot`, `change`, `heartbeat` and `bye` events until the session ends."""
    hub = center.feed.hub
    if len(hub) >= MAX_SCREENS or hub.of_session(who.token_hash) >= MAX_SCREENS_A_SESSION:
        raise TooBusy("too many screens are open; close one", retry_after_s=_RETRY_S)
    events: AsyncIterator[bytes] = center.streams.events(who)
    return StreamingResponse(
        events,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
