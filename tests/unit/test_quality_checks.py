"""Each check finds what it is for, and nothing in good series."""

import numpy as np
import pytest

from sensing.arrays import F64
from sensing.quality.calibration import Calibration, calibrated, dried_pm25_ugm3
from sensing.quality.neighbours import beyond_neighbours, clock_lag_h, drift, step
from sensing.quality.samples import flatline, runs, spikes


def city(stations: int = 6, days: int = 21, seed: int = 5) -> F64:
    """Hourly PM of stations under one weather, each with a level of its own; (stations, hours)."""
    rng = np.random.default_rng(seed)
    hours = np.arange(24 * days)
    weather = 25 + 10 * np.sin(2 * np.pi * (hours - 9) / 24)
    weather = weather + np.convolve(rng.standard_normal(len(hours)), np.ones(12) / 3, "same")
    own = rng.uniform(-4, 4, (stations, 1)) + 1.5 * rng.standard_normal((stations, len(hours)))
    values: F64 = np.maximum(weather + own, 0)
    return values


def test_good_series_raise_no_doubt() -> None:
    """Ten healthy cities: no drift, no step, no clock, hardly a spike."""
    for seed in range(10):
        hourly = city(seed=seed)
        assert not drift(hourly).is_real.any()
        assert not step(hourly, np.full(6, 300)).is_real.any()
        assert not clock_lag_h(hourly).any()
        assert spikes(hourly).mean() < 0.001


def test_a_frozen_instrument() -> None:
    """The whole run is doubted, from its first repeat on; three in a row are not yet one."""
    values = city(1, 2)
    values[0, 10:25] = values[0, 10]
    found = flatline(values, 12)
    assert found[0].nonzero()[0].tolist() == list(range(10, 25))
    row, first, last = runs(found)[0]
    assert (row, first.tolist(), last.tolist()) == (0, [10], [24])


def test_spikes_but_not_steps() -> None:
    """Single wild samples are doubted; a change that stays is news."""
    values = city(1, 3, seed=2)
    clean = values.copy()
    values[0, [20, 41]] += 150
    assert spikes(values)[0].nonzero()[0].tolist() == [20, 41]
    clean[0, 30:] += 150
    assert not spikes(clean)[0].any()


def test_a_slow_drift_is_seen_against_neighbours() -> None:
    """Half a microgram an hour in the last days: named, with its size; the others are not."""
    hourly = city()
    hourly[2, -96:] += np.minimum(np.arange(96) * 0.3, 20)
    found = drift(hourly)
    assert found.is_real.tolist() == [row == 2 for row in range(6)]
    assert 10 < found.by[2] < 25


def test_a_change_of_all_stations_is_weather() -> None:
    """Dust over the whole city is no drift."""
    hourly = city() + np.concatenate((np.zeros(24 * 18), np.full(72, 80.0)))
    assert not drift(hourly).is_real.any()


def test_a_step_after_maintenance() -> None:
    """The day after against the day before, in the series that was serviced."""
    hourly = city()
    hourly[1, 300:] += 12
    found = step(hourly, np.array([-1, 300, -1, -1, 300, -1]))
    assert found.is_real.tolist() == [False, True, False, False, False, False]
    assert found.by[1] == pytest.approx(12, abs=3)


def test_a_clock_three_hours_late() -> None:
    """A station that lives three hours behind its neighbours."""
    hourly = city()
    hourly[4, 3:] = hourly[4, :-3].copy()
    assert clock_lag_h(hourly).tolist() == [0, 0, 0, 0, 3, 0]


def test_alone_there_is_nothing_to_compare_with() -> None:
    """Two stations have one neighbour each: nothing is said, nothing breaks."""
    hourly = city(2)
    assert np.isnan(beyond_neighbours(hourly)).all()
    assert not drift(hourly).is_real.any()
    assert not clock_lag_h(hourly).any()


def test_calibrations_hold_for_their_dates() -> None:
    """The newest that holds; before the first, raw; ended ones no longer."""
    time_s = np.array([0.0, 10.0, 20.0, 30.0])
    found = [
        Calibration(from_s=20, gain=1.0, offset=1.0, until_s=25),
        Calibration(from_s=5, gain=2.0),
    ]
    assert calibrated(time_s, np.full(4, 3.0), found).tolist() == [3.0, 6.0, 4.0, 6.0]


def test_humid_particles() -> None:
    """The published coefficients, floor at zero, nothing without humidity."""
    raw = np.array([50.0, 0.0, 50.0])
    dry = dried_pm25_ugm3(raw, np.array([80.0, 100.0, np.nan]))
    assert dry[0] == pytest.approx(0.524 * 50 - 0.0862 * 80 + 5.75)
    assert dry[1] == 0.0
    assert np.isnan(dry[2])
