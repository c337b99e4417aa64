"""Hot lists as people work on them: proposing, approving by somebody else, withdrawing.

Each function is one transaction with its entry in the audit, on the caller's connection.
"""

from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from control_center.plates import boxes, csvfile, looking_back, words
from control_center.plates.csvfile import Refused
from control_center.plates.people import Actor, note, whole
from core.errors import C5Error, Conflict
from core.seal import KeyRing, WrongKey
from store import hotlist
from store.hotlist import Entry, HotList, NewList, Sealed
from store.pool import Connection

MAX_ENTRIES: Final = 20_000
"""Of one list, shown at once."""
SHUT: Final = ""
"""Instead of a plate whose key is not held."""


class SamePerson(C5Error):
    """Who proposed an entry may not approve it."""

    reason = "same_person"


class Shown(NamedTuple):
    """One entry in clear, for who may see it."""

    entry_id: int
    plate: str
    """As it was proposed; empty: its key is not held."""
    note: str
    held: Entry


class Imported(NamedTuple):
    """What became of a file's lines."""

    proposed: int
    refused: list[Refused]


@whole
def add_list(conn: Connection, actor: Actor, new: NewList, *, now: datetime) -> HotList:
    """Add a list; Conflict when its name is taken."""
    if new.expires_at is not None and new.expires_at <= now:
        raise Conflict("the list would have expired already; give it a later end")
    list_id = hotlist.add_list(conn, new, by=actor.username, at=now)
    note(
        conn,
        actor,
        now,
        "plate.list.add",
        ("hot_list", list_id),
        new.reason,
        name=new.name,
        issuer=new.issuer,
        priority=new.priority,
        legal_basis=new.legal_basis,
        expires_at=new.expires_at,
    )
    return hotlist.get_list(conn, list_id)


@whole
def entries(
    conn: Connection, ring: KeyRing, actor: Actor, list_id: int, *, now: datetime
) -> list[Shown]:
    """A list's entries in clear; that they were looked at is on record."""
    held = hotlist.get_list(conn, list_id)
    found = [
        _shown(ring, one, now) for one in hotlist.entries(conn, list_id=list_id, limit=MAX_ENTRIES)
    ]
    note(
        conn, actor, now, "plate.list.view", ("hot_list", list_id),
        name=held.name, entries=len(found),
    )  # fmt: skip
    return found


@whole
def propose(
    conn: Connection,
    ring: KeyRing,
    actor: Actor,
    list_id: int,
    *,
    plate: str,
    about: str,
    expires_at: datetime | None,
    now: datetime,
) -> Shown:
    """Propose one plate; NotAPlate, NotFound, or Conflict when it is on the list already."""
    bare = words.plate(plate)
    held = hotlist.get_list(conn, list_id)
    if expires_at is not None and expires_at <= now:
        raise Conflict("it would have expired already; give it a later end")
    if hotlist.live(conn, list_id, ring.hashes(bare)):
        raise Conflict(f"the plate is on {held.name!r} already; see its entries")
    one = Sealed(
        ring.current.key_id,
        ring.current.hashed(bare),
        boxes.sealed_entry(ring, plate.strip(), about),
        expires_at,
    )
    [entry_id] = hotlist.propose(conn, list_id, [one], by=actor.username, at=now)
    note(conn, actor, now, "plate.entry.propose", ("hot_entry", entry_id), list_id=list_id)
    return _shown(ring, hotlist.entry(conn, entry_id), now)


@whole
def import_csv(
    conn: Connection,
    ring: KeyRing,
    actor: Actor,
    list_id: int,
    content: bytes,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> Imported:
    """Propose a file's plates; lines that cannot be taken are named. NotAList: none can."""
    hotlist.get_list(conn, list_id)
    lines, refused = csvfile.read(content, zone, now)
    hashes = [(one, list(ring.hashes(one.plate))) for one in lines]
    there = hotlist.live(conn, list_id, [each for _, own in hashes for each in own])
    new = []
    for one, own in hashes:
        if there.intersection(own):
            refused.append(Refused(one.line, "the plate is on this list already"))
            continue
        box = boxes.sealed_entry(ring, one.plate, one.note)
        new.append(Sealed(ring.current.key_id, own[-1], box, one.expires_at))
    numbers = hotlist.propose(conn, list_id, new, by=actor.username, at=now)
    note(
        conn, actor, now, "plate.list.import", ("hot_list", list_id),
        proposed=len(numbers), refused=len(refused),
        first_entry=min(numbers, default=None), last_entry=max(numbers, default=None),
    )  # fmt: skip
    return Imported(len(numbers), sorted(refused))


@whole
def approve(
    conn: Connection, ring: KeyRing, actor: Actor, entry_id: int, *, now: datetime, since: datetime
) -> tuple[Shown, int]:
    """Have an entry sought, and search the past for it; answer it and how much was found back.

    since  as far back as reads are kept
    """
    held = hotlist.entry(conn, entry_id)
    if held.proposed_by.lower() == actor.username.lower():
        raise SamePerson(f"{actor.username} proposed entry {entry_id}; somebody else approves it")
    if held.state != "pending":
        raise Conflict(f"entry {entry_id} is {held.state}; only a pending one is approved")
    if held.expires_at is not None and held.expires_at <= now:
        raise Conflict(f"entry {entry_id} has expired; propose the plate again")
    hotlist.approve(conn, entry_id, by=actor.username, at=now)
    shown = _shown(ring, hotlist.entry(conn, entry_id), now)
    found = looking_back.search(conn, ring, shown.held, shown.plate, since=since, now=now)
    note(
        conn, actor, now, "plate.entry.approve", ("hot_entry", entry_id),
        list_id=held.list_id, proposed_by=held.proposed_by,
        searched_from=since, searched_to=now, found_back=found,
    )  # fmt: skip
    return shown, found


@whole
def withdraw(
    conn: Connection, ring: KeyRing, actor: Actor, entry_id: int, *, reason: str, now: datetime
) -> Shown:
    """End an entry, whoever proposed or approved it."""
    held = hotlist.entry(conn, entry_id)
    if held.state not in {"pending", "active"}:
        raise Conflict(f"entry {entry_id} is {held.state} already")
    hotlist.withdraw(conn, entry_id, by=actor.username, at=now, reason=reason)
    note(
        conn, actor, now, "plate.entry.withdraw", ("hot_entry", entry_id), reason,
        list_id=held.list_id,
    )  # fmt: skip
    return _shown(ring, hotlist.entry(conn, entry_id), now)


def _shown(ring: KeyRing, held: Entry, now: datetime) -> Shown:
    try:
        box = boxes.opened_entry(ring, held.key_id, held.sealed)
    except WrongKey:
        box = boxes.Sought(SHUT, SHUT)
    if held.state in {"pending", "active"} and held.expires_at and held.expires_at <= now:
        held = held._replace(state="expired")
    return Shown(held.entry_id, box.plate, box.note, held)
