"""Forget on time: whole chunks for telemetry, rows for the small tables and for plates.

Works on both TimescaleDB editions (drop_chunks is in each). A chunk goes when
its newest row is past the limit, so nothing leaves early. Plates leave on their hour:
what the chunks still hold of it goes row by row, wherever else it lies too.
"""

from datetime import timedelta
from typing import Final

from psycopg import sql

from core.settings.telemetry import Plates, Retention
from store import faults
from store.pool import Connection

_CHUNKED: Final = {
    "gps_fix": "fixes_days",
    "reading": "readings_days",
    "event": "events_days",
    "status": "status_days",
}
_DROP_CHUNKS: Final = "SELECT count(*) FROM drop_chunks(%s::regclass, older_than => now() - %s)"
_ROWS: Final = {
    ("reject", "last_at"): "rejects_days",
    ("ack", "measured_at"): "events_days",
    ("reading_hourly", "hour"): "rollups_days",
    ("reading_daily", "day"): "rollups_days",
    ("noise_hourly", "hour"): "rollups_days",
    ("fix_hourly", "hour"): "rollups_days",
    ("fix_daily", "day"): "rollups_days",
    ("passage_hourly", "hour"): "rollups_days",
    ("passage_count", "hour"): "rollups_days",
    ("ledger_hour", "hour"): "rollups_days",
    ("air_index", "hour"): "rollups_days",
    ("quality_hour", "hour"): "readings_days",
    ("incident_track", "at"): "tracks_days",
    ("notification", "at"): "status_days",
}
_CROPS: Final = "DELETE FROM plate_crop WHERE measured_at < now() - %s"
_DUE: Final = "DELETE FROM plate_due WHERE measured_at < now() - %s"
_READS: Final = "DELETE FROM plate_read WHERE measured_at < now() - %s"
_SEALED_MESSAGES: Final = "DELETE FROM reject WHERE sealed AND last_at < now() - %s"
_HITS: Final = "DELETE FROM plate_hit WHERE measured_at < now() - %s"
_ENDED_ENTRIES: Final = """
DELETE FROM hot_entry entry
 WHERE state IN ('withdrawn', 'expired') AND ended_at < now() - %s
   AND NOT EXISTS (SELECT FROM plate_hit hit WHERE hit.entry_id = entry.entry_id)"""


def run(conn: Connection, limits: Retention, of_plates: Plates) -> dict[str, int]:
    """Drop what is past its limit; answer how many chunks or rows went, by table."""
    gone = plates(conn, of_plates)
    with faults.translated("forgetting old rows"):
        for table, setting in _CHUNKED.items():
            with conn.transaction():
                dropped = conn.execute(
                    _DROP_CHUNKS, (table, timedelta(days=getattr(limits, setting)))
                ).fetchone()
            gone[table] = dropped[0] if dropped else 0
        for (table, column), setting in _ROWS.items():
            statement = sql.SQL("DELETE FROM {} WHERE {} < now() - %s").format(
                sql.Identifier(table), sql.Identifier(column)
            )
            with conn.transaction():
                gone[table] = conn.execute(
                    statement, (timedelta(days=getattr(limits, setting)),)
                ).rowcount
    return {table: count for table, count in gone.items() if count}


def plates(conn: Connection, limits: Plates) -> dict[str, int]:
    """Forget plates on their hour; answer how many chunks and rows went, by table.

    Refused messages of cameras go with the reads: each may hold one. Hits keep what they need of
    their reads in rows of their own.
    """
    reads = timedelta(hours=limits.retention_hours)
    crops = min(reads, timedelta(hours=limits.crop_hours))
    hits = timedelta(days=limits.hits_days)
    gone = dict.fromkeys(("plate_crop", "plate_read"), 0)
    with faults.translated("forgetting plates"):
        for table, limit in (("plate_crop", crops), ("plate_read", reads)):
            with conn.transaction():
                row = conn.execute(_DROP_CHUNKS, (table, limit)).fetchone()
                gone[table] = row[0] if row else 0
        for table, (statement, limit) in {
            "plate_crop": (_CROPS, crops),
            "plate_due": (_DUE, reads),
            "plate_read": (_READS, reads),
            "reject": (_SEALED_MESSAGES, reads),
            "plate_hit": (_HITS, hits),
            "hot_entry": (_ENDED_ENTRIES, hits),
        }.items():
            with conn.transaction():
                gone[table] = gone.get(table, 0) + conn.execute(statement, (limit,)).rowcount
    return {table: count for table, count in gone.items() if count}
