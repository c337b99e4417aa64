"""Tell who listens what was committed, in the transaction that commits it.

PostgreSQL delivers a NOTIFY when, and only if, its transaction commits, and in
commit order: what an operator sees is what is stored.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from store.pool import Connection

CHANNEL: Final = "c5_live"
_MAX_BYTES: Final = 7900
"""PostgreSQL takes fewer than 8 000 bytes a notification."""


def changes(conn: Connection, at_ms: int, parts: Sequence[dict[str, object]]) -> None:
    """Announce changes (see docs/api.md, live feed), split into notifications that fit."""
    payloads = list(packed(at_ms, parts))
    if payloads:
        conn.execute("SELECT pg_notify(%s, part) FROM unnest(%b::text[]) part", (CHANNEL, payloads))


def packed(at_ms: int, parts: Sequence[dict[str, object]]) -> Iterator[str]:
    """Pack changes into as few payloads as fit; a change too large alone is left out.

    >>> list(packed(7, [{"t": "st"}]))
    ['{"at":7,"changes":[{"t":"st"}]}']
    """
    head, tail = f'{{"at":{at_ms},"changes":[', "]}"
    room = _MAX_BYTES - len(head) - len(tail)
    held: list[str] = []
    size = 0
    for part in parts:
        text = msgspec.json.encode(part).decode()
        need = len(text.encode()) + 1
        if need > room:
            continue
        if size + need > room:
            yield head + ",".join(held) + tail
            held, size = [], 0
        held.append(text)
        size += need
    if held:
        yield head + ",".join(held) + tail
