"""One simulated device: a behaviour, its bad luck, and the agent that speaks for it."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from core import clock
from core.clock import Clock, monotonic_s
from core.errors import UnknownTopic
from core.log import get
from core.messages import Command
from core.topics import parse
from devices.agent import Agent, Health, Outcome
from devices.broker import Login
from devices.link import Refusal
from devices.link_loop import LinkLoop
from devices.outbox import Entry, Outbox
from firmware_sim import commands
from firmware_sim.behaviour import Behaviour
from firmware_sim.faults import BAD, Injector, Note, Shipment
from firmware_sim.truth import Numbers, Truth

HEARTBEAT_S: Final = 30.0
_log = get(__name__)


@dataclass(slots=True)
class Tally:
    """What the broker has answered for, so far; over all devices of a simulation."""

    published: int = 0
    """Distinct messages acknowledged: stored ones and rejected ones, no repeats."""
    rows_by_stream: Counter[str] = field(default_factory=Counter)
    """Of those, the ones that must be stored."""
    duplicates: int = 0
    late: int = 0
    refused: int = 0
    """Attempts that the broker turned away, as it should."""
    turned_away: int = 0
    """Messages that the broker turned away and should not have."""
    intrusions: int = 0
    """Attempts on another's topic that the broker took: never, if its rights are in order."""
    bad: Counter[str] = field(default_factory=Counter)
    """Messages that must be found among the rejects or flags, by label."""
    rejected: int = 0
    flagged: int = 0


class Device:
    """Ticks, and sends what its behaviour says."""

    def __init__(
        self,
        loop: LinkLoop,
        login: Login,
        behaviour: Behaviour,
        outbox: Outbox,
        *,
        truth: Truth,
        tally: Tally,
        rng: random.Random,
        now: Clock = clock.utc_now,
    ) -> None:
        self.device_id = login.username
        self.behaviour = behaviour
        self.interval_s = behaviour.interval_s
        self.firmware = behaviour.health().firmware
        self.injector = Injector(self.device_id, behaviour.kind, rng)
        self.stored = Numbers()
        self.rejected = Numbers()
        self._loop = loop
        self._rng = rng
        self._now = now
        self._truth = truth
        self._tally = tally
        self._running = False
        self._off_until_s = 0.0
        self._due_s = 0.0
        self.agent = Agent(
            loop,
            login,
            behaviour.kind,
            outbox,
            self,
            now=now,
            rng=rng,
        )

    def start(self, delay_s: float) -> None:
        """Connect and begin to tick, each at its own phase."""
        self._running = True
        self.agent.start(delay_s)
        self._due_s = monotonic_s() + delay_s + self._rng.uniform(0, min(2.0, self.interval_s))
        self._loop.call_at(self._due_s, self._tick)
        self._loop.call_later(delay_s + self._rng.uniform(0.5, 1) * HEARTBEAT_S, self._beat)

    def quiet(self) -> None:
        """Tick no more; what is in the outbox may still go."""
        self._running = False

    def reboot(self, back_in_s: float) -> None:
        """Finish speaking, be off for a while, come back."""
        self._off_until_s = monotonic_s() + back_in_s
        self._loop.call(lambda: self.agent.reboot(back_in_s))

    def lose_radio(self, seconds_s: float, then: Callable[[], None]) -> None:
        """Go on measuring without a connection for a while."""

        def found() -> None:
            if self._running:
                self.agent.start()
            then()

        self.agent.link.sever(stay_away=True)
        self._loop.call_later(seconds_s, found)

    def _tick(self) -> None:
        if not self._running:
            return
        now_s = monotonic_s()
        missed = max(1, 1 + int((now_s - self._due_s) / self.interval_s))
        if now_s >= self._off_until_s:
            for message in self.injector.apply(
                self.behaviour.tick(self._now(), missed * self.interval_s)
            ):
                self._ship(message)
        self._due_s += missed * self.interval_s
        self._loop.call_at(self._due_s, self._tick)

    def _beat(self) -> None:
        if self._running:
            self.agent.heartbeat()
            self._loop.call_later(HEARTBEAT_S, self._beat)

    def _ship(self, shipment: Shipment) -> None:
        written = _written(shipment.note)
        if shipment.repeat:
            entry = self.agent.send(shipment.stream, shipment.build)
            note = _written(shipment.note, seq=entry.seq)
            self.agent.send_raw(entry.topic, entry.payload, note=note)
        elif shipment.numbered:
            self.agent.send(shipment.stream, shipment.build, note=written)
        else:
            topic = shipment.topic or self.agent.topic(shipment.stream)
            payload = shipment.build(self.agent.outbox.next_seq)
            self.agent.send_raw(topic, payload, note=written)

    def health(self) -> Health:
        """What it says of itself, with the firmware it runs now."""
        return replace(self.behaviour.health(), firmware=self.firmware)

    def obey(self, command: Command) -> Outcome:
        """Carry out a command."""
        return commands.obey(self, command)

    def delivered(self, entry: Entry, refusal: Refusal | None) -> None:
        """Count what the broker answered for, and write down what was done to it."""
        tally = self._tally
        noted = None if entry.note is None else msgspec.json.decode(entry.note, type=_Noted)
        if refusal is not None:
            if noted is None or noted.expected != "refused":
                tally.turned_away += 1
                _log.warning(
                    "message_refused",
                    device=self.device_id,
                    topic=entry.topic,
                    cause=refusal.why,
                )
                return
            tally.refused += 1
        elif noted is not None and noted.expected == "duplicate":
            tally.duplicates += 1
        elif noted is not None and noted.expected == "refused":
            tally.intrusions += 1
        else:
            tally.published += 1
            self._count(entry, noted)
        if noted is not None:
            note = Note(noted.label, noted.expected, noted.reason)
            seq = entry.seq if noted.seq is None else noted.seq
            self._truth.fault(
                self.device_id, note, topic=entry.topic, payload=entry.payload, seq=seq
            )

    def _count(self, entry: Entry, noted: "_Noted | None") -> None:
        tally = self._tally
        expected = "" if noted is None else noted.expected
        if noted is not None and expected in BAD:
            tally.bad[noted.label] += 1
            tally.flagged += expected == "flagged"
        tally.late += expected == "late_ok"
        if expected == "rejected":
            tally.rejected += 1
            if entry.seq is not None:
                self.rejected.add(entry.seq)
        else:
            if entry.seq is not None:
                self.stored.add(entry.seq)
            tally.rows_by_stream[_stream(entry.topic)] += 1


class _Noted(msgspec.Struct):
    label: str
    expected: str
    reason: str
    seq: int | None = None


def _written(note: Note | None, *, seq: int | None = None) -> str | None:
    if note is None:
        return None
    return msgspec.json.encode(_Noted(*note, seq=seq)).decode()


def _stream(topic: str) -> str:
    try:
        return parse(topic).stream.value
    except UnknownTopic:
        return "other"
