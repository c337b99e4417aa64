"""What really happened, for whoever checks: one JSON object a line.

A line is written when the broker has answered for the message it is about, so
the file never claims what was not published. `type` is `city` (once a run),
`fault` (each injected one), `outage`, and `device` (each, at the end: which
numbers must be stored, which must be among the rejects).
"""

import hashlib
from bisect import bisect_right
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from firmware_sim.faults import Note


class Numbers:
    """A set of numbers kept as ranges; cheap when they are nearly consecutive."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._starts, number) - 1
        return at >= 0 and number <= self._ends[at]

    def __len__(self) -> int:
        return sum(self._ends) - sum(self._starts) + len(self._starts)

    def add(self, number: int) -> None:
        """Put a number in; twice is once."""
        at = bisect_right(self._starts, number)
        if at and number <= self._ends[at - 1]:
            return
        joins_left = at > 0 and self._ends[at - 1] == number - 1
        joins_right = at < len(self._starts) and self._starts[at] == number + 1
        if joins_left and joins_right:
            self._ends[at - 1] = self._ends.pop(at)
            del self._starts[at]
        elif joins_left:
            self._ends[at - 1] = number
        elif joins_right:
            self._starts[at] = number
        else:
            self._starts.insert(at, number)
            self._ends.insert(at, number)

    def ranges(self) -> list[tuple[int, int]]:
        """First and last of each run of consecutive numbers."""
        return list(zip(self._starts, self._ends, strict=True))


class Truth:
    """A truth file, appended to; without a path nothing is written."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file = None if path is None else path.open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def line(self, **fields: object) -> None:
        """Write one line, at once."""
        if self._file is not None:
            self._file.write(msgspec.json.encode(fields) + b"\n")
            self._file.flush()

    def fault(
        self, device_id: str, note: Note, *, topic: str, payload: bytes, seq: int | None
    ) -> None:
        """Say what was done to a message, and what must become of it.

        `digest` is how the rejects know a message: SHA-256 of topic, NUL, payload.
        """
        self.line(
            type="fault",
            device_id=device_id,
            label=note.label,
            expected=note.expected,
            reason=note.reason or None,
            topic=topic,
            seq=seq,
            sha256=hashlib.sha256(payload).hexdigest(),
            digest=hashlib.sha256(topic.encode() + b"\x00" + payload).hexdigest(),
        )

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
