"""Publish what devices have kept, each as itself, and say when the broker has all of it.

Like a replay this says nothing about presence: no status, no will. A message is
done when the broker has acknowledged it; nothing is lost by a connection that
breaks meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.clock import monotonic_s
from core.errors import BrokerError
from core.topics import Kind, Stream, telemetry
from devices.broker import Login
from devices.link import Down, Link, Refusal, State, Will
from devices.link_loop import LinkLoop

_TURN_S: Final = 0.05
_STALL_S: Final = 60.0
"""So long without a single acknowledgement, and it is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where to, and what the devices are known by there."""

    url: str
    credentials: Mapping[str, str]
    ca_file: Path | None = None

    def login(self, device_id: str) -> Login:
        """How one device enters."""
        password = self.credentials[device_id]
        return Login(url=self.url, username=device_id, password=password, ca_file=self.ca_file)


class _Sender:
    """One device with its messages."""

    def __init__(self, loop: LinkLoop, login: Login, topic: str, payloads: Sequence[bytes]) -> None:
        self.done = 0
        self.failure: BrokerError | None = None
        self._login = login
        self._topic = topic
        self._payloads = payloads
        self._next = 0
        self.link = Link(loop, login, self, client_id=f"{login.username}-backlog")

    @property
    def is_done(self) -> bool:
        """Whether the broker has everything."""
        return self.done >= len(self._payloads)

    # What the link asks and tells (devices.link.Owner).

    def opening(self) -> Will | None:
        """Leave no will: this says nothing about the device's presence."""
        return None

    def opened(self) -> None:
        """Begin, or go on."""
        self.ready()

    def closed(self, down: Down) -> None:
        """Give up when the door is shut; otherwise the link comes back."""
        if down.refused:
            self._fail(down.why, "check the device's password, or enrol it again")

    def acked(self, token: int, refusal: Refusal | None) -> None:
        """One more message is the broker's, or it cannot be."""
        if refusal is None:
            self.done += 1
        else:
            self._fail(
                f"message {token + 1} was not taken: {refusal.why}",
                "start ingest (`c5 up` or `c5 ingest`) and send it again",
            )

    def heard(self, topic: str, payload: bytes) -> None:
        """Commands are for the device itself."""

    def ready(self) -> None:
        """Send on, as far as the window allows."""
        while self._next < len(self._payloads) and self.link.room:
            payload = self._payloads[self._next]
            self.link.publish(self._topic, payload, retain=False, token=self._next)
            self._next += 1

    def _fail(self, why: str, remedy: str) -> None:
        self.failure = BrokerError(f"broker at {self._login.url}: {why}; {remedy}")


def publish(
    broker: Broker, kind: Kind, kept: Mapping[str, Sequence[bytes]], stream: Stream = Stream.GPS
) -> None:
    """Publish messages of a stream by device; return when the broker has acknowledged all.

    BrokerError when it refuses a device or a message, or does nothing for a minute.
    """
    loop = LinkLoop()
    senders = [
        _Sender(loop, broker.login(device_id), telemetry(kind, device_id, stream), payloads)
        for device_id, payloads in kept.items()
        if payloads
    ]
    for sender in senders:
        sender.link.start()
    try:
        _watch(loop, senders, broker.url)
    finally:
        for sender in senders:
            sender.link.stop()
        end_s = monotonic_s() + _STALL_S
        while any(s.link.state is not State.IDLE for s in senders) and monotonic_s() < end_s:
            loop.turn(_TURN_S)
        loop.close()


def _watch(loop: LinkLoop, senders: Sequence[_Sender], url: str) -> None:
    before, moved_s = -1, monotonic_s()
    while not all(sender.is_done for sender in senders):
        loop.turn(_TURN_S)
        for sender in senders:
            if sender.failure is not None:
                raise sender.failure
        acked = sum(sender.done for sender in senders)
        if acked != before:
            before, moved_s = acked, monotonic_s()
        elif monotonic_s() - moved_s > _STALL_S:
            raise BrokerError(
                f"broker at {url}: nothing was acknowledged for {_STALL_S:g} s; check that it and "
                "ingest run, and send it again"
            )
