"""The state is what it says: fixed arrays, saved and restored as they are."""

import numpy as np
import pytest

from sensing.anomaly import State, StateRefused, Tuning, fresh, step
from sensing.anomaly.evidence import DISTANCE, calendar
from tests.anomaly_series import steady, times


def test_a_series_costs_a_few_kilobytes() -> None:
    """Whatever it has seen."""
    state = fresh(3)
    assert state.bytes_per_series <= 2500
    before = {name: array.shape for name, array in state.arrays().items()}
    for at in range(50):
        _, state = step(state, float(at), np.array([1.0, at, at**2]))
    assert {name: array.shape for name, array in state.arrays().items()} == before
    assert all(array.shape[: min(array.ndim, 2)][-1] == 3 for array in state.arrays().values())


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
    assert 0 < int((state.visits & 0xFFFF).max()) <= 8000
    assert not (state.visits >> 16).any()
    assert int((state.habits & 0xFFFF).sum()) <= int((state.visits & 0xFFFF).sum())
    assert 0 < int(state.counted[0]) < 1000
    assert int(state.reached.max()) <= int(state.counted[0])


def test_taken_and_put_back_nothing_changes() -> None:
    """Whichever axis the series are on."""
    random = np.random.default_rng(3)
    state = fresh(5)
    for at in range(60):
        _, state = step(state, at * 300.0, random.normal(size=5))
    before = state.to_bytes()
    rows = np.array([3, 0])
    some = state.take(rows)
    assert some.last.tolist() == [state.last[3], state.last[0]]
    assert some.reached.shape[1] == some.habits.shape[1] == 2
    state.put(rows, fresh(2))
    assert state.to_bytes() != before
    state.put(rows, some)
    assert state.to_bytes() == before


def test_working_days_and_weekends_are_counted_apart() -> None:
    """Each in its half, whether all series have one clock or each its own."""
    random = np.random.default_rng(4)
    together, apart = fresh(2), fresh(2)
    days = 4 * 86400.0 + np.arange(14) * 86400.0 + 7 * 3600.0
    for t_s in np.repeat(days, 10):
        values = random.normal(size=2)
        _, together = step(together, t_s, values)
        _, apart = step(apart, np.full(2, t_s), values)
    assert together.to_bytes() == apart.to_bytes()
    working, weekend = together.visits[7] & 0xFFFF, together.visits[7] >> 16
    assert (working >= 95).all()
    assert (working <= 100).all()
    assert weekend.tolist() == [40, 40]
    assert not np.delete(together.visits, 7, axis=0).any()


def test_one_size_beyond_all_does_not_blind_the_counts() -> None:
    """After a glitch a thousand times the noise, the bins come down to the noise again."""
    random = np.random.default_rng(5)
    state = fresh(1)
    for at in range(600):
        value = 1000.0 if at == 200 else random.normal()
        _, state = step(state, at * 300.0, np.array([value]))
        if at == 201:
            assert int(state.reached[DISTANCE, 0, 1]) <= 2, "the glitch has moved the bins up"
    assert int(state.reached[DISTANCE, 0, 1]) > 200


@pytest.mark.parametrize("missing", [0.2, 0.9])
@pytest.mark.parametrize("own_clocks", [False, True])
def test_what_has_no_sample_stays_as_it_is(missing: float, *, own_clocks: bool) -> None:
    """To the bit, over hours that end, whether few or most series have one."""
    random = np.random.default_rng(6)
    state = fresh(20)
    ahead_s = np.arange(0.0, 72_000.0, 3600.0)
    for at in range(200):
        values = random.normal(size=20)
        values[random.random(20) < missing] = np.nan
        absent = np.flatnonzero(np.isnan(values))
        before = state.take(absent).to_bytes()
        at_s = at * 900.0
        scores, state = step(state, at_s + ahead_s if own_clocks else at_s, values)
        assert state.take(absent).to_bytes() == before
        assert not scores.value[absent].any()
        assert not scores.reason[absent].any()
