"""Turn matches into hits, events and entries of the audit: all of it, or nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from control_center.plates.match import Match
from control_center.plates.people import ITSELF, note
from core.happenings import Happening
from store import derived, device, plate, plate_hit
from store.derived import Derived
from store.plate import Read
from store.plate_hit import NewHit
from store.pool import Connection

_CAN_BE_ACTED_ON: Final = timedelta(minutes=10)
"""A passage found back that is older is shown among the hits, and raises nothing."""
_SLOTS: Final = 1_000_000


class Found(NamedTuple):
    """A read and a plate that it is, or may be."""

    read: Read
    match: Match


def keep(
    conn: Connection, found: Sequence[Found], *, now: datetime, found_back: bool = False
) -> int:
    """Store what was found, once; answer how much of it was new. Inside the caller's transaction.

    found_back  it passed before its plate was sought
    """
    if not found:
        return 0
    hits = [_hit(conn, one, found_back=found_back) for one in found]
    numbers = plate_hit.insert(conn, hits, now=now)
    new = [(one, number) for one, number in zip(found, numbers, strict=True) if number is not None]
    told = [
        _event(conn, one, number)
        for one, number in new
        if not found_back or now - one.read.measured_at < _CAN_BE_ACTED_ON
    ]
    derived.insert(conn, told, now=now)
    for one, number in new:
        note(
            conn,
            ITSELF,
            now,
            "plate.hit",
            ("plate_hit", number),
            entry_id=one.match.sought.entry_id,
            device_id=one.read.device_id,
            measured_at=one.read.measured_at,
            exact=not one.match.differs,
            found_back=found_back,
        )
    return len(new)


def _hit(conn: Connection, one: Found, *, found_back: bool) -> NewHit:
    read, match = one
    return NewHit(
        entry_id=match.sought.entry_id,
        read=read.key,
        exact=not match.differs,
        differs=match.differs,
        found_back=found_back,
        direction=read.direction,
        score=read.score,
        key_id=read.key_id,
        sealed=read.sealed or b"",
        crop=plate.crop(conn, read.key),
    )


def _event(conn: Connection, one: Found, hit_id: int) -> Derived:
    """What screens and alarms hear of it: the list and its priority, and never the plate."""
    read, match = one
    place = device.find(conn, read.device_id)
    exact = not match.differs
    return Derived(
        device_id=read.device_id,
        what=Happening.PLATE_HIT if exact else Happening.PLATE_NEAR,
        at=read.measured_at,
        received_at=read.received_at,
        lat_deg=None if place is None else place.lat_deg,
        lon_deg=None if place is None else place.lon_deg,
        value=None,
        text=match.sought.list_name if exact else f"\N{ALMOST EQUAL TO} {match.sought.list_name}",
        extra={"hit_id": hit_id, "entry_id": match.sought.entry_id},
        slot=hit_id % _SLOTS + 1,
        severity=match.sought.priority,
    )
