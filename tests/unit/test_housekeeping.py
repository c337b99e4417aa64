"""How long the housekeeper rests after work on summaries."""

import pytest

from ingest.housekeeping import rest_s


@pytest.mark.parametrize(
    ("took_s", "rests_s"), [(0.0, 0.0), (0.02, 0.18), (0.5, 4.5), (2.0, 5.0), (600.0, 5.0)]
)
def test_the_longer_it_took_the_longer_it_rests(took_s: float, rests_s: float) -> None:
    """Nine times as long, but no more than 5 s."""
    assert rest_s(took_s) == pytest.approx(rests_s)
