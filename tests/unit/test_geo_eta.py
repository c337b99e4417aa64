"""Arrival: a range that holds as often as it says, wide where little is known."""

import numpy as np
import pytest

from geo.eta import block_times, eta

_BLOCKS = 30
_LENGTHS = np.full(_BLOCKS, 90.0)


def _history(rng: np.random.Generator, runs: int) -> np.ndarray:
    """Days differ from each other, and blocks from day to day."""
    usual = rng.uniform(20.0, 90.0, _BLOCKS)
    day = rng.lognormal(0.0, 0.15, (runs, 1))
    return np.asarray(usual * day * rng.lognormal(0.0, 0.25, (runs, _BLOCKS)))


def test_the_range_holds_about_as_often_as_it_says() -> None:
    """Eight in ten, over many days never seen before."""
    rng = np.random.default_rng(5)
    held, total = 0, 0
    for _ in range(60):
        history = _history(rng, 16)
        today = history[15].copy()
        known = np.full(_BLOCKS, np.nan)
        known[:8] = today[:8]
        found = eta(history[:15], known, _LENGTHS, 8, 0.0, 25)
        truth = today[8:25].sum()
        held += found.low_s <= truth <= found.high_s
        total += 1
    assert 0.65 <= held / total <= 0.97


def test_a_slow_day_arrives_later() -> None:
    """Today's pace so far carries over."""
    history = np.full((10, _BLOCKS), 60.0)
    slow, usual = np.full(_BLOCKS, np.nan), np.full(_BLOCKS, np.nan)
    slow[:10], usual[:10] = 90.0, 60.0
    late = eta(history, slow, _LENGTHS, 10, 0.0, 20)
    assert late.likely_s > 1.2 * eta(history, usual, _LENGTHS, 10, 0.0, 20).likely_s


def test_without_history_the_range_is_wide_and_says_so() -> None:
    """No run stands behind it."""
    nothing = np.empty((0, _BLOCKS))
    found = eta(nothing, np.full(_BLOCKS, np.nan), _LENGTHS, 0, 0.0, 10)
    assert found.runs == 0
    assert found.high_s > 2.5 * found.low_s > 0


def test_few_runs_make_a_wider_range_than_many() -> None:
    """Three days do not show how bad a day can be."""
    history = _history(np.random.default_rng(2), 40)
    nothing = np.full(_BLOCKS, np.nan)
    few = eta(history[:3], nothing, _LENGTHS, 0, 0.0, 20)
    many = eta(history, nothing, _LENGTHS, 0, 0.0, 20)
    assert few.runs == 3
    assert many.runs == 40


def test_part_of_a_block_done_is_taken_off() -> None:
    """Half way through its block, half of the block's time is left."""
    history = np.full((8, _BLOCKS), 60.0)
    nothing = np.full(_BLOCKS, np.nan)
    assert eta(history, nothing, _LENGTHS, 4, 0.5, 5).likely_s == pytest.approx(30.0)


def test_a_block_already_reached_is_now() -> None:
    """No waiting for what is past."""
    found = eta(np.full((2, _BLOCKS), 60.0), np.full(_BLOCKS, np.nan), _LENGTHS, 7, 0.0, 7)
    assert (found.low_s, found.high_s) == (0.0, 0.0)


def test_block_times_leave_out_what_is_not_known() -> None:
    """A missing entry hides two times; one out of order hides one."""
    entered = np.array([[0.0, 60.0, np.nan, 200.0, 150.0]])
    took = block_times(entered)[0]
    assert took[0] == 60.0
    assert np.isnan(took[1:]).all()
