"""How surprising a value is at its hour: counts of where values lay, hour by hour.

An hour may be two things (pump on, pump off), so it is levels of value that are counted and no
mean that is kept. Counts of working days and of weekends are the two halves of one number:
what is looked up for both is looked up once.
"""

from typing import Final

import numpy as np

from sensing.anomaly.arrays import F32, F64, I8, I64, U32
from sensing.anomaly.state import LEVELS, State
from sensing.anomaly.tuning import Tuning

_EDGES: Final = np.sinh((np.arange(1, LEVELS) - LEVELS / 2) / 2.0).astype(np.float32)[:, None]
"""Levels are half a unit of arcsinh(distance / spread) wide."""
_LEAST: Final = 1e-300
"""Divided by while the spread is unknown; what comes out is not used."""
_NOTHING: Final = np.float32(0.1)
"""What a level never seen at an hour is worth, in samples."""
_CAP: Final = 8000
"""Counts are halved here, before eight of them overflow a half."""
_HALF: Final = np.uint32(0xFFFF)
_BOTH: Final = np.uint32(0xFFFFFFFF)
_BITS: Final = np.uint32(16)


def surprise(now: State, distance: F64, hour: I64, weekend: I64, tuning: Tuning) -> F32:
    """Mean surprise (nats) at where values this far from the median lie for their hour.

    A level counts with half of each neighbour; the outermost has itself for one.
    """
    known = now.spread > 0.0
    level = _level(distance / np.maximum(now.spread, _LEAST))
    count = len(distance)
    start = np.arange(0, count * LEVELS, LEVELS) + hour * (count * LEVELS)
    at = start + level
    habits = now.habits.reshape(-1)
    here = habits.take(at)
    found = here + here
    found += habits.take(start + np.maximum(level - 1, 0))
    found += habits.take(start + np.minimum(level + 1, LEVELS - 1))
    when = (hour, np.arange(count)) if hour.ndim else hour
    visited = now.visits[when]
    shift = weekend.astype(np.uint32) * _BITS
    own = (visited >> shift) & _HALF
    counting = np.where(own >= tuning.own_day_from, _HALF << shift, _BOTH)
    share = _sum(found & counting)
    share *= np.float32(0.5)
    share += _NOTHING
    share /= _sum(visited & counting) + np.float32(1.0)
    np.minimum(share, 1.0, out=share)
    np.log(share, out=share)
    share *= known
    share += now.surprise
    share /= tuning.surprise
    now.surprise -= share
    one = known.astype(np.uint32) << shift
    habits[at] = here + one
    now.visits[when] = visited + one
    full = (own >= _CAP).nonzero()[0]
    if len(full):
        hours, shifts = (np.broadcast_to(each, own.shape)[full] for each in (hour, shift))
        now.visits[hours, full] = _halved(now.visits[hours, full], shifts)
        now.habits[hours, full] = _halved(now.habits[hours, full], shifts[:, None])
    return now.surprise


def _level(spreads: F64) -> I8:
    """How many edges each lies beyond, 0..LEVELS - 1; comparing with all is faster than seeking."""
    beyond = spreads.astype(np.float32) >= _EDGES
    level: I8 = np.add.reduce(beyond.view(np.int8), axis=0, dtype=np.int8)
    return level


def _sum(pairs: U32) -> F32:
    """Of both halves."""
    return ((pairs & _HALF) + (pairs >> _BITS)).astype(np.float32)


def _halved(pairs: U32, shift: U32) -> U32:
    """With the half at this shift halved."""
    return pairs - ((((pairs >> shift) & _HALF) + 1 >> 1) << shift)
