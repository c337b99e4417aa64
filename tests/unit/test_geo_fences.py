"""Fences: in, out, and through between two fixes."""

from collections.abc import Sequence

import numpy as np
import pytest
import shapely

from geo.fences import CROSS, ENTER, EXIT, inside, passages
from geo.trace import Fixes

_YARD = shapely.box(100.0, -50.0, 200.0, 50.0)


def _fixes(xs_m: Sequence[float], *, y_m: float = 0.0, step_s: float = 10.0) -> Fixes:
    count = len(xs_m)
    nothing = np.full(count, np.nan)
    return Fixes(
        run=np.zeros(count, np.int64),
        t_s=np.arange(count, dtype=np.float64) * step_s,
        x_m=np.array(xs_m, np.float64),
        y_m=np.full(count, y_m),
        speed_mps=nothing,
        heading_deg=nothing,
        hdop=nothing,
        row=np.arange(count),
    )


def test_entering_and_leaving_are_timed_between_fixes() -> None:
    """Half way between the fixes is half way in time."""
    found = passages(_fixes([50, 150, 160, 240]), [_YARD])
    assert found.kind.tolist() == [ENTER, EXIT]
    assert found.from_s.tolist() == pytest.approx([5.0, 25.0])


def test_a_fence_crossed_between_two_fixes_outside_is_crossed() -> None:
    """Neither fix is in it, the way between them is."""
    found = passages(_fixes([50, 250]), [_YARD])
    assert found.kind.tolist() == [CROSS]
    assert (found.from_s[0], found.to_s[0]) == pytest.approx((2.5, 7.5))


def test_grazing_a_corner_is_no_crossing() -> None:
    """Two metres inside are within any receiver's error."""
    square = shapely.Polygon([(100, 0), (102, 2), (100, 4), (98, 2)])
    assert len(passages(_fixes([50, 250], y_m=0.5), [square])) == 0


def test_a_silence_widens_the_moment_and_hides_crossings() -> None:
    """Somewhere in the silence it came in; whether it went through is not known."""
    found = passages(_fixes([50, 150], step_s=600.0), [_YARD])
    assert (found.kind[0], found.from_s[0], found.to_s[0]) == (ENTER, 0.0, 600.0)
    assert len(passages(_fixes([50, 250], step_s=600.0), [_YARD])) == 0


def test_each_fence_is_told_by_its_number() -> None:
    """Two fences, one entered after the other."""
    other = shapely.box(300.0, -50.0, 400.0, 50.0)
    found = passages(_fixes([50, 150, 250, 350]), [_YARD, other])
    assert list(zip(found.fence, found.kind, strict=True)) == [(0, ENTER), (0, EXIT), (1, ENTER)]


def test_the_edge_is_inside() -> None:
    """A truck at the gate is in."""
    assert inside(_fixes([99, 100, 150]), _YARD).tolist() == [False, True, True]


def test_nothing_to_pass_through() -> None:
    """No fences or no second fix: no passages."""
    assert len(passages(_fixes([50, 150]), [])) == 0
    assert len(passages(_fixes([150]), [_YARD])) == 0
