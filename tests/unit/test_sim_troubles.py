"""Stations have a past with troubles: drawn from the seed, apart in time, and plain to see."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from core.metrics import METRICS
from core.topics import Kind
from deploy import cities
from firmware_sim import station_past, troubles
from firmware_sim.city import Counts, Plan, build
from firmware_sim.station_past import DAYS, INTERVAL_S, StationPast
from firmware_sim.troubles import SPARED, Span, Trouble

UNTIL = datetime(2026, 5, 20, 16, 30, 12, 345, tzinfo=UTC)
FEW = Counts(truck=0, bus=0, camera=0, counter=0, panic=0, power=0)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Six air stations and six noise monitors."""
    return build(cities.load("coatzacoalcos").folder, seed=5, counts=FEW)


@pytest.fixture(scope="module")
def pasts(plan: Plan) -> list[StationPast]:
    """Their last days."""
    return list(station_past.measured(plan, UNTIL))


def _spans(pasts: list[StationPast], label: Trouble) -> list[tuple[StationPast, Span]]:
    found = [(one, span) for one in pasts for span in one.troubles if span.label is label]
    assert found
    return found


def test_the_same_seed_and_minute_is_the_same_past(plan: Plan) -> None:
    """Whoever asks, and at whichever second."""
    one, other = (
        next(station_past.measured(plan, UNTIL + timedelta(seconds=off), days=2)) for off in (0, 40)
    )
    assert one == other


def test_readings_come_at_the_fields_rate_up_to_the_last_minute(pasts: list[StationPast]) -> None:
    """In order, each within what its instrument can show."""
    end = UNTIL.replace(second=0, microsecond=0)
    for past in pasts:
        at = [one.measured_at for one in past.readings]
        step = timedelta(seconds=INTERVAL_S[past.kind])
        assert at == sorted(set(at))
        assert end - step <= at[-1] < end
        assert at[0] == end - timedelta(days=DAYS)
        for one in past.readings:
            assert all(METRICS[m].lo <= v <= METRICS[m].hi for m, v in one.values.items()), one


def test_every_trouble_happens_after_the_first_day_and_alone(pasts: list[StationPast]) -> None:
    """Some stations have none."""
    begin = UNTIL - timedelta(days=DAYS)
    for past in pasts:
        for span in past.troubles:
            assert begin + SPARED - timedelta(minutes=2) <= span.begins_at < span.ends_at < UNTIL
        for one, other in pairwise(past.troubles):
            assert one.ends_at < other.begins_at
    labels = [span.label for past in pasts for span in past.troubles]
    assert set(labels) == set(Trouble)
    assert sum(not past.troubles for past in pasts) == 2


def test_an_outage_is_silence_and_nothing_else_is(pasts: list[StationPast]) -> None:
    """A gap as long as the truth says."""
    for past in pasts:
        step = timedelta(seconds=INTERVAL_S[past.kind])
        at = [one.measured_at for one in past.readings]
        gaps = [one for one, other in pairwise(at) if other - one > step]
        outages = [span for span in past.troubles if span.label is Trouble.OUTAGE]
        assert len(gaps) == len(outages)
        for gap, span in zip(gaps, outages, strict=True):
            assert gap < span.begins_at <= gap + step


def test_a_stuck_instrument_shows_one_value(pasts: list[StationPast]) -> None:
    """In the numbers that the truth names, long enough for ingest to see it."""
    for past, span in _spans(pasts, Trouble.STUCK):
        inside = [one for one in past.readings if span.begins_at <= one.measured_at < span.ends_at]
        for name in span.metrics:
            assert len({one.values[name] for one in inside}) == 1
            assert len(inside) > 2 * (METRICS[name].stuck_after or 0)


def test_drift_spikes_and_shifts_lie_above_what_would_have_been(
    plan: Plan, pasts: list[StationPast]
) -> None:
    """The same station without its trouble."""
    kinds = {Trouble.DRIFT: 5.0, Trouble.SPIKE_BURST: 5.0, Trouble.LEVEL_SHIFT: 5.0}
    for past in pasts[4:8]:
        station = plan.station(past.device_id, INTERVAL_S[past.kind], story="past")
        plain = {}
        at = past.readings[0].measured_at
        while at < UNTIL.replace(second=0, microsecond=0):
            [said] = station.tick(at, INTERVAL_S[past.kind])
            plain[at] = said.values  # type: ignore[union-attr]  # stations send readings
            at += timedelta(seconds=INTERVAL_S[past.kind])
        for one in past.readings:
            span = next(
                (s for s in past.troubles if s.begins_at <= one.measured_at < s.ends_at), None
            )
            if span is None:
                assert one.values == plain[one.measured_at]
        for span in past.troubles:
            if span.label in kinds:
                off = [
                    one.values[span.metrics[0]] - plain[one.measured_at][span.metrics[0]]
                    for one in past.readings
                    if span.begins_at <= one.measured_at < span.ends_at
                ]
                assert min(off) > -1
                assert max(off) > kinds[span.label]


def test_the_live_city_is_left_alone(plan: Plan) -> None:
    """A past takes nothing from the fortune of the live station."""
    before = [each.tick(UNTIL, 5.0) for one, each in plan.behaviours() if one.kind is Kind.AIR]
    next(station_past.measured(plan, UNTIL, days=2))
    after = [each.tick(UNTIL, 5.0) for one, each in plan.behaviours() if one.kind is Kind.AIR]
    assert before == after


def test_truth_lines_say_what_where_and_when() -> None:
    """As docs/simulator.md has it."""
    names = [f"N-{number}" for number in range(6)]
    span = troubles.drawn(1, Kind.NOISE, names, UNTIL - timedelta(days=3), UNTIL)[0]
    line = span.line()
    assert (line["type"], line["device_id"]) == ("trouble", span.device_id)
    assert line["label"] in {each.value for each in Trouble}
    assert line["from_ts"] < line["to_ts"]
