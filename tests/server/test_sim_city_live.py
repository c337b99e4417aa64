"""A simulated city on a real broker: it says what the truth file says it said."""

import json
from pathlib import Path
from typing import Any

import pytest

from core import codec
from core.clock import utc_now
from core.errors import ConfigError
from core.messages import Command, Status
from core.topics import Kind, Stream, parse
from deploy import cities
from devices.broker import CONTROL, Login
from devices.commands import Commander
from firmware_sim import ota
from firmware_sim.city import Counts, Plan, build
from firmware_sim.faults import FAULTS, FaultRates
from firmware_sim.run import NotDrained, Simulation
from tests.server.sim_listener import Listener, enrolled, listening
from tests.servers.fixtures import Broker
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
SMALL = Counts(truck=3, air=2, noise=2, camera=1, counter=1, panic=1, power=1, bus=1)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A dozen devices."""
    return build(cities.load("coatzacoalcos").folder, seed=11, counts=SMALL)


@pytest.fixture(scope="module")
def passwords(plan: Plan, broker: Broker) -> dict[str, str]:
    """All of them enrolled."""
    return enrolled(broker, [(planned.kind, planned.device_id) for planned in plan.devices])


def _lines(path: Path, kind: str) -> list[dict[str, Any]]:
    found = map(json.loads, path.read_text().splitlines())
    return [line for line in found if line["type"] == kind]


def _spread(ranges: list[list[int]]) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


def _kept_seqs(listener: Listener, device_id: str) -> set[int]:
    """Numbers that a decoder would keep, but for times that no clock can show."""
    now = utc_now()
    return {
        message.seq
        for message in listener.decoded(device_id)
        if -300 < (now - message.measured_at).total_seconds() < 30 * 86_400
    }


def test_the_truth_is_what_was_heard(
    plan: Plan, passwords: dict[str, str], broker: Broker, tmp_path: Path
) -> None:
    """Every number the truth calls stored was heard and is decodable; the others are not."""
    truth = tmp_path / "truth.jsonl"
    simulation = Simulation(
        plan,
        broker.url,
        passwords,
        state_dir=tmp_path,
        truth_path=truth,
        faults=FaultRates.none(),
    )
    for name in ("A-001", "T-001"):
        simulation.devices[name].interval_s = 0.3
    with listening(broker) as listener:
        simulation.start()
        for label in sorted(set(FAULTS) - {"stuck", "outage"}):
            kind = Kind.TRUCK if Kind.TRUCK in FAULTS[label].kinds else Kind.AIR
            simulation.inflict(f"{'T' if kind is Kind.TRUCK else 'A'}-001", label)
        wait_until(
            lambda: len(_lines(truth, "fault")) >= len(FAULTS) - 2, timeout_s=60, what="the faults"
        )
        stats = simulation.stop()
        wait_until(lambda: len(listener.heard) >= stats.published + stats.duplicates)
        for line in _lines(truth, "device"):
            kept = _kept_seqs(listener, line["device_id"])
            assert _spread(line["stored_seqs"]) == kept, line["device_id"]
            assert not _spread(line["rejected_seqs"]) & kept
        faults = _lines(truth, "fault")
        assert {line["label"] for line in faults} == set(FAULTS) - {"stuck", "outage"}
        for line in faults:
            assert (line["expected"], line["reason"] or "") == FAULTS[line["label"]][1:3]
    assert stats.held == stats.dropped == stats.turned_away == stats.intrusions == 0
    assert stats.refused == 1
    assert stats.duplicates == 1
    assert sum(stats.stored_expected.values()) + stats.rejected_expected == stats.published
    assert len(list((tmp_path / "truth" / "routes").glob("*.geojson"))) == 3


def test_everyone_says_hello_and_goodbye(
    plan: Plan, passwords: dict[str, str], broker: Broker, tmp_path: Path
) -> None:
    """Each device is online while it runs, speaks, and its last status is offline."""
    with listening(broker) as listener:
        with Simulation(
            plan, broker.tls_url, passwords, state_dir=tmp_path, ca_file=broker.ca_file
        ) as simulation:
            wait_until(lambda: simulation.stats().connected == len(plan.devices))
            wait_until(
                lambda: (
                    {parse(one.topic).device_id for one in listener.heard}
                    >= {planned.device_id for planned in plan.devices}
                )
            )
        stats = simulation.stats()
        wait_until(lambda: len(listener.heard) >= stats.published)
        for planned in plan.devices:
            statuses = listener.decoded(planned.device_id, Stream.STATUS)
            assert [s.online for s in statuses if isinstance(s, Status)] == [True, False]


def test_a_broker_that_is_away_is_waited_for(
    plan: Plan, passwords: dict[str, str], broker: Broker, tmp_path: Path
) -> None:
    """What could not be sent is said to be so, kept, and sent by the next run."""
    with Proxy(broker.port) as proxy, listening(broker) as listener:
        url = f"mqtt://127.0.0.1:{proxy.port}"
        first = Simulation(plan, url, passwords, state_dir=tmp_path)
        first.start()
        wait_until(lambda: first.stats().connected == len(plan.devices))
        proxy.cut()
        wait_until(lambda: first.stats().connected == 0 and first.stats().held > 10)
        with pytest.raises(NotDrained, match="outboxes"):
            first.stop(timeout_s=0.2)
        proxy.restore()
        second = Simulation(plan, url, passwords, state_dir=tmp_path)
        second.start()
        wait_until(lambda: second.stats().connected == len(plan.devices))
        second.stop()
        lasts = {name: one.agent.outbox.next_seq for name, one in second.devices.items()}
        for name, last in lasts.items():
            assert set(range(1, last)) == _awaited(listener, name, last - 1)


def _awaited(listener: Listener, device_id: str, count: int) -> set[int]:
    """The numbers of a device, once as many as it issued were heard."""
    return wait_until(
        lambda: seqs if len(seqs := set(listener.seqs(device_id))) >= count else set(),
        what=f"{count} numbers of {device_id}",
    )


def test_a_device_obeys(
    plan: Plan, passwords: dict[str, str], broker: Broker, tmp_path: Path
) -> None:
    """It changes its interval, and an update makes it come back with new firmware."""
    control = Login(url=broker.url, username=CONTROL, password=broker.password(CONTROL))
    commander = Commander(control)
    with (
        listening(broker) as listener,
        Simulation(plan, broker.url, passwords, state_dir=tmp_path) as simulation,
    ):
        device = simulation.devices["N-001"]
        wait_until(lambda: device.agent.is_up)
        faster = Command(id="i-1", name="set_interval", args={"interval_s": 1})
        commander.send(Kind.NOISE, "N-001", faster, expires_s=30)
        wait_until(lambda: device.interval_s == 1.0)
        update = Command(id="u-1", name="update", args=ota.Manifest.of("station-9.9").args())
        commander.send(Kind.NOISE, "N-001", update, expires_s=30)

        def firmwares() -> list[str | None]:
            statuses = listener.decoded("N-001", Stream.STATUS)
            return [s.firmware for s in statuses if isinstance(s, Status) and s.online]

        wait_until(lambda: "station-9.9" in firmwares(), timeout_s=30)
        assert len(listener.decoded("N-001", Stream.ACK)) == 2
    commander.close()


def test_all_messages_are_of_streams_their_kind_has(
    plan: Plan, passwords: dict[str, str], broker: Broker, tmp_path: Path
) -> None:
    """Every payload decodes on its own topic, whatever the device."""
    wanted = {
        (Kind.TRUCK, Stream.GPS),
        (Kind.BUS, Stream.GPS),
        (Kind.AIR, Stream.READING),
        (Kind.NOISE, Stream.READING),
        (Kind.CAMERA, Stream.PLATE),
    }
    with listening(broker) as listener:
        with Simulation(plan, broker.url, passwords, state_dir=tmp_path):
            wait_until(
                lambda: {parse(one.topic)[::2] for one in list(listener.heard)} >= wanted,
                timeout_s=30,
            )
        for topic, payload in list(listener.heard):
            assert not codec.decode(parse(topic), payload, utc_now()).refused


def test_a_missing_credential_is_refused_before_anything_starts(
    plan: Plan, broker: Broker, tmp_path: Path
) -> None:
    """The message names a device."""
    with pytest.raises(ConfigError, match="T-001"):
        Simulation(plan, broker.url, {}, state_dir=tmp_path)
