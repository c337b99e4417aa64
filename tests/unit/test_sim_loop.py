"""The link loop: timers, calls from other threads, dialling aside."""

import random
import threading
from collections.abc import Iterator

import pytest

from core.clock import monotonic_s
from devices.backoff import Backoff
from devices.link_loop import LinkLoop


@pytest.fixture
def loop() -> Iterator[LinkLoop]:
    """A loop that the test turns itself."""
    made = LinkLoop(diallers=2)
    yield made
    made.close()


def test_timers_fire_in_their_order(loop: LinkLoop) -> None:
    """The earlier first, whatever the order of asking."""
    fired: list[str] = []
    now_s = monotonic_s()
    loop.call_at(now_s + 0.002, lambda: fired.append("second"))
    loop.call_at(now_s + 0.001, lambda: fired.append("first"))
    while len(fired) < 2:
        loop.turn(0.1)
    assert fired == ["first", "second"]


def test_a_call_from_another_thread_wakes_the_loop(loop: LinkLoop) -> None:
    """It does not wait for the loop's own reasons to turn."""
    runner = threading.Thread(target=loop.run)
    runner.start()
    done = threading.Event()
    loop.call(done.set)
    assert done.wait(5)
    loop.stop()
    runner.join(5)
    assert not runner.is_alive()


def test_dialling_answers_failure_and_success_on_the_loop(loop: LinkLoop) -> None:
    """Blocking work runs aside; its end is told in turn."""
    heard: list[OSError | None] = []
    here = threading.get_ident()
    threads: list[int] = []

    def refuse() -> None:
        raise ConnectionRefusedError(111, "refused")

    def hear(failure: OSError | None) -> None:
        threads.append(threading.get_ident())
        heard.append(failure)

    loop.dial(refuse, hear)
    loop.dial(lambda: None, hear)
    while len(heard) < 2:
        loop.turn(0.1)
    assert set(threads) == {here}
    assert sorted(map(type, heard), key=str) == [ConnectionRefusedError, type(None)]


def test_an_unexpected_error_while_dialling_is_raised_by_the_loop(loop: LinkLoop) -> None:
    """A bug does not vanish in a thread."""

    def stumble() -> None:
        raise RuntimeError("a bug")

    loop.dial(stumble, lambda _failure: None)
    with pytest.raises(RuntimeError, match="a bug"):
        loop.run()


def test_delays_double_up_to_the_most_and_start_again() -> None:
    """Each lies between half of its ceiling and the ceiling."""
    backoff = Backoff(first_s=1, most_s=8, rng=random.Random(1))
    for ceiling_s in (1, 2, 4, 8, 8, 8):
        assert ceiling_s / 2 <= backoff.next_s() <= ceiling_s
    backoff.reset()
    assert backoff.next_s() <= 1
