"""The route bench's towns are what it says they are, and its picture is drawn from its figures."""

from pathlib import Path

import numpy as np

from bench import geo_plot
from bench.geo_town import ROWS, sent, town
from geo.compliance import check


def test_a_town_and_its_truck_come_from_their_seed() -> None:
    """The same seed gives the same fixes, another seed others."""
    first, again = (sent(town(3, 40, 8), 7, 400) for _ in range(2))
    assert np.array_equal(first.lat_deg, again.lat_deg)
    assert not np.array_equal(first.lat_deg, sent(town(4, 40, 8), 7, 400).lat_deg)


def test_a_shift_is_eight_hours_at_five_seconds() -> None:
    """With two silences of three minutes on top."""
    shift = sent(town(1, 300, 17), 1)
    assert len(shift) == ROWS
    assert np.ptp(shift.t_s) == 8 * 3600 - 5 + 2 * 180


def test_the_bench_s_trucks_do_what_trucks_do() -> None:
    """Most is served, some rushed, some left out, some hidden; so all of the engine is timed."""
    place = town(5, 200, 14)
    report = check(place.plan, sent(place, 5))
    states = {segment.state for segment in report.segments}
    assert states == {"serviced", "too_fast", "missed", "unknown"}
    assert report.coverage > 0.8
    assert report.spikes > 0


def test_the_growth_is_drawn(tmp_path: Path) -> None:
    """From the arrays in the answer, the same bytes every time."""
    by_fixes = [{"fixes": 1e5 * k, "compliance_s": 0.3 * k} for k in (1, 2, 4)]
    by_length = [
        {
            "vertices": 100 * k,
            "fixes_per_s_matching": 1e6,
            "fixes_per_s_compliance": 4e5,
            "fixes_per_s_line_locate_point": 1e5 / k,
        }
        for k in (1, 2, 4)
    ]
    figures = {"growth": {"fixes": by_fixes, "route_length": by_length}}
    paths = [tmp_path / name for name in ("one.png", "two.png")]
    for path in paths:
        geo_plot.draw(figures, path)
    first, second = (path.read_bytes() for path in paths)
    assert first.startswith(b"\x89PNG")
    assert first == second
