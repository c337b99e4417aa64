"""The state is what it says: fixed arrays, saved and restored as they are."""

import numpy as np
import pytest

from sensing.anomaly import State, StateRefused, Tuning, fresh, step
from sensing.anomaly.evidence import calendar
from tests.anomaly_series import steady, times


def test_a_series_costs_a_few_kilobytes() -> None:
    """Whatever it has seen."""
    state = fresh(3)
    assert state.bytes_per_series <= 2500
    before = {name: array.shape for name, array in state.arrays().items()}
    for at in range(50):
        _, state = step(state, float(at), np.array([1.0, at, at**2]))
    assert {name: array.shape for name, array in state.arrays().items()} == before
    assert all(len(array) == 3 for array in state.arrays().values())


def test_new_series_join_late() -> None:
    """They are as fresh as the first were, and the first go on."""
    values = steady(200)
    t_s = times(200)
    alone = fresh(1)
    for at in range(200):
        one, alone = step(alone, t_s[at], values[at : at + 1])
    state = fresh(1)
    for at in range(100):
        _, state = step(state, t_s[at], values[at : at + 1])
    state = state.grown(4)
    assert len(state) == 4
    for at in range(100, 200):
        both, state = step(state, t_s[at], np.array([values[at], 5.0, np.nan, 7.0]))
    assert both.value[0] == pytest.approx(one.value[0], abs=1e-6)
    assert state.seen.tolist() == [200, 100, 0, 100]


@pytest.mark.parametrize("data", [b"", b"nonsense", b"PK\x03\x04"])
def test_bytes_that_are_no_state_are_refused(data: bytes) -> None:
    """By name, and with what to do."""
    with pytest.raises(StateRefused, match="start afresh"):
        State.from_bytes(data)


def test_a_state_of_another_build_is_refused() -> None:
    """Rather than read wrongly."""
    state = fresh(2)
    state.reached = state.reached[:, :, :8]
    with pytest.raises(StateRefused, match="reached"):
        State.from_bytes(state.to_bytes())


def test_the_calendar() -> None:
    """Hours, and weekends, before 1970 too."""
    hour, weekend = calendar(np.array([-1.0, 0.0, 86399.9999, 2 * 86400.0, 4 * 86400.0]))
    assert hour.tolist() == [23, 0, 23, 0, 0]
    assert weekend.tolist() == [0, 0, 0, 1, 0]


def test_counts_are_halved_before_they_overflow() -> None:
    """Ten thousand samples of one hour, and a short horizon, still count."""
    state = fresh(1)
    random = np.random.default_rng(1)
    tuning = Tuning(horizon=1000)
    for value in random.normal(size=10_000):
        _, state = step(state, 0.0, np.array([value]), tuning)
    assert 0 < int(state.visits.max()) <= 8000
    assert 0 < int(state.counted[0]) < 1000
    assert int(state.reached.max()) <= int(state.counted[0])
