"""Countdowns of incidents: by a clock that only goes forward, whatever the wall says."""

from datetime import UTC, datetime, timedelta

from control_center.incidents.timers import GRACE_S, MOST_A_ROUND, MOST_AT_ONCE_S, Timers, Waiting

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def waiting(
    number: int = 1, *, due_at: datetime = NOON + MINUTE, step: str = "dispatch"
) -> Waiting:
    """An incident that waits a minute."""
    return Waiting(number, step, due_at, MINUTE)


def rounds(timers: Timers, count: int) -> list[int]:
    """In which seconds from noon on a wait of a minute was over."""
    return [
        at_s
        for at_s in range(count)
        if timers.due([waiting()], NOON + timedelta(seconds=at_s), float(at_s))
    ]


def test_a_minute_is_a_minute() -> None:
    """And whoever is not heard of any more is not answered any more."""
    timers = Timers()
    assert rounds(timers, 63) == [60, 61, 62]
    assert timers.due([], NOON, 64.0) == []


def test_a_wall_clock_that_jumps_fires_nothing() -> None:
    """A day ahead, or a day back, with a hundred incidents open: the count goes on."""
    for jump in (timedelta(days=1), -timedelta(days=1)):
        timers = Timers()
        many = [waiting(number) for number in range(100)]
        assert timers.due(many, NOON, 0.0) == []
        for at_s in range(1, 60):
            assert timers.due(many, NOON + jump, float(at_s)) == []
        assert timers.due(many, NOON + jump, 60.0)


def test_a_machine_that_slept_does_not_fire_everything() -> None:
    """Of an hour's sleep only a few seconds count."""
    timers = Timers()
    assert timers.due([waiting()], NOON, 0.0) == []
    assert timers.due([waiting()], NOON, 3600.0) == []
    left_s = 60 - MOST_AT_ONCE_S
    assert timers.due([waiting()], NOON, 3600.0 + left_s) == []
    for at_s in range(1, 60):
        if timers.due([waiting()], NOON, 3600.0 + left_s + at_s):
            break
    assert at_s < 60


def test_what_was_late_before_the_start_gets_a_grace() -> None:
    """Somebody may be about to act; and a clock set back does not make it wait for hours."""
    timers = Timers()
    late = waiting(due_at=NOON - timedelta(hours=5))
    over = [at_s for at_s in range(40) if timers.due([late], NOON, float(at_s))]
    assert over[0] == GRACE_S
    timers = Timers()
    far = waiting(due_at=NOON + timedelta(hours=5))
    over = [at_s for at_s in range(70) if timers.due([far], NOON, float(at_s))]
    assert over[0] == 60


def test_another_step_or_another_time_begins_anew() -> None:
    """As after an escalation."""
    timers = Timers()
    rounds(timers, 59)
    moved = waiting(due_at=NOON + 2 * MINUTE)
    assert timers.due([moved], NOON + MINUTE, 61.0) == []
    assert timers.due([waiting(step="resolve")], NOON + MINUTE, 62.0) == [1], "its time was up"


def test_few_are_answered_a_round_the_longest_overdue_first() -> None:
    """A thousand incidents at once are worked off."""
    timers = Timers()
    many = [waiting(number, due_at=NOON + timedelta(seconds=number % 60)) for number in range(1000)]
    timers.due([], NOON, 0.0)
    timers.due(many, NOON, 1.0)
    found: list[int] = []
    for at_s in range(2, 30):
        found = timers.due(many, NOON, 1.0 + at_s)
    assert len(found) == MOST_A_ROUND
    assert {number % 60 for number in found} <= {0, 1, 2, 3}
