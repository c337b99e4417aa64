"""Words of a panic button: whose they are, and that no alarm repeats them."""

from datetime import UTC, datetime

import pytest

from control_center.auth import pressed
from control_center.rules import rule
from control_center.rules.facts import Happened
from control_center.rules.judge import Held, Judge, Raised

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CASES = [
    ("panic", "tamper", True),
    ("truck", "panic_driver", True),
    (None, "tamper", True),
    ("truck", "tamper", False),
]


@pytest.mark.parametrize(("kind", "what", "hidden"), CASES)
def test_what_a_button_wrote_is_told_by_no_alarm(
    kind: str | None, what: str, *, hidden: bool
) -> None:
    """Whatever the rule is called, and whatever the button says has happened."""
    assert pressed.may_name(kind, what) is hidden
    when = {"fact": "event", "types": ["tamper", "panic_driver"]}
    about = {
        "id": "r",
        "kind": "r",
        "severity": "MAJOR",
        "title_es": "R",
        "title_en": "R",
        "when": when,
    }
    judge = Judge([Held(rule.parse(about), 1)], {})
    said = Happened("D-1", kind, what, None, NOW, None, text="Soy Ana")
    [raised] = judge.events([said])
    assert isinstance(raised, Raised)
    assert raised.detail == {"event": what} | ({} if hidden else {"text": "Soy Ana"})
