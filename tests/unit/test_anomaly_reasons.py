"""What is unusual is found, and said in the right word; what is usual is not."""

import numpy as np
import pytest

from sensing.anomaly import F64, Reason, Scores, run
from tests.anomaly_series import DAY, daily, steady, times

ALARM = 0.5


def _run(values: F64) -> Scores:
    return run(times(len(values)), values)


def _alarms(scores: Scores, begin: int, end: int) -> list[int]:
    return (begin + np.flatnonzero(scores.value[begin:end] >= ALARM)).tolist()


def _said(scores: Scores, begin: int, end: int) -> set[Reason]:
    return {Reason(code) for code in scores.reason[begin:end]} - {Reason.NONE}


@pytest.mark.parametrize("value", [0.0, 45.0, -1e9, 0.1])
def test_a_constant_never_alarms(value: float) -> None:
    """Nor does it divide by zero."""
    scores = _run(np.full(3 * DAY, value))
    assert scores.value.max() == 0.0


def test_noise_alarms_less_than_once_a_day() -> None:
    """After two days of learning."""
    assert len(_alarms(_run(steady(12 * DAY)), 2 * DAY, 12 * DAY)) <= 8


def test_a_spike() -> None:
    """One reading far off is an alarm at once, and called a spike."""
    values = steady(6 * DAY)
    values[5 * DAY] = 90.0
    scores = _run(values)
    assert scores.value[5 * DAY] >= ALARM
    assert scores.reason[5 * DAY] == Reason.SPIKE


def test_a_level_shift() -> None:
    """It is an alarm at once; as soon as it lasts it is called a level."""
    values = steady(6 * DAY)
    values[5 * DAY :] += 15.0
    scores = _run(values)
    assert _alarms(scores, 5 * DAY, 5 * DAY + 3)
    assert Reason.LEVEL in _said(scores, 5 * DAY, 5 * DAY + 12)


def test_a_flatline_after_life() -> None:
    """A stuck sensor is found within three hours and called stuck."""
    values = steady(6 * DAY)
    values[5 * DAY :] = values[5 * DAY]
    scores = _run(values)
    found = _alarms(scores, 5 * DAY, 5 * DAY + 36)
    assert found
    assert Reason.FLATLINE in {Reason(scores.reason[at]) for at in found}


def test_more_variance() -> None:
    """A sensor that begins to rattle about the same level."""
    values = steady(6 * DAY)
    values[5 * DAY :: 2] += 2.5
    values[5 * DAY + 1 :: 2] -= 2.5
    scores = _run(values)
    assert _alarms(scores, 5 * DAY, 5 * DAY + 36)
    assert Reason.VARIANCE in _said(scores, 5 * DAY, 5 * DAY + 36)


def test_a_seasonal_miss() -> None:
    """A day that stays at night's level: every value is usual, only not at its hour."""
    values = daily(12)
    noon = 11 * DAY + DAY // 2
    values[noon - 60 : noon + 60] = daily(1, seed=2)[:120] * 0.0 + 20.5
    values[noon - 60 : noon + 60] += np.random.default_rng(3).normal(0.0, 1.0, 120)
    scores = _run(values)
    assert _alarms(scores, noon - 60, noon + 60)
    assert Reason.SEASONAL in _said(scores, noon - 60, noon + 60)


def test_a_trend() -> None:
    """A slow drift out of the usual range is called a trend."""
    values = steady(8 * DAY)
    values[6 * DAY :] += np.linspace(0.0, 12.0, 2 * DAY)
    scores = _run(values)
    assert _alarms(scores, 6 * DAY, 8 * DAY)
    assert Reason.TREND in _said(scores, 6 * DAY, 8 * DAY)


def test_what_happens_every_day_is_no_news() -> None:
    """A daily backup's peak stops alarming after some days."""
    values = steady(14 * DAY)
    values[40::DAY] += 40.0
    values[41::DAY] += 40.0
    scores = _run(values)
    assert len(_alarms(scores, 7 * DAY, 14 * DAY)) <= 3


def test_one_alarm_an_event() -> None:
    """An hour of the same is a few rows above the threshold, not twelve."""
    values = steady(6 * DAY)
    values[5 * DAY : 5 * DAY + 12] += 30.0
    assert 1 <= len(_alarms(_run(values), 5 * DAY, 5 * DAY + 60)) <= 4
