"""Geofences: entering, leaving, and crossing between two fixes that are both outside.

Moments are interpolated along the straight way between fixes. After a silence that way is not
known: a place found on the other side was entered or left some time during it, and nothing is
said of fences merely on the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely

from geo.arrays import F64, I64, Bools
from geo.physics import DEFAULT, Physics
from geo.trace import Fixes

ENTER, EXIT, CROSS = 0, 1, 2
_LEAST_CROSSING_M = 5.0
Shapes: TypeAlias = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Passages:
    """What happened at fences, in order of run and time."""

    run: I64
    fence: I64
    kind: I64
    from_s: F64
    """Earliest and latest moment; for a crossing, when it began and ended."""
    to_s: F64

    def __len__(self) -> int:
        return len(self.run)


def passages(
    fixes: Fixes, fences: Sequence[shapely.Polygon], physics: Physics = DEFAULT
) -> Passages:
    """Every fence entered, left or crossed; `fences` are in the metres of the fixes."""
    step = np.flatnonzero(fixes.run[1:] == fixes.run[:-1])
    if not len(step) or not len(fences):
        nobody = np.empty(0, np.int64)
        return Passages(nobody, nobody, nobody, np.empty(0), np.empty(0))
    x, y = fixes.x_m, fixes.y_m
    ends = np.stack(
        (np.column_stack((x[step], y[step])), np.column_stack((x[step + 1], y[step + 1]))), axis=1
    )
    ways = np.asarray(shapely.linestrings(ends), dtype=object)
    areas = np.asarray(fences, dtype=object)
    shapely.prepare(areas)
    way, fence = shapely.STRtree(areas).query(ways, predicate="intersects")
    area = areas[fence]
    inside_a = shapely.covers(area, shapely.points(ends[way, 0]))
    inside_b = shapely.covers(area, shapely.points(ends[way, 1]))
    first, last = _shares(ways[way], area, ends[way])
    begin, end = fixes.t_s[step[way]], fixes.t_s[step[way] + 1]
    silent = end - begin > physics.silence_s
    length = np.hypot(*(ends[way, 1] - ends[way, 0]).T)
    kind = np.select(
        [~inside_a & inside_b, inside_a & ~inside_b, ~inside_a & ~inside_b],
        [ENTER, EXIT, CROSS],
        -1,
    )
    real = (kind >= 0) & ~(
        (kind == CROSS) & (silent | ((last - first) * length < _LEAST_CROSSING_M))
    )
    at = np.where(kind == ENTER, first, last)
    moment = begin + (end - begin) * at
    from_s = np.where(kind == CROSS, begin + (end - begin) * first, moment)
    to_s = np.where(kind == CROSS, begin + (end - begin) * last, moment)
    from_s, to_s = np.where(silent, begin, from_s), np.where(silent, end, to_s)
    rows = np.flatnonzero(real)
    run = fixes.run[step[way]]
    rows = rows[np.lexsort((from_s[rows], run[rows]))]
    return Passages(
        run[rows],
        fence[rows].astype(np.int64),
        kind[rows].astype(np.int64),
        from_s[rows],
        to_s[rows],
    )


def inside(fixes: Fixes, fence: shapely.Polygon) -> Bools:
    """Whether each fix is in the fence, its edge included."""
    return np.asarray(shapely.covers(fence, shapely.points(fixes.x_m, fixes.y_m)), bool)


def _shares(ways: Shapes, areas: Shapes, ends: F64) -> tuple[F64, F64]:
    """Share of each way at which it first and last is in the area."""
    within = shapely.intersection(ways, areas)
    points, which = shapely.get_coordinates(within, return_index=True)
    origin, vector = ends[:, 0], ends[:, 1] - ends[:, 0]
    length2 = np.maximum((vector**2).sum(axis=1), 1e-12)
    share = ((points - origin[which]) * vector[which]).sum(axis=1) / length2[which]
    first, last = np.ones(len(ends)), np.zeros(len(ends))
    np.minimum.at(first, which, share)
    np.maximum.at(last, which, share)
    return first.clip(0.0, 1.0), last.clip(0.0, 1.0)
