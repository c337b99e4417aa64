"""Units, clock, quality flags and metrics: the small words of the vocabulary."""

import doctest
import importlib
import math
import pkgutil
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import core
from core import clock, quality, units
from core.metrics import METRICS
from core.quality import UNBELIEVABLE, Flag

MODULES = sorted(info.name for info in pkgutil.walk_packages(core.__path__, "core."))
speeds = st.floats(-1e6, 1e6)
instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001  made aware there


def imported(name: str) -> ModuleType:
    """Import one module of core."""
    return importlib.import_module(name)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    """What a docstring shows is what happens."""
    assert doctest.testmod(imported(name)).failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_promises(name: str) -> None:
    """No module without a docstring."""
    assert imported(name).__doc__


@given(speed=speeds)
def test_speeds_go_there_and_back(speed: float) -> None:
    """Metres a second and kilometres an hour are inverse to within rounding."""
    assert math.isclose(units.mps_from_kmh(units.kmh_from_mps(speed)), speed, rel_tol=1e-14)


def test_ppb_and_ppm_differ_by_a_thousand() -> None:
    """A change of prefix, no physics."""
    assert units.ppm_from_ppb(58.0) == pytest.approx(0.058)


@pytest.mark.parametrize(
    ("ugm3", "molar_mass_g", "temperature_c", "want_ppb"),
    [(100, 48.0, 25, 50.97), (100, 46.0055, 20, 52.29), (0, 64.066, 25, 0)],
)
def test_a_mass_concentration_becomes_a_mole_fraction(
    ugm3: float, molar_mass_g: float, temperature_c: float, want_ppb: float
) -> None:
    """Ozone at 25 degC, nitrogen dioxide at 20 degC, and nothing at all."""
    got = units.ppb_from_ugm3(
        ugm3, molar_mass_g=molar_mass_g, temperature_c=temperature_c, pressure_kpa=101.325
    )
    assert got == pytest.approx(want_ppb, abs=0.01)


@given(instant=instants)
def test_an_instant_survives_its_spelling(instant: datetime) -> None:
    """RFC 3339 keeps milliseconds, cut and never rounded, in every year."""
    text = clock.rfc3339(instant)
    back = datetime.fromisoformat(text)
    assert len(text) == len("2026-01-02T03:04:05.678Z")
    assert timedelta() <= instant - back < timedelta(milliseconds=1)


@given(milliseconds=st.integers(-60_000_000_000_000, 250_000_000_000_000))
def test_epoch_milliseconds_go_there_and_back(milliseconds: int) -> None:
    """No millisecond is lost between year 68 and year 9892."""
    assert clock.epoch_us(clock.from_epoch_ms(milliseconds)) == milliseconds * 1000


@pytest.mark.parametrize("milliseconds", [1e300, -1e300, 10**30, 2**63, math.inf])
def test_milliseconds_beyond_the_calendar_overflow(milliseconds: float) -> None:
    """One error for what no calendar holds."""
    with pytest.raises(OverflowError):
        clock.from_epoch_ms(milliseconds)


def test_the_clock_is_utc_and_goes_forward() -> None:
    """Wall time carries its zone; durations come from a clock that no one can set."""
    begun_s, wall = clock.monotonic_s(), clock.utc_now()
    assert wall.tzinfo is UTC
    assert abs(clock.wall_s() - wall.timestamp()) < 60
    assert clock.monotonic_s() >= begun_s


def test_a_local_instant_is_spelled_in_utc() -> None:
    """The zone goes, the instant stays."""
    local = datetime(2026, 1, 1, 21, 4, 5, 678_999, tzinfo=timezone(timedelta(hours=-6)))
    assert clock.rfc3339(local) == "2026-01-02T03:04:05.678Z"


def test_flags_are_single_bits_with_names() -> None:
    """Stored numbers keep their meaning: one bit a reason, none used twice."""
    assert [flag.value for flag in Flag] == [1 << bit for bit in range(len(Flag))]
    assert quality.names(0) == []
    assert quality.names(sum(Flag)) == [str(flag.name).lower() for flag in Flag]
    assert quality.names(Flag.LATE | Flag.STUCK) == ["late", "stuck"]
    assert Flag.LATE not in UNBELIEVABLE


def test_unknown_flags_have_no_name() -> None:
    """A bit from a newer build does not break an older page."""
    assert quality.names(1 << 12 | Flag.JUMP) == ["jump"]


def test_every_metric_names_its_unit_and_its_range() -> None:
    """The table is keyed by name, every range holds something, every label is there."""
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.lo < metric.hi
        assert metric.unit
        assert metric.es
        assert metric.en
        assert metric.stuck_after is None or metric.stuck_after > 1
