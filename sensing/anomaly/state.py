"""What the engine knows of every series: fixed-size arrays.

The series axis comes first in an array of one dimension and second in any other: what is kept
by hour or by kind lies hour by hour and kind by kind, so that one step of all series reads what
it needs in one go. The arrays say all: written with `to_bytes` and read with `from_bytes` they
go on as if nothing had happened. `fresh` makes them, `step` changes them in place.
"""

import io
import zipfile
from dataclasses import dataclass, fields

import numpy as np

from core.errors import C5Error
from sensing.anomaly.arrays import F32, F64, I8, I32, I64, U16, U32, Some

HOURS = 24
LEVELS = 16
"""Steps of value, finer near the median, among which an hour's habits are counted."""
KINDS = 6
DENSE = 4
"""The first kinds of evidence have a size at nearly every sample, the others seldom have."""
BINS = 16
"""Half-octaves of size, over which the rarity of each kind of evidence is counted."""
UNPLACED = np.float32(1e9)
"""The origin of bins that have seen nothing yet."""
_BY_HOUR = ("visits", "habits")
"""Of these a step touches the hour that it is in, and no other."""


class StateRefused(C5Error):
    """Saved bytes are not the state of this engine."""

    reason = "state_refused"


@dataclass(slots=True, eq=False)
class State:
    """One place a series in each array."""

    seen: I32
    last: F64
    short: F64
    slow: F64
    high: F64
    low: F64
    """The highest and lowest short mean so far."""
    median: F64
    spread: F64
    """Running median of the values, and of their distance from it; 0: nothing known."""
    surprise: F32
    same: F32
    """Samples in a row equal to the one before."""
    repeats: F64
    """Share of samples equal to the one before."""
    step2_short: F64
    step2_long: F64
    visits: U32
    """(HOURS, n): samples of each hour, on working days (lower half) and weekends (upper)."""
    habits: U32
    """(HOURS, n, LEVELS): where those samples lay, in the same halves; 64 bytes an hour."""
    counted: I32
    origin: F32
    """(KINDS, n): the size, in half-octaves, at which the bins begin."""
    reached: U16
    """(KINDS, n, BINS): how many samples reached each bin or a higher one. All reach the first,
    which is up to date for the dense kinds only."""
    peak: F32
    record: F32
    """Evidence of recent alarms, and of the strongest: both fade."""
    daily: F32
    """(HOURS, n): the strongest evidence of each hour on earlier days."""
    hour: I8
    """The hour now going on, -1: none; and its strongest evidence so far."""
    hour_peak: F32

    def __len__(self) -> int:
        return len(self.seen)

    @property
    def bytes_per_series(self) -> int:
        """What one more series costs."""
        return sum(array.nbytes for array in fresh(1).arrays().values())

    def arrays(self) -> dict[str, Some]:
        """The arrays by name; no copies."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def take(self, rows: I64) -> "State":
        """A copy of these series, in this order."""
        return State(
            **{name: array.take(rows, axis=_axis(array)) for name, array in self.arrays().items()}
        )

    def put(self, rows: I64, some: "State") -> None:
        """Undo `take`: write these series back."""
        for name, array in self.arrays().items():
            array[(slice(None),) * _axis(array) + (rows,)] = getattr(some, name)

    def aside(self, rows: I64, hour: int) -> dict[str, Some]:
        """Copies of what a step in this hour of day changes of these series: a third of all."""
        plain = {name: array for name, array in self.arrays().items() if name not in _BY_HOUR}
        kept = {name: array.take(rows, axis=_axis(array)) for name, array in plain.items()}
        return kept | {name: getattr(self, name)[hour].take(rows, axis=0) for name in _BY_HOUR}

    def restore(self, rows: I64, hour: int, kept: dict[str, Some]) -> None:
        """Undo what a step in this hour did to these series, which `aside` has kept."""
        for name, array in self.arrays().items():
            if name in _BY_HOUR:
                array[hour, rows] = kept[name]
            else:
                array[(slice(None),) * _axis(array) + (rows,)] = kept[name]

    def grown(self, count: int) -> "State":
        """A copy with series that nothing is known of appended, up to `count`."""
        more = fresh(max(count - len(self), 0)).arrays()
        return State(
            **{
                name: np.concatenate((array, more[name]), axis=_axis(array))
                for name, array in self.arrays().items()
            }
        )

    def to_bytes(self) -> bytes:
        """Everything, as an npz file."""
        out = io.BytesIO()
        np.savez(out, allow_pickle=False, **self.arrays())
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "State":
        """Undo `to_bytes`; refuse anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as saved:
                arrays = {name: saved[name] for name in saved.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as exc:
            raise StateRefused(f"not a saved anomaly state ({exc}); start afresh") from None
        plain = fresh(len(arrays["seen"]) if "seen" in arrays else 0).arrays()
        for name, array in plain.items():
            found = arrays.get(name)
            if found is None or found.shape != array.shape or found.dtype != array.dtype:
                raise StateRefused(f"a saved anomaly state of another build ({name}); start afresh")
        return cls(**{name: arrays[name] for name in plain})


def _axis(array: Some) -> int:
    """Which axis of an array is that of the series."""
    return min(array.ndim - 1, 1)


def fresh(count: int) -> State:
    """Nothing is known of `count` series."""

    def zeros() -> F64:
        return np.zeros(count)

    def singles() -> F32:
        return np.zeros(count, np.float32)

    return State(
        seen=np.zeros(count, np.int32),
        last=zeros(),
        short=zeros(),
        slow=zeros(),
        high=zeros(),
        low=zeros(),
        median=zeros(),
        spread=zeros(),
        surprise=singles(),
        same=singles(),
        repeats=zeros(),
        step2_short=zeros(),
        step2_long=zeros(),
        visits=np.zeros((HOURS, count), np.uint32),
        habits=np.zeros((HOURS, count, LEVELS), np.uint32),
        counted=np.zeros(count, np.int32),
        origin=np.full((KINDS, count), UNPLACED, np.float32),
        reached=np.zeros((KINDS, count, BINS), np.uint16),
        peak=singles(),
        record=singles(),
        daily=np.zeros((HOURS, count), np.float32),
        hour=np.full(count, -1, np.int8),
        hour_peak=singles(),
    )
