"""Overspeed with hysteresis, idling with the engine on, braking that throws things about."""

from collections.abc import Sequence

import numpy as np
import pytest

from geo.events import harsh_braking, idling, overspeed
from geo.trace import Fixes


def _fixes(speeds_kmh: Sequence[float], *, step_s: float = 5.0, run: int = 0) -> Fixes:
    count = len(speeds_kmh)
    nothing = np.full(count, np.nan)
    return Fixes(
        run=np.full(count, run),
        t_s=np.arange(count, dtype=np.float64) * step_s,
        x_m=np.zeros(count),
        y_m=np.zeros(count),
        speed_mps=np.array(speeds_kmh) / 3.6,
        heading_deg=nothing,
        hdop=nothing,
        row=np.arange(count),
    )


def test_a_speed_that_wavers_about_the_limit_is_one_event() -> None:
    """It ends only 5 km/h below the limit."""
    found = overspeed(_fixes([40, 62, 58, 63, 57, 64, 50, 40]), 60 / 3.6)
    assert len(found) == 1
    assert (found.from_s[0], found.to_s[0]) == (5.0, 25.0)
    assert found.peak[0] == pytest.approx(64 / 3.6)


def test_one_fast_reading_is_no_event() -> None:
    """It has to last."""
    assert len(overspeed(_fixes([40, 90, 40, 40]), 60 / 3.6)) == 0


def test_a_silence_ends_an_overspeed() -> None:
    """What was not reported is not claimed."""
    fixes = _fixes([70, 70, 70, 70, 70, 70])
    fixes.t_s[3:] += 600.0
    found = overspeed(fixes, 60 / 3.6)
    assert found.to_s.tolist() == [10.0, 625.0]


def test_events_of_two_runs_do_not_join() -> None:
    """The last fix of one truck says nothing of the next truck."""
    one, two = _fixes([70, 70, 70]), _fixes([70, 70, 70], run=1)
    both = Fixes(*(np.concatenate((getattr(one, k), getattr(two, k))) for k in Fixes.__slots__))
    assert overspeed(both, 60 / 3.6).run.tolist() == [0, 1]


def test_idling_needs_the_engine_on() -> None:
    """Parked is not idling."""
    fixes = _fixes([0.0] * 100)
    on = np.ones(100, bool)
    assert idling(fixes, on).peak.tolist() == [495.0]
    assert len(idling(fixes, ~on)) == 0


def test_harsh_braking_is_told_only_from_close_fixes() -> None:
    """From 60 to 0 in 5 s is harsh; over 30 s nobody knows."""
    assert len(harsh_braking(_fixes([60, 60, 0, 0]))) == 1
    assert len(harsh_braking(_fixes([60, 60, 0, 0], step_s=30.0))) == 0


def test_no_fixes_no_events() -> None:
    """An empty trace has none."""
    assert len(overspeed(_fixes([]), 10.0)) == 0
