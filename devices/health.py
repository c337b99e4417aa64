"""Is a device there? Pure: facts and the time in, one word out.

What a device says of itself (its status, its will) comes first; silence outranks
a claim to be online. A device that claims to be gone and is heard well after
that is believed to be back: its status was lost, or it sends none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.device import State

AFTERTHOUGHT: Final = timedelta(seconds=30)
"""Messages under way when a connection broke still arrive for about this long."""


class Presence(StrEnum):
    """What an operator is told."""

    ONLINE = "online"
    OFFLINE = "offline"
    SILENT = "silent"
    """It never said goodbye, and has said nothing for longer than it should."""
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of one device's presence; None: nothing."""

    state: State
    silence_s: float
    last_seen_at: datetime | None
    """When its newest message arrived."""
    online: bool | None = None
    """What its newest status said."""
    status_at: datetime | None = None
    """When that status arrived."""
    since: datetime | None = None
    """When `online` last changed."""


def presence(signs: Signs, now: datetime) -> Presence:
    """Tell whether a device is there."""
    if signs.last_seen_at is None:
        return Presence.NEVER
    if signs.state is not State.ACTIVE or _is_gone(signs, signs.last_seen_at):
        return Presence.OFFLINE
    if now - signs.last_seen_at > timedelta(seconds=signs.silence_s):
        return Presence.SILENT
    return Presence.ONLINE


def since(signs: Signs, now: datetime) -> datetime | None:
    """When its present state began; None when nobody can tell."""
    match presence(signs, now):
        case Presence.SILENT:
            return signs.last_seen_at
        case Presence.ONLINE if not signs.online:
            return None
        case Presence.OFFLINE if signs.online is not False:
            return signs.last_seen_at
        case Presence.NEVER:
            return None
    return signs.since


def _is_gone(signs: Signs, last_seen_at: datetime) -> bool:
    if signs.online is not False:
        return False
    return signs.status_at is None or last_seen_at - signs.status_at <= AFTERTHOUGHT
