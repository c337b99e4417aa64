"""Run a planned city against a real broker, one thread for all of its devices.

Each device is its own MQTT client with its own credential, outbox and will.
`stop(drain=True)` returns when every message was acknowledged and every device
has said goodbye. An error in any device ends the simulation and is raised by
`stop`.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from core import clock
from core.errors import C5Error, ConfigError
from core.log import get
from core.topics import Kind
from devices.broker import Login
from devices.link_loop import LinkLoop
from devices.outbox import OutboxFile
from firmware_sim.behaviour import generator
from firmware_sim.city import Plan
from firmware_sim.device import Device, Tally
from firmware_sim.faults import FAULTS, FaultRates
from firmware_sim.strays import Stray
from firmware_sim.truth import Truth
from firmware_sim.vehicles import Truck

OUTBOX_MESSAGES: Final = 5000
_OUTAGE_S: Final = (8.0, 20.0)
_STARTS_PER_S: Final = 200
_TURN_S: Final = 0.2
_log = get(__name__)


class NotDrained(C5Error):
    """Messages were still unacknowledged when the time to drain was over."""

    reason = "not_drained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What a simulation has done so far, as the broker acknowledged it."""

    devices: int
    connected: int
    published: int
    """Distinct messages acknowledged, those that must be rejected included."""
    stored_expected: dict[str, int]
    """Distinct messages that must be stored, by stream; flagged and late ones included."""
    rejected_expected: int
    flagged_expected: int
    late: int
    duplicates: int
    """Messages sent a second time on purpose."""
    bad: dict[str, int]
    """Messages that must be found among the rejects or the flags, by label."""
    refused: int
    """Attempts on another's topic, refused by the broker."""
    intrusions: int
    """Such attempts that it took; 0 when its rights are in order."""
    turned_away: int
    """Good messages that the broker refused: a missing right, or a revoked device."""
    outages: int
    held: int
    """Messages waiting in outboxes."""
    dropped: int
    """Messages that full outboxes let go."""


class Simulation:
    """A city that runs."""

    def __init__(
        self,
        plan: Plan,
        mqtt_url: str,
        credentials: Mapping[str, str],
        *,
        state_dir: Path,
        faults: FaultRates | None = None,
        truth_path: Path | None = None,
        ca_file: Path | None = None,
        outbox_messages: int = OUTBOX_MESSAGES,
    ) -> None:
        missing = [d.device_id for d in plan.devices if d.device_id not in credentials]
        if missing:
            raise ConfigError(
                f"{len(missing)} devices have no credential, {missing[0]} among them; "
                "enrol them with `c5 device add` and pass their passwords"
            )
        self.plan = plan
        self._loop = LinkLoop()
        self._outboxes = OutboxFile(state_dir / "outbox.sqlite")
        self._truth = Truth(truth_path)
        self._truth_path = truth_path
        self._tally = Tally()
        self._rates = faults or FaultRates.none()
        self._rng = generator(plan.seed, "faults")
        self._stray_rng = generator(plan.seed, "strays")
        self._outages = 0
        self._failure: BaseException | None = None
        self._running = True
        self.devices = {
            planned.device_id: Device(
                self._loop,
                Login(
                    url=mqtt_url,
                    username=planned.device_id,
                    password=credentials[planned.device_id],
                    ca_file=ca_file,
                ),
                behaviour,
                self._outboxes.of(planned.device_id, capacity=outbox_messages),
                truth=self._truth,
                tally=self._tally,
                rng=generator(plan.seed, planned.device_id, "luck"),
            )
            for planned, behaviour in plan.behaviours()
        }
        self._thread = threading.Thread(target=self._run, name="simulation", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(drain=kind is None)

    def start(self) -> None:
        """Let every device connect and begin."""
        self._truth.line(
            type="city",
            name=self.plan.name,
            seed=self.plan.seed,
            devices=len(self.devices),
            started_at=clock.rfc3339(clock.utc_now()),
        )
        if self._truth_path is not None:
            self.plan.write_routes(self._truth_path.with_suffix("") / "routes")
        for number, device in enumerate(self.devices.values()):
            device.start(number / _STARTS_PER_S)
        for label, every_s in sorted(self._rates.every_s.items()):
            first_s = every_s * self._rng.uniform(0.1, 0.6)
            self._loop.call_later(first_s, partial(self._misfortune, label, every_s))
        for label, every_s in sorted(self._rates.strays_every_s.items()):
            self._loop.call_later(every_s / 10, partial(self._stray, label, every_s))
        self._thread.start()

    def stop(self, *, drain: bool = True, timeout_s: float = 60.0) -> Stats:
        """End it: with `drain`, send everything owed and say goodbye first.

        Answers the final numbers. NotDrained when the broker did not take everything in time.
        """
        if self._running:
            self._running = False
            self._loop.call(self._dismiss if drain else self._abandon)
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                self._loop.call(self._abandon)
                self._thread.join()
            self._close()
        if self._failure is not None:
            raise self._failure
        stats = self.stats()
        if drain and stats.held:
            raise NotDrained(
                f"{stats.held} messages are still in the outboxes after {timeout_s:g} s; they are "
                "kept, and sent when the same simulation starts again"
            )
        return stats

    @property
    def failed(self) -> bool:
        """Whether an error has ended it; `stop` raises it."""
        return self._failure is not None

    def stats(self) -> Stats:
        """Count; from any thread."""
        tally, devices = self._tally, self.devices.values()
        return Stats(
            devices=len(self.devices),
            connected=sum(device.agent.is_up for device in devices),
            published=tally.published,
            stored_expected=dict(tally.rows_by_stream),
            rejected_expected=tally.rejected,
            flagged_expected=tally.flagged,
            late=tally.late,
            duplicates=tally.duplicates,
            bad=dict(tally.bad),
            refused=tally.refused,
            intrusions=tally.intrusions,
            turned_away=tally.turned_away,
            outages=self._outages,
            held=sum(device.agent.outbox.held for device in devices),
            dropped=sum(device.agent.outbox.dropped for device in devices),
        )

    def inflict(self, device_id: str, label: str) -> None:
        """Order one fault for one device; safe from any thread."""
        device = self.devices[device_id]
        self._loop.call(lambda: self._befall(device, label))

    def _run(self) -> None:
        try:
            while self._running or not all(d.agent.is_gone for d in self.devices.values()):
                self._loop.turn(_TURN_S)
        except BaseException as exc:  # noqa: BLE001  raised again by stop
            self._failure = exc
            _log.error("simulation_failed", cause=repr(exc))

    def _dismiss(self) -> None:
        for device in self.devices.values():
            device.quiet()
            device.agent.start()
            device.agent.leave()

    def _abandon(self) -> None:
        for device in self.devices.values():
            device.quiet()
            device.agent.link.sever(stay_away=True)

    def _close(self) -> None:
        self._loop.close()
        for device in self.devices.values():
            self._truth.line(
                type="device",
                device_id=device.device_id,
                kind=device.behaviour.kind,
                stored_seqs=device.stored.ranges(),
                rejected_seqs=device.rejected.ranges(),
                dropped=device.agent.outbox.dropped,
                held=device.agent.outbox.held,
            )
        self._truth.close()
        self._outboxes.close()

    def _misfortune(self, label: str, every_s: float) -> None:
        """Let a fault befall some fitting device, and plan the next."""
        if not self._running:
            return
        kinds = FAULTS[label].kinds
        fitting = [d for d in self.devices.values() if d.behaviour.kind in kinds]
        if fitting:
            self._befall(self._rng.choice(fitting), label)
        delay_s = every_s * self._rng.uniform(0.6, 1.4)
        self._loop.call_later(delay_s, partial(self._misfortune, label, every_s))

    def _stray(self, label: str, every_s: float) -> None:
        """Send some truck on an errand that was not planned, and plan the next."""
        if not self._running:
            return
        trucks = [
            device.behaviour
            for device in self.devices.values()
            if isinstance(device.behaviour, Truck) and not device.behaviour.errands
        ]
        self._stray_rng.shuffle(trucks)
        for truck in trucks:
            route = self.plan.truck_routes[truck.device_id]
            told = partial(self._strayed, truck.device_id)
            stray = Stray(label, self.plan.streets, route, self._stray_rng, told)
            if stray.is_possible(truck):
                truck.errands.append(stray)
                break
        self._loop.call_later(every_s, partial(self._stray, label, every_s))

    def _strayed(self, device_id: str, stray: Stray) -> None:
        """Write down that an errand began, or is over."""
        began, ended = (
            None if at is None else clock.rfc3339(at) for at in (stray.began_at, stray.ended_at)
        )
        self._truth.line(
            type="deviation", device_id=device_id, label=stray.label, from_ts=began, to_ts=ended
        )

    def _befall(self, device: Device, label: str) -> None:
        if label != "outage":
            device.injector.order(label)
            return
        lasts_s = self._rng.uniform(*_OUTAGE_S)
        began = clock.rfc3339(clock.utc_now())

        def over() -> None:
            self._truth.line(
                type="outage",
                device_id=device.device_id,
                expected=FAULTS[label].expected,
                from_ts=began,
                to_ts=clock.rfc3339(clock.utc_now()),
            )

        self._outages += 1
        device.lose_radio(lasts_s, over)


def kind_counts(plan: Plan) -> dict[Kind, int]:
    """How many devices of each kind a plan has."""
    return {kind: sum(d.kind is kind for d in plan.devices) for kind in Kind}
