"""Cameras, reads and hot lists for tests of plates: written through the store, as ingest does."""

import base64
import hashlib
import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from control_center.plates import lists
from control_center.plates.part import PlatesPart
from control_center.plates.people import Actor
from core.clock import utc_now
from core.device import Device
from core.messages import PlateRead
from core.seal import KeyRing, PlateVault
from core.topics import Kind
from store import device as store_device
from store.hotlist import NewList
from store.pool import Connection
from tests.servers import rows

KEY: Final = "k" * 32
RING: Final = KeyRing(PlateVault(KEY))
ANA: Final = Actor(username="ana", role="autorizado-LPR")
BETO: Final = Actor(username="beto", role="autorizado-LPR")
JPEG: Final = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1"
    "tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL"
    "/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJi"
    "coKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ip"
    "qrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/ACv/2Q=="
)
"""Eight by eight grey pixels."""
_seqs = itertools.count(1)


def camera(conn: Connection, device_id: str = "C-1") -> None:
    """Enrol a camera that stands at a gate."""
    one = Device(
        device_id=device_id, kind=Kind.CAMERA, name="Acceso sur", lat_deg=18.1, lon_deg=-94.4
    )
    store_device.save(conn, [one])


def read(
    plate: str,
    *,
    at: datetime | None = None,
    device_id: str = "C-1",
    candidates: Sequence[tuple[str, float]] = (),
    crop: bytes | None = None,
    direction: str | None = "in",
    vehicle: str | None = None,
    **extra: Any,
) -> PlateRead:
    """What a camera saw; now, unless said otherwise."""
    at = at or utc_now()
    if crop is not None:
        extra |= {
            "crop": base64.b64encode(crop).decode(),
            "crop_sha256": hashlib.sha256(crop).hexdigest(),
        }
    return PlateRead(
        device_id=device_id,
        seq=next(_seqs),
        measured_at=at,
        received_at=at,
        plate=plate,
        score=0.9,
        candidates=tuple(candidates),
        direction=direction,
        vehicle=vehicle,
        extra=extra or None,
    )


def commit(conn: Connection, *reads: PlateRead, vault: PlateVault = RING.current) -> None:
    """Store reads as ingest does."""
    rows.commit(conn, [vault.sealed_read(one) for one in reads])
    conn.commit()


def a_list(conn: Connection, name: str = "Robados", priority: str = "critical") -> int:
    """A list with a purpose."""
    new = NewList(name, "robo de vehículo", "Fiscalía", priority, "CNPP art. 251", None)
    made = lists.add_list(conn, ANA, new, now=utc_now())
    conn.commit()
    return made.list_id


def propose(conn: Connection, list_id: int, plate: str, *, ring: KeyRing = RING) -> int:
    """Ana proposes a plate."""
    shown = lists.propose(
        conn, ring, ANA, list_id, plate=plate, about="", expires_at=None, now=utc_now()
    )
    conn.commit()
    return shown.entry_id


def approve(conn: Connection, entry_id: int, *, ring: KeyRing = RING) -> int:
    """Beto approves it; answer how much was found back."""
    now = utc_now()
    _, found = lists.approve(conn, ring, BETO, entry_id, now=now, since=now - timedelta(hours=72))
    conn.commit()
    return found


def seek(conn: Connection, list_id: int, *plates: str, ring: KeyRing = RING) -> list[int]:
    """Have plates sought from now on."""
    entries = [propose(conn, list_id, plate, ring=ring) for plate in plates]
    for entry_id in entries:
        approve(conn, entry_id, ring=ring)
    return entries


def part(url: str, ring: KeyRing = RING, *, wait_s: float = 0.0) -> PlatesPart:
    """The watch over plates."""
    return PlatesPart(url, ring, region="mx", wait_s=wait_s)
