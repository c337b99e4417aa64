"""Noise figures equal a brute-force reading of their definitions, gaps and all."""

import csv
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sensing.arrays import F64
from sensing.noise.events import events
from sensing.noise.levels import sel_db
from sensing.noise.report import Levels, report
from sensing.noise.screening import limits

_FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "noise" / "laeq_1min.csv"
_MEXICO, _MADRID = ZoneInfo("America/Mexico_City"), ZoneInfo("Europe/Madrid")


def mean(levels: list[float]) -> float:
    """Energy mean, by its definition."""
    return 10 * math.log10(math.fsum(10 ** (one / 10) for one in levels) / len(levels))


def exceeded(levels: list[float], percent: float) -> float:
    """The level that so many percent exceed, interpolated between samples."""
    ordered = sorted(levels, reverse=True)
    place = percent / 100 * (len(ordered) - 1)
    below = int(place)
    share = place - below
    upper = ordered[min(below + 1, len(ordered) - 1)]
    return ordered[below] * (1 - share) + upper * share


def brute(moments: list[datetime], levels: list[float]) -> dict[str, float]:
    """Every figure, from local moments."""
    day = [v for m, v in zip(moments, levels, strict=True) if 7 <= m.hour < 19]
    evening = [v for m, v in zip(moments, levels, strict=True) if 19 <= m.hour < 23]
    night = [v for m, v in zip(moments, levels, strict=True) if m.hour >= 23 or m.hour < 7]
    ld, le, ln = mean(day), mean(evening), mean(night)
    lden = 10 * math.log10(
        (12 * 10 ** (ld / 10) + 4 * 10 ** ((le + 5) / 10) + 8 * 10 ** ((ln + 10) / 10)) / 24
    )
    return {
        "laeq_db": mean(levels),
        "lamax_db": max(levels),
        "l10_db": exceeded(levels, 10),
        "l50_db": exceeded(levels, 50),
        "l90_db": exceeded(levels, 90),
        "lday_db": ld,
        "levening_db": le,
        "lnight_db": ln,
        "lden_db": lden,
    }


def assert_same(found: Levels, want: dict[str, float]) -> None:
    """To a billionth of a decibel."""
    for name, value in want.items():
        assert getattr(found, name) == pytest.approx(value, abs=1e-9), name


def test_eleven_recorded_days() -> None:
    """As a whole and day by day."""
    if not _FILE.is_file():
        pytest.skip("no ../shared/data beside this clone; a made-up week below is compared anyway")
    with _FILE.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    moments = [datetime.fromisoformat(row["datetime"]).replace(tzinfo=_MEXICO) for row in rows]
    levels = [float(row["LEQ dB -A"]) for row in rows]
    found = report(
        np.array([one.timestamp() for one in moments]), np.array(levels), _MEXICO, limits("school")
    )
    assert_same(found.whole, brute(moments, levels))
    for day, heard in found.days[:-1]:
        mine = [k for k, one in enumerate(moments) if one.date() == day]
        assert_same(heard, brute([moments[k] for k in mine], [levels[k] for k in mine]))
        assert heard.coverage == pytest.approx(1.0)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"], ids=["23 h", "25 h"])
def test_a_day_whose_clock_is_changed(day: str) -> None:
    """Coverage is of the hours that the day really had; no sample is counted twice or lost."""
    local = datetime.fromisoformat(day).replace(tzinfo=_MADRID)
    begin = local.astimezone(UTC)
    end = (local + timedelta(days=1)).astimezone(UTC)
    count = int((end - begin) / timedelta(minutes=1))
    assert count in {23 * 60, 25 * 60}
    time_s = begin.timestamp() + np.arange(count, dtype=np.float64) * 60.0
    rng = np.random.default_rng(3)
    levels = 50 + 8 * rng.standard_normal(count)
    found = report(time_s, levels, _MADRID, limits("residential"))
    moments = [datetime.fromtimestamp(at, UTC).astimezone(_MADRID) for at in time_s]
    assert_same(found.whole, brute(moments, levels.tolist()))
    assert len(found.days) == 1
    assert found.days[0][1].coverage == pytest.approx(1.0)
    assert found.days[0][1].period_coverage == pytest.approx((1.0, 1.0, 1.0))


def week(missing: float) -> tuple[F64, F64]:
    """A week of minutes in Mexico, a share of them missing, in no order."""
    rng = np.random.default_rng(11)
    begin = datetime(2026, 5, 4, tzinfo=_MEXICO).timestamp()
    time_s = begin + 60.0 * np.arange(7 * 1440)
    levels = 55 + 6 * np.sin(2 * np.pi * np.arange(7 * 1440) / 1440) + rng.standard_normal(7 * 1440)
    kept = rng.permutation(np.flatnonzero(rng.random(len(time_s)) >= missing))
    return time_s[kept], levels[kept]


def test_missing_minutes_are_said_and_never_guessed() -> None:
    """Figures are of what was heard; the coverage says how much that is."""
    time_s, levels = week(0.4)
    found = report(time_s, levels, _MEXICO, limits("residential"))
    moments = [datetime.fromtimestamp(at, UTC).astimezone(_MEXICO) for at in time_s]
    assert_same(found.whole, brute(moments, levels.tolist()))
    assert found.whole.coverage == pytest.approx(0.6, abs=0.02)
    assert not found.whole.is_enough


def test_what_should_have_been_heard_may_be_said() -> None:
    """A meter heard from 23:00 to 19:05 has five minutes of evening, though most of the day."""
    begin = datetime(2026, 5, 4, 19, 5, tzinfo=_MEXICO)
    stretch = (begin.timestamp(), begin.timestamp() + 86_400)
    time_s = stretch[1] - 60.0 * np.arange(1, 20 * 60 + 6).astype(np.float64)  # from 23:00 on
    levels = np.full(len(time_s), 50.0)
    spoken = report(time_s, levels, _MEXICO, limits("residential"), stretch_s=stretch).whole
    assert spoken.coverage == pytest.approx(20 / 24, abs=0.01)
    assert spoken.period_coverage == pytest.approx((1.0, 5 / 240, 1.0), abs=0.01)
    assert not spoken.is_enough
    assert report(time_s, levels, _MEXICO, limits("residential")).whole.is_enough
    silent = report(time_s[:0], levels[:0], _MEXICO, limits("residential"), stretch_s=stretch)
    assert silent.whole.coverage == 0.0


def test_what_is_no_level_is_left_out_and_counted() -> None:
    """Minus 99, 250 dB and NaN do not enter a mean."""
    time_s, levels = week(0.0)
    clean = report(time_s, levels, _MEXICO, limits("residential"))
    more_s = np.concatenate((time_s, [time_s.max() + 60, time_s.max() + 120, time_s.max() + 180]))
    more_db = np.concatenate((levels, [-99.0, 250.0, np.nan]))
    found = report(more_s, more_db, _MEXICO, limits("residential"))
    assert found.whole.laeq_db == clean.whole.laeq_db
    assert found.unbelievable == 2


def test_screening_has_a_clock_of_its_own() -> None:
    """NOM-081's day is 06-22; Lden's is 07-19; school playgrounds have no night."""
    time_s, levels = week(0.0)
    found = report(time_s, levels, _MEXICO, limits("residential")).whole
    hours = np.array([datetime.fromtimestamp(at, UTC).astimezone(_MEXICO).hour for at in time_s])
    by_day = (hours >= 6) & (hours < 22)
    assert found.screened_day is not None
    assert found.screened_night is not None
    assert found.screened_day.laeq_db == pytest.approx(mean(levels[by_day].tolist()))
    assert found.screened_night.samples_above == int((levels[~by_day] > 50).sum())
    assert report(time_s, levels, _MEXICO, limits("school")).whole.screened_night is None


def test_events_stand_out_of_their_background() -> None:
    """Five loud minutes are one event, with their energy; a gap ends one."""
    time_s = np.arange(300, dtype=np.float64) * 60.0
    levels = np.full(300, 45.0)
    levels[100:105] = [60, 70, 72, 65, 58]
    levels[200:202] = 75.0
    levels[202] = np.nan
    found = events(time_s, levels, 60.0)
    assert found.from_s.tolist() == [6000.0, 12000.0]
    assert found.to_s.tolist() == [6300.0, 12120.0]
    assert found.peak_db.tolist() == [72.0, 75.0]
    assert found.sel_db[0] == pytest.approx(sel_db(levels[100:105], 60.0))
    assert found.above_db.tolist() == [27.0, 30.0]


def test_nothing_at_all() -> None:
    """An empty series has no figures and does no harm."""
    found = report(np.empty(0), np.empty(0), _MEXICO, limits("commercial"))
    assert math.isnan(found.whole.laeq_db)
    assert found.days == ()
    assert found.whole.coverage == 0.0
