"""Who carries a panic button, out of the sealed box and into it."""

import msgspec

from core.seal import KeyRing, WrongKey
from store.panic import Holder, Sealed


def sealed(ring: KeyRing, holder: Holder) -> Sealed:
    """Seal a holder under today's key."""
    return Sealed(ring.current.key_id, ring.current.seal(msgspec.json.encode(holder._asdict())))


def opened(ring: KeyRing | None, held: Sealed | Holder) -> Holder:
    """Open a holder; WrongKey when its key is not held, or no key is."""
    if isinstance(held, Holder):
        return held
    if ring is None:
        raise WrongKey(f"key {held.key_id} is not set; set ingest.plate_key to the key of its day")
    return Holder(**msgspec.json.decode(ring.unseal(held.key_id, held.sealed), type=dict[str, str]))
