"""Stations and what they say, for tests of the air index, of noise and of data quality."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from core.device import Device, State
from core.messages import Reading
from core.topics import Kind
from store import device, rollup
from store.pool import Connection
from tests.servers import rows

ZONE = "America/Mexico_City"
_seq = count(1)


def enrolled(
    conn: Connection, *device_ids: str, kind: Kind = Kind.AIR, interval_s: float | None = None
) -> None:
    """Enrol active stations that stand in town."""
    device.save(
        conn,
        [
            Device(
                device_id=one,
                kind=kind,
                name=f"Estación {one}",
                state=State.ACTIVE,
                lat_deg=18.14,
                lon_deg=-94.45,
                interval_s=interval_s,
            )
            for one in device_ids
        ],
    )


def said(
    conn: Connection,
    device_id: str,
    since: datetime,
    step: timedelta,
    values: Mapping[str, Sequence[float]],
    *,
    flags: int = 0,
) -> None:
    """Store readings at even steps as ingest does, and roll them up."""
    length = len(next(iter(values.values())))
    messages = [
        Reading(
            device_id=device_id,
            seq=next(_seq),
            measured_at=since + nth * step,
            received_at=since + nth * step,
            values={metric: float(series[nth]) for metric, series in values.items()},
        )
        for nth in range(length)
    ]
    rows.commit(conn, messages, [flags] * length)
    rolled(conn)


def rolled(conn: Connection) -> None:
    """Roll up what came, as housekeeping does every few seconds."""
    while not rollup.run(conn, timezone=ZONE).is_complete:
        pass


def flags_of(conn: Connection, device_id: str, metric: str) -> dict[datetime, int]:
    """Flags of a station's readings by instant; only those that are not 0."""
    return dict(
        conn.execute(
            "SELECT measured_at, flags FROM reading WHERE device_id = %s AND metric = %s "
            "AND flags <> 0 ORDER BY measured_at",
            (device_id, metric),
        ).fetchall()
    )


def events(conn: Connection, kind: str) -> list[tuple[str, datetime, str, Any]]:
    """Events of a type: station, instant, text, value; oldest first."""
    return conn.execute(
        "SELECT device_id, measured_at, text, value FROM event WHERE type = %s "
        "ORDER BY measured_at, device_id",
        (kind,),
    ).fetchall()
