"""Which runs there are, which of them are due to be judged, and who may judge one.

Ingest's rollup counts a device's fixes by the hour, and never counts down. A run keeps that count
from when it was judged: where it differs, fixes came since. Where the rows themselves have become
fewer than the count, retention has forgotten some, and the run is left as it is.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from store import faults
from store.pool import Connection
from store.run import Why

_HOUR: Final = timedelta(hours=1)
_ENSURE: Final = """
INSERT INTO run (route_id, service_date, device_id, version, window_from, window_to)
SELECT e.*
  FROM unnest(%s::text[], %s::date[], %s::text[], %s::int[], %s::timestamptz[], %s::timestamptz[])
       AS e (route_id, service_date, device_id, version, window_from, window_to)
  LEFT JOIN run r USING (route_id, service_date, device_id)
 WHERE r.run_id IS NULL
    OR r.state = 'open' AND (r.version, r.window_from, r.window_to)
                            <> (e.version, e.window_from, e.window_to)
ON CONFLICT (route_id, service_date, device_id) DO UPDATE SET
    version = excluded.version, window_from = excluded.window_from,
    window_to = excluded.window_to, fix_rows = -1
WHERE run.state = 'open'"""
_WITHDRAW: Final = """
WITH gone AS (
    SELECT run_id FROM run r
     WHERE service_date = %(day)s AND state = 'open' AND coalesce(serviced, 0) = 0
       AND NOT EXISTS (SELECT FROM run_review w WHERE w.run_id = r.run_id)
       AND NOT EXISTS (SELECT FROM unnest(%(routes)s::text[], %(devices)s::text[])
                       AS e (route_id, device_id)
                       WHERE (e.route_id, e.device_id) = (r.route_id, r.device_id))
       AND NOT route_id = ANY (%(spared)s)
       FOR UPDATE SKIP LOCKED
), revisions AS (
    DELETE FROM run_revision WHERE run_id IN (SELECT run_id FROM gone)
)
DELETE FROM run WHERE run_id IN (SELECT run_id FROM gone)"""
_DUE: Final = """
SELECT r.run_id,
       CASE WHEN r.state = 'closed' THEN 'late'
            WHEN r.window_to + %(settle)s <= %(now)s THEN 'closed'
            ELSE 'provisional' END AS why
  FROM run r
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(n + flagged), 0) AS counted FROM fix_hourly h
        WHERE h.device_id = r.device_id
          AND h.hour >= date_trunc('hour', r.window_from - %(margin)s)
          AND h.hour < r.window_to + %(margin)s) fixes
 WHERE (%(run_id)s::bigint IS NULL OR r.run_id = %(run_id)s)
   AND (r.state = 'open' AND r.window_from <= %(now)s
        AND (r.window_to + %(settle)s <= %(now)s
             OR r.revision IS NULL
             OR fixes.counted <> r.fix_rows AND r.computed_at <= %(now)s - %(refresh)s)
        OR r.state = 'closed' AND r.window_to > %(now)s - %(late)s
        AND r.service_date >= (%(now)s - %(late)s - INTERVAL '3 days')::date
        AND fixes.counted <> r.fix_rows)
 ORDER BY r.window_to, r.run_id"""
_COUNTED: Final = """
SELECT coalesce(sum(n + flagged), 0)::bigint FROM fix_hourly
 WHERE device_id = %s AND hour >= %s AND hour < %s"""
_NEWEST_DAY: Final = "SELECT max(service_date) FROM run"
_FIND: Final = """
SELECT run_id FROM run WHERE route_id = %s AND service_date = %s AND device_id = %s"""
_KEYS: Final = """
SELECT route_id, service_date, device_id FROM run
 WHERE service_date BETWEEN %(since)s AND %(until)s
   AND (%(route_id)s::text IS NULL OR route_id = %(route_id)s)"""
_PLANS: Final = """
SELECT md5(concat_ws('|',
    (SELECT string_agg(concat_ws(',', route_id, device_id, valid_from,
                                 coalesce(valid_to::text, '')),
                       ';' ORDER BY route_id, device_id, valid_from) FROM route_assignment),
    (SELECT string_agg(concat_ws(',', route_id, version, valid_from, sha256),
                       ';' ORDER BY route_id, version) FROM route_version),
    (SELECT string_agg(concat_ws(',', route_id, coalesce(retired_on::text, '')),
                       ';' ORDER BY route_id) FROM route)))"""
_TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('c5.run', %s))"
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('c5.run', %s))"


class Expected(NamedTuple):
    """A run that the plan asks for."""

    route_id: str
    service_date: date
    device_id: str
    version: int
    window_from: datetime
    window_to: datetime


class Due(NamedTuple):
    """A run to be judged now."""

    run_id: int
    why: Why


class Pace(NamedTuple):
    """When runs are judged, see the settings `routes.*`."""

    margin: timedelta
    settle: timedelta
    refresh: timedelta
    late: timedelta


class Key(NamedTuple):
    """What a run is of."""

    route_id: str
    service_date: date
    device_id: str


def ensure(conn: Connection, expected: Sequence[Expected]) -> int:
    """Have these runs; answer how many are new or, still open, have another plan or window.

    Any number of processes may ask for the same at once.
    """
    columns = [list(column) for column in zip(*expected, strict=True)]
    if not columns:
        return 0
    with faults.translated("preparing runs"), conn.transaction():
        return conn.execute(_ENSURE, columns).rowcount


def withdraw(
    conn: Connection, day: date, expected: Collection[Key], spared: Collection[str] = ()
) -> int:
    """Delete the day's open runs that are no longer expected; answer how many.

    A truck that served something keeps its run, whoever changes the assignment.

    spared  routes whose runs stay, because it is not known whether they are expected
    """
    wanted = {
        "day": day,
        "spared": list(spared),
        "routes": [key.route_id for key in expected],
        "devices": [key.device_id for key in expected],
    }
    with faults.translated("withdrawing runs"), conn.transaction():
        return conn.execute(_WITHDRAW, wanted).rowcount


def due(conn: Connection, now: datetime, pace: Pace, run_id: int | None = None) -> list[Due]:
    """Runs to be judged now, or the one asked about if it is among them; oldest window first."""
    asked = {"now": now, "run_id": run_id, **pace._asdict()}
    with faults.translated("looking for runs to judge"):
        return [Due(*row) for row in conn.execute(_DUE, asked)]


def hours(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The whole UTC hours that hold this window."""
    first = since.replace(minute=0, second=0, microsecond=0)
    last = until.replace(minute=0, second=0, microsecond=0)
    return first, last if last == until else last + _HOUR


def counted(conn: Connection, device_id: str, since: datetime, until: datetime) -> int:
    """How many fixes of a device the rollup counted in these whole hours."""
    with faults.translated("counting fixes"):
        row = conn.execute(_COUNTED, (device_id, since, until)).fetchone()
    return row[0] if row else 0


def plans_sha(conn: Connection) -> str:
    """A digest of all plans and assignments: while it stays, the same runs are expected."""
    with faults.translated("looking for changes of plans"):
        row = conn.execute(_PLANS).fetchone()
    return row[0] if row else ""


def find(conn: Connection, key: Key) -> int | None:
    """The number of a run; None when there is none."""
    with faults.translated("looking for a run"):
        row = conn.execute(_FIND, key).fetchone()
    return row[0] if row else None


def newest_day(conn: Connection) -> date | None:
    """The last local day that has runs; None before the first."""
    with faults.translated("looking for the newest run"):
        row = conn.execute(_NEWEST_DAY).fetchone()
    return row[0] if row else None


def keys(conn: Connection, since: date, until: date, route_id: str | None = None) -> list[Key]:
    """The runs there are of these local days, both included."""
    asked = {"since": since, "until": until, "route_id": route_id}
    with faults.translated("listing runs"):
        return [Key(*row) for row in conn.execute(_KEYS, asked)]


def lock(conn: Connection, run_id: int, *, wait: bool = False) -> bool:
    """Be the only one to judge this run until the transaction ends; False: another does.

    wait  stand in line instead, and answer True
    """
    with faults.translated("locking a run"):
        row = conn.execute(_LOCK if wait else _TRY_LOCK, (run_id,)).fetchone()
    return wait or bool(row and row[0])
