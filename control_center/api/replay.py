"""A past window for one clock that scrubs everything together."""

from datetime import datetime
from functools import partial
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from control_center.api.alarms import JSON
from control_center.api.instants import utc
from control_center.api.reading import on_connection
from control_center.api.replay_models import Replay
from control_center.auth.guard import needs
from control_center.auth.rights import Right
from control_center.center import CenterDep
from control_center.incidents import replay
from control_center.problems import InvalidQuery

router = APIRouter(prefix="/api/replay", tags=["replay"])
Since = Annotated[datetime, Query(alias="from", description="RFC 3339 with an offset")]
Until = Annotated[datetime, Query(alias="to", description="RFC 3339 with an offset, exclusive")]


@router.get("", response_class=Response, responses={200: {"model": Replay}}, **needs(Right.VIEW))
async def past_window(center: CenterDep, since: Since, until: Until) -> Response:
    """Answer a window of at most a day: positions, alarms, incidents, readings, passages."""
    begin, end = utc(since) or since, utc(until) or until
    if end <= begin:
        raise InvalidQuery("to is not after from; swap them")
    if end - begin > replay.LONGEST:
        raise InvalidQuery("the window is longer than a day; ask for less")
    work = partial(replay.build, since=begin, until=end)
    body = msgspec.json.encode(await on_connection(center, work))
    return Response(body, media_type=JSON)
