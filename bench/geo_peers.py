"""The peers of the route engine, on the same points: what each answers, and in what time.

None of them answers the question. `line_locate_point` says where along the whole route a point is
nearest, `query_nearest` which block is nearest, movingpandas cleans and finds stops; which block
was served, in which direction and pass, and what a silence hides, is left to its user.
"""

import warnings
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from time import process_time
from typing import Any, Final

import numpy as np
import shapely

from bench.geo_town import Town
from geo.arrays import F64

BLOCKS_TRIED: Final = 3
_METRIC_CRS = "EPSG:32614"
_TOP_MPS = 40.0
_STOP_S = 180
_STOP_M = 30
_CORRIDOR_M = 15.0


def line_locate_point_s(place: Town, x_m: F64, y_m: F64) -> float:
    """Seconds to find every point's distance along the route."""
    line = shapely.LineString(np.concatenate(place.lines_m))
    points = shapely.points(x_m, y_m)
    return spent_s(lambda: shapely.line_locate_point(line, points))


def query_nearest_s(place: Town, x_m: F64, y_m: F64) -> float:
    """Seconds to find every point's nearest block, the tree built beforehand."""
    tree = shapely.STRtree([shapely.LineString(line) for line in place.lines_m])
    points = shapely.points(x_m, y_m)
    return spent_s(lambda: tree.query_nearest(points, return_distance=True, all_matches=False))


def movingpandas_s(place: Town, t_s: F64, x_m: F64, y_m: F64) -> tuple[float, float]:
    """Seconds to clean a trace, find its speeds and stops; and to clip it to one block, on average.

    Clipping to each block's corridor is how the library tells when a street was driven.
    """
    pandas, geopandas, movingpandas = _peers()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        columns = {"t": pandas.to_datetime(t_s, unit="s"), "truck": 0}
        frame = geopandas.GeoDataFrame(columns, geometry=shapely.points(x_m, y_m), crs=_METRIC_CRS)
        cleaned: list[Any] = []

        def judge() -> None:
            whole = movingpandas.TrajectoryCollection(frame, "truck", t="t")
            clean = movingpandas.OutlierCleaner(whole).clean(v_max=_TOP_MPS, units=("m", "s"))
            clean.add_speed(overwrite=True, units=("m", "s"))
            movingpandas.TrajectoryStopDetector(clean).get_stop_points(
                min_duration=timedelta(seconds=_STOP_S), max_diameter=_STOP_M
            )
            cleaned.append(clean.trajectories[0])

        judged_s = spent_s(judge)
        picked = place.lines_m[:: max(len(place.lines_m) // BLOCKS_TRIED, 1)][:BLOCKS_TRIED]
        corridors = [shapely.LineString(line).buffer(_CORRIDOR_M) for line in picked]
        clipped_s = spent_s(lambda: [cleaned[0].clip(corridor) for corridor in corridors])
    return judged_s, clipped_s / len(corridors)


def spent_s(work: Callable[[], object]) -> float:
    """Processor seconds that some work takes, whatever else the machine does."""
    begin = process_time()
    work()
    return process_time() - begin


def _peers() -> tuple[Any, Any, Any]:
    """Imported only when they are measured: C5 itself does without them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module("pandas"), import_module("geopandas"), import_module("movingpandas")
