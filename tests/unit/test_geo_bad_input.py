"""What cannot be judged is refused with a reason; what can be is judged, however odd."""

import json

import numpy as np
import pytest

from geo.compliance import check
from geo.fleet import Roads, check_fleet
from geo.plan import Block, Plan, PlanRefused, from_geojson, validated
from geo.projection import LocalProjection
from geo.trace import Trace, TraceRefused, stack, trace
from geo.verdict import UNKNOWN
from tests.unit.geo_town import START_S, Point, Truck, plan_of, points, row


def _trace_of(*fixes: tuple[float, float, float]) -> Trace:
    """Fixes given as seconds, latitude, longitude."""
    t_s, lat, lon = np.array(fixes, np.float64).reshape(-1, 3).T
    return trace(START_S + t_s, lat, lon)


def test_an_empty_trace_is_refused() -> None:
    """Nothing to judge by."""
    with pytest.raises(TraceRefused, match="no usable fix among 0 rows"):
        check(plan_of(row(3)), _trace_of())


def test_a_trace_without_a_usable_position_is_refused() -> None:
    """NaN and impossible coordinates are counted as rows, not as fixes."""
    with pytest.raises(TraceRefused, match="no usable fix among 2 rows"):
        check(plan_of(row(3)), _trace_of((0, np.nan, -94.45), (5, 95.0, -94.45)))


def test_one_fix_says_nothing_of_the_other_blocks() -> None:
    """A single fix proves nothing serviced and nothing missed, and crashes nothing."""
    report = check(plan_of(row(3)), Truck().serve([(40.0, 0.0)]).sends())
    assert {segment.state for segment in report.segments} == {"unknown"}
    assert report.coverage == 0.0


def test_identical_fixes_are_one() -> None:
    """The same row a hundred times is one row and 99 repeats."""
    fix = (0.0, 18.14, -94.45)
    report = check(plan_of(row(3)), _trace_of(*[fix] * 100))
    assert report.fixes == 1
    assert report.repeated == 99


def test_a_truck_that_never_moves_has_served_nothing() -> None:
    """Standing for an hour far from the plan is off route for an hour."""
    truck = Truck().serve([(0.0, 500.0)]).wait(3600)
    report = check(plan_of(row(3)), truck.sends())
    assert {segment.state for segment in report.segments} == {"missed"}
    assert report.off_route_s == pytest.approx(3600.0, abs=10.0)
    assert [stop.on_route for stop in report.stops] == [False]


def test_nan_rows_among_good_ones_are_left_out_and_counted() -> None:
    """They change nothing else."""
    blocks = row(4)
    sent = Truck().serve(points(blocks)).sends(noise_m=3.0)
    clean = check(plan_of(blocks), sent)
    sent.lat_deg[5] = np.nan
    sent.t_s[9] = np.nan
    dirty = check(plan_of(blocks), sent)
    assert dirty.unplaced == 2
    assert [one.state for one in dirty.segments] == [one.state for one in clean.segments]


def test_two_trucks_in_one_trace_are_refused() -> None:
    """Fixes that jump to and fro belong to two trackers."""
    blocks = row(6)
    one = Truck().serve(points(blocks)).sends()
    two = Truck().serve([(0.0, 900.0), (500.0, 900.0)]).sends()
    both = stack([one, two])
    mixed = trace(both.t_s, both.lat_deg, both.lon_deg, speed_mps=both.speed_mps, seq=both.seq)
    mixed.t_s[len(one) :] += 2.0
    with pytest.raises(TraceRefused, match="two trackers seem mixed"):
        check(plan_of(blocks), mixed)


def test_columns_of_different_lengths_are_refused_by_name() -> None:
    """The message names the column."""
    with pytest.raises(TraceRefused, match="column speed_mps"):
        trace(np.zeros(3), np.zeros(3), np.zeros(3), speed_mps=np.zeros(2))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ([(0.0, 0.0), (0.0, 0.0)], "no length"),
        ([(0.0, 0.0)], "needs 2 points"),
        ([(0.0, 0.0), (float("nan"), 0.0)], "not a number"),
        ([(0.0, 91.0), (0.0, 90.0)], "outside longitude"),
        ([(0.0, 0.0), (3.0, 0.0)], "more than a degree apart"),
    ],
)
def test_a_wrong_block_is_refused_by_name_and_reason(line: list[Point], problem: str) -> None:
    """The feature's number and id, and what is wrong with it."""
    good = Block("A", np.array([[-94.45, 18.14], [-94.449, 18.14]]))
    with pytest.raises(PlanRefused, match=r"feature 2 \('B'\)") as refused:
        validated(Plan("R1", (good, Block("B", np.array(line)))))
    assert problem in str(refused.value)


def test_a_block_in_another_city_is_refused_by_name() -> None:
    """Coordinates of zero, or two that changed places, must not cost a gigabyte."""
    good = [Block(f"G{at}", np.array([[-94.45, 18.14], [-94.449, 18.14]])) for at in range(3)]
    lost = Block("LOST", np.array([[0.0, 0.0], [0.001, 0.0]]))
    with pytest.raises(PlanRefused, match=r"feature 4 \('LOST'\).*50 km"):
        Roads.of([Plan("R1", (*good, lost))])


@pytest.mark.parametrize("column", ["speed_mps", "heading_deg", "hdop"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -5.0, 1e9])
def test_absurd_readings_in_a_column_crash_nothing(column: str, value: float) -> None:
    """A tracker that reports nonsense of one kind is still judged by where it was."""
    blocks = row(4)
    sent = Truck().serve(points(blocks)).sends(noise_m=3.0)
    getattr(sent, column)[::3] = value
    report = check(plan_of(blocks), sent)
    assert "missed" not in {segment.state for segment in report.segments}


def test_every_wrong_block_is_named_at_once() -> None:
    """A planner corrects them all in one go."""
    flat = np.zeros((2, 2))
    with pytest.raises(PlanRefused) as refused:
        validated(Plan("R1", (Block("A", flat), Block("B", flat), Block("B", flat))))
    assert len(refused.value.problems) == 4


def test_a_plan_without_blocks_is_refused() -> None:
    """An empty plan is a mistake, not a plan fulfilled."""
    with pytest.raises(PlanRefused, match="no blocks"):
        validated(Plan("R1", ()))


def test_a_block_that_crosses_itself_is_a_street_that_does() -> None:
    """A loop is driven like any other street."""
    loop: list[Point] = [(0.0, 0.0), (100.0, 0.0), (100.0, 80.0), (50.0, 80.0), (50.0, -60.0)]
    report = check(plan_of([loop]), Truck().serve(loop).sends(noise_m=3.0))
    assert [segment.state for segment in report.segments] == ["serviced"]


def test_repeated_points_in_a_block_are_harmless() -> None:
    """A line drawn with a double click still is a line."""
    line: list[Point] = [(0.0, 0.0), (0.0, 0.0), (80.0, 0.0), (80.0, 0.0)]
    report = check(plan_of([line]), Truck().serve(line).sends())
    assert report.coverage == pytest.approx(1.0)


@pytest.mark.parametrize("lon_deg", [179.999, -179.999])
def test_a_plan_across_the_antimeridian_is_like_any_other(lon_deg: float) -> None:
    """Longitudes that jump from 180 to -180 are neighbours."""
    town = LocalProjection(lon_deg, -16.5)
    blocks = row(6)
    sent = Truck().serve(points(blocks)).sends(noise_m=3.0, town=town)
    report = check(plan_of(blocks, town=town), sent)
    assert report.coverage == pytest.approx(1.0)
    assert report.stops == ()


@pytest.mark.parametrize("start_s", [1_790_035_195.0, 1_793_523_590.0])
def test_midnight_and_a_change_of_clocks_are_seconds_like_others(start_s: float) -> None:
    """Time is Unix time throughout."""
    blocks = row(6)
    truck = Truck().serve(points(blocks))
    usual = check(plan_of(blocks), truck.sends(noise_m=3.0))
    moved = check(plan_of(blocks), truck.sends(noise_m=3.0, start_s=start_s))
    assert [one.state for one in moved.segments] == [one.state for one in usual.segments]


def test_a_fleet_with_a_silent_truck_judges_the_others() -> None:
    """Of a run without rows nothing is known, and nobody is blamed; its neighbour is unharmed."""
    plan = plan_of(row(4))
    roads = Roads.of([plan, plan, plan])
    sent = Truck().serve(points(row(4))).sends(noise_m=3.0)
    nothing = _trace_of()
    report = check_fleet(roads, stack([nothing, sent, nothing]), np.arange(3))
    assert report.coverage.tolist() == pytest.approx([0.0, 1.0, 0.0])
    assert set(report.verdict.state[report.verdict.run != 1]) == {UNKNOWN}


def test_rows_of_several_runs_are_refused_where_one_is_judged() -> None:
    """`check` is for one truck."""
    sent = Truck().serve(points(row(2))).sends()
    with pytest.raises(TraceRefused, match="several runs"):
        check(plan_of(row(2)), stack([sent, sent]))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"type": "Feature"}, "not a GeoJSON FeatureCollection"),
        ({"features": []}, "no blocks"),
        ({"properties": {"service_max_mean_kmh": "fast"}}, "is no number"),
        ({"properties": {"service_max_mean_kmh": -1}}, "must be a speed above 0"),
        ({"properties": {"window_start": "noon"}}, "is no instant"),
        ({"properties": {"window_start": "2026-09-14T12:00:00"}}, "no time zone"),
        (
            {
                "properties": {
                    "window_start": "2026-09-14T12:00:00Z",
                    "window_end": "2026-09-14T11:00:00Z",
                }
            },
            "before window_start",
        ),
    ],
)
def test_a_wrong_plan_file_is_refused_with_the_reason(
    change: dict[str, object], problem: str
) -> None:
    """Each mistake has its own words."""
    line = {"type": "LineString", "coordinates": [[-94.45, 18.14], [-94.449, 18.14]]}
    document: dict[str, object] = {
        "type": "FeatureCollection",
        "properties": {"route_id": "R1"},
        "features": [{"type": "Feature", "geometry": line, "properties": {"segment_id": "A"}}],
    }
    with pytest.raises(PlanRefused, match=problem):
        from_geojson(json.loads(json.dumps({**document, **change})))


@pytest.mark.parametrize(
    ("feature", "problem"),
    [
        ({"geometry": {"type": "Point", "coordinates": [0, 0]}}, "this is Point"),
        ({"geometry": None}, "this is nothing"),
        ({"geometry": {"type": "LineString", "coordinates": [[0], [1]]}}, "pairs"),
        (
            {
                "geometry": {"type": "LineString", "coordinates": [[0, 0], [0, 1]]},
                "properties": {"order": "first"},
            },
            "is no number",
        ),
        ("street", "this is nothing"),
    ],
)
def test_a_wrong_feature_is_refused_by_number(feature: object, problem: str) -> None:
    """The planner is told which one."""
    document = {"type": "FeatureCollection", "features": [feature]}
    with pytest.raises(PlanRefused, match="feature 1") as refused:
        from_geojson(document)
    assert problem in str(refused.value)


def test_blocks_are_taken_in_their_order_and_not_the_file_s() -> None:
    """`order` decides; two of the same are refused."""
    line = {"type": "LineString", "coordinates": [[-94.45, 18.14], [-94.449, 18.14]]}
    features = [
        {"geometry": line, "properties": {"segment_id": name, "order": order}}
        for name, order in (("late", 2), ("early", 1))
    ]
    document = {"type": "FeatureCollection", "features": features}
    assert [block.segment_id for block in from_geojson(document).blocks] == ["early", "late"]
    features[0]["properties"] = {"segment_id": "late", "order": 1}
    with pytest.raises(PlanRefused, match="order 1 is given twice"):
        from_geojson(document)
