"""What we think of a stored row, as bits that travel with it.

A flagged row is kept and shown as doubtful; it feeds no index, no latest state
and no rollup when `UNBELIEVABLE` says so.
"""

from collections.abc import Mapping
from enum import IntFlag
from types import MappingProxyType
from typing import Final, Generic, TypeVar

import msgspec

from core.messages import Message


class Flag(IntFlag):
    """One reason for doubt a bit; 0 is a row in good standing."""

    RANGE = 1
    """A value no instrument can produce."""
    JUMP = 2
    """A position that no vehicle could have reached since its last believable fix."""
    LATE = 4
    """Arrived long after it was measured; true, but not live."""
    STUCK = 8
    """The instrument repeats one value."""
    SEQ_BACK = 16
    """The device's counter went back: it forgot its memory, or is not alone."""
    CLOCK = 32
    """The device's clock is suspect, within what is tolerated."""
    SPIKE = 64
    """Far from what came just before and after; a change that stays is none."""
    DRIFT = 128
    """The instrument moved away from its neighbours over days."""
    STEP = 256
    """It says something else since it was serviced, and its neighbours do not."""


UNBELIEVABLE: Final = Flag.RANGE | Flag.JUMP | Flag.STUCK | Flag.SPIKE | Flag.DRIFT | Flag.STEP
"""Flags whose value must not be shown as a number or used in one."""


M_co = TypeVar("M_co", bound=Message, covariant=True)
NO_FLAGS: Final[Mapping[str, int]] = MappingProxyType({})


class Assessed(msgspec.Struct, Generic[M_co], frozen=True, gc=False):
    """A message and what we think of it."""

    message: M_co
    flags: int
    """Of the message as a whole."""
    metric_flags: Mapping[str, int] = NO_FLAGS
    """Of single metrics of a reading, on top of `flags`; only those that are not 0."""

    def flags_of(self, metric: str) -> int:
        """All flags that bear on one metric."""
        return self.flags | self.metric_flags.get(metric, 0)


def names(flags: int) -> list[str]:
    """Spell flags for people and JSON.

    >>> names(3)
    ['range', 'jump']
    """
    return [flag.name.lower() for flag in Flag if flags & flag and flag.name]
