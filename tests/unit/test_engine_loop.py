"""A part's failure is its own: logged, tried again with pauses, and no end to the others."""

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
import structlog

from control_center.engine import loop
from control_center.engine.loop import Loop
from control_center.engine.metrics import Metrics
from control_center.engine.outcome import Outcome
from control_center.engine.words import words
from core.errors import ServiceError, TransientStoreError
from core.happenings import Happening
from geo.route import Route
from geo.route_place import Place
from tests.servers.waiting import wait_until


class Scripted:
    """A part that does what it is told, round by round, and then nothing more."""

    def __init__(self, *script: Exception | int) -> None:
        self.script = list(script)
        self.made = 0
        self.closed = 0

    def make(self, _asked: Callable[[], bool]) -> "Scripted":
        """Count how often it is made."""
        self.made += 1
        return self

    def tick(self, now: datetime) -> int:
        """The next of the script."""
        assert now.tzinfo is not None
        answer = self.script.pop(0) if self.script else 0
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Count how often it is closed."""
        self.closed += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are retried soon."""
    monkeypatch.setattr(loop, "_FIRST_RETRY_S", 0.001)
    monkeypatch.setattr(loop, "_MOST_RETRY_S", 0.002)


def played(part: Scripted, rounds: int) -> tuple[list[Outcome], list[str]]:
    """What came of its rounds, and what was logged."""
    outcomes: list[Outcome] = []
    stopping = threading.Event()
    with structlog.testing.capture_logs() as logs:
        one = Loop("live", part.make, 0.001, stopping=stopping, report=outcomes.append)
        thread = threading.Thread(target=one.run)
        thread.start()
        wait_until(lambda: len(outcomes) >= rounds)
        stopping.set()
        thread.join(5)
        assert not thread.is_alive()
    return outcomes[:rounds], [entry["event"] for entry in logs]


def test_what_is_away_keeps_the_part() -> None:
    """What it remembers is still right."""
    part = Scripted(3, TransientStoreError("away"), ServiceError("no mail"), 4)
    outcomes, logs = played(part, 4)
    assert [(one.made, one.cause) for one in outcomes] == [
        (3, None),
        (0, "away"),
        (0, "no mail"),
        (4, None),
    ]
    assert (part.made, logs) == (1, ["part_waits", "part_waits"])
    assert part.closed == 1


def test_a_fault_of_ours_makes_the_part_anew() -> None:
    """And the work goes on."""
    part = Scripted(1, ValueError("odd"), 2)
    outcomes, logs = played(part, 3)
    assert [(one.made, one.cause) for one in outcomes] == [
        (1, None),
        (0, "ValueError: odd"),
        (2, None),
    ]
    assert (part.made, logs) == (2, ["part_failed", "part_waits"])


def test_a_part_that_cannot_be_made_is_tried_again() -> None:
    """As one that fails later."""
    part = Scripted(5)
    failing = iter([ImportError("missing"), None])

    class Late(Scripted):
        def make(self, asked: Callable[[], bool]) -> Scripted:
            trouble = next(failing)
            if trouble is not None:
                raise trouble
            return part.make(asked)

    outcomes, _ = played(Late(), 2)
    assert [one.cause for one in outcomes] == ["ImportError: missing", None]


def test_what_a_part_did_is_counted() -> None:
    """By part; a failure is no success."""
    metrics = Metrics()
    metrics.note(Outcome("live", 3, 0.01, 100.0))
    metrics.note(Outcome("live", 0, 0.01, 101.0, "away"))
    metrics.note(Outcome("keeper", 2, 1.5, 102.0))
    metrics.told([0.2, -1.0])

    def value(name: str, part: str) -> float | None:
        return metrics.registry.get_sample_value(name, {"part": part})

    assert value("c5_engine_made_total", "live") == 3
    assert value("c5_engine_ticks_total", "live") == 1
    assert value("c5_engine_failures_total", "live") == 1
    assert value("c5_engine_last_success_timestamp_seconds", "live") == 100.0
    assert value("c5_engine_made_total", "keeper") == 2
    assert metrics.registry.get_sample_value("c5_engine_event_lag_seconds_count") == 2


@pytest.mark.parametrize(
    ("what", "value", "said"),
    [
        (Happening.OFF_ROUTE, 243.6, "Centro · 244 m"),
        (Happening.OFF_ROUTE_END, 7500.0, "Centro · 2 h 05 min"),
        (Happening.UNPLANNED_STOP, 303.0, "Centro · 5 min"),
        (Happening.OVERSPEED, 74.2, "Centro · 74 km/h > 60"),
        (Happening.LANDFILL_ENTER, None, "Las Matas"),
        (Happening.LANDFILL_EXIT, 75.0, "Las Matas · 75 s"),
        (Happening.DEPOT_EXIT, None, "Centro"),
    ],
)
def test_an_event_says_where_and_how_much(what: Happening, value: float | None, said: str) -> None:
    """In words that need no language."""
    route = Route("R-1", "Centro", (), landfill=Place("Las Matas", 18.0, -94.0, 200.0))
    assert words(what, route, value, 60.0) == said
