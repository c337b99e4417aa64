"""Notice who falls silent, and who speaks again, between what the database announces.

Silence is the absence of a message, so nothing commits when it begins: somebody
has to look at the clock. This keeps when each device was last heard, from the
same changes that screens get, and answers the changes of presence that follow.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from control_center.feed.hub import Change
from core import clock
from core.device import Device, State
from core.topics import Kind
from devices import health, registry
from devices.health import Presence, Signs
from store import snapshot

_Claim = tuple[int, bool, int]
"""Session, whether gone, device clock in epoch ms: the order of store.latest."""


class Watch:
    """What was last said of every active device's presence."""

    def __init__(self) -> None:
        self._signs: dict[str, Signs] = {}
        self._said: dict[str, Presence] = {}
        self._kinds: dict[str, Kind] = {}
        self._claims: dict[str, _Claim] = {}

    def load(self, rows: Iterable[snapshot.Row], now: datetime) -> None:
        """Take devices as the database has them; their presence counts as said."""
        for row in rows:
            signs = signs_of(row)
            self._signs[row.device_id] = signs
            self._kinds[row.device_id] = Kind(row.kind)
            self._said[row.device_id] = health.presence(signs, now)
            self._claims.pop(row.device_id, None)
            if row.session is not None and row.status_measured_at is not None:
                at_ms = clock.epoch_us(row.status_measured_at) // 1000
                self._claims[row.device_id] = (row.session, not row.online, at_ms)

    def forget_all(self) -> None:
        """Know nobody; `load` follows."""
        for known in (self._signs, self._said, self._kinds, self._claims):
            known.clear()

    def forget(self, device_id: str) -> None:
        """Know a device no more."""
        for known in (self._signs, self._said, self._kinds, self._claims):
            known.pop(device_id, None)

    def hear(self, changes: Iterable[Change], now: datetime) -> list[Change]:
        """Take in what was committed; answer who thereby is no longer silent."""
        heard: set[str] = set()
        for change in changes:
            device_id = change.get("d")
            signs = self._signs.get(device_id) if isinstance(device_id, str) else None
            received_ms = change.get("rx")
            if signs is None or not isinstance(device_id, str) or not isinstance(received_ms, int):
                continue
            received_at = clock.from_epoch_ms(received_ms)
            if signs.last_seen_at is None or received_at > signs.last_seen_at:
                signs = replace(signs, last_seen_at=received_at)
            if change.get("t") == "st" and self._outranks(device_id, change):
                signs = replace(signs, online=bool(change.get("on")), status_at=received_at)
            self._signs[device_id] = signs
            heard.add(device_id)
        return self._changes(heard, now)

    def tick(self, now: datetime) -> list[Change]:
        """Answer whose presence the time alone has changed."""
        return self._changes(self._signs, now)

    def kind(self, device_id: str) -> Kind | None:
        """What a device is; None: it is not known."""
        return self._kinds.get(device_id)

    def count(self) -> dict[str, int]:
        """How many active devices are in each state, and how many wait."""
        counted = dict.fromkeys((*map(str, Presence), "pending"), 0)
        for device_id, signs in self._signs.items():
            if signs.state is State.PENDING:
                counted["pending"] += 1
            elif signs.state is State.ACTIVE:
                counted[self._said[device_id]] += 1
        return counted

    def _outranks(self, device_id: str, change: Change) -> bool:
        """Tell whether a status is newer than what is known, as the database orders them."""
        claim = (change.get("s", 0), not change.get("on"), change.get("at", 0))
        if claim <= self._claims.get(device_id, claim[:0]):
            return False
        self._claims[device_id] = claim
        return True

    def _changes(self, device_ids: Iterable[str], now: datetime) -> list[Change]:
        changes: list[Change] = []
        for device_id in device_ids:
            signs = self._signs[device_id]
            if signs.state is not State.ACTIVE or signs.last_seen_at is None:
                continue
            presence = health.presence(signs, now)
            if presence is self._said[device_id]:
                continue
            self._said[device_id] = presence
            seen_ms = clock.epoch_us(signs.last_seen_at) // 1000
            changes.append(
                {
                    "t": "st",
                    "d": device_id,
                    "k": self._kinds[device_id],
                    "on": presence is not Presence.OFFLINE,
                    "p": presence,
                    "at": seen_ms,
                    "rx": seen_ms,
                }
            )
        return changes


def signs_of(row: snapshot.Row) -> Signs:
    """Gather what bears on a device's presence."""
    return Signs(
        state=State(row.state),
        silence_s=registry.silence_s(device_of(row)),
        last_seen_at=row.last_seen_at,
        online=row.online,
        status_at=row.status_at,
        since=row.since,
    )


def device_of(row: snapshot.Row) -> Device:
    """The registry's part of a row."""
    return Device(
        device_id=row.device_id,
        kind=Kind(row.kind),
        name=row.name,
        state=State(row.state),
        lat_deg=row.lat_deg,
        lon_deg=row.lon_deg,
        backfill=row.backfill,
        interval_s=row.interval_s,
    )
