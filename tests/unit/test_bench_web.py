"""The screen's bench counts what it says: what was lost, what came twice, whose task was long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import web
from bench.web_figures import Account, Fact, Task, account, own, percentiles, slope_per_min
from bench.web_load import Sent, doing, place
from bench.web_page import Seen
from core.errors import ConfigError

ONE, TWO = Fact("T-1", "off_route", 1_000), Fact("T-2", "off_route", 1_000)
AGAIN = Fact("T-1", "off_route", 21_000)


@pytest.mark.parametrize(
    ("raised", "held", "shown", "became"),
    [
        ([(1, ONE), (2, TWO)], {1, 2}, [1, 2], Account(0, 0)),
        ([(1, ONE)], {1}, [1], Account(1, 0)),
        ([(1, ONE), (2, TWO)], {1}, [1], Account(1, 0)),
        ([(1, ONE), (2, TWO), (3, TWO)], {1, 2, 3}, [1, 2, 3], Account(0, 1)),
        ([(1, ONE), (2, TWO)], {1, 2}, [1, 2, 2], Account(0, 1)),
        ([(1, ONE), (2, TWO), (3, Fact("A-1", "air_bad", 5))], {1, 2}, [1, 2], Account(1, 0)),
    ],
    ids=["whole", "never raised", "never on screen", "raised twice", "shown twice", "another's"],
)
def test_an_alarm_is_accounted_for_on_its_whole_way(
    raised: list[tuple[int, Fact]], held: set[int], shown: list[int], became: Account
) -> None:
    """Sent, in the database, on the screen: it may be lost between any two, or doubled."""
    assert account([ONE, TWO], raised, held, shown) == became


def test_the_next_alarm_of_a_vehicle_is_another() -> None:
    """Merging two of its stops into one alarm would lose one."""
    assert account([ONE, AGAIN], [(1, ONE)], {1}, [1]) == Account(1, 0)


def test_what_the_bench_itself_keeps_the_page_from_is_not_the_page_s() -> None:
    """A task that overlaps a forced collection at either end is left out, its neighbours count."""
    span = Task(1_000, 100)
    tasks = [Task(900, 99), Task(980, 60), Task(1_090, 60), Task(1_101, 70), Task(990, 400)]
    assert own(tasks, [span]) == [Task(900, 99), Task(1_101, 70)]


@given(slope=st.floats(-50, 50), start=st.floats(1, 500))
def test_a_steady_growth_is_found(slope: float, start: float) -> None:
    """MiB a minute, from samples a quarter of a minute apart."""
    points = [(1e5 + 15 * k, start + slope * k / 4) for k in range(12)]
    assert slope_per_min(points) == pytest.approx(slope, abs=2e-3)


def test_too_little_says_nothing() -> None:
    """Neither quantiles nor a slope are made up."""
    assert percentiles([5.0]) == {"p50": None, "p95": None, "samples": 1}
    assert slope_per_min([(0.0, 1.0), (15.0, 2.0)]) is None


@pytest.mark.parametrize("vehicles", [10, 100, 500, 1000])
def test_every_vehicle_takes_its_turn(vehicles: int) -> None:
    """In a round each raises one alarm; over some rounds each also opens incidents."""
    rounds = [doing(number, vehicles) for number in range(11 * vehicles)]
    assert sorted(one.vehicle for one in rounds[:vehicles]) == list(range(vehicles))
    stopped = {one.vehicle for one in rounds if one.type == "unplanned_stop"}
    assert stopped == set(range(vehicles))


def test_vehicles_drive_as_fast_as_they_say() -> None:
    """Also the first and last of a large fleet; a position that cannot be would be flagged."""
    for number in (0, 499):
        here, there = (place(number, 500, at_s) for at_s in (100.0, 101.0))
        metres = 111_195 * max(abs(here[name] - there[name]) for name in ("lat_deg", "lon_deg"))
        assert 0 < metres < 12


def test_too_many_alarms_for_the_vehicles_are_refused_by_name() -> None:
    """Before anything is started."""
    with pytest.raises(ConfigError, match=r"--alarms-per-s 26.*25 a second"):
        web.run(20, 100, 26)


def test_figures_are_of_what_was_seen() -> None:
    """Nothing is left out of the answer; memory is judged from when the lists are full."""
    seen = Seen(
        fixes_ms=[40.0, 50.0, 60.0],
        alarms_ms=[200.0, 300.0],
        shown=[1, 2],
        held={1, 2},
        twice=1,
        tasks=[Task(10, 80), Task(200, 300)],
        collections=[Task(190, 320)],
        heap_mb=[(0, 10.0), (60, 30.0), (120, 30.5), (180, 31.0)],
    )
    sent = Sent(fixes=600, fixes_s=60.0, waiting=0, alarms=[ONE, TWO])
    found = web.figures(seen, sent, [(1, ONE), (2, TWO)], judged_from_s=60)
    assert found == {
        "publish_to_screen_ms": {"p50": 50.0, "p95": 59.0, "samples": 3},
        "alarm_to_screen_ms": {"p50": 250.0, "p95": 295.0, "samples": 2},
        "longest_task_ms": 80,
        "long_tasks": 1,
        "heap_slope_mb_per_min": 0.5,
        "heap_mb": [10.0, 30.0, 30.5, 31.0],
        "fixes_per_s": 10.0,
        "samples": 5,
        "samples_missed": 0,
        "unacknowledged": 0,
        "alarms_sent": 2,
        "alarms_raised": 2,
        "alarms_lost": 0,
        "alarms_doubled": 1,
    }
