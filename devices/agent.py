"""A device's side of the contract: outbox, presence and commands over one link.

Everything it says is numbered and kept in the outbox first, and leaves it when
the broker has acknowledged it. Each connection is a session: it opens with a
retained status whose number names it, and its will is that same status one
millisecond later, offline; so whichever of the two is heard, the numbers have
no hole. An attempt that may have reached the broker is never reused: its
status is sent as an ordinary, older one, and the next attempt takes a number
of its own.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from core import clock, codec
from core.clock import Clock
from core.errors import BrokenPayload
from core.log import get
from core.messages import Ack, Command, Status
from core.topics import Kind, Stream, telemetry
from devices.backoff import Backoff
from devices.broker import Login
from devices.link import Down, Link, Refusal, State, Will
from devices.link_loop import LinkLoop
from devices.outbox import Entry, Outbox

_MILLISECOND: Final = timedelta(milliseconds=1)
_REMEMBERED: Final = 64
_log = get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a device says about itself."""

    firmware: str
    battery_v: float | None = None
    battery_pct: float | None = None
    rssi_dbm: float | None = None
    uptime_s: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a device answers a command."""

    ok: bool
    detail: str | None = None


class Body(Protocol):
    """The device that an agent speaks for; every call comes on the loop's thread."""

    def health(self) -> Health:
        """What goes into a status."""

    def obey(self, command: Command) -> Outcome:
        """Carry out a command, once."""

    def delivered(self, entry: Entry, refusal: Refusal | None) -> None:
        """The broker answered for a message."""


class Agent:
    """One device, as the broker knows it."""

    def __init__(
        self,
        loop: LinkLoop,
        login: Login,
        kind: Kind,
        outbox: Outbox,
        body: Body,
        *,
        now: Clock = clock.utc_now,
        rng: random.Random | None = None,
        keepalive_s: int = 30,
    ) -> None:
        self.device_id = login.username
        self.outbox = outbox
        self.refused = 0
        self._kind = kind
        self._body = body
        self._now = now
        self._opening: Entry | None = None
        self._session: int | None = None
        self._answered: dict[str, Outcome] = {}
        self._taken: dict[int, Entry] = {}
        self._farewell: int | None = None
        self._leaving = False
        self._back_in_s: float | None = None
        self.link = Link(
            loop,
            login,
            self,
            client_id=self.device_id,
            subscribe=self.topic(Stream.CMD),
            keepalive_s=keepalive_s,
            backoff=Backoff(rng=rng or random.Random()),  # noqa: S311  spreads, hides nothing
        )

    @property
    def is_up(self) -> bool:
        """Whether it is connected now."""
        return self.link.state is State.UP

    @property
    def is_gone(self) -> bool:
        """Whether it has no connection and seeks none."""
        return self.link.state is State.IDLE

    def topic(self, stream: Stream) -> str:
        """Its own topic of a stream."""
        return telemetry(self._kind, self.device_id, stream)

    def send(
        self, stream: Stream, build: Callable[[int], bytes], *, note: str | None = None
    ) -> Entry:
        """Number a message, keep it, and send it as soon as there is a way."""
        entry = self.outbox.append(self.topic(stream), build, note=note)
        self.ready()
        return entry

    def send_raw(self, topic: str, payload: bytes, *, note: str | None = None) -> None:
        """Keep and send bytes without a number of their own."""
        self.outbox.append_unnumbered(topic, payload, note=note)
        self.ready()

    def heartbeat(self) -> None:
        """Say that it is online, when it is."""
        if self.is_up and not self._leaving and self._session is not None:
            self._send_status(online=True, session=self._session)

    def start(self, delay_s: float = 0.0) -> None:
        """Connect, and stay connected."""
        self.link.start(delay_s)

    def leave(self) -> None:
        """Send what is owed, say goodbye, disconnect; `is_gone` tells when."""
        self._back_in_s = None
        self._leaving = True
        self.ready()

    def reboot(self, back_in_s: float) -> None:
        """Leave, and come back after a while."""
        self.leave()
        self._back_in_s = back_in_s

    # What the link asks and tells (devices.link.Owner).

    def opening(self) -> Will | None:
        """Number the status that opens the next session; answer the will that goes with it."""
        at = _whole_ms(self._now())
        if self._opening is None:
            self._opening = self.outbox.append(
                self.topic(Stream.STATUS),
                lambda seq: self._status(at, seq, seq, online=True),
                retain=True,
                aside=True,
            )
        seq = self._opening.seq or 0
        self.outbox.replace(self._opening, self._status(at, seq, seq, online=True))
        will = self._status(at + _MILLISECOND, seq, seq, online=False)
        return Will(self.topic(Stream.STATUS), will)

    def opened(self) -> None:
        """Begin the session with its status, ahead of everything else that waits."""
        if self._opening is not None:
            entry, self._opening = self.outbox.pick(self._opening), None
            self._session = entry.seq
            self._publish(entry)
        self.ready()

    def closed(self, down: Down) -> None:
        """Keep the session's number for the next attempt only if the broker never saw it."""
        self._session = None
        if not down.was_up and down.reached and self._opening is not None:
            self.outbox.give_back(self._opening.place)
            self._opening = None
        if self._back_in_s is not None and self.is_gone:
            delay_s, self._back_in_s = self._back_in_s, None
            self._leaving = False
            self.start(delay_s)

    def acked(self, token: int, refusal: Refusal | None) -> None:
        """Forget what the broker has; try again later what it could not take now."""
        entry = self._taken.pop(token)
        if refusal is not None and not refusal.forever:
            self.outbox.give_back(token)
            self.link.sever()
            return
        if refusal is not None:
            self.refused += 1
        self.outbox.done(token)
        self._body.delivered(entry, refusal)

    def heard(self, topic: str, payload: bytes) -> None:
        """Carry out a command once, however often it is delivered, and acknowledge it."""
        try:
            command = codec.decode_command(payload)
        except BrokenPayload as exc:
            _log.warning("command_broken", device=self.device_id, topic=topic, cause=str(exc))
            return
        outcome = self._answered.get(command.id)
        if outcome is None:
            outcome = self._outcome(command)
            self._answered[command.id] = outcome
            if len(self._answered) > _REMEMBERED:
                del self._answered[next(iter(self._answered))]
        self.send(Stream.ACK, lambda seq: self._ack(seq, command.id, outcome))

    def ready(self) -> None:
        """Publish what waits, as far as the window allows."""
        if (room := self.link.room) and self._opening is None:
            for entry in self.outbox.take(room):
                self._publish(entry)
        if self._leaving and self.is_up:
            self._take_leave()

    def _outcome(self, command: Command) -> Outcome:
        if command.expires_at is not None and command.expires_at < self._now():
            return Outcome(ok=False, detail="expired before it arrived; send it again")
        return self._body.obey(command)

    def _take_leave(self) -> None:
        if self.outbox.held:
            return
        if self._session is not None and self._farewell != self._session:
            self._farewell = self._session
            self._send_status(online=False, session=self._session)
        else:
            self.link.stop()

    def _send_status(self, *, online: bool, session: int) -> None:
        at = _whole_ms(self._now())
        self.outbox.append(
            self.topic(Stream.STATUS),
            lambda seq: self._status(at, seq, session, online=online),
            retain=True,
        )
        self.ready()

    def _publish(self, entry: Entry) -> None:
        self._taken[entry.place] = entry
        self.link.publish(entry.topic, entry.payload, retain=entry.retain, token=entry.place)

    def _status(self, at: datetime, seq: int, session: int, *, online: bool) -> bytes:
        health = self._body.health()
        return codec.encode(
            Status(
                device_id=self.device_id,
                seq=seq,
                measured_at=at,
                received_at=at,
                online=online,
                session=session,
                firmware=health.firmware,
                battery_v=health.battery_v,
                battery_pct=health.battery_pct,
                rssi_dbm=health.rssi_dbm,
                uptime_s=health.uptime_s,
                outbox=self.outbox.held,
                extra={"dropped": self.outbox.dropped} if self.outbox.dropped else None,
            )
        )

    def _ack(self, seq: int, command_id: str, outcome: Outcome) -> bytes:
        at = self._now()
        return codec.encode(
            Ack(
                device_id=self.device_id,
                seq=seq,
                measured_at=at,
                received_at=at,
                command_id=command_id,
                ok=outcome.ok,
                detail=outcome.detail,
            )
        )


def _whole_ms(at: datetime) -> datetime:
    """Cut to what the wire carries, so that a later millisecond is later there too."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
