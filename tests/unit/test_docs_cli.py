"""docs/cli.md is what the commands' own help says."""

from pathlib import Path

import pytest

from control_center.cli import COMMANDS
from control_center.cli.reference import render

REFERENCE = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_reference_is_up_to_date() -> None:
    """Written again, it does not change."""
    assert REFERENCE.read_text(encoding="utf-8") == render(), (
        "run `python -m control_center.cli.reference > docs/cli.md`"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_it(name: str) -> None:
    """With a sentence of its own, and a sentence for every option."""
    text = render()
    section = text.partition(f"## `c5 {name}")[2].partition("\n## ")[0]
    assert section.splitlines()[2].endswith((".", "!"))
    for row in section.splitlines():
        if row.startswith("| `"):
            assert row.rstrip(" |").endswith("."), row
