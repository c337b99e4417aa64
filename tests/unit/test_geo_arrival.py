"""Arrivals hold as often as they say, over days never seen before, and addresses are found."""

import numpy as np
import pytest

from geo.address import NOTHING, find
from geo.arrays import F64
from geo.arrival import Progress, arrival, position
from geo.near import distances_m
from geo.plan import Block
from geo.projection import LocalProjection
from tests.unit.geo_town import degrees, row

BLOCKS = 60
LENGTHS = np.full(BLOCKS, 90.0)


def went(entered_s: F64, *, until_s: float = np.inf) -> Progress:
    """A run whose window began at 0, as far as it had come by then."""
    known = np.where(entered_s <= until_s, entered_s, np.nan)
    return Progress(0.0, known, np.isfinite(known))


def days(rng: np.random.Generator, runs: int, *, day: float, block: float) -> F64:
    """When each block was entered on days that differ, as do blocks from day to day."""
    steps = rng.uniform(20.0, 90.0, BLOCKS) * rng.lognormal(0.0, day, (runs, 1))
    steps = steps * rng.lognormal(0.0, block, (runs, BLOCKS))
    steps[:, 0] += rng.uniform(0.0, 1200.0, runs)  # from the window's begin to the first block
    return np.asarray(np.cumsum(steps, axis=1))


@pytest.mark.parametrize(("day", "block"), [(0.0, 0.25), (0.15, 0.25), (0.3, 0.4), (0.1, 0.7)])
def test_the_range_holds_as_often_as_it_says(day: float, block: float) -> None:
    """At least eight times in ten, with few earlier runs and with many; and not nearly always."""
    rng = np.random.default_rng(7)
    held: list[bool] = []
    for runs in (3, 6, 12, 20) * 75:
        entered = days(rng, runs + 1, day=day, block=block)
        truth = entered[-1]
        target = int(rng.integers(5, BLOCKS))
        now_s = float(rng.uniform(0.2, 0.95)) * truth[target]
        today = went(truth, until_s=now_s)
        found = arrival([went(run) for run in entered[:-1]], today, LENGTHS, [target], now_s)
        assert found.runs == runs
        held.append(found.low_s <= truth[target] <= found.high_s)
    assert 0.80 <= np.mean(held) <= 0.95


def test_a_run_that_has_not_begun_has_an_arrival() -> None:
    """From its window on, not from now."""
    rng = np.random.default_rng(1)
    past = [went(one) for one in days(rng, 15, day=0.1, block=0.2)]
    waiting = went(np.full(BLOCKS, np.nan))
    before = arrival(past, waiting, LENGTHS, [10], -3600.0)
    begun = arrival(past, waiting, LENGTHS, [10], 0.0)
    assert before == begun
    typical = float(np.median([run.entered_s[10] for run in past]))
    assert before.low_s < typical < before.high_s


def test_a_late_start_is_no_slow_day() -> None:
    """An hour late, and as fast as ever from then on."""
    past = [went(np.cumsum(np.full(BLOCKS, 60.0)))] * 9
    late = went(3600.0 + np.cumsum(np.full(BLOCKS, 60.0)), until_s=4200.0)
    assert arrival(past, late, LENGTHS, [19], 4200.0).likely_s == pytest.approx(4800.0, abs=1.0)


def test_time_spent_in_a_block_is_not_waited_for_again() -> None:
    """Half a minute later the truck is half a minute nearer, until the block is overdue."""
    steps = np.full((9, BLOCKS), 60.0)
    past = [went(np.cumsum(one)) for one in steps]
    today = went(np.cumsum(steps[0]), until_s=600.0)
    assert position(today) == 9
    found = [arrival(past, today, LENGTHS, [11], 600.0 + later).likely_s for later in (0, 30, 300)]
    assert found == pytest.approx([720.0, 720.0, 960.0], abs=2.0)


def test_without_history_the_range_is_wide_and_no_run_stands_behind_it() -> None:
    """A guess says that it is one."""
    found = arrival([], went(np.full(BLOCKS, np.nan)), LENGTHS, [20], 0.0)
    assert found.runs == 0
    assert found.high_s > 3 * found.low_s > 0


def test_several_blocks_span_from_the_first_to_the_last() -> None:
    """A colonia takes a while."""
    past = [went(np.cumsum(np.full(BLOCKS, 60.0)))] * 9
    today = went(np.cumsum(np.full(BLOCKS, 60.0)), until_s=300.0)
    found = arrival(past, today, LENGTHS, [10, 20, 30], 300.0)
    assert found.low_s < 11 * 60 < found.likely_s < 22 * 60 < 31 * 60 < found.high_s


def test_a_street_driven_on_the_way_is_no_progress() -> None:
    """Block 40 was driven through before the first was served: the truck is at the third."""
    entered = np.full(BLOCKS, np.nan)
    entered[[0, 1, 2, 40]] = 100.0, 160.0, 220.0, 20.0
    served = np.isfinite(entered)
    served[40] = False
    today = Progress(0.0, entered, served)
    assert position(today) == 2
    assert np.isnan(today.steps_s[41])
    entered[40] = 240.0  # after the third, and nothing served since: it may be so
    assert position(today) == 2
    assert Progress(0.0, entered, served).steps_s[41] == 240.0


def streets() -> list[Block]:
    """Blocks of a small town."""
    names = [
        ("Av. Constitución de 1917", "Petrolera"),
        ("5 de Mayo", "Centro"),
        ("5 de Mayo", "Centro"),
        ("Hidalgo", "Centro"),
        ("Hidalgo", "Petrolera"),
        ("Calle 5", "Playa Sol"),
        ("", "Playa Sol"),
    ]
    return [
        Block(f"S{at}", degrees(line), street=street, colonia=colonia)
        for at, (line, (street, colonia)) in enumerate(zip(row(7), names, strict=True), start=1)
    ]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Calle 5 de Mayo 120, Centro", (1, 2)),
        ("5 DE MAYO", (1, 2)),
        ("cinco de mayo", ()),
        ("mayo", (1, 2)),
        ("Hidalgo 5, Col. Petrolera", (4,)),
        ("hidalgo", (3, 4)),
        ("Hidalgo 12, Centro, Coatzacoalcos, Ver.", (3,)),
        ("avenida constitucion", (0,)),
        ("Constitución de 1917 #33", (0,)),
        ("Calle 5 120, Playa Sol", (5,)),
        ("Playa Sol", (5, 6)),
        ("Juárez 5", ()),
        ("12", ()),
        ("", ()),
        ("¿?", ()),
    ],
)
def test_an_address_is_found_as_people_write_it(text: str, blocks: tuple[int, ...]) -> None:
    """Without accents, with a house number, with or without the colonia."""
    found = find(streets(), text)
    assert found.blocks == blocks
    assert (found.score == NOTHING) == (not blocks)


def test_a_street_where_nothing_is_collected_is_no_answer() -> None:
    """The truck only drives through."""
    through = [Block("S1", degrees(row(1)[0]), service=False, street="Hidalgo")]
    assert find(through, "Hidalgo").blocks == ()


@pytest.mark.parametrize("lon_deg", [-94.45, 179.9999])
def test_distances_are_metres_from_the_nearest_point(lon_deg: float) -> None:
    """On both sides of the antimeridian too."""
    town = LocalProjection(lon_deg, 18.14)
    blocks = [Block(f"S{at}", degrees(line, town)) for at, line in enumerate(row(3))]
    place = degrees([(130.0, 7.0)], town)[0]
    found = distances_m(blocks, place[1], place[0])
    np.testing.assert_allclose(found, [np.hypot(50, 7), 7.0, np.hypot(58, 7)], atol=0.05)
