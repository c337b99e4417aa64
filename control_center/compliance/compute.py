"""A run's document from what the database holds, and into it.

The rollup's count of fixes is read before the fixes: one that comes in between makes the count
differ next time, and the run is judged once more. Where there are fewer fixes than were counted,
retention has forgotten some, and nothing is judged: a verdict on half of a day would be wrong.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from control_center.compliance import digests, document, figures
from control_center.compliance.alike import alike
from control_center.compliance.limits import Limits
from control_center.compliance.plans import Ready
from store import run as store_run
from store import run_due
from store import trace as store_trace
from store.pool import Connection
from store.run import Run, Why
from store.run_due import Key


class Outcome(StrEnum):
    """What judging a run led to."""

    REVISED = "revised"
    """There is a new revision."""
    UNCHANGED = "unchanged"
    """The newest revision says the same."""
    FORGOTTEN = "forgotten"
    """Its fixes are no longer kept; it stays as it is."""
    OPEN = "open"
    """It is not over yet, and the keeper's."""


class Judged(NamedTuple):
    """What was found out."""

    document: dict[str, Any]
    fix_rows: int
    """By the rollup, in the whole hours around the window and its margins."""
    forgotten: bool
    """Fewer fixes are kept than were counted: the document is not to be believed."""


def judged(
    conn: Connection, key: Key, ready: Ready, limits: Limits, *, provisional: bool = False
) -> Judged:
    """Judge a run by a version of its route and the fixes that are stored now."""
    begin, end = ready.route.window(key.service_date, limits.zone)
    margin = timedelta(seconds=limits.margin_s)
    since, until = run_due.hours(begin - margin, end + margin)
    counted = run_due.counted(conn, key.device_id, since, until)
    columns = store_trace.read(conn, key.device_id, since, until)
    built = document.build(
        ready.route,
        ready.version,
        key.device_id,
        key.service_date,
        limits.zone,
        columns,
        limits=limits,
        provisional=provisional,
        laid=ready.laid,
    )
    return Judged(built, counted, forgotten=columns.rows < counted)


def revise(
    conn: Connection,
    run: Run,
    ready: Ready,
    limits: Limits,
    why: Why,
    *,
    now: datetime,
) -> Outcome:
    """Judge a run and keep what is new; the caller holds its lock."""
    key = Key(run.route_id, run.service_date, run.device_id)
    found = judged(conn, key, ready, limits, provisional=why == "provisional")
    if found.forgotten:
        store_run.looked(conn, run.run_id, found.fix_rows, now=now)
        return Outcome.FORGOTTEN
    digest = digests.digest(found.document)
    newest = store_run.revision(conn, run.run_id) if run.revision else None
    if newest is not None and alike(newest.document, found.document):
        store_run.looked(conn, run.run_id, found.fix_rows, now=now)
        return Outcome.UNCHANGED
    number = store_run.save_revision(
        conn,
        run.run_id,
        found.document,
        digest,
        why,
        found.fix_rows,
        figures.figures(found.document),
        now=now,
    )
    return Outcome.UNCHANGED if number is None else Outcome.REVISED
