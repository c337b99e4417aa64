"""What devices say: plausible, within the vocabulary, and the same for the same seed."""

import itertools
import random
import re
from collections import Counter as Tally
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.messages import Event, GpsFix, PlateRead, Reading, Uplink
from core.metrics import METRICS
from core.topics import Kind
from deploy import cities
from devices.kinds import KINDS
from firmware_sim import plates
from firmware_sim.behaviour import STREAM_OF, generator
from firmware_sim.cameras import Camera
from firmware_sim.city import Counts, build
from firmware_sim.panic import PanicButton
from firmware_sim.sensors import Air, Noise, rush, sun

ZONE = ZoneInfo("America/Mexico_City")
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
SMALL = Counts(truck=2, air=1, noise=1, camera=1, counter=1, panic=1, power=1, bus=1)


def _story(seed: int, minutes: int = 30) -> dict[str, list[Uplink]]:
    """What a small city says in half an hour, at its own rates."""
    plan = build(cities.load("coatzacoalcos").folder, seed=seed, counts=SMALL)
    said: dict[str, list[Uplink]] = {}
    for planned, behaviour in plan.behaviours():
        ticks = int(minutes * 60 / behaviour.interval_s)
        said[planned.device_id] = [
            message
            for tick in range(ticks)
            for message in behaviour.tick(
                NOON + timedelta(seconds=tick * behaviour.interval_s), behaviour.interval_s
            )
        ]
    return said


@pytest.fixture(scope="module")
def story() -> dict[str, list[Uplink]]:
    """Half an hour of a small city."""
    return _story(5)


def test_the_same_seed_tells_the_same_story(story: dict[str, list[Uplink]]) -> None:
    """Word by word; another seed does not."""
    assert _story(5) == story
    assert _story(6) != story


def test_every_device_speaks_only_on_its_kinds_streams_and_metrics(
    story: dict[str, list[Uplink]],
) -> None:
    """What it says is what the table of kinds promises."""
    by_prefix = {"T": Kind.TRUCK, "B": Kind.BUS, "A": Kind.AIR, "N": Kind.NOISE}
    by_prefix |= {"C": Kind.CAMERA, "K": Kind.COUNTER, "P": Kind.PANIC, "E": Kind.POWER}
    for device_id, messages in story.items():
        spec = KINDS[by_prefix[device_id[0]]]
        assert messages, device_id
        for message in messages:
            assert STREAM_OF[type(message)] in spec.streams
            if isinstance(message, Reading):
                assert set(message.values) <= set(spec.metrics)


def test_no_instrument_shows_what_it_cannot(story: dict[str, list[Uplink]]) -> None:
    """Every number lies in its metric's range, and none looks stuck."""
    for device_id, messages in story.items():
        runs: dict[str, tuple[float, int]] = {}
        for message in messages:
            if not isinstance(message, Reading):
                continue
            for name, value in message.values.items():
                metric = METRICS[name]
                assert metric.lo <= value <= metric.hi, (device_id, name, value)
                last, length = runs.get(name, (float("nan"), 0))
                runs[name] = (value, length + 1 if value == last else 1)
                assert runs[name][1] < (metric.stuck_after or 10**9), (device_id, name)


def test_no_honest_vehicle_makes_an_impossible_jump(story: dict[str, list[Uplink]]) -> None:
    """Fixes follow each other no faster than a vehicle can."""
    fixes = [m for m in story["T-001"] if isinstance(m, GpsFix)]
    for before, after in itertools.pairwise(fixes):
        apart_deg = max(abs(after.lat_deg - before.lat_deg), abs(after.lon_deg - before.lon_deg))
        assert apart_deg * 111_320 < 150


def test_a_press_works_only_while_the_truck_stands(story: dict[str, list[Uplink]]) -> None:
    """Take-off on: collecting, and not moving."""
    fixes = [m for m in story["T-001"] if isinstance(m, GpsFix)]
    working = [fix for fix in fixes if fix.pto]
    assert working
    assert all((fix.speed_mps or 0) < 1 for fix in working)


def test_plates_follow_the_masks_and_are_mostly_of_veracruz(
    story: dict[str, list[Uplink]],
) -> None:
    """Series of 2016 avoid I, O and Q; private cars of Veracruz lie between XYA and YVZ."""
    rng = random.Random(1)
    drawn = [plates.draw(rng) for _ in range(4000)]
    shares = Tally(series.region for _, series in drawn)
    assert shares["mx-ver"] / len(drawn) > 0.75
    for plate, series in drawn:
        classes = {"L": f"[{series.letters}]", "D": r"\d"}
        assert re.fullmatch("".join(classes.get(mark, mark) for mark in series.mask), plate)
        if series.first:
            assert series.first <= plate[: len(series.first)] <= series.last
    reads = [m for m in story["C-001"] if isinstance(m, PlateRead)]
    assert len(reads) > 100
    for read in reads:
        assert read.candidates[0] == (read.plate, read.score)
        assert read.candidates[1][0] != read.plate
        assert 0 < (read.score or 0) < 1


def test_days_have_their_shape() -> None:
    """Traffic has its crests, ozone follows the sun, nights are quiet."""
    assert rush(8) > 5 * rush(3)
    assert sun(2) == sun(22) == 0
    noise = Noise("N-1", generator(1, "n"), 5, ZONE)
    air = Air("A-1", generator(1, "a"), 5, ZONE)
    at_night, at_noon = 3.5, 14.0

    def mean(station: Noise | Air, name: str, hour: float) -> float:
        return sum(station.measure(hour, 60)[name] for _ in range(400)) / 400

    assert mean(noise, "laeq_db", 8) > mean(noise, "laeq_db", at_night) + 5
    assert mean(air, "o3_ppb", at_noon) > mean(air, "o3_ppb", at_night) + 8
    assert mean(air, "pm10_ugm3", 8) > mean(air, "pm25_ugm3", 8)


def test_a_noise_level_lies_between_its_extremes() -> None:
    """Loudest, energy mean, quietest."""
    noise = Noise("N-1", generator(2, "n"), 5, ZONE)
    for _ in range(200):
        values = noise.measure(12, 5)
        assert values["lamin_db"] < values["laeq_db"] < values["lamax_db"]


def test_a_pressed_button_says_where_and_how_bad() -> None:
    """About as often as it should be pressed."""
    button = PanicButton("P-1", generator(1, "p"), 20, at_deg=(18.1, -94.4), press_every_s=100)
    said = [m for tick in range(500) for m in button.tick(NOON + timedelta(seconds=tick), 20)]
    events = [m for m in said if isinstance(m, Event)]
    assert 60 < len(events) < 140
    assert (events[0].type, events[0].severity, events[0].lat_deg) == ("panic", "critical", 18.1)


def test_a_city_has_plates_that_pass_again() -> None:
    """A camera reads them now and then, some with one character mistaken."""
    sought = plates.wanted(7)
    assert sought == plates.wanted(7)
    assert sought != plates.wanted(8)
    camera = Camera("C-001", generator(7, "C-001"), 4.0, sought)
    reads = [
        said
        for tick in range(2000)
        for said in camera.tick(NOON + timedelta(seconds=4 * tick), 4.0)
        if isinstance(said, PlateRead)
    ]
    exact = [one for one in reads if one.plate in sought]
    near = [one for one in reads if one.candidates[1][0] in sought]
    assert 0.02 < len(exact) / len(reads) < 0.06
    assert 0.005 < len(near) / len(reads) < 0.03
