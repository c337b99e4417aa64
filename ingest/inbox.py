"""A hard-bounded queue between the network thread and the batcher.

Bounded by messages and by bytes, so memory stays flat whatever the database
does. `offer` never waits: the network thread must go on answering pings, and
decides itself what to do with what did not fit.
"""

import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from core.clock import utc_now


class Inbound(NamedTuple):
    """One MQTT message as it arrived."""

    topic: str
    payload: bytes
    received_at: datetime
    mid: int
    """Packet identifier to acknowledge; 0: nothing to acknowledge."""
    connection: int
    """Which connection it came on: a mid means nothing on another one."""
    retained: bool


class Inbox:
    """Messages received and not yet stored."""

    def __init__(self, *, max_messages: int, max_bytes: int) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._held: deque[Inbound] = deque()
        self._bytes = 0
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._held)

    @property
    def held_bytes(self) -> int:
        """Payload bytes held."""
        return self._bytes

    @property
    def is_closed(self) -> bool:
        """It takes no more: the service stops."""
        return self._closed

    @property
    def is_drained(self) -> bool:
        """Under half full by both measures: time to listen again after an overflow."""
        return len(self._held) * 2 <= self._max_messages and self._bytes * 2 <= self._max_bytes

    def offer(self, messages: Sequence[Inbound]) -> bool:
        """Take all of them, or none when they don't fit; an empty inbox takes any one message."""
        size = sum(len(message.payload) for message in messages)
        with self._changed:
            fits = (
                len(self._held) + len(messages) <= self._max_messages
                and self._bytes + size <= self._max_bytes
            )
            if self._closed or not (fits or not self._held):
                return False
            self._held.extend(messages)
            self._bytes += size
            self._changed.notify()
        return True

    def take(
        self, *, max_items: int, max_bytes: int, max_wait_s: float, linger_s: float
    ) -> list[Inbound]:
        """Wait for a first message, then for company; [] after `max_wait_s` or on close.

        No message waits longer than `linger_s` for company, so a backlog never does.
        Ends at `max_items` or with the message that passes `max_bytes`: a batch of
        arrays stays as small as a batch of single messages.
        """
        with self._changed:
            if not self._held:
                self._changed.wait_for(lambda: self._held or self._closed, max_wait_s)
            if self._held:
                self._changed.wait_for(
                    lambda: (
                        len(self._held) >= max_items or self._bytes >= max_bytes or self._closed
                    ),
                    linger_s - (utc_now() - self._held[0].received_at).total_seconds(),
                )
            taken: list[Inbound] = []
            size = 0
            while self._held and len(taken) < max_items and size < max_bytes:
                message = self._held.popleft()
                size += len(message.payload)
                taken.append(message)
            self._bytes -= size
        return taken

    def close(self) -> None:
        """Refuse more and wake the taker; what is held can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
