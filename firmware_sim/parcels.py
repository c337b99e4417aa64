"""What a device with a poor link kept, as it would send it: in arrays, some late, some twice.

The numbers go by time; what comes late bears the older number. Pure, and drawn
from the generator given.
"""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from core import codec
from core.messages import GpsFix, Reading, Uplink

ROWS: Final = 100
"""Of them in one message at the most, late and repeated ones aside."""
_LATE_SHARE: Final = 0.01
_TWICE_SHARE: Final = 0.005
_LATER: Final = 3
"""After how many messages at the most a late or repeated one comes."""


class Parcel(NamedTuple):
    """One message: its bytes, the numbers that first come with it, and how many come again."""

    payload: bytes
    seqs: tuple[int, ...]
    repeated: int


def packed(kept: Sequence[GpsFix | Reading], first_seq: int, rng: random.Random) -> list[Parcel]:
    """Number the messages from `first_seq` on and pack them into messages."""
    if not kept:
        return []
    count = (len(kept) - 1) // ROWS + 1
    fresh: list[list[Uplink]] = [[] for _ in range(count)]
    again: list[list[Uplink]] = [[] for _ in range(count)]
    for index, message in enumerate(kept):
        numbered = msgspec.structs.replace(message, seq=first_seq + index)
        at = index // ROWS
        if rng.random() < _LATE_SHARE:
            at = min(count - 1, at + rng.randint(1, _LATER))
        fresh[at].append(numbered)
        if rng.random() < _TWICE_SHARE:
            again[min(count - 1, at + rng.randint(0, _LATER))].append(numbered)
    return [
        Parcel(codec.encode_many([*new, *old]), tuple(message.seq for message in new), len(old))
        for new, old in zip(fresh, again, strict=True)
        if new or old
    ]
