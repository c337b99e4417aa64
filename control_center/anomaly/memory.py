"""All that is remembered of the series: one row each, as bytes that bring it back exactly.

New series are appended; rows never move. A memory of another build of the engine is refused by
it, and the series are learnt again from what is stored.
"""

import io
import zlib
from dataclasses import dataclass, field
from typing import Final

import msgspec
import numpy as np

from control_center.anomaly.latch import Latch
from control_center.anomaly.usual import Usual
from sensing.anomaly import F64, State, StateRefused, fresh

NAME: Final = "anomaly"
"""Under which it lies among the engines' memories."""
_LEVEL: Final = 1
_FORMAT: Final = 1

Key = tuple[int, str, str]
"""Which watch, device, metric."""


class _Head(msgspec.Struct):
    format: int
    keys: list[Key]
    reached_s: dict[int, float]
    heard_s: dict[str, float]
    silent_s: dict[str, float]


@dataclass(slots=True, eq=False)
class Memory:
    """What the engine, the usual and the latch know, and how far each series was read."""

    keys: list[Key] = field(default_factory=list)
    state: State = field(default_factory=lambda: fresh(0))
    usual: Usual = field(default_factory=lambda: Usual.fresh(0))
    latch: Latch = field(default_factory=lambda: Latch.fresh(0))
    after_s: F64 = field(default_factory=lambda: np.zeros(0))
    """Up to which moment each series is known; a multiple of its watch's step."""
    reached_s: dict[int, float] = field(default_factory=dict)
    """Up to which moment nothing was left to read, by watch."""
    heard_s: dict[str, float] = field(default_factory=dict)
    """Up to when each station was heard."""
    silent_s: dict[str, float] = field(default_factory=dict)
    """Since when those are silent that are."""
    rows: dict[Key, int] = field(default_factory=dict)

    def enrol(self, keys: list[Key], after_s: float) -> None:
        """Append the series that are not known yet, to be read from a moment on."""
        new = [key for key in dict.fromkeys(keys) if key not in self.rows]
        if not new:
            return
        count = len(self.keys) + len(new)
        self.state = self.state.grown(count)
        self.usual = self.usual.grown(count)
        self.latch = self.latch.grown(count)
        self.after_s = np.append(self.after_s, np.full(len(new), after_s))
        self.rows.update({key: len(self.keys) + at for at, key in enumerate(new)})
        self.keys += new

    def to_bytes(self) -> bytes:
        """Everything, compressed."""
        head = _Head(_FORMAT, self.keys, self.reached_s, self.heard_s, self.silent_s)
        out = io.BytesIO()
        np.savez(
            out,
            allow_pickle=False,
            head=np.frombuffer(msgspec.json.encode(head), np.uint8),
            state=np.frombuffer(self.state.to_bytes(), np.uint8),
            after_s=self.after_s,
            **{f"usual_{name}": getattr(self.usual, name) for name in Usual.__slots__},
            **{f"latch_{name}": getattr(self.latch, name) for name in Latch.__slots__},
        )
        return zlib.compress(out.getvalue(), _LEVEL)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Memory":
        """Undo `to_bytes`; StateRefused: another build wrote it."""
        try:
            with np.load(io.BytesIO(zlib.decompress(data)), allow_pickle=False) as saved:
                head = msgspec.json.decode(saved["head"].tobytes(), type=_Head)
                usual = Usual(**{name: saved[f"usual_{name}"] for name in Usual.__slots__})
                latch = Latch(**{name: saved[f"latch_{name}"] for name in Latch.__slots__})
                state, after_s = saved["state"].tobytes(), saved["after_s"]
        except (OSError, ValueError, KeyError, EOFError, zlib.error, msgspec.MsgspecError) as exc:
            raise StateRefused(f"not a memory of this build ({exc}); start afresh") from None
        memory = cls(
            keys=head.keys,
            state=State.from_bytes(state),
            usual=usual,
            latch=latch,
            after_s=after_s,
            reached_s=head.reached_s,
            heard_s=head.heard_s,
            silent_s=head.silent_s,
            rows={key: at for at, key in enumerate(head.keys)},
        )
        if head.format != _FORMAT or len(memory.state) != len(memory.keys):
            raise StateRefused("a memory of another build; start afresh")
        return memory
