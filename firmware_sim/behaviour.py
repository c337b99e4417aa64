"""What a simulated device does, without a word about how it is sent.

A behaviour is asked at every tick what it has to say; it answers messages with
`seq` 0, which its device numbers. It draws all chance from its own generator,
and knows time only as it is told: the same seed, the same city.
"""

import math
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec

from core import codec
from core.messages import Ack, Event, GpsFix, PlateRead, Reading, Status, Uplink
from core.topics import Kind, Stream
from devices.agent import Health

STREAM_OF: Final[dict[type[Uplink], Stream]] = {
    GpsFix: Stream.GPS,
    Reading: Stream.READING,
    PlateRead: Stream.PLATE,
    Event: Stream.EVENT,
    Status: Stream.STATUS,
    Ack: Stream.ACK,
}


class Behaviour(Protocol):
    """One device's inside."""

    kind: Kind
    interval_s: float
    """Seconds between ticks."""

    def tick(self, at: datetime, elapsed_s: float) -> Sequence[Uplink]:
        """Let time pass; answer what is to be said about it."""

    def health(self) -> Health:
        """What goes into its status."""


def numbered(message: Uplink, seq: int) -> bytes:
    """Write a message under its number."""
    return codec.encode(msgspec.structs.replace(message, seq=seq))


def generator(seed: int, *names: object) -> random.Random:
    """A generator of one's own: neighbours do not disturb it."""
    return random.Random(":".join(map(str, (seed, *names))))


class Drift:
    """Noise that remembers: an Ornstein-Uhlenbeck process of mean 0.

    sigma  standard deviation in the long run
    tau_s  how long it remembers
    """

    def __init__(self, rng: random.Random, *, sigma: float, tau_s: float) -> None:
        self._rng = rng
        self._sigma = sigma
        self._tau_s = tau_s
        self.value = rng.gauss(0, sigma)

    def step(self, elapsed_s: float) -> float:
        """Let time pass; answer the new value."""
        keeps = math.exp(-elapsed_s / self._tau_s)
        fresh = self._sigma * (1 - keeps * keeps) ** 0.5
        self.value = keeps * self.value + self._rng.gauss(0, fresh)
        return self.value
