"""What a camera said of a plate, out of its sealed box."""

from typing import Any, NamedTuple

import msgspec

from core.seal import KeyRing, WrongKey, normalised
from store.plate import Read


class Opened(NamedTuple):
    """A read in clear: only ever in memory."""

    plate: str
    """Capitals and digits."""
    candidates: tuple[str, ...]
    """Other texts that the reader held possible, likewise."""
    extra: dict[str, Any]


class _Box(msgspec.Struct):
    plate: str
    candidates: list[tuple[str, float]] = []
    extra: dict[str, Any] | None = None


_DECODER = msgspec.json.Decoder(_Box)


def opened(ring: KeyRing, key_id: str, sealed: bytes) -> Opened:
    """Open a box; WrongKey when its key is not held."""
    box = _DECODER.decode(ring.unseal(key_id, sealed))
    return Opened(
        normalised(box.plate),
        tuple(normalised(text) for text, _ in box.candidates),
        box.extra or {},
    )


def of_read(ring: KeyRing, read: Read) -> Opened | None:
    """Open a read; None: nothing but its hash was stored, or we have not its key."""
    if read.sealed is None:
        return None
    try:
        return opened(ring, read.key_id, read.sealed)
    except WrongKey:
        return None


class Sought(msgspec.Struct):
    """What an entry's box holds."""

    plate: str
    """As it was proposed."""
    note: str


_SOUGHT = msgspec.json.Decoder(Sought)


def sealed_entry(ring: KeyRing, plate: str, note: str) -> bytes:
    """Seal an entry's plate and note under today's key."""
    return ring.current.seal(msgspec.json.encode(Sought(plate, note)))


def opened_entry(ring: KeyRing, key_id: str, sealed: bytes) -> Sought:
    """Open an entry; WrongKey when its key is not held."""
    return _SOUGHT.decode(ring.unseal(key_id, sealed))
