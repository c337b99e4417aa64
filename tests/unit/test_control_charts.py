"""Buckets and gaps, by table."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_center.charts import bucket_for, with_gaps
from store.series import Point, Window

T0 = datetime(2026, 3, 1, tzinfo=UTC)


def window(seconds: float) -> Window:
    """So long, from T0."""
    return Window("T-07", T0, T0 + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("seconds", "points", "bucket_s"),
    [
        (60, 600, 1),
        (600, 600, 2),
        (86_400, 600, 300),
        (86_400 * 30, 600, 7200),
        (86_400 * 400, 600, 86_400),
        (86_400 * 365 * 100, 10, 350_400_001),
    ],
)
def test_buckets_are_round(seconds: float, points: int, bucket_s: int) -> None:
    """The shortest that fits; beyond the longest round one, whatever fits."""
    assert bucket_for(window(seconds), points) == bucket_s


@given(seconds=st.floats(1, 86_400 * 400), points=st.integers(10, 5000))
def test_a_window_never_touches_more_buckets_than_points(seconds: float, points: int) -> None:
    """However the window lies over the buckets' grid, which is aligned to UTC."""
    bucket_s = bucket_for(window(seconds), points)
    assert int(seconds // bucket_s) + 2 <= points + 1


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=50, unique=True))
def test_gaps_change_no_point(seconds: list[int]) -> None:
    """Every point stays in order; a null stands exactly where the pause is too long."""
    gap_s = 100
    points = [Point(T0 + timedelta(seconds=s), 1.0, 1.0, 1.0, 0) for s in sorted(seconds)]
    drawn = list(with_gaps(points, timedelta(seconds=gap_s)))
    assert [one[0] for one in drawn] == sorted(one[0] for one in drawn)
    assert sum(one[1] is not None for one in drawn) == len(points)
    pauses = zip(sorted(seconds), sorted(seconds)[1:], strict=False)
    assert sum(one[1] is None for one in drawn) == sum(b - a > gap_s for a, b in pauses)
