"""Nobody is blamed for a tracker: one that is silent, mixed up, late, or dead."""

import numpy as np
import pytest

from control_center.compliance import figures
from control_center.compliance.limits import Limits
from core.quality import Flag
from store import trace as store_trace
from store.trace import Columns
from tests.unit import compliance_made as made
from tests.unit.compliance_made import STREETS
from tests.unit.geo_town import Truck, points


def test_a_silent_tracker_blames_nobody() -> None:
    """Without a single fix every block is unknown, and it is said why."""
    built = made.built(store_trace.empty())
    assert made.states(built) == ["unknown"] * 8
    assert built["coverage_pct"] == 0.0
    assert "no fixes" in built["problem"]
    assert built["silences"] == [built["window"]]
    assert built["receiver_error_m"] is None
    assert figures.rows(built) == 0
    assert figures.figures(built).missed == 0


def test_fixes_of_another_day_are_no_fixes_of_this() -> None:
    """Only the window with its margins counts."""
    late = made.served(start_s=made.begin_s() + 3 * 3600)
    assert "no fixes" in made.built(late)["problem"]
    assert made.built(late, limits=Limits(margin_s=4 * 3600))["problem"] is None
    outside = made.served(start_s=made.begin_s() + 1800)
    assert figures.rows(made.built(outside, limits=Limits(margin_s=1.0))) == outside.rows


def test_unusable_fixes_blame_nobody() -> None:
    """All flagged, or all at no place: unknown, counted by reason."""
    columns = made.served()
    flagged = columns._replace(flags=np.full(columns.rows, int(Flag.RANGE)))
    built = made.built(flagged)
    assert made.states(built) == ["unknown"] * 8
    assert built["dropped"]["flagged"] == columns.rows
    assert "usable" in built["problem"]
    lost = columns._replace(lat_deg=np.full(columns.rows, np.nan))
    built = made.built(lost)
    assert built["dropped"]["unplaced"] == columns.rows
    assert "usable" in built["problem"]
    assert figures.rows(built) == columns.rows


def _mixed() -> Columns:
    here = made.served()
    other = Truck().serve([(4000.0, 4000.0), (5500.0, 4000.0)]).sends(start_s=made.begin_s() + 2.0)
    both = made.columns(other.take(np.arange(min(len(other), here.rows))))
    return Columns(
        *(np.concatenate((getattr(here, name), getattr(both, name))) for name in Columns._fields)
    )


def test_two_trackers_in_one_truck_blame_nobody() -> None:
    """Whether the engine sees the jumps, or ingest flagged them all before."""
    columns = _mixed()
    built = made.built(columns)
    assert made.states(built) == ["unknown"] * 8
    assert "two trackers" in built["problem"]
    assert built["silences"] == []
    far = columns.lat_deg > columns.lat_deg.min() + 0.01
    assert far.sum() > 20
    flagged = columns._replace(flags=np.where(far, int(Flag.JUMP), 0))
    built = made.built(flagged)
    assert built["dropped"]["flagged"] == far.sum()
    assert made.states(built) == ["unknown"] * 8
    assert "two trackers" in built["problem"]


def test_few_jumps_are_dropped_and_late_fixes_count() -> None:
    """A doubtful fix costs nothing; one that came late is as good as any."""
    columns = made.served()
    flags = np.full(columns.rows, int(Flag.LATE))
    flags[5] |= int(Flag.JUMP)
    built = made.built(columns._replace(flags=flags))
    assert built["dropped"]["flagged"] == 1
    assert made.states(built) == ["serviced"] * 8


def test_a_silence_in_the_middle_hides_what_it_can() -> None:
    """It is listed, and its streets are unknown, never missed."""
    truck = Truck().serve(points(STREETS))
    columns = made.columns(truck.sends(start_s=made.begin_s(), silent=[(60, 160)]))
    built = made.built(columns)
    assert "missed" not in made.states(built)
    assert built["silences"][0] == ["2025-03-04T12:00:55.000Z", "2025-03-04T12:02:45.000Z"]
    assert built["silences"][-1][1] == built["window"][1], "and at the end nothing was heard"


@pytest.mark.parametrize(
    ("wait_s", "ignition", "depot_x_m", "state"),
    [
        (0, -1, None, "unknown"),  # mute in the middle of the way
        (0, 1, -3000.0, "unknown"),
        (0, 0, None, "missed"),  # switched off
        (0, -1, -400.0, "missed"),  # in its depot
        (60, -1, None, "missed"),  # it stood: parked
    ],
)
def test_a_tracker_that_dies_on_the_road_blames_nobody(
    wait_s: int, ignition: int, depot_x_m: float | None, state: str
) -> None:
    """Unless the truck's day was over there."""
    truck = Truck().serve(points(STREETS[:5]))
    truck.rush([(truck.x_y_m[-1][0], -300.0), (-400.0, -300.0)]).wait(wait_s)
    columns = made.columns(truck.sends(start_s=made.begin_s()))
    columns = columns._replace(ignition=np.full(columns.rows, ignition, np.int8))
    depot = None if depot_x_m is None else made.place("Patio", (depot_x_m, -300.0), 150.0)
    built = made.built(columns, made.route(depot=depot))
    assert made.states(built)[5:] == [state] * 3
    assert made.states(built)[:5] == ["serviced"] * 5


def test_a_tracker_that_dies_on_its_plan_blames_nobody() -> None:
    """Even with the ignition off: it was not in its depot, nor done."""
    columns = made.served(5)
    off = columns._replace(ignition=np.zeros(columns.rows, np.int8))
    assert made.states(made.built(off))[6:] == ["unknown"] * 2


@pytest.mark.parametrize(("ignition", "state"), [(-1, "unknown"), (0, "missed")])
def test_a_route_without_hours_has_the_day(ignition: int, state: str) -> None:
    """What its truck left out when its tracker died it had until midnight for."""
    truck = Truck().serve(points(STREETS[:5]))
    truck.rush([(truck.x_y_m[-1][0], -300.0), (-400.0, -300.0)])
    columns = made.columns(truck.sends(start_s=made.begin_s()))
    columns = columns._replace(ignition=np.full(columns.rows, ignition, np.int8))
    assert made.states(made.built(columns, made.route(service_window=None)))[5:] == [state] * 3


def test_a_tracker_that_is_late_to_wake_blames_nobody() -> None:
    """First heard on the way, half an hour after the window began."""
    truck = Truck().rush([(-400.0, -300.0), (STREETS[3][0][0], -300.0)])
    truck.serve([(STREETS[3][0][0], 0.0), *points(STREETS[3:])])
    columns = made.columns(truck.sends(start_s=made.begin_s() + 1800))
    assert made.states(made.built(columns)) == ["unknown"] * 3 + ["serviced"] * 5
    at_once = made.columns(truck.sends(start_s=made.begin_s()))
    assert made.states(made.built(at_once))[0] == "missed"
