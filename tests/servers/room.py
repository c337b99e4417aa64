"""A control room for tests: devices that say things, the part that raises alarms, its desk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

from control_center.alarms.part import AlarmPart
from core.clock import utc_now
from core.device import Device, State
from core.messages import Event, GpsFix
from core.settings import Settings
from core.topics import Kind
from store import device
from store.pool import Connection
from tests.servers import rows
from tests.servers.center import RunningCenter, Visitor

SETTINGS = Settings()
LAT_DEG, LON_DEG = 18.13, -94.45


def enrol(conn: Connection, kind: Kind, *device_ids: str, **about: Any) -> None:
    """Active devices in the middle of town."""
    place = {"lat_deg": LAT_DEG, "lon_deg": LON_DEG} | about
    device.save(
        conn,
        [
            Device(device_id=one, kind=kind, name=f"Equipo {one}", state=State.ACTIVE, **place)
            for one in device_ids
        ],
    )
    conn.commit()


def said(
    conn: Connection,
    device_id: str,
    kind: str,
    *,
    seq: int = 1,
    at: datetime | None = None,
    **of: Any,
) -> None:
    """An event that a device sent, stored as ingest does."""
    said_many(conn, [event(device_id, kind, seq=seq, at=at, **of)])


def event(
    device_id: str, kind: str, *, seq: int = 1, at: datetime | None = None, **of: Any
) -> Event:
    """An event as ingest has it."""
    now = at or utc_now()
    return Event(device_id=device_id, seq=seq, measured_at=now, received_at=now, type=kind, **of)


def said_many(conn: Connection, events: Sequence[Event]) -> None:
    """Events stored as one batch of ingest's."""
    rows.commit(conn, events)
    conn.commit()


def moved(
    conn: Connection, device_id: str, seq: int, lat_deg: float, lon_deg: float, at: datetime
) -> None:
    """A fix, stored as ingest does."""
    fix = GpsFix(lat_deg, lon_deg, device_id=device_id, seq=seq, measured_at=at, received_at=at)
    rows.commit(conn, [fix])
    conn.commit()


def part(url: str, settings: Settings = SETTINGS) -> AlarmPart:
    """The part of the engine, as of now."""
    made = AlarmPart(url, settings)
    made.tick(utc_now())
    return made


class Desk:
    """An operator's place: incidents and alarms over HTTP."""

    def __init__(self, center: RunningCenter, visitor: Visitor) -> None:
        self.center = center
        self.visitor = visitor

    @property
    def username(self) -> str:
        """Who sits there."""
        return str(self.visitor.get("/api/session").json()["user"]["username"])

    def incident(self, incident_id: int) -> dict[str, Any]:
        """An incident with all that belongs to it."""
        answer = self.visitor.get(f"/api/incidents/{incident_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def act(
        self, incident_id: int, action: str, /, *, version: int | None = None, **of: Any
    ) -> httpx.Response:
        """Do something about it, as of now unless a version is said."""
        seen = self.incident(incident_id)["version"] if version is None else version
        body = {"version": seen, "action": action, "key": str(uuid4())} | of
        return self.visitor.post(f"/api/incidents/{incident_id}/actions", body)

    def done(self, incident_id: int, action: str, /, **of: Any) -> dict[str, Any]:
        """Do something that succeeds; answer the incident."""
        answer = self.act(incident_id, action, **of)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found
