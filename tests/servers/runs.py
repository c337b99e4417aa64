"""Runs with reports as the keeper writes them, for tests of what is made from reports."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from core.clock import rfc3339
from geo.route import Route
from store import run, run_due
from store.pool import Connection
from store.run import Figures


def report(
    route: Route, entered: Sequence[datetime | None], *, too_fast: Sequence[int] = ()
) -> dict[str, Any]:
    """What a report says of its blocks: entered then and served, or not."""
    return {
        "segments": [
            {
                "segment_id": block.segment_id,
                "state": "unknown"
                if at is None
                else "too_fast"
                if order in too_fast
                else "serviced",
                "from": at and rfc3339(at),
                "to": at and rfc3339(at + timedelta(seconds=40)),
            }
            for order, (block, at) in enumerate(zip(route.blocks, entered, strict=True))
        ]
    }


def add_run(
    conn: Connection,
    route: Route,
    version: int,
    device_id: str,
    day: date,
    window: tuple[datetime, datetime],
    document: dict[str, Any] | None,
    *,
    closed: bool = True,
) -> int:
    """A run of a day, closed or open, with its report; None: nothing was computed yet."""
    run_due.ensure(
        conn, [run_due.Expected(route.route_id, day, device_id, version, window[0], window[1])]
    )
    run_id = run_due.find(conn, run_due.Key(route.route_id, day, device_id))
    assert run_id is not None
    if document is not None:
        nothing = (0.0,) * 9
        figures = Figures(version, *window, 0.5, 1, 0, 0, 0, *nothing)
        run.save_revision(
            conn,
            run_id,
            document,
            hashlib.sha256(json.dumps(document).encode()).hexdigest(),
            "closed" if closed else "provisional",
            0,
            figures,
            now=window[1],
        )
    return run_id
