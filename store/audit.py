"""Who did what, to what, when and why, as a chain that no one can edit unnoticed.

Each entry carries the digest of the one before it and a number one higher, so an
edit, a gap, a swap or a fork shows; a cut tail shows against a head that was
published (control_center/audit/verify.py). An entry is appended inside the
transaction that does what it tells of: both are stored or neither is.

Writers take turns: the lock is held until the transaction ends. So append last,
just before the commit, and never wait for a network in between. See ADR 0017.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from core.errors import PermanentStoreError
from store import faults
from store.pool import AsyncConnection, Connection

ITSELF: Final = "c5"
"""The actor of what C5 does without being asked."""
FIRST: Final = "0" * 64
"""`previous_sha256` of the first entry."""
MAX_DETAIL_BYTES: Final = 16_384
MAX_TEXT_CHARS: Final = 4000
_LOCK_KEY: Final = 0x_C5_AD_17
_COLUMNS: Final = (
    "entry_id, at, actor, role, action, object_kind, object_id, reason, detail, address,"
    " previous_sha256, sha256"
)
_LOCK: Final = "SELECT pg_advisory_xact_lock(%s)"
_HEAD: Final = "SELECT entry_id, sha256 FROM audit ORDER BY entry_id DESC LIMIT 1"
_APPEND: Final = f"""
INSERT INTO audit ({_COLUMNS})
VALUES (%(entry_id)s, %(at)s, %(actor)s, %(role)s, %(action)s, %(object_kind)s, %(object_id)s,
        %(reason)s, %(detail)s::json, %(address)s, %(previous_sha256)s, %(sha256)s)"""  # noqa: S608  constants


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that somebody did or saw; texts are cut at 4 000 characters."""

    at: datetime
    actor: str
    """A username, or `ITSELF`."""
    role: str | None = None
    action: str
    """`noun.verb`, such as `plate.search`."""
    object_kind: str
    object_id: str
    reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    """JSON values, dates and enums; no personal data in clear beyond what must be proved."""
    address: str | None = None

    def material(self, entry_id: int) -> dict[str, Any]:
        """What a link of the chain is computed over, as JSON values."""
        return {
            "entry_id": entry_id,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": _plain(self.actor),
            "role": _plain(self.role),
            "action": self.action,
            "object_kind": _plain(self.object_kind),
            "object_id": _plain(self.object_id),
            "reason": _plain(self.reason),
            "detail": _plain(self.detail),
            "address": _plain(self.address),
        }


def append(conn: Connection, entry: Entry) -> int:
    """Append inside the caller's transaction; answer the entry's number."""
    own = conn.transaction() if conn.autocommit else nullcontext()
    with faults.translated("writing the audit"), own:
        conn.execute(_LOCK, (_LOCK_KEY,))
        row = conn.execute(_HEAD).fetchone()
        values = _link(entry, *(row or (0, FIRST)))
        conn.execute(_APPEND, values)
    return int(values["entry_id"])


async def append_async(conn: AsyncConnection, entry: Entry) -> int:
    """Do what `append` does, on a connection of the pool."""
    own = conn.transaction() if conn.autocommit else nullcontext()
    with faults.translated("writing the audit"):
        async with own:
            await conn.execute(_LOCK, (_LOCK_KEY,))
            row = await (await conn.execute(_HEAD)).fetchone()
            values = _link(entry, *(row.values() if row else (0, FIRST)))
            await conn.execute(_APPEND, values)
    return int(values["entry_id"])


def canonical(value: object) -> str:
    """JSON in the one form that is hashed: sorted keys, no spaces, text as it is.

    >>> canonical({"b": [1.5, None], "a": "ñ"})
    '{"a":"ñ","b":[1.5,null]}'
    """
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def digest(previous_sha256: str, material: Mapping[str, Any]) -> str:
    """The hexadecimal SHA-256 that chains an entry to the one before it."""
    text = f"{previous_sha256}\n{canonical(material)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _link(entry: Entry, last_id: int, previous_sha256: str) -> dict[str, Any]:
    material = entry.material(last_id + 1)
    detail = canonical(material["detail"])
    if len(detail.encode()) > MAX_DETAIL_BYTES:
        raise PermanentStoreError(
            f"writing the audit: the detail of {entry.action} is larger than "
            f"{MAX_DETAIL_BYTES} bytes; name the rows instead of quoting them"
        )
    return {
        **material,
        "at": entry.at,
        "detail": detail,
        "previous_sha256": previous_sha256,
        "sha256": digest(previous_sha256, material),
    }


def _plain(value: object) -> Any:
    """A value as JSON knows it, whatever it is: an odd one must not undo what it tells of."""
    match value:
        case None | bool():
            return value
        case Mapping():
            return {_text(str(key)): _plain(item) for key, item in value.items()}
        case AbstractSet():
            return sorted((_plain(item) for item in value), key=str)
        case Sequence() if not isinstance(value, (str, bytes)):
            return [_plain(item) for item in value]
        case _:
            return _scalar(value)


def _scalar(value: object) -> str | int | float:
    match value:
        case int():
            return int(value)
        case float() if math.isfinite(value):
            return float(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()[:MAX_TEXT_CHARS]
        case _:
            return _text(str(value))


def _text(value: str) -> str:
    """Text that PostgreSQL can keep."""
    cut = value[:MAX_TEXT_CHARS].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return cut.encode("utf-8", "replace").decode()
