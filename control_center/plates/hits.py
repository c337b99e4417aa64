"""Hits as people see and decide them; that they did is on record, in the same transaction."""

from datetime import datetime
from typing import NamedTuple

from control_center.plates import boxes
from control_center.plates.people import Actor, note, whole
from core.seal import KeyRing, WrongKey, normalised
from store import plate_hit
from store.plate_hit import Hit
from store.pool import Connection


class Shown(NamedTuple):
    """One hit in clear; a plate whose key is not held is empty."""

    plate: str
    """As it was read: capitals and digits."""
    entry_plate: str
    held: Hit


class Window(NamedTuple):
    """Which hits are asked for."""

    since: datetime
    until: datetime
    state: str | None
    """None: all."""
    before: int | None
    limit: int


@whole
def listed(
    conn: Connection, ring: KeyRing, actor: Actor, asked: Window, *, now: datetime
) -> list[Shown]:
    """Hits of a time, newest first."""
    found = plate_hit.listed(
        conn,
        asked.since,
        asked.until,
        state=asked.state,
        before=asked.before,
        limit=asked.limit,
    )
    note(
        conn,
        actor,
        now,
        "plate.hits.view",
        ("plate_hit", "list"),
        state=asked.state or "all",
        since=asked.since,
        until=asked.until,
        hit_ids=[one.hit_id for one in found],
    )
    return [_shown(ring, one) for one in found]


@whole
def decide(
    conn: Connection,
    ring: KeyRing,
    actor: Actor,
    hit_id: int,
    *,
    accept: bool,
    reason: str,
    now: datetime,
) -> Shown:
    """Say what a hit is; Conflict when somebody else has."""
    plate_hit.decide(conn, hit_id, accept=accept, by=actor.username, at=now, reason=reason)
    held = plate_hit.get(conn, hit_id)
    action = "plate.hit.accept" if accept else "plate.hit.reject"
    note(
        conn, actor, now, action, ("plate_hit", hit_id), reason,
        entry_id=held.entry_id, exact=held.exact,
    )  # fmt: skip
    return _shown(ring, held)


@whole
def crop(conn: Connection, ring: KeyRing, actor: Actor, hit_id: int, *, now: datetime) -> bytes:
    """The photograph of a hit, a JPEG; NotFound, or WrongKey."""
    held = plate_hit.crop(conn, hit_id)
    photo = ring.unseal(held.key_id, held.sealed)
    note(conn, actor, now, "plate.crop.view", ("plate_hit", hit_id), sha256=held.sha256)
    return photo


def _shown(ring: KeyRing, held: Hit) -> Shown:
    try:
        read = boxes.opened(ring, held.key_id, held.sealed).plate
    except WrongKey:
        read = ""
    try:
        entry = normalised(boxes.opened_entry(ring, held.entry_key_id, held.entry_sealed).plate)
    except WrongKey:
        entry = ""
    return Shown(read, entry, held)
