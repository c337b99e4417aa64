"""How rare a size is in its own series: -ln of the share of samples that reached it.

Each kind of evidence counts, for each of 32 half-octaves of size, how many samples reached
it. The bins follow the sizes: they move up when one does not fit and down when nearly all lie
below them, so a series of bytes and one of volts need no setting.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from sensing.anomaly.arrays import F32, I64, U16
from sensing.anomaly.state import BINS, DENSE, UNPLACED, State
from sensing.anomaly.tuning import Tuning

_FIRST_BIN: Final = np.float32(10.75)
"""Where the first size is put, in the middle of a bin: whatever its unit, no edge is near."""
_DOWN: Final = 4
_CROWDED: Final = 64
"""When fewer than one in this many sizes reach the second bin, the bins move down."""
_LOOK_EVERY: Final = 32
"""Samples between two looks whether the bins should move down; a power of two."""
_NO_SIZE: Final = -200.0
"""Half-octaves below which a size is none."""
_MOST: Final = np.float32(252.0)
"""Half-octaves beyond which a size is as good as this."""
_HALF_OCTAVES: Final = np.float32(2.0 / np.log(2.0))
_LOG: Final[F32] = np.log(np.arange(np.iinfo(np.uint16).max + 1) + 0.5).astype(np.float32)
"""By count, half a sample being the prior for what never happened."""
_REACH: Final = (np.arange(BINS) <= np.arange(BINS)[:, None]).astype(np.uint16)
"""Row k: 1 for each bin that a size in bin k reaches; every sample, even of no size, reaches 0."""
_BLOCK: Final = 4096
"""Rows of bins counted up at a time, so that what is added stays in the processor's cache."""


def rarity(now: State, size: F32, tuning: Tuning) -> F32:
    """Nats (KINDS, n) of these sizes (KINDS, n), counting them afterwards; `size` is used up.

    Between two bin edges it is interpolated; a size that none reached before is as rare as
    the series is long, and no more: how far it is off the scale says little about urgency.
    """
    due = ((now.counted & (_LOOK_EVERY - 1)) == 0).nonzero()[0]
    if len(due):
        _lower(now, due, size[:, due])
    counted = _LOG.take(now.counted)
    nats = size
    dense = _reached(
        now.origin[:DENSE].reshape(-1),
        now.reached[:DENSE].reshape(-1, BINS),
        size[:DENSE].reshape(-1),
    )
    which = (size[DENSE:] > 0.0).reshape(-1).nonzero()[0]
    np.subtract(counted, dense.reshape(DENSE, -1), out=nats[:DENSE])
    if len(which):
        row = which % len(now)
        origins, bins = now.origin[DENSE:].reshape(-1), now.reached[DENSE:].reshape(-1, BINS)
        seldom = nats[DENSE:].reshape(-1)
        origin, reached = origins[which], bins[which]
        reached[:, 0] = now.counted[row]
        seldom[which] = counted[row] - _reached(origin, reached, seldom[which])
        origins[which], bins[which] = origin, reached
    now.counted += 1
    full = (now.counted >= tuning.horizon).nonzero()[0]
    if len(full):
        now.reached[:, full] >>= 1
        now.counted[full] >>= 1
    return nats


def _reached(origin: F32, reached: U16, size: F32) -> F32:
    """Logarithms (m,) of how many samples reached these sizes (m,); `reached` learns them.

    origin (m,) and reached (m, BINS) are of the kind and series of each size
    """
    octave = np.log(size)
    octave *= _HALF_OCTAVES
    position = _place(origin, reached, octave)
    np.maximum(position, 0.0, out=position)
    edge = np.floor(position)
    position -= edge
    bin_ = edge.astype(np.int32)
    at = _starts(len(bin_)) + bin_
    flat = reached.reshape(-1)
    here = _LOG.take(flat.take(at, mode="clip"))
    log: F32 = _LOG.take(flat[1:].take(at, mode="clip"))
    log -= here
    log *= position
    log += here
    for begin in range(0, len(bin_), _BLOCK):
        part = reached[begin : begin + _BLOCK]
        part += _REACH.take(bin_[begin : begin + _BLOCK], axis=0)
    return log


def _place(origin: F32, reached: U16, octave: F32) -> F32:
    """Positions (m,) among the bins, which move where these sizes need it."""
    if origin.max() == UNPLACED:
        new = ((origin == UNPLACED) & (octave > _NO_SIZE)).nonzero()[0]
        origin[new] = np.minimum(octave[new], _MOST) - _FIRST_BIN
    position: F32 = octave - origin
    if position.max() >= BINS - 1:
        above = (position >= BINS - 1).nonzero()[0]
        beyond = np.minimum(octave[above], _MOST) - origin[above]
        by = np.floor(beyond) - (BINS - 2)
        reached[above] = _moved(reached[above], by.astype(np.int64))
        origin[above] += by
        position[above] = beyond - by
    return position


def _lower(now: State, due: I64, size: F32) -> None:
    """Move the bins of these series down where nearly all sizes (KINDS, m) lie below the second.

    Of a dense kind this must be such a size, too: none, again and again, is no reason.
    """
    octave = np.log(size[:DENSE]) * _HALF_OCTAVES
    first, second = now.reached[:, due, 1], now.reached[:, due, 2]
    first[:DENSE] = now.counted[due]
    crowded = (first > _CROWDED) & (second < first // _CROWDED)
    crowded[:DENSE] &= (octave > _NO_SIZE) & (octave < now.origin[:DENSE, due] + 2)
    kind, which = crowded.nonzero()
    row = due[which]
    now.reached[kind, row] = _moved(now.reached[kind, row], np.full(len(row), -_DOWN))
    now.origin[kind, row] -= _DOWN


@lru_cache(maxsize=4)
def _starts(count: int) -> I64:
    """Where each row of bins begins, among all bins."""
    return np.arange(0, count * BINS, BINS)


def _moved(reached: U16, by: I64) -> U16:
    """Counts (m, BINS) seen from an origin this many bins higher; nothing lies above the top."""
    moved = reached.copy()
    for bins in set(by.tolist()):
        which = (by == bins).nonzero()[0]
        if bins >= 0:
            kept = BINS - 1 - min(bins, BINS - 1)
            moved[which, 1 : 1 + kept] = reached[which, BINS - kept :]
            moved[which, 1 + kept :] = 0
        else:
            moved[which, 1 - bins :] = reached[which, 1 : BINS + bins]
            moved[which, 1 : 1 - bins] = reached[which, 1:2]
    return moved
