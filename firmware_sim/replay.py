"""Publish a recording through the real broker, as its device, at its own pace.

The file is the outbox: nothing is lost by a broken connection, because a row is
done only when the broker has acknowledged it, and stopping early loses nothing
either, because running again publishes the same identities. At most `window`
rows are on their way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final

import msgspec

from core import codec
from core.clock import monotonic_s
from core.errors import BrokerError
from core.messages import Uplink
from core.topics import Kind, telemetry
from devices.broker import Login
from devices.link import Down, Link, Refusal, State, Will
from devices.link_loop import LinkLoop
from firmware_sim.behaviour import STREAM_OF

WINDOW: Final = 500
_TURN_S: Final = 0.1


@dataclass(slots=True)
class Progress:
    """How far a replay is."""

    total: int
    acked: int = 0
    refused: int = 0

    @property
    def is_done(self) -> bool:
        """Whether the broker has answered for every row."""
        return self.acked + self.refused >= self.total


def shifted(messages: Sequence[Uplink], now: datetime) -> list[Uplink]:
    """Move a recording in time so that its newest row is measured now."""
    if not messages:
        return []
    shift = now - max(message.measured_at for message in messages)
    return [
        msgspec.structs.replace(message, measured_at=message.measured_at + shift)
        for message in messages
    ]


def due_s(messages: Sequence[Uplink], speed: float) -> list[float]:
    """Seconds after the start at which each row goes out, in the file's order.

    speed  1: as recorded; 0: at once. A late row goes where it was recorded.
    """
    if not messages or speed <= 0:
        return [0.0] * len(messages)
    first = messages[0].measured_at
    offsets = ((m.measured_at - first) / timedelta(seconds=1) / speed for m in messages)
    return list(accumulate(offsets, max))


class Replay:
    """One recording on its way."""

    def __init__(
        self, login: Login, kind: Kind, messages: Sequence[Uplink], *, speed: float
    ) -> None:
        self.progress = Progress(len(messages))
        self._login = login
        self._kind = kind
        self._messages = messages
        self._due_s = due_s(messages, speed)
        self._next = 0
        self._alarm = -1
        self._began_s: float | None = None
        self._failure: BrokerError | None = None
        self._loop = LinkLoop(diallers=1)
        self._link = Link(
            self._loop, login, self, client_id=f"{login.username}-replay", window=WINDOW
        )

    def run(self, watch: Callable[[Progress], None] = lambda _progress: None) -> Progress:
        """Publish everything; BrokerError when the broker cannot be entered.

        watch  called now and then; what it raises ends the replay early
        """
        self._link.start()
        try:
            while not self.progress.is_done and self._failure is None:
                self._loop.turn(_TURN_S)
                watch(self.progress)
        finally:
            self._link.stop()
            while self._link.state is not State.IDLE:
                self._loop.turn(_TURN_S)
            self._loop.close()
        if self._failure is not None:
            raise self._failure
        return self.progress

    # What the link asks and tells (devices.link.Owner).

    def opening(self) -> Will | None:
        """A recording leaves no will: it says nothing about the device's presence."""
        return None

    def opened(self) -> None:
        """Start the clock at the first connection."""
        if self._began_s is None:
            self._began_s = monotonic_s()
        self.ready()

    def closed(self, down: Down) -> None:
        """Give up when the door never opened, or is shut; otherwise the link comes back."""
        if self._began_s is None or down.refused:
            self._failure = BrokerError(
                f"broker at {self._login.url}: {down.why}; check its address, and the password "
                f"of {self._login.username}"
            )

    def acked(self, token: int, refusal: Refusal | None) -> None:
        """One more row is the broker's, or was refused by it."""
        if refusal is None:
            self.progress.acked += 1
        elif refusal.forever:
            self.progress.refused += 1
        else:
            self._failure = BrokerError(
                f"broker at {self._login.url} did not keep row {token + 1}: {refusal.why}; start "
                "ingest (`c5 up` or `c5 ingest`) and replay again, what is stored stays once"
            )

    def heard(self, topic: str, payload: bytes) -> None:
        """Commands are for the device itself."""

    def ready(self) -> None:
        """Publish all rows that are due, as far as the window allows."""
        if self._began_s is None:
            return
        elapsed_s = monotonic_s() - self._began_s
        while self._next < len(self._messages) and self._link.room:
            if self._due_s[self._next] > elapsed_s:
                if self._alarm < self._next:  # one alarm a row, however often we look
                    self._alarm = self._next
                    self._loop.call_at(self._began_s + self._due_s[self._next], self.ready)
                return
            message = self._messages[self._next]
            topic = telemetry(self._kind, self._login.username, STREAM_OF[type(message)])
            self._link.publish(topic, codec.encode(message), retain=False, token=self._next)
            self._next += 1
