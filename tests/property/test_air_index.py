"""What must hold of the index whatever the air: monotone, no order of stations, honest gaps."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensing.air.index import index
from sensing.air.rule import EPA, MEXICAN, load
from sensing.air.table import POLLUTANTS
from sensing.arrays import F64

_STATIONS, _HOURS = 3, 30
_SCALE = np.array([300.0, 200.0, 0.25, 0.3, 0.4, 25.0])[:, None, None]
RULES = [load(one) for one in (*MEXICAN, EPA)]


def air() -> st.SearchStrategy[F64]:
    """Hourly concentrations in the Mexican rules' units, some of them missing, some repeated."""
    return st.builds(_drawn, st.integers(0, 2**32 - 1), st.floats(0, 0.9), st.floats(0.05, 3.0))


def _drawn(seed: int, missing: float, level: float) -> F64:
    rng = np.random.default_rng(seed)
    shape = (len(POLLUTANTS), _STATIONS, _HOURS)
    values = rng.gamma(2.0, 0.2 * level, shape).round(rng.integers(1, 4)) * _SCALE
    return np.where(rng.random(shape) < missing, np.nan, values)


@pytest.mark.parametrize("rule", RULES[:2], ids=lambda rule: rule.id)
@given(hourly=air(), more=st.floats(1.0, 3.0))
def test_more_is_never_better(rule: object, hourly: F64, more: float) -> None:
    """All concentrations times the same factor of one or more: no category improves."""
    before, after = index(rule, hourly), index(rule, hourly * more)  # type: ignore[arg-type]
    assert (after.worst >= before.worst).all()
    assert (after.category >= before.category).all()


@given(hourly=air(), order=st.permutations(range(_STATIONS)))
def test_stations_are_judged_alone(hourly: F64, order: list[int]) -> None:
    """Stations in another order have the same answers, in that order."""
    whole, turned = index(RULES[0], hourly), index(RULES[0], hourly[:, order])
    assert np.array_equal(turned.worst, whole.worst[order])
    assert np.array_equal(turned.dominant, whole.dominant[order])
    assert np.array_equal(turned.value, whole.value[:, order], equal_nan=True)


@given(hourly=air(), cut=st.integers(12, _HOURS - 1))
def test_an_hour_knows_nothing_of_later_ones(hourly: F64, cut: int) -> None:
    """The answers up to an hour do not change when the day goes on."""
    whole, part = index(RULES[0], hourly), index(RULES[0], hourly[..., :cut])
    assert np.array_equal(part.worst, whole.worst[:, :cut])


@given(hourly=air())
def test_nothing_comes_from_nothing(hourly: F64) -> None:
    """A pollutant with no hour has no value; a station with none is `too few data`."""
    hourly[:, 0] = np.nan
    found = index(RULES[0], hourly)
    assert (found.worst[0] == -1).all()
    assert (found.dominant[0] == -1).all()
    assert np.isnan(found.value[:, 0]).all()


@given(hourly=air())
def test_the_dominant_pollutant_is_in_the_worst_category(hourly: F64) -> None:
    """It is one of those that made the station's category."""
    found = index(RULES[0], hourly)
    known = found.dominant >= 0
    assert np.array_equal(known, found.worst >= 0)
    picked = np.take_along_axis(found.category, np.maximum(found.dominant, 0)[None].astype(int), 0)
    assert np.array_equal(picked[0][known], found.worst[known])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_value_on_a_bound_is_in_the_better_band(rule: object) -> None:
    """Bounds are inclusive; the next value that can be shown is worse."""
    for at, one in enumerate(rule.pollutants):  # type: ignore[attr-defined]
        for band, bound in enumerate(one.bounds[: len(rule.categories) - 1]):  # type: ignore[attr-defined]
            for value, want in ((bound, band), (bound + 10.0**-one.decimals, band + 1)):
                hourly = np.full((6, 1, 12), np.nan)
                hourly[at] = value / one.factor
                found = index(rule, hourly)  # type: ignore[arg-type]
                assert found.category[at, 0, -1] == want, (one.name, bound, value)


def test_sufficiency() -> None:
    """Six of eight hours, two of the newest three: below, there is no number."""
    hourly = np.full((6, 1, 12), np.nan)
    hourly[5, 0, -6:] = 4.0
    hourly[0, 0, -3:-1] = 30.0
    found = index(RULES[0], hourly)
    assert found.category[5, 0, -1] == 0
    assert found.category[0, 0, -1] == 0
    hourly[5, 0, -6] = np.nan
    hourly[0, 0, -2] = np.nan
    assert index(RULES[0], hourly).worst[0, -1] == -1


def test_rules_change_with_the_date() -> None:
    """The particles' bound steps down with 2026; older data keep their rule."""
    from sensing.air.rule import in_force  # noqa: PLC0415

    assert in_force(date(2025, 12, 31)).pollutant("pm25").bounds[1] == 33
    assert in_force(date(2026, 1, 1)).pollutant("pm25").bounds[1] == 25
    assert in_force(date(2019, 1, 1)).id == "nom172-2024"
