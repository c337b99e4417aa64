"""What is learnt from is drawn here, or by processes that end with their feed."""

import os
import random
from collections.abc import Callable

import pytest

from vision.train import feed as feeding
from vision.train.feed import Feed, WorkerFailed


def numbers(seed: int) -> Callable[[], tuple[int, float]]:
    """Which process draws, and what its seed gives."""
    rng = random.Random(seed)
    return lambda: (os.getpid(), rng.random())


def refused(seed: int) -> Callable[[], int]:
    """A source that cannot be set up."""
    raise ValueError(f"no pictures for {seed}")


def gone(_seed: int) -> Callable[[], int]:
    """A source whose process is ended from without."""
    return lambda: os._exit(9)


def test_one_worker_draws_here_what_its_seed_gives() -> None:
    """Nothing is started; the same seed draws the same."""
    with Feed(numbers, seed=5) as feed:
        drawn = [feed.one() for _ in range(3)]
    assert drawn == numbers_of(5, 3)


def numbers_of(seed: int, count: int) -> list[tuple[int, float]]:
    """The first of a seed, drawn here."""
    one = numbers(seed)
    return [one() for _ in range(count)]


def test_workers_draw_from_seeds_of_their_own_and_end() -> None:
    """Two processes, no batch twice, none of them here, and none left behind."""
    with Feed(numbers, seed=5, workers=2) as feed:
        drawn = [feed.one() for _ in range(40)]
        workers = list(feed._processes)
    assert len({value for _, value in drawn}) == 40
    assert os.getpid() not in {pid for pid, _ in drawn}
    known = [*numbers_of(5, 40), *numbers_of(5 + feeding._APART, 40)]
    assert {value for _, value in drawn} <= {value for _, value in known}
    assert not any(one.is_alive() for one in workers)
    assert {one.exitcode for one in workers} == {0}


def test_a_worker_that_fails_is_named() -> None:
    """Its error is the trainer's, who would wait for ever otherwise."""
    with (
        Feed(refused, seed=7, workers=2) as feed,
        pytest.raises(WorkerFailed, match="no pictures for"),
    ):
        feed.one()


def test_a_worker_that_is_ended_is_noticed() -> None:
    """As when memory runs out."""
    with Feed(gone, seed=7, workers=2) as feed, pytest.raises(WorkerFailed, match="was ended"):
        feed.one()
