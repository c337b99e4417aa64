"""What holds for every series: no look-ahead, no neighbours, no unit, no memory lost."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sensing.anomaly import F64, State, fresh, run, step
from tests.anomaly_series import DAY, daily, times, together

few = settings(max_examples=5)
seeds = st.integers(0, 2**32 - 1)


def _eventful(seed: int, count: int = 500) -> F64:
    """A daily wave in which something happens: gaps, spikes, a shift, a stuck stretch."""
    random = np.random.default_rng(seed)
    values = daily(count // DAY + 1, seed=seed)[:count]
    values[random.integers(0, count, 5)] += random.normal(0.0, 30.0, 5)
    values[random.integers(count // 2, count) :] += random.normal(0.0, 10.0)
    begin = int(random.integers(0, count - 30))
    values[begin : begin + 30] = values[begin]
    values[random.random(count) < 0.1] = np.nan
    return values


@few
@given(seed=seeds, cut=st.integers(1, 499))
def test_a_prefix_scores_as_the_whole(seed: int, cut: int) -> None:
    """Exactly: what comes later is not known."""
    values = _eventful(seed)
    t_s = times(len(values))
    whole, prefix = run(t_s, values), run(t_s[:cut], values[:cut])
    assert_array_equal(prefix.value, whole.value[:cut])
    assert_array_equal(prefix.reason, whole.reason[:cut])


@few
@given(seed=seeds, cut=st.integers(0, 300))
def test_restored_is_uninterrupted(seed: int, cut: int) -> None:
    """Saved anywhere, restored from bytes and continued, nothing differs by a bit."""
    values = np.stack([_eventful(seed + k, 300) for k in range(5)], axis=1)
    t_s = times(300)
    whole = together(t_s, values)
    state = fresh(5)
    for at in range(cut):
        _, state = step(state, t_s[at], values[at])
    state = State.from_bytes(state.to_bytes())
    for at in range(cut, 300):
        found, state = step(state, t_s[at], values[at])
        assert_array_equal(found.value, whole.value[at])
        assert_array_equal(found.reason, whole.reason[at])


@few
@given(seed=seeds)
def test_neighbours_do_not_matter(seed: int) -> None:
    """Alone, together, or in another order: a series scores the same."""
    random = np.random.default_rng(seed)
    values = np.stack([_eventful(seed + k, 400) for k in range(6)], axis=1)
    t_s = times(400)
    order = random.permutation(6)
    scores = together(t_s, values).value
    assert_allclose(together(t_s, values[:, order]).value, scores[:, order], atol=1e-6)
    assert_allclose(run(t_s, values[:, 2]).value, scores[:, 2], atol=1e-6)


@few
@given(seed=seeds, exponent=st.integers(-20, 20))
def test_the_unit_does_not_matter(seed: int, exponent: int) -> None:
    """A power of two is exact in binary, so the scores are the same but for single precision."""
    values = _eventful(seed)
    pair = np.stack((values, values * 2.0**exponent), axis=1)
    scores = together(times(len(values)), pair).value
    assert np.mean(np.abs(scores[:, 0] - scores[:, 1]) > 1e-3) < 0.01


@few
@given(seed=seeds, scale=st.floats(0.01, 100.0), shift=st.floats(-1000.0, 1000.0))
def test_scale_and_offset_do_not_matter(seed: int, scale: float, shift: float) -> None:
    """Up to rounding, which may move a sample across an edge now and then."""
    values = np.round(_eventful(seed), 3)
    scores = together(times(len(values)), np.stack((values, scale * values + shift), axis=1)).value
    assert np.mean(np.abs(scores[:, 0] - scores[:, 1]) > 0.02) < 0.05


@few
@given(seed=seeds)
def test_a_missing_sample_is_as_if_there_were_none(seed: int) -> None:
    """NaN scores 0 and teaches nothing: leaving the rows out gives the same."""
    values = _eventful(seed)
    t_s = times(len(values))
    there = np.isfinite(values)
    scores = run(t_s, values)
    assert not scores.value[~there].any()
    assert_array_equal(scores.value[there], run(t_s[there], values[there]).value)


@few
@given(
    values=st.lists(
        st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, 1.0, 1e-300]),
        max_size=120,
    ),
    steps=st.lists(st.floats(-1e6, 1e6), min_size=120, max_size=120),
)
def test_anything_at_any_time_scores_between_0_and_1(
    values: list[float], steps: list[float]
) -> None:
    """Irregular, backwards, infinite, tiny and huge: a score, and no warning."""
    t_s = np.cumsum(steps)[: len(values)]
    scores = run(t_s, np.array(values, np.float64))
    assert np.isfinite(scores.value).all()
    assert ((scores.value >= 0.0) & (scores.value <= 1.0)).all()


@few
@given(seed=seeds)
def test_irregular_sampling_is_learnt_from(seed: int) -> None:
    """With intervals between a minute and ten, a jump of 30 deviations is still found at once."""
    random = np.random.default_rng(seed)
    t_s = np.cumsum(random.uniform(60.0, 600.0, 500))
    values = random.normal(50.0, 1.0, 500)
    values[400:] += 30.0
    assert run(t_s, values).value[400:404].max() >= 0.5
