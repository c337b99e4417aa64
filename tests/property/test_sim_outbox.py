"""Whatever happens to an outbox, it stays bounded, ordered, and never reuses a number."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from devices.outbox import Entry, OutboxFile

CAPACITY = 6


class OutboxMachine(RuleBasedStateMachine):
    """Append, take, finish, give back and restart in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.issued: list[int] = []
        self.done: set[int] = set()
        self.taken: list[Entry] = []
        self.most_taken = 0

    @initialize()
    def open(self) -> None:
        """Start with an empty file."""
        self.file = OutboxFile(Path(self.folder.name) / "o.sqlite")
        self.box = self.file.of("T-1", capacity=CAPACITY)

    @rule()
    def append(self) -> None:
        """Number one more message."""
        entry = self.box.append("t", lambda seq: b"%d" % seq)
        assert entry.seq is not None
        assert entry.seq not in self.issued
        assert not self.issued or entry.seq == self.issued[-1] + 1
        self.issued.append(entry.seq)

    @rule(most=st.integers(1, 3))
    def take(self, most: int) -> None:
        """Take a few; they come in order, each once."""
        found = self.box.take(most)
        assert len(found) <= most
        assert [entry.place for entry in found] == sorted(entry.place for entry in found)
        already = {entry.place for entry in self.taken}
        assert not already & {entry.place for entry in found}
        self.taken += found
        self.most_taken = max(self.most_taken, len(self.taken))

    @precondition(lambda self: self.taken)
    @rule(index=st.integers(0, 100))
    def finish(self, index: int) -> None:
        """The broker acknowledged one, in whatever order."""
        entry = self.taken.pop(index % len(self.taken))
        self.box.done(entry.place)
        assert entry.seq is not None
        self.done.add(entry.seq)

    @precondition(lambda self: self.taken)
    @rule(index=st.integers(0, 100))
    def give_back(self, index: int) -> None:
        """One could not be sent after all."""
        self.box.give_back(self.taken.pop(index % len(self.taken)).place)

    @rule()
    def restart(self) -> None:
        """The process ends and starts again."""
        self.file.close()
        self.taken = []
        self.open()

    @invariant()
    def adds_up(self) -> None:
        """Every number is done, held or counted as dropped, and the box is bounded.

        What is with the broker can't be dropped, and is still held after a restart: the
        bound is the capacity and as much as was ever under way.
        """
        if not hasattr(self, "box"):
            return
        assert len(self.issued) == len(self.done) + self.box.held + self.box.dropped
        assert self.box.held <= CAPACITY + self.most_taken

    def teardown(self) -> None:
        """Close the file."""
        if hasattr(self, "file"):
            self.file.close()
        self.folder.cleanup()


OutboxMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestOutbox = OutboxMachine.TestCase
