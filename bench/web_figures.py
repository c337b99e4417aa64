"""What the screen's bench makes of what it saw: quantiles, a slope, lost and doubled. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from statistics import linear_regression, quantiles
from typing import Final, NamedTuple

_P50: Final = 49
_P95: Final = 94


class Fact(NamedTuple):
    """What one alarm is about: what a vehicle sent, or what the database made of it."""

    device_id: str
    kind: str
    at_ms: int


class Task(NamedTuple):
    """One long task of a page's main thread, or a span of its time, ms of its own clock."""

    start_ms: float
    length_ms: float


class Account(NamedTuple):
    """What became of alarms."""

    lost: int
    doubled: int


def percentiles(samples: Sequence[float]) -> dict[str, float | int | None]:
    """Median and 95th percentile, ms, and of how many.

    >>> percentiles([10.0, 20.0, 30.0])
    {'p50': 20.0, 'p95': 29.0, 'samples': 3}
    """
    if len(samples) < 2:  # noqa: PLR2004  quantiles need two
        return {"p50": None, "p95": None, "samples": len(samples)}
    cuts = quantiles(samples, n=100, method="inclusive")
    return {"p50": round(cuts[_P50], 1), "p95": round(cuts[_P95], 1), "samples": len(samples)}


def slope_per_min(points: Sequence[tuple[float, float]]) -> float | None:
    """Least squares slope a minute of (s, value); None where there are fewer than three.

    >>> slope_per_min([(0.0, 10.0), (30.0, 11.0), (60.0, 12.0)])
    2.0
    """
    if len(points) < 3:  # noqa: PLR2004  two say nothing about a slope
        return None
    return round(linear_regression(*zip(*points, strict=True)).slope * 60, 3)


def own(tasks: Iterable[Task], collections: Collection[Task]) -> list[Task]:
    """The page's own long tasks, without those in which the bench had garbage collected.

    >>> own([Task(0, 60), Task(100, 90)], [Task(90, 110)])
    [Task(start_ms=0, length_ms=60)]
    """
    return [
        task
        for task in tasks
        if not any(
            task.start_ms < span.start_ms + span.length_ms
            and span.start_ms < task.start_ms + task.length_ms
            for span in collections
        )
    ]


def account(
    sent: Collection[Fact],
    raised: Iterable[tuple[int, Fact]],
    held: Collection[int],
    shown: Iterable[int],
) -> Account:
    """Count what was lost or doubled on the way from a vehicle to a screen.

    sent    each of them is one alarm
    raised  the database's alarms by number
    held    numbers that the screen has had
    shown   numbers that it drew as new, each time that it did
    """
    rows = list(raised)
    known = set(sent)
    of_fact = Counter(fact for _, fact in rows if fact in known)
    lost_before = len(known) - len(of_fact)
    lost_after = sum(number not in held for number, _ in rows)
    twice = sum(times - 1 for times in of_fact.values())
    twice += sum(times - 1 for times in Counter(shown).values())
    return Account(lost_before + lost_after, twice)
