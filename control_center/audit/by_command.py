"""The audit's entries of what commands do: their actor is whoever runs them on this machine."""

import getpass
import os
from typing import Any

from core import clock
from store.audit import Entry


def entry(
    action: str,
    object_kind: str,
    object_id: str | int,
    /,
    reason: str | None = None,
    **detail: Any,
) -> Entry:
    """Make the entry of what a command does now."""
    return Entry(
        at=clock.utc_now(),
        actor=f"cli:{runner()}",
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        reason=reason,
        detail=detail,
    )


def runner() -> str:
    """The user of this process; its number where it has no name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
