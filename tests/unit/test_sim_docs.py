"""The simulator's page names everything that there is."""

from pathlib import Path

from core.topics import Kind
from firmware_sim.city import Counts, ids
from firmware_sim.deviations import Kind as Deviation
from firmware_sim.faults import FAULTS
from firmware_sim.run_truth import STATES
from firmware_sim.strays import STRAYS
from firmware_sim.troubles import Trouble

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")


def test_every_fault_is_documented_with_its_fate() -> None:
    """Label, expected fate and the code under which it is found."""
    section = PAGE[PAGE.index("### Faults") :]
    section = section[: section.index("\n### ", 1)]
    lines = [row for row in section.splitlines() if row.startswith("|")]
    rows = {row.split("|")[1].strip(" `"): row for row in lines}
    for label, fault in FAULTS.items():
        assert fault.expected in rows[label]
        assert fault.reason in rows[label]


def test_every_kind_is_documented_with_its_names_and_number() -> None:
    """As the simulator makes them by default."""
    for kind in Kind:
        assert f"| `{kind}` | `{ids(kind, 1)[0]}` … | {Counts().of(kind)} |" in PAGE


def test_every_command_is_documented() -> None:
    """What a device obeys."""
    for name in ("ping", "set_interval", "reboot", "update"):
        assert f"| `{name}` |" in PAGE


def test_every_deviation_and_state_is_documented() -> None:
    """What drivers did yesterday, what trucks do live, what befell stations; a block's truth."""
    for name in (*STRAYS, *(kind.value for kind in Deviation), *Trouble):
        assert f"| `{name}` |" in PAGE
    for state in STATES:
        assert f"`{state}`" in PAGE
