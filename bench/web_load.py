"""A process of vehicles for the screen's bench: a fix a second each, and what raises alarms.

Run as `python -m bench.web_load JOB.json`. Each vehicle is an MQTT client of its own, all of
them driven by one thread. While the job's `go` file exists, the vehicles take turns to leave
their route or to stop, and are back half a turn later: each time is an alarm of its own by the
rules that come with this build. On SIGTERM it waits for what is in flight and prints one JSON
object on a line: what was sent.
"""

import json
import math
import resource
import signal
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from bench.web_figures import Fact
from core import log
from core.clock import epoch_us, monotonic_s, rfc3339, utc_now
from core.errors import BrokerError
from core.topics import Kind, Stream, telemetry
from devices.broker import Login
from devices.link import Down, Link, Refusal, State, Will
from devices.link_loop import LinkLoop

_FIX_EVERY_S: Final = 1.0
_LOOK_S: Final = 0.2
_DRAIN_S: Final = 20.0
_SPREAD_S: Final = 5.0
"""Connections of one process are opened over so long."""
_STOP_EVERY: Final = 11
"""One alarm of so many opens an incident; no divisor of usual fleets, so all take turns."""
_CENTRE_DEG: Final = (18.135, -94.455)
_HALF_DEG: Final = (0.02, 0.035)
_RADIUS_DEG: Final = 0.002
_TURN_S: Final = 240.0
_KMH: Final = 21.0


class Doing(NamedTuple):
    """Something that a vehicle begins, which is one alarm, and then ends."""

    vehicle: int
    type: str

    @property
    def end(self) -> str:
        """The event that clears it."""
        return f"{self.type}_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Which vehicles, and how often one of them raises an alarm."""

    mqtt_url: str
    passwords: dict[str, str]
    """By device."""
    alarms_per_s: float
    go_file: str

    @property
    def turn_s(self) -> float:
        """How long until a vehicle's turn comes again."""
        return len(self.passwords) / self.alarms_per_s if self.alarms_per_s else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a process of vehicles did."""

    fixes: int
    fixes_s: float
    """For so long it published."""
    waiting: int
    """Messages that the broker had not acknowledged at the end."""
    alarms: list[Fact]


def doing(number: int, vehicles: int) -> Doing:
    """Whose turn it is, and what it does.

    >>> doing(0, 100), doing(101, 100)
    (Doing(vehicle=0, type='unplanned_stop'), Doing(vehicle=1, type='off_route'))
    """
    what = "unplanned_stop" if number % _STOP_EVERY == 0 else "off_route"
    return Doing(number % vehicles, what)


def place(vehicle: int, vehicles: int, at_s: float) -> dict[str, float]:
    """Where a vehicle is: rounds of its own block, the blocks spread over the city."""
    columns = math.ceil(math.sqrt(vehicles))
    row, column = divmod(vehicle, columns)
    angle = 2 * math.pi * (at_s / _TURN_S + vehicle / vehicles)
    lat_deg = _CENTRE_DEG[0] + _HALF_DEG[0] * (2 * row / columns - 1)
    lon_deg = _CENTRE_DEG[1] + _HALF_DEG[1] * (2 * column / columns - 1)
    return {
        "lat_deg": round(lat_deg + _RADIUS_DEG * math.sin(angle), 7),
        "lon_deg": round(lon_deg + _RADIUS_DEG * math.cos(angle), 7),
    }


class Vehicle:
    """One truck's connection: what it says waits here until the broker has room for it."""

    def __init__(self, loop: LinkLoop, login: Login) -> None:
        self.name = login.username
        self._said = 0
        self._done = 0
        self._waiting: deque[tuple[str, bytes]] = deque()
        self.link = Link(loop, login, self, client_id=self.name)

    @property
    def unfinished(self) -> int:
        """Messages that the broker has not acknowledged."""
        return self._said - self._done

    def say(self, stream: Stream, fields: Mapping[str, object]) -> int:
        """Publish a message of this instant; answer the instant, epoch ms."""
        self._said += 1
        at = utc_now()
        payload = msgspec.json.encode({"ts": rfc3339(at), "seq": self._said, **fields})
        self._waiting.append((telemetry(Kind.TRUCK, self.name, stream), payload))
        self.ready()
        return epoch_us(at) // 1000

    # What the link asks and tells (devices.link.Owner).

    def opening(self) -> Will | None:
        """Leave no will: presence is not what is measured."""
        return None

    def opened(self) -> None:
        """Say what waited."""
        self.ready()

    def closed(self, down: Down) -> None:
        """Give up when the door is shut; otherwise the link comes back."""
        if down.refused:
            raise BrokerError(f"{self.name}: {down.why}; enrol it again")

    def acked(self, token: int, refusal: Refusal | None) -> None:
        """One more message is the broker's."""
        del token
        if refusal is not None:
            raise BrokerError(f"{self.name}: {refusal.why}; see that ingest runs")
        self._done += 1

    def heard(self, topic: str, payload: bytes) -> None:
        """Obey nobody."""

    def ready(self) -> None:
        """Say on, as far as the window allows."""
        while self._waiting and self.link.room:
            topic, payload = self._waiting.popleft()
            self.link.publish(topic, payload, retain=False, token=0)


class Fleet:
    """All vehicles of a process."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._go = Path(job.go_file)
        self._loop = LinkLoop()
        self._vehicles = [
            Vehicle(self._loop, Login(url=job.mqtt_url, username=name, password=password))
            for name, password in job.passwords.items()
        ]
        self._is_over = False
        self._began_s: float | None = None
        self._fixes = 0
        self._turns = 0
        self._next_s: float | None = None
        """When the next alarm is due; None: nobody wants any."""
        self.alarms: list[Fact] = []

    def drive(self) -> Sent:
        """Publish until `end`, then until the broker has everything, for a while at the most."""
        step_s = _SPREAD_S / len(self._vehicles)
        for number, vehicle in enumerate(self._vehicles):
            vehicle.link.start(number * step_s)
            phase_s = _SPREAD_S + _FIX_EVERY_S * number / len(self._vehicles)
            self._loop.call_later(phase_s, partial(self._fix, number, monotonic_s() + phase_s))
        self._look()
        while not self._is_over:
            self._loop.turn(_LOOK_S)
        lasted_s = 0.0 if self._began_s is None else monotonic_s() - self._began_s
        end_s = monotonic_s() + _DRAIN_S
        while any(one.unfinished for one in self._vehicles) and monotonic_s() < end_s:
            self._loop.turn(_LOOK_S)
        waiting = sum(one.unfinished for one in self._vehicles)
        for vehicle in self._vehicles:
            vehicle.link.stop()
        while any(one.link.state is not State.IDLE for one in self._vehicles):
            self._loop.turn(_LOOK_S)
            if monotonic_s() > end_s:
                break
        self._loop.close()
        return Sent(fixes=self._fixes, fixes_s=lasted_s, waiting=waiting, alarms=self.alarms)

    def end(self, *_: object) -> None:
        """Let `drive` return soon."""
        self._is_over = True

    def _fix(self, number: int, due_s: float) -> None:
        """A fix, and the next a second after this one was due: a late one delays no other."""
        if self._is_over:
            return
        if self._began_s is None:
            self._began_s = monotonic_s()
        fields = {**self._place(number), "speed_kmh": _KMH, "hdop": 1.0}
        self._vehicles[number].say(Stream.GPS, fields)
        self._fixes += 1
        next_s = max(due_s + _FIX_EVERY_S, monotonic_s() - _FIX_EVERY_S)
        self._loop.call_at(next_s, partial(self._fix, number, next_s))

    def _look(self) -> None:
        """Begin or cease to raise alarms, as the file says."""
        if self._is_over:
            return
        wanted = self._go.exists() and self._job.alarms_per_s > 0
        if wanted and self._next_s is None:
            self._next_s = monotonic_s()
            self._raise()
        elif not wanted:
            self._next_s = None
        self._loop.call_later(_LOOK_S, self._look)

    def _raise(self) -> None:
        """The alarm that is due, and the next in its time."""
        if self._is_over or self._next_s is None:
            return
        what = doing(self._turns, len(self._vehicles))
        self._turns += 1
        vehicle = self._vehicles[what.vehicle]
        where = self._place(what.vehicle)
        at_ms = vehicle.say(
            Stream.EVENT, {"type": what.type, "severity": "warning", "value": 40.0, **where}
        )
        self.alarms.append(Fact(vehicle.name, what.type, at_ms))
        self._loop.call_later(self._job.turn_s / 2, partial(self._end, what))
        self._next_s += 1 / self._job.alarms_per_s
        self._loop.call_at(self._next_s, self._raise)

    def _end(self, what: Doing) -> None:
        if not self._is_over:
            event = {"type": what.end, "severity": "info"}
            self._vehicles[what.vehicle].say(Stream.EVENT, event)

    def _place(self, number: int) -> dict[str, float]:
        return place(number, len(self._vehicles), monotonic_s())


def main() -> None:
    """Drive the fleet of a job's file."""
    log.configure(level="warning")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # paho opens three files a client
    fleet = Fleet(Job(**json.loads(Path(sys.argv[1]).read_text())))
    signal.signal(signal.SIGTERM, fleet.end)
    sys.stdout.write(json.dumps(asdict(fleet.drive())) + "\n")


if __name__ == "__main__":
    main()
