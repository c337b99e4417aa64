"""The small parts: array helpers, projection, courses and the grid."""

import doctest

import numpy as np
import pytest

from geo import arrays, projection
from geo.course import lay_out
from geo.grid import build
from geo.physics import DEFAULT
from geo.projection import LocalProjection, around
from tests.unit.geo_town import Point, plan_of, row


@pytest.mark.parametrize("module", [arrays, projection])
def test_the_examples_in_the_docs_are_true(module: object) -> None:
    """Doctests of the modules that have them."""
    failed, tried = doctest.testmod(module, extraglobs={"np": np})  # type: ignore[arg-type]
    assert failed == 0
    assert tried > 0


def test_metres_are_metres_and_go_back() -> None:
    """A degree of latitude is about 110.6 km here, and the way back is exact."""
    here = LocalProjection(-94.45, 18.14)
    x_m, y_m = here.forward(np.array([-94.45, -94.44]), np.array([18.15, 18.14]))
    assert y_m[0] == pytest.approx(1106.6, abs=1.0)
    assert x_m[1] == pytest.approx(1058.6, abs=1.0)
    lon, lat = here.inverse(x_m, y_m)
    assert lon == pytest.approx([-94.45, -94.44], abs=1e-9)
    assert lat == pytest.approx([18.15, 18.14], abs=1e-9)


def test_what_cannot_be_projected_is_nan() -> None:
    """Never infinity, which arithmetic would carry on."""
    x_m, y_m = around(np.zeros(1), np.zeros(1)).forward(np.array([np.nan]), np.array([0.0]))
    assert np.isnan(x_m[0])
    assert np.isnan(y_m[0])


def test_chainage_runs_over_blocks_and_links() -> None:
    """Each block begins where the link from the one before ends."""
    courses = lay_out([plan_of(row(3)), plan_of(row(2))])
    assert courses.begin_m == pytest.approx([0, 94, 188, 0, 94], abs=1e-3)
    assert courses.link_m == pytest.approx([14, 14, 0, 14, 0], abs=1e-3)
    assert courses.leap.tolist() == [0, 0, 0, 0, 0]


def test_a_link_too_long_for_a_junction_is_counted() -> None:
    """After it the plan's chainage is a guess."""
    lines: list[list[Point]] = [[(0.0, 0.0), (80.0, 0.0)], [(200.0, 0.0), (280.0, 0.0)]]
    assert lay_out([plan_of(lines)]).leap.tolist() == [0, 1]


def test_the_grid_finds_every_block_within_reach() -> None:
    """Checked against measuring every distance."""
    rng = np.random.default_rng(3)
    lines: list[list[Point]] = [
        [(float(x), float(y)) for x, y in rng.uniform(-400, 400, (3, 2))] for _ in range(30)
    ]
    courses = lay_out([plan_of(lines)])
    grid = build(courses)
    x_m, y_m = rng.uniform(-450, 450, (2, 300))
    cell = grid.cells(np.zeros(300, np.int64), x_m, y_m)
    reach = DEFAULT.reach_m + DEFAULT.reach_sigmas * DEFAULT.noise_ceiling_m
    piece = courses.piece_m
    for at in range(300):
        dx, dy = x_m[at] - piece[:, 0], y_m[at] - piece[:, 1]
        share = (dx * piece[:, 2] + dy * piece[:, 3]) / (piece[:, 2:] ** 2).sum(axis=1)
        share = share.clip(0, 1)
        off = np.hypot(dx - share * piece[:, 2], dy - share * piece[:, 3])
        near = set(courses.piece_block[off <= reach])
        if cell[at] < 0:
            assert not near
            continue
        slots = slice(grid.first_slot[cell[at]], grid.first_slot[cell[at] + 1])
        found = set(courses.piece_block[grid.slot_piece[slots, 0]])
        assert near <= found or len(found) == 12


def test_a_place_outside_the_grid_has_no_cell() -> None:
    """NaN is outside too."""
    grid = build(lay_out([plan_of(row(2))]))
    cell = grid.cells(np.zeros(2, np.int64), np.array([1e6, np.nan]), np.array([0.0, 0.0]))
    assert cell.tolist() == [-1, -1]
