"""How rare a size is in its own series: -ln of the share of samples that reached it.

Each kind of evidence counts, for each of 32 half-octaves of size, how many samples reached
it. The bins follow the sizes: they move up when one does not fit and down when nearly all lie
below them, so a series of bytes and one of volts need no setting.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from sensing.anomaly.arrays import F64, I16, I64, U16, Bools
from sensing.anomaly.state import BINS, KINDS, UNPLACED, State
from sensing.anomaly.tuning import Tuning

_FIRST_BIN: Final = BINS * 2 // 3
"""Where the first size is put: room for larger ones above, most of the room below."""
_DOWN: Final = 4
_CROWDED: Final = 64
"""When fewer than one in this many sizes reach the second bin, the bins move down."""
_LOOK_EVERY: Final = 32
_NEVER: Final = -2000.0
"""Stands for the logarithm of zero."""
_LOG: Final[F64] = np.log(np.arange(np.iinfo(np.uint16).max + 1) + 0.5)
"""By count, half a sample being the prior for what never happened."""
_REACH: Final = (np.arange(BINS) <= np.arange(-1, BINS)[:, None]).astype(np.uint16)
"""Row k + 1: 1 for each bin that a size in bin k reaches; row 0: a size of zero reaches none."""


def rarity(now: State, size: F64, tuning: Tuning) -> F64:
    """Nats (n, KINDS) of these sizes (n, KINDS), counting them afterwards.

    Between two bin edges it is interpolated; a size that none reached before is as rare as
    the series is long, and no more: how far it is off the scale says little about urgency.
    """
    some = size > 0.0
    octave = np.log2(size, out=np.full_like(size, _NEVER), where=some)
    octave *= 2.0
    position = octave - _place(now, octave, some)
    np.clip(position, 0.0, BINS - 1.5, out=position)
    bin_ = position.astype(np.int64)
    at = bin_ + _starts(len(now))
    reached = now.reached.reshape(-1)
    here = _LOG[reached[at]]
    nats: F64 = _LOG[reached[at + 1]]
    nats -= here
    nats *= position - bin_
    nats += here
    np.subtract(_LOG[now.counted][:, None], nats, out=nats)
    np.maximum(nats, 0.0, out=nats)
    bin_ += 1
    nats *= some
    bin_ *= some
    now.reached += _REACH[bin_]
    now.counted += 1
    full = np.flatnonzero(now.counted >= tuning.horizon)
    if len(full):
        now.reached[full] >>= 1
        now.counted[full] >>= 1
    return nats


def _place(now: State, octave: F64, some: Bools) -> I16:
    """Origins (n, KINDS) of the bins, moved where these sizes need it."""
    new = now.origin == UNPLACED
    if new.any():
        new &= some
        now.origin[new] = np.floor(octave[new]) - _FIRST_BIN
    above = octave - now.origin >= BINS - 1
    above &= some
    if above.any():
        row, kind = np.nonzero(above)
        by = (np.floor(octave[row, kind]) - now.origin[row, kind] - (BINS - 2)).astype(np.int64)
        now.reached[row, kind] = _moved(now.reached[row, kind], by)
        now.origin[row, kind] += by.astype(np.int16)
    due = np.flatnonzero(now.counted % _LOOK_EVERY == 0)
    if len(due):
        least, second = now.reached[due, :, 0], now.reached[due, :, 1]
        which, kind = np.nonzero((least > _CROWDED) & (second < least // _CROWDED))
        row = due[which]
        now.reached[row, kind] = _moved(now.reached[row, kind], np.full(len(row), -_DOWN))
        now.origin[row, kind] -= _DOWN
    return now.origin


@lru_cache(maxsize=4)
def _starts(count: int) -> I64:
    """Where the bins of each series and kind begin, among all bins."""
    return np.arange(count * KINDS).reshape(count, KINDS) * BINS


def _moved(reached: U16, by: I64) -> U16:
    """Counts (m, BINS) seen from an origin this many bins higher; nothing lies above the top."""
    source = np.arange(BINS) + by[:, None]
    found = np.take_along_axis(reached, np.clip(source, 0, BINS - 1), axis=1)
    moved: U16 = np.where(source < BINS, found, 0).astype(np.uint16)
    return moved
