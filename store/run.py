"""Runs of routes, and every revision of what was found out about each.

A revision is written with the run's figures in one transaction, so a list and a report never
disagree. While a run is open its only revision is 0, written over as fixes come; once it is
closed revisions are only added, and one that says the same as the newest is not written at all.

A gap is a block to be serviced that the newest report does not call serviced: it was missed, or
driven too fast, or nobody knows. While that report is provisional there are none to look at,
because what is still to come is unknown as well.

Which runs there are, and which are due to be judged, is in `store.run_due`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Literal, NamedTuple

from psycopg.types.json import Jsonb

from core.errors import NotFound
from store import faults
from store.pool import Connection

Why = Literal["provisional", "closed", "late", "backfill"]

GAP: Final = "block.service AND block.state <> 'serviced'"
"""Of a row (segment_id, state, service) made of a report's segments; see also `_RUN`."""
_REVIEWED: Final = f"""
SELECT count(*)
  FROM run_revision newest,
       jsonb_to_recordset(newest.document -> 'segments')
       AS block (segment_id text, state text, service boolean)
 WHERE newest.run_id = r.run_id AND newest.revision = r.revision AND {GAP}
   AND block.segment_id IN (SELECT w.segment_id FROM run_review w WHERE w.run_id = r.run_id)"""  # noqa: S608  constants
_RUN: Final = f"""
SELECT r.run_id, r.route_id, o.name AS route_name, o.supervisor, r.service_date, r.device_id,
       d.name AS device_name, r.version, r.window_from, r.window_to, r.state, r.revision,
       r.fix_rows, r.computed_at, r.coverage, r.serviced, r.too_fast, r.missed, r.unknown,
       r.serviced_m, r.too_fast_m, r.missed_m, r.unknown_m, r.begin_late_s, r.end_late_s,
       r.off_route_s, r.service_m, r.deadhead_m, v.length_m,
       CASE WHEN r.revision > 0 THEN r.too_fast + r.missed + r.unknown END AS gaps,
       CASE WHEN r.revision > 0
             AND EXISTS (SELECT FROM run_review w WHERE w.run_id = r.run_id)
            THEN ({_REVIEWED}) ELSE 0 END AS reviewed
  FROM run r
  JOIN route o USING (route_id)
  JOIN device d USING (device_id)
  JOIN route_version v USING (route_id, version)"""  # noqa: S608  constants
_FIND: Final = f"{_RUN} WHERE r.run_id = %s"
_LISTED: Final = f"""{_RUN}
 WHERE r.service_date BETWEEN %(since)s AND %(until)s
   AND (%(route_id)s::text IS NULL OR r.route_id = %(route_id)s)
   AND (%(device_id)s::text IS NULL OR r.device_id = %(device_id)s)
   AND (%(supervisor)s::text IS NULL OR o.supervisor = %(supervisor)s)
 ORDER BY r.service_date DESC, r.route_id, r.device_id"""
_REVISION: Final = """
SELECT run_id, revision, computed_at, why, document, sha256 FROM run_revision
 WHERE run_id = %(run_id)s AND (%(number)s::int IS NULL OR revision = %(number)s)
 ORDER BY revision DESC LIMIT 1"""
_REVISIONS: Final = """
SELECT revision, computed_at, why, sha256 FROM run_revision
 WHERE run_id = %s ORDER BY revision"""
_NEWEST_LOCKED: Final = """
SELECT r.state, v.revision, v.sha256
  FROM run r
  LEFT JOIN LATERAL (
       SELECT revision, sha256 FROM run_revision WHERE run_id = r.run_id
        ORDER BY revision DESC LIMIT 1) v ON true
 WHERE r.run_id = %s FOR UPDATE OF r"""
_SAVE: Final = """
INSERT INTO run_revision (run_id, revision, computed_at, why, document, sha256)
VALUES (%(run_id)s, %(number)s, %(now)s, %(why)s, %(document)s, %(sha256)s)
ON CONFLICT (run_id, revision) DO UPDATE SET
    computed_at = excluded.computed_at, why = excluded.why, document = excluded.document,
    sha256 = excluded.sha256
WHERE run_revision.revision = 0"""
_FIGURES: Final = """
UPDATE run SET
    state = %(state)s, version = %(version)s, window_from = %(window_from)s,
    window_to = %(window_to)s, revision = %(number)s, fix_rows = %(fix_rows)s,
    computed_at = %(now)s, coverage = %(coverage)s, serviced = %(serviced)s,
    too_fast = %(too_fast)s, missed = %(missed)s, unknown = %(unknown)s,
    serviced_m = %(serviced_m)s, too_fast_m = %(too_fast_m)s, missed_m = %(missed_m)s,
    unknown_m = %(unknown_m)s, begin_late_s = %(begin_late_s)s, end_late_s = %(end_late_s)s,
    off_route_s = %(off_route_s)s, service_m = %(service_m)s, deadhead_m = %(deadhead_m)s
 WHERE run_id = %(run_id)s"""
_LOOKED: Final = """
UPDATE run SET state = %(state)s, fix_rows = %(fix_rows)s, computed_at = %(now)s
 WHERE run_id = %(run_id)s"""


class Run(NamedTuple):
    """One truck's run of one route on one local day; None: nothing was computed yet."""

    run_id: int
    route_id: str
    route_name: str
    supervisor: str | None
    service_date: date
    device_id: str
    device_name: str
    version: int
    window_from: datetime
    window_to: datetime
    state: str
    """`open` or `closed`."""
    revision: int | None
    """The newest; 0 is provisional."""
    fix_rows: int
    """Rows that fix_hourly counted around the window when it was last judged; -1: judge anew."""
    computed_at: datetime | None
    coverage: float | None
    """Share of the service length, 0 to 1."""
    serviced: int | None
    too_fast: int | None
    missed: int | None
    unknown: int | None
    serviced_m: float | None
    """Length of the blocks so judged, as are the next three."""
    too_fast_m: float | None
    missed_m: float | None
    unknown_m: float | None
    begin_late_s: float | None
    """After the window began; None also: nothing was serviced, or the route has no hours."""
    end_late_s: float | None
    off_route_s: float | None
    """Off its plan while it should have been on it."""
    service_m: float | None
    deadhead_m: float | None
    length_m: float
    """Of the version's streets to be served: the weight of `coverage` in a mean."""
    gaps: int | None
    """Blocks to be looked at; None while the report is provisional."""
    reviewed: int
    """Gaps that somebody confirmed or disputed."""


class Figures(NamedTuple):
    """What a list shows of a run's document."""

    version: int
    window_from: datetime
    window_to: datetime
    coverage: float
    serviced: int
    too_fast: int
    missed: int
    unknown: int
    serviced_m: float
    too_fast_m: float
    missed_m: float
    unknown_m: float
    begin_late_s: float | None
    end_late_s: float | None
    off_route_s: float
    service_m: float
    deadhead_m: float


class Revision(NamedTuple):
    """One revision with its document."""

    run_id: int
    revision: int
    computed_at: datetime
    why: str
    document: dict[str, Any]
    sha256: str


class Listed(NamedTuple):
    """One revision without its document."""

    revision: int
    computed_at: datetime
    why: str
    sha256: str


def find(conn: Connection, run_id: int) -> Run | None:
    """Read one run; None when there is none."""
    with faults.translated("reading a run"):
        row = conn.execute(_FIND, (run_id,)).fetchone()
    return None if row is None else Run(*row)


def get(conn: Connection, run_id: int) -> Run:
    """Read one run; NotFound when there is none."""
    run = find(conn, run_id)
    if run is None:
        raise NotFound(f"no run {run_id}; see `c5 route list`, and the runs of its days")
    return run


def listed(
    conn: Connection,
    since: date,
    until: date,
    route_id: str | None = None,
    device_id: str | None = None,
    supervisor: str | None = None,
) -> list[Run]:
    """Runs of the local days `since` to `until`, both included, newest day first."""
    asked = {
        "since": since,
        "until": until,
        "route_id": route_id,
        "device_id": device_id,
        "supervisor": supervisor,
    }
    with faults.translated("listing runs"):
        return [Run(*row) for row in conn.execute(_LISTED, asked)]


def revision(conn: Connection, run_id: int, n: int | None = None) -> Revision | None:
    """Read revision `n` of a run, or its newest; None when there is none."""
    with faults.translated("reading a revision"):
        row = conn.execute(_REVISION, {"run_id": run_id, "number": n}).fetchone()
    return None if row is None else Revision(*row)


def revisions(conn: Connection, run_id: int) -> list[Listed]:
    """All revisions of a run, oldest first."""
    with faults.translated("listing revisions"):
        return [Listed(*row) for row in conn.execute(_REVISIONS, (run_id,))]


def save_revision(
    conn: Connection,
    run_id: int,
    document: Mapping[str, Any],
    sha256: str,
    why: Why,
    fix_rows: int,
    figures: Figures,
    *,
    now: datetime,
) -> int | None:
    """Write what was found, and close the run unless it is provisional.

    Answers the revision's number; None when the newest says the same, or when a provisional
    finding comes after the run was closed. NotFound when there is no such run.
    """
    with faults.translated("saving a revision"), conn.transaction():
        row = conn.execute(_NEWEST_LOCKED, (run_id,)).fetchone()
        if row is None:
            raise NotFound(f"no run {run_id}; its route or truck was changed meanwhile")
        state, newest, held = row
        provisional = why == "provisional"
        if provisional and state == "closed":
            return None
        values = {
            "run_id": run_id,
            "state": "open" if provisional else "closed",
            "fix_rows": fix_rows,
            "now": now,
        }
        if held == sha256 and (newest == 0) == provisional:
            conn.execute(_LOOKED, values)
            return None
        number = 0 if provisional else (newest or 0) + 1
        values |= {"number": number, "why": why, "sha256": sha256, **figures._asdict()}
        conn.execute(_SAVE, values | {"document": Jsonb(document)})
        conn.execute(_FIGURES, values)
        return number


def looked(conn: Connection, run_id: int, fix_rows: int, *, now: datetime) -> None:
    """Close a run as it is: judged again it says the same, or its fixes are forgotten."""
    values = {"run_id": run_id, "state": "closed", "fix_rows": fix_rows, "now": now}
    with faults.translated("closing a run"), conn.transaction():
        conn.execute(_LOOKED, values)
