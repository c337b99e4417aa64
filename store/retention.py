"""Forget on time: whole chunks for telemetry, rows for the small tables.

Works on both TimescaleDB editions (drop_chunks is in each). A chunk goes when
its newest row is past the limit, so nothing leaves early.
"""

from datetime import timedelta
from typing import Final

from psycopg import sql

from core.settings import Retention
from store import faults
from store.pool import Connection

_CHUNKED: Final = {
    "gps_fix": "fixes_days",
    "reading": "readings_days",
    "plate_read": "plates_days",
    "event": "events_days",
    "status": "status_days",
}
_ROWS: Final = {
    ("reject", "last_at"): "rejects_days",
    ("ack", "measured_at"): "events_days",
    ("reading_hourly", "hour"): "rollups_days",
    ("reading_daily", "day"): "rollups_days",
    ("noise_hourly", "hour"): "rollups_days",
    ("fix_hourly", "hour"): "rollups_days",
    ("fix_daily", "day"): "rollups_days",
    ("passage_hourly", "hour"): "rollups_days",
    ("ledger_hour", "hour"): "rollups_days",
    ("air_index", "hour"): "rollups_days",
    ("quality_hour", "hour"): "readings_days",
}


def run(conn: Connection, limits: Retention) -> dict[str, int]:
    """Drop what is past its limit; answer how many chunks or rows went, by table."""
    gone: dict[str, int] = {}
    with faults.translated("forgetting old rows"):
        for table, setting in _CHUNKED.items():
            with conn.transaction():
                dropped = conn.execute(
                    "SELECT count(*) FROM drop_chunks(%s::regclass, older_than => now() - %s)",
                    (table, timedelta(days=getattr(limits, setting))),
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
