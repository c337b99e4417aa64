"""Hourly and daily summaries, and the folded ledger: correct whatever comes late.

Ingest's ledger deltas name every (device, hour) that a commit touched. One run
takes the deltas that are there, some devices at a time, folds them, and recomputes
exactly those hours from the rows themselves, in one transaction: a crash leaves the
deltas for the next run, and a row that arrives meanwhile brings its own delta. Hours
are recomputed, never incremented, so a run may be repeated. Rows are only ever added,
except by retention: an hour that would shrink keeps its summary.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final, NamedTuple

from core.clock import monotonic_s
from core.quality import UNBELIEVABLE
from store import faults
from store.pool import Connection

_LOCK_KEY: Final = 0x_C5_0E_11_09
_DEVICES: Final = 50
"""At once: an hour of so many that speak every second is read in some 50 ms."""
_MAX_DELTAS: Final = 200_000
_TOUCHED: Final = """
CREATE TEMP TABLE IF NOT EXISTS touched (device_id text, hour timestamptz) ON COMMIT DELETE ROWS
"""
_FOLD: Final = """
WITH gone AS (
    DELETE FROM ledger_delta
    WHERE ctid = ANY (ARRAY (SELECT ctid FROM ledger_delta
                             WHERE device_id = ANY (%(devices)s) LIMIT %(limit)s))
    RETURNING *
), folded AS (
    INSERT INTO ledger_hour AS held
    SELECT device_id, hour, min(seq_lo), max(seq_hi), sum(stored), sum(rejected),
           sum(duplicates), sum(late)
    FROM gone GROUP BY device_id, hour
    ON CONFLICT (device_id, hour) DO UPDATE SET
        seq_lo = least(held.seq_lo, excluded.seq_lo),
        seq_hi = greatest(held.seq_hi, excluded.seq_hi),
        stored = held.stored + excluded.stored,
        rejected = held.rejected + excluded.rejected,
        duplicates = held.duplicates + excluded.duplicates,
        late = held.late + excluded.late
    RETURNING device_id, hour
)
INSERT INTO touched SELECT device_id, hour FROM folded
"""
_READINGS: Final = """
INSERT INTO reading_hourly (device_id, metric, hour, n, flagged, sum_value, min_value, max_value,
                            last_value)
SELECT r.device_id, r.metric, t.hour,
       count(*) FILTER (WHERE r.flags & %(bad)s = 0),
       count(*) FILTER (WHERE r.flags & %(bad)s <> 0),
       sum(r.value) FILTER (WHERE r.flags & %(bad)s = 0),
       min(r.value) FILTER (WHERE r.flags & %(bad)s = 0),
       max(r.value) FILTER (WHERE r.flags & %(bad)s = 0),
       last(r.value, r.measured_at) FILTER (WHERE r.flags & %(bad)s = 0)
FROM touched t JOIN reading r ON r.device_id = t.device_id
     AND r.measured_at >= t.hour AND r.measured_at < t.hour + INTERVAL '1 hour'
WHERE t.hour >= %(since)s AND t.hour < %(until)s AND r.metric <> 'extra'
  AND r.measured_at >= %(since)s AND r.measured_at < %(until)s
GROUP BY r.device_id, r.metric, t.hour
ON CONFLICT (device_id, metric, hour) DO UPDATE SET
    n = excluded.n, flagged = excluded.flagged, sum_value = excluded.sum_value,
    min_value = excluded.min_value, max_value = excluded.max_value,
    last_value = excluded.last_value
WHERE excluded.n + excluded.flagged >= reading_hourly.n + reading_hourly.flagged
"""
_FIXES: Final = """
INSERT INTO fix_hourly (device_id, hour, n, flagged, sum_speed_mps, n_speed, max_speed_mps, moving)
SELECT f.device_id, t.hour,
       count(*) FILTER (WHERE f.flags & %(bad)s = 0),
       count(*) FILTER (WHERE f.flags & %(bad)s <> 0),
       sum(f.speed_mps) FILTER (WHERE f.flags & %(bad)s = 0),
       count(f.speed_mps) FILTER (WHERE f.flags & %(bad)s = 0),
       max(f.speed_mps) FILTER (WHERE f.flags & %(bad)s = 0),
       count(*) FILTER (WHERE f.flags & %(bad)s = 0 AND f.speed_mps > 1)
FROM touched t JOIN gps_fix f ON f.device_id = t.device_id
     AND f.measured_at >= t.hour AND f.measured_at < t.hour + INTERVAL '1 hour'
WHERE t.hour >= %(since)s AND t.hour < %(until)s
  AND f.measured_at >= %(since)s AND f.measured_at < %(until)s
GROUP BY f.device_id, t.hour
ON CONFLICT (device_id, hour) DO UPDATE SET
    n = excluded.n, flagged = excluded.flagged, sum_speed_mps = excluded.sum_speed_mps,
    n_speed = excluded.n_speed, max_speed_mps = excluded.max_speed_mps, moving = excluded.moving
WHERE excluded.n + excluded.flagged >= fix_hourly.n + fix_hourly.flagged
"""
_PASSAGES: Final = """
INSERT INTO passage_hourly (device_id, hour, direction, n)
SELECT p.device_id, t.hour, coalesce(p.direction, 'unknown'), count(*)
FROM touched t JOIN plate_read p ON p.device_id = t.device_id
     AND p.measured_at >= t.hour AND p.measured_at < t.hour + INTERVAL '1 hour'
WHERE t.hour >= %(since)s AND t.hour < %(until)s
  AND p.measured_at >= %(since)s AND p.measured_at < %(until)s
GROUP BY p.device_id, t.hour, coalesce(p.direction, 'unknown')
ON CONFLICT (device_id, hour, direction) DO UPDATE SET n = greatest(passage_hourly.n, excluded.n)
"""
_NOISE: Final = """
INSERT INTO noise_hourly (device_id, hour, n, leq_db, l10_db, l90_db)
SELECT r.device_id, t.hour, count(*), 10 * log(avg(power(10, r.value / 10))),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY r.value),
       percentile_cont(0.1) WITHIN GROUP (ORDER BY r.value)
FROM touched t JOIN reading r ON r.device_id = t.device_id AND r.metric = 'laeq_db'
     AND r.measured_at >= t.hour AND r.measured_at < t.hour + INTERVAL '1 hour'
WHERE t.hour >= %(since)s AND t.hour < %(until)s AND r.flags & %(bad)s = 0
  AND r.measured_at >= %(since)s AND r.measured_at < %(until)s
GROUP BY r.device_id, t.hour
ON CONFLICT (device_id, hour) DO UPDATE SET
    n = excluded.n, leq_db = excluded.leq_db, l10_db = excluded.l10_db, l90_db = excluded.l90_db
WHERE excluded.n >= noise_hourly.n
"""
_READING_DAYS: Final = """
INSERT INTO reading_daily (device_id, metric, day, n, flagged, sum_value, min_value, max_value)
SELECT h.device_id, h.metric, d.day, sum(h.n), sum(h.flagged), sum(h.sum_value),
       min(h.min_value), max(h.max_value)
FROM (SELECT DISTINCT device_id, (hour AT TIME ZONE %(zone)s)::date AS day FROM touched) d
JOIN reading_hourly h ON h.device_id = d.device_id
     AND h.hour >= (d.day::timestamp AT TIME ZONE %(zone)s)
     AND h.hour < ((d.day + 1)::timestamp AT TIME ZONE %(zone)s)
GROUP BY h.device_id, h.metric, d.day
ON CONFLICT (device_id, metric, day) DO UPDATE SET
    n = excluded.n, flagged = excluded.flagged, sum_value = excluded.sum_value,
    min_value = excluded.min_value, max_value = excluded.max_value
"""
_FIX_DAYS: Final = """
INSERT INTO fix_daily (device_id, day, n, flagged, sum_speed_mps, n_speed, max_speed_mps, moving)
SELECT h.device_id, d.day, sum(h.n), sum(h.flagged), sum(h.sum_speed_mps), sum(h.n_speed),
       max(h.max_speed_mps), sum(h.moving)
FROM (SELECT DISTINCT device_id, (hour AT TIME ZONE %(zone)s)::date AS day FROM touched) d
JOIN fix_hourly h ON h.device_id = d.device_id
     AND h.hour >= (d.day::timestamp AT TIME ZONE %(zone)s)
     AND h.hour < ((d.day + 1)::timestamp AT TIME ZONE %(zone)s)
GROUP BY h.device_id, d.day
ON CONFLICT (device_id, day) DO UPDATE SET
    n = excluded.n, flagged = excluded.flagged, sum_speed_mps = excluded.sum_speed_mps,
    n_speed = excluded.n_speed, max_speed_mps = excluded.max_speed_mps, moving = excluded.moving
"""
_UTC_DAYS: Final = """
SELECT day, day + INTERVAL '1 day'
FROM (SELECT DISTINCT date_trunc('day', hour) AS day FROM touched) days ORDER BY day
"""


class Folded(NamedTuple):
    """What one run did."""

    hours: int
    """(device, hour) pairs recomputed."""
    first_day: date | None
    is_complete: bool
    """No deltas were left for another run."""


def run(conn: Connection, *, timezone: str, rest: Callable[[float], None] | None = None) -> Folded:
    """Fold deltas and recompute the hours and days they touched; nothing if another run is on.

    rest  told after some devices how long they took, s; between transactions
    """
    hours, first_days = 0, list[date]()
    with faults.translated("rolling up"):
        devices = _waiting(conn)
        for start in range(0, len(devices), _DEVICES):
            began_s = monotonic_s()
            with conn.transaction():
                part = _fold(conn, devices[start : start + _DEVICES], timezone)
            if part is None:
                return Folded(hours, min(first_days, default=None), is_complete=True)
            hours += part[0]
            first_days += part[1]
            if rest is not None:
                rest(monotonic_s() - began_s)
        left = _waiting(conn)
    return Folded(hours, min(first_days, default=None), is_complete=not left)


def _waiting(conn: Connection) -> list[str]:
    """Devices with deltas."""
    with conn.transaction():
        found = conn.execute("SELECT DISTINCT device_id FROM ledger_delta ORDER BY device_id")
        return [device_id for (device_id,) in found]


def _fold(conn: Connection, devices: list[str], timezone: str) -> tuple[int, list[date]] | None:
    """Do so for these devices in the transaction that is on: how many hours, of which days.

    None when another run is on.
    """
    row = conn.execute("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK_KEY,)).fetchone()
    if row is None or not row[0]:
        return None
    conn.execute(_TOUCHED)
    hours = conn.execute(_FOLD, {"devices": devices, "limit": _MAX_DELTAS}).rowcount
    if not hours:
        return 0, []
    conn.execute("ANALYZE touched")
    days: list[tuple[datetime, datetime]] = conn.execute(_UTC_DAYS).fetchall()
    for since, until in days:
        window = {"since": since, "until": until, "bad": int(UNBELIEVABLE)}
        for statement in (_READINGS, _NOISE, _FIXES, _PASSAGES):
            conn.execute(statement, window, prepare=False)  # planned for what is in `touched`
    for statement in (_READING_DAYS, _FIX_DAYS):
        conn.execute(statement, {"zone": timezone}, prepare=False)
    return hours, [since.date() for since, _ in days]
