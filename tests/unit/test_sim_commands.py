"""Commands to a simulated device, firmware updates, and the truth file."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.messages import Command
from firmware_sim import ota
from firmware_sim.commands import obey
from firmware_sim.faults import Note
from firmware_sim.truth import Numbers, Truth


@dataclass
class _Machine:
    firmware: str = "1.0.0"
    interval_s: float = 5.0
    reboots: list[float] = field(default_factory=list)

    def reboot(self, back_in_s: float) -> None:
        self.reboots.append(back_in_s)


def _order(name: str, **args: object) -> Command:
    return Command(id="c-1", name=name, args=args)


def test_ping_is_answered() -> None:
    """And changes nothing."""
    machine = _Machine()
    assert obey(machine, _order("ping")).ok
    assert machine == _Machine()


def test_an_interval_is_set_within_reason() -> None:
    """Seconds, a number, neither frantic nor asleep."""
    machine = _Machine()
    assert obey(machine, _order("set_interval", interval_s=10)).ok
    assert machine.interval_s == 10.0
    for wrong in (0, -1, 1e9, "fast", True, None, float("nan")):
        answer = obey(machine, _order("set_interval", interval_s=wrong))
        assert not answer.ok
        assert "interval_s" in (answer.detail or "")
    assert machine.interval_s == 10.0


def test_an_update_with_a_true_manifest_is_installed_and_restarts() -> None:
    """The image is checked against it."""
    machine = _Machine()
    assert obey(machine, _order("update", **ota.Manifest.of("2.0.0").args())).ok
    assert machine.firmware == "2.0.0"
    assert machine.reboots


@pytest.mark.parametrize(
    "change", [{"sha256": "0" * 64}, {"size_bytes": 1}, {"version": ""}, {"sha256": 5}]
)
def test_an_update_that_does_not_match_leaves_the_old_version(change: dict[str, object]) -> None:
    """And says why."""
    machine = _Machine()
    answer = obey(machine, _order("update", **(ota.Manifest.of("2.0.0").args() | change)))
    assert not answer.ok
    assert answer.detail
    assert machine == _Machine()


def test_an_unknown_command_is_refused_by_name() -> None:
    """The answer lists what there is."""
    answer = obey(_Machine(), _order("dance"))
    assert not answer.ok
    assert "dance" in (answer.detail or "")
    assert "ping" in (answer.detail or "")


def test_numbers_are_kept_as_ranges() -> None:
    """Out of order, twice, and with gaps."""
    numbers = Numbers()
    for number in (3, 1, 2, 2, 9, 8, 5):
        numbers.add(number)
    assert numbers.ranges() == [(1, 3), (5, 5), (8, 9)]
    assert len(numbers) == 6
    assert 2 in numbers
    assert 4 not in numbers


def test_truth_is_appended_line_by_line(tmp_path: Path) -> None:
    """A second run adds to the file; without a path nothing happens."""
    path = tmp_path / "deep" / "truth.jsonl"
    for _ in range(2):
        with Truth(path) as truth:
            note = Note("broken_json", "rejected", "broken_json")
            truth.fault("A-1", note, topic="t", payload=b"{", seq=None)
    first, second = map(json.loads, path.read_text().splitlines())
    assert first == second
    assert first["sha256"].startswith("021fb596db81e6d0")
    with Truth(None) as nothing:
        nothing.line(type="city")
