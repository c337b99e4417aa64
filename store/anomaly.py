"""What the anomaly engine found, what people said of it, and the engine's own memory.

The memory is one value, written in the transaction that holds what was found with it: after a
crash the engine goes on from exactly there, and nothing is told twice or forgotten.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from core.errors import NotFound
from store import faults
from store.pool import Connection

_COLUMNS: Final = (
    "anomaly_id, device_id, metric, started_at, ended_at, score, why, value, usual, is_true,"
    " marked_by, marked_at, note"
)
_OPEN: Final = """
INSERT INTO anomaly (device_id, metric, started_at, score, why, value, usual)
SELECT * FROM unnest(%(device_id)s::text[], %(metric)s::text[], %(started_at)s::timestamptz[],
                     %(score)s::real[], %(why)s::text[], %(value)s::float8[], %(usual)s::float8[])
ON CONFLICT (device_id, metric, started_at) DO UPDATE
   SET score = greatest(anomaly.score, excluded.score)"""
_CHANGE: Final = """
UPDATE anomaly SET ended_at = new.ended_at, score = greatest(anomaly.score, new.score)
  FROM unnest(%(device_id)s::text[], %(metric)s::text[], %(started_at)s::timestamptz[],
              %(ended_at)s::timestamptz[], %(score)s::real[])
       AS new (device_id, metric, started_at, ended_at, score)
 WHERE (anomaly.device_id, anomaly.metric, anomaly.started_at)
     = (new.device_id, new.metric, new.started_at)
RETURNING anomaly.device_id, anomaly.metric, anomaly.started_at, anomaly.anomaly_id, anomaly.why"""
_MARK: Final = f"""
UPDATE anomaly
   SET is_true = %(is_true)s, note = %(note)s,
       marked_by = CASE WHEN %(is_true)s::boolean IS NULL THEN NULL ELSE %(by)s END,
       marked_at = CASE WHEN %(is_true)s::boolean IS NULL THEN NULL ELSE %(at)s::timestamptz END
 WHERE anomaly_id = %(anomaly_id)s
RETURNING {_COLUMNS}"""  # noqa: S608  constants
_LIST: Final = f"""
SELECT {_COLUMNS} FROM anomaly
 WHERE started_at < %(until)s AND coalesce(ended_at, 'infinity') >= %(since)s
   AND (%(device_id)s::text IS NULL OR device_id = %(device_id)s)
   AND CASE %(state)s WHEN 'open' THEN ended_at IS NULL
                      WHEN 'marked' THEN is_true IS NOT NULL ELSE true END
 ORDER BY started_at DESC, anomaly_id DESC LIMIT %(limit)s"""  # noqa: S608  constants
_PRECISION: Final = """
SELECT count(*) FILTER (WHERE is_true), count(*) FILTER (WHERE NOT is_true) FROM anomaly
 WHERE is_true IS NOT NULL"""
_LOAD: Final = "SELECT state, saved_at FROM engine_state WHERE name = %s"
_SAVE: Final = """
INSERT INTO engine_state (name, state, saved_at) VALUES (%s, %s, %s)
ON CONFLICT (name) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at"""


Key = tuple[str, str, datetime]
"""Device, metric, beginning."""


class Told(NamedTuple):
    """What an anomaly is known by."""

    anomaly_id: int
    why: str


class Found(NamedTuple):
    """An anomaly as the engine sees it; device, metric and beginning are its key."""

    device_id: str
    metric: str
    started_at: datetime
    ended_at: datetime | None
    """None: it goes on."""
    score: float
    """The highest so far, 0 to 1."""
    why: str
    value: float | None
    usual: float | None

    @property
    def key(self) -> Key:
        """What makes it this one."""
        return self.device_id, self.metric, self.started_at


class Anomaly(NamedTuple):
    """An anomaly as it lies in the database, with what people said of it."""

    anomaly_id: int
    device_id: str
    metric: str
    started_at: datetime
    ended_at: datetime | None
    score: float
    why: str
    value: float | None
    usual: float | None
    is_true: bool | None
    marked_by: str | None
    marked_at: datetime | None
    note: str


class Precision(NamedTuple):
    """How many of those that people judged were real."""

    true: int
    false: int

    @property
    def share(self) -> float | None:
        """True ones among the judged; None: nobody judged any."""
        judged = self.true + self.false
        return self.true / judged if judged else None


def begin(conn: Connection, found: Sequence[Found]) -> None:
    """Store anomalies that begin; one that is stored already stays, with what was said of it."""
    if found:
        with faults.translated("storing anomalies"):
            conn.execute(_OPEN, _columns(found))


def change(conn: Connection, found: Sequence[Found]) -> dict[Key, Told]:
    """Note that anomalies have grown, or ended; answer what is known of each of them."""
    if not found:
        return {}
    with faults.translated("changing anomalies"):
        rows = conn.execute(_CHANGE, _columns(found)).fetchall()
    return {(device_id, metric, at): Told(*told) for device_id, metric, at, *told in rows}


def mark(
    conn: Connection, anomaly_id: int, *, is_true: bool | None, note: str, by: str, at: datetime
) -> Anomaly:
    """Say whether it was real; None takes back what was said. NotFound: there is none."""
    values = {"anomaly_id": anomaly_id, "is_true": is_true, "note": note, "by": by, "at": at}
    with faults.translated("marking an anomaly"):
        row = conn.execute(_MARK, values).fetchone()
    if row is None:
        raise NotFound(f"no anomaly {anomaly_id}; see GET /api/anomalies")
    return Anomaly(*row)


def listed(
    conn: Connection,
    since: datetime,
    until: datetime,
    *,
    device_id: str | None = None,
    state: str = "all",
    limit: int = 1000,
) -> list[Anomaly]:
    """Anomalies that touch a time, newest first; state open, marked or all."""
    values = {
        "since": since,
        "until": until,
        "device_id": device_id,
        "state": state,
        "limit": limit,
    }
    with faults.translated("listing anomalies"):
        return [Anomaly(*row) for row in conn.execute(_LIST, values)]


def precision(conn: Connection) -> Precision:
    """What people said so far, of all anomalies."""
    with faults.translated("counting marked anomalies"):
        row = conn.execute(_PRECISION).fetchone()
    return Precision(*row) if row else Precision(0, 0)


def load_state(conn: Connection, name: str) -> tuple[bytes, datetime] | None:
    """What an engine remembered and when; None: nothing yet."""
    with faults.translated("reading an engine's memory"):
        row = conn.execute(_LOAD, (name,)).fetchone()
    return None if row is None else (bytes(row[0]), row[1])


def save_state(conn: Connection, name: str, state: bytes, at: datetime) -> None:
    """Remember it from now on, if the transaction commits."""
    with faults.translated("saving an engine's memory"):
        conn.execute(_SAVE, (name, state, at))


def _columns(found: Sequence[Found]) -> dict[str, list[Any]]:
    return {name: [getattr(one, name) for one in found] for name in Found._fields}
