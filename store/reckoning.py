"""What is stored, by device and counter: to compare with what was sent."""

from typing import Final, NamedTuple

from core.quality import Flag
from store import faults
from store.pool import Connection

_TABLES: Final = ("gps_fix", "reading", "plate_read", "event", "status", "ack")
# Below 0 count events that C5 made itself (core.happenings): nobody sent those.
_SEQS: Final = " UNION ALL ".join(
    f"SELECT device_id, seq, measured_at, flags FROM {table} WHERE seq >= 0"  # noqa: S608  table names
    for table in _TABLES
)
_STORED: Final = f"""
SELECT device_id, seq, bit_or(flags)::int FROM ({_SEQS}) AS everything
GROUP BY device_id, seq
"""  # noqa: S608  table names
_MESSAGES: Final = f"""
SELECT count(*) FROM (SELECT DISTINCT device_id, seq, measured_at FROM ({_SEQS}) AS everything)
AS messages
"""  # noqa: S608  table names
_DERIVED: Final = "SELECT type, count(*) FROM event WHERE seq < 0 GROUP BY type ORDER BY type"
_ROOM: Final = """
SELECT (SELECT count(*) FROM plate_read),
       (SELECT count(*) FROM plate_read WHERE plate_hmac = ANY(%(wanted)s)),
       (SELECT count(*) FROM plate_hit WHERE exact AND NOT found_back),
       (SELECT count(*) FROM plate_hit WHERE NOT exact AND NOT found_back),
       (SELECT count(*) FROM event WHERE type = 'panic' AND seq >= 0),
       (SELECT count(*) FROM alarm WHERE kind = 'panic'),
       (SELECT count(*) FROM alarm),
       (SELECT count(*) FROM incident)
"""
_REJECTS: Final = "SELECT encode(digest, 'hex'), times FROM reject"
_DUPLICATES: Final = "SELECT coalesce(sum(duplicates), 0)::bigint FROM ledger"


class Reckoning(NamedTuple):
    """The whole store, counted."""

    messages: int
    """Distinct (device, instant, counter), without what C5 found out itself."""
    flags: dict[tuple[str, int], Flag]
    """By (device, counter), everything stored under it: the union of its flags."""
    rejects: dict[str, int]
    """How many times each refused message came, by the hex digest of its topic and bytes."""
    duplicates: int


class Room(NamedTuple):
    """What cameras and buttons said, and what the control room was told of it."""

    plates_read: int
    wanted_read: int
    """Reads of plates that are sought, by their hashes."""
    hits: int
    near_hits: int
    presses: int
    panic_alarms: int
    alarms: int
    incidents: int


def take(conn: Connection) -> Reckoning:
    """Count it, in one snapshot; for demos and tests, since it reads every row."""
    with faults.translated("reckoning"), conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        stored = {
            (device_id, seq): Flag(flags)
            for device_id, seq, flags in conn.execute(_STORED.encode()).fetchall()
        }
        messages = conn.execute(_MESSAGES.encode()).fetchone()
        duplicates = conn.execute(_DUPLICATES).fetchone()
        return Reckoning(
            messages=messages[0] if messages else 0,
            flags=stored,
            rejects=dict(conn.execute(_REJECTS).fetchall()),
            duplicates=duplicates[0] if duplicates else 0,
        )


def derived_events(conn: Connection) -> dict[str, int]:
    """How many events of each type C5 itself has made of what trucks sent."""
    with faults.translated("reckoning"):
        return dict(conn.execute(_DERIVED).fetchall())


def room(conn: Connection, wanted: list[bytes]) -> Room:
    """Count what should have alarmed the control room, and what did.

    wanted  hashes of the plates that are sought
    """
    with faults.translated("reckoning"):
        row = conn.execute(_ROOM, {"wanted": wanted}).fetchone()
        return Room(*row) if row else Room(*[0] * len(Room._fields))
