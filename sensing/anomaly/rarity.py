"""How rare a size is in its own series: -ln of the share of samples that reached it.

Each kind of evidence counts, for each of 32 half-octaves of size, how many samples reached
it. The bins follow the sizes: they move up when one does not fit and down when nearly all lie
below them, so a series of bytes and one of volts need no setting.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from sensing.anomaly.arrays import F32, F64, I32, I64, U16
from sensing.anomaly.state import BINS, KINDS, UNPLACED, State
from sensing.anomaly.tuning import Tuning

_FIRST_BIN: Final = np.float32(20.75)
"""Where the first size is put, in the middle of a bin: whatever its unit, no edge is near."""
_DOWN: Final = 4
_CROWDED: Final = 64
"""When fewer than one in this many sizes reach the second bin, the bins move down."""
_LOOK_EVERY: Final = 32
"""Samples between two looks whether the bins should move down; a power of two."""
_LEAST: Final = 1e-37
_MOST: Final = 1e38
"""Sizes beyond these, in single precision, are as good as these."""
_NO_SIZE: Final = -200.0
"""Half-octaves below which a size is none."""
_HALF_OCTAVES: Final = np.float32(2.0 / np.log(2.0))
_LOG: Final[F32] = np.log(np.arange(np.iinfo(np.uint16).max + 1) + 0.5).astype(np.float32)
"""By count, half a sample being the prior for what never happened."""
_REACH: Final = (np.arange(BINS) <= np.arange(BINS)[:, None]).astype(np.uint16)
"""Row k: 1 for each bin that a size in bin k reaches; every sample, even of no size, reaches 0."""


def rarity(now: State, size: F64, tuning: Tuning) -> F32:
    """Nats (n, KINDS) of these sizes (n, KINDS), counting them afterwards.

    Between two bin edges it is interpolated; a size that none reached before is as rare as
    the series is long, and no more: how far it is off the scale says little about urgency.
    """
    octave = np.minimum(size, _MOST).astype(np.float32)
    np.maximum(octave, _LEAST, out=octave)
    np.log(octave, out=octave)
    octave *= _HALF_OCTAVES
    position = _place(now, octave)
    np.maximum(position, 0.0, out=position)
    bin_ = position.astype(np.int32)
    position -= bin_
    at = bin_ + _starts(len(now))
    reached = now.reached.reshape(-1)
    here = _LOG.take(reached.take(at))
    at += 1
    nats: F32 = _LOG.take(reached.take(at))
    nats -= here
    nats *= position
    nats += here
    np.subtract(_LOG.take(now.counted)[:, None], nats, out=nats)
    now.reached += _REACH.take(bin_, axis=0, out=np.empty_like(now.reached), mode="clip")
    now.counted += 1
    full = (now.counted >= tuning.horizon).nonzero()[0]
    if len(full):
        now.reached[full] >>= 1
        now.counted[full] >>= 1
    return nats


def _place(now: State, octave: F32) -> F32:
    """Positions (n, KINDS) among the bins, which move where these sizes need it."""
    due = ((now.counted & (_LOOK_EVERY - 1)) == 0).nonzero()[0]
    if len(due):
        _lower(now, due)
    origin, flat = now.origin.reshape(-1), octave.reshape(-1)
    unplaced = origin == UNPLACED
    if unplaced.any():
        new = (unplaced & (flat > _NO_SIZE)).nonzero()[0]
        origin[new] = flat[new] - _FIRST_BIN
    position: F32 = octave - now.origin
    above = (position.reshape(-1) >= BINS - 1).nonzero()[0]
    if len(above):
        reached = now.reached.reshape(-1, BINS)
        by = np.floor(position.reshape(-1)[above]) - (BINS - 2)
        reached[above] = _moved(reached[above], by.astype(np.int64))
        origin[above] += by
        position.reshape(-1)[above] -= by
    return position


def _lower(now: State, due: I64) -> None:
    """Move the bins of these series down where nearly all sizes lie below the second edge."""
    first, second = now.reached[due, :, 1], now.reached[due, :, 2]
    which, kind = np.nonzero((first > _CROWDED) & (second < first // _CROWDED))
    row = due[which]
    now.reached[row, kind] = _moved(now.reached[row, kind], np.full(len(row), -_DOWN))
    now.origin[row, kind] -= _DOWN


@lru_cache(maxsize=4)
def _starts(count: int) -> I32:
    """Where the bins of each series and kind begin, among all bins."""
    return np.arange(count * KINDS, dtype=np.int32).reshape(count, KINDS) * BINS


def _moved(reached: U16, by: I64) -> U16:
    """Counts (m, BINS) seen from an origin this many bins higher; nothing lies above the top."""
    source = np.arange(BINS) + by[:, None]
    found = np.take_along_axis(reached, np.clip(source, 1, BINS - 1), axis=1)
    moved: U16 = np.where(source < BINS, found, 0).astype(np.uint16)
    moved[:, 0] = reached[:, 0]
    return moved
