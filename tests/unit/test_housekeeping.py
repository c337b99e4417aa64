"""How long the housekeeper rests after a rollup."""

import pytest

from ingest.housekeeping import rest_s


@pytest.mark.parametrize(
    ("took_s", "rests_s"), [(0.0, 5.0), (0.5, 5.0), (2.0, 18.0), (6.0, 54.0), (600.0, 60.0)]
)
def test_the_longer_it_took_the_longer_it_rests(took_s: float, rests_s: float) -> None:
    """Nine times as long, but no less than 5 s and no more than a minute."""
    assert rest_s(took_s) == pytest.approx(rests_s)
