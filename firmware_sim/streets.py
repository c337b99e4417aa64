"""A plausible street grid inside a city's limits, made from one seed.

Long streets follow the shore, short ones cross them, every so many is an
avenue; a gentle bend and some missing blocks keep it from looking drawn with a
ruler. It is connected, and nothing of it leaves the polygon's inside.
"""

import heapq
import math
import random
from collections import deque
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from firmware_sim.plane import F64, Plane

_MARGIN_M = 12.0
_BEND_M = 45.0
_BEND_LENGTH_M = 2600.0
_JITTER_M = 4.0
_AVENUE_COST = 0.7
_CLOSED_M = 1e6
"""What a street that is not to be used costs."""

_At = tuple[int, int]
"""A corner's column and row."""
_Pair = tuple[_At, _At]
_Corners = dict[_At, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridStyle:
    """What the grid looks like."""

    bearing_deg: float
    """Of the long streets, clockwise from north."""
    block_long_m: float
    block_short_m: float
    avenue_every: int
    missing_share: float


@dataclass(frozen=True, slots=True)
class Block:
    """One street between two corners, undirected: a < b."""

    a: int
    b: int
    along: bool
    """On a long street."""
    row: int
    """Which street it lies on, of those in its direction."""
    rank: int
    """Where along that street."""
    avenue: bool


class Streets:
    """Corners and blocks.

    xy_m    (n, 2) corners on the plane
    blocks  every street between two corners
    """

    def __init__(self, plane: Plane, xy_m: F64, blocks: list[Block]) -> None:
        self.plane = plane
        self.xy_m = xy_m
        self.blocks = blocks
        self.points: list[tuple[float, float]] = [(float(x), float(y)) for x, y in xy_m]
        self.near: list[list[tuple[int, float]]] = [[] for _ in self.points]
        for block in blocks:
            length_m = math.dist(self.points[block.a], self.points[block.b])
            cost_m = length_m * (_AVENUE_COST if block.avenue else 1.0)
            self.near[block.a].append((block.b, cost_m))
            self.near[block.b].append((block.a, cost_m))

    def corner_at(self, x_m: float, y_m: float) -> int:
        """The corner nearest to a point."""
        return int(np.argmin(((self.xy_m - (x_m, y_m)) ** 2).sum(axis=1)))

    def way(
        self, start: int, end: int, *, without: AbstractSet[tuple[int, int]] = frozenset()
    ) -> list[int]:
        """The corners of a cheapest way, both ends included.

        without  streets not to be used, each as its corners in ascending order; where there
                 is no way around them they are used all the same
        """
        if start == end:
            return [start]
        goal = self.points[end]
        best = {start: 0.0}
        came: dict[int, int] = {}
        queue = [(0.0, start)]
        while queue:
            _, here = heapq.heappop(queue)
            if here == end:
                break
            for there, cost_m in self.near[here]:
                total_m = best[here] + cost_m
                if (min(here, there), max(here, there)) in without:
                    total_m += _CLOSED_M
                if total_m < best.get(there, math.inf):
                    best[there] = total_m
                    came[there] = here
                    ahead_m = _AVENUE_COST * math.dist(self.points[there], goal)
                    heapq.heappush(queue, (total_m + ahead_m, there))
        return _back(came, start, end)

    def tree(self, start: int) -> dict[int, int]:
        """For every corner, the next one on a cheapest way to `start`."""
        best = {start: 0.0}
        toward: dict[int, int] = {}
        queue = [(0.0, start)]
        while queue:
            cost_here_m, here = heapq.heappop(queue)
            if cost_here_m > best[here]:
                continue
            for there, cost_m in self.near[here]:
                total_m = cost_here_m + cost_m
                if total_m < best.get(there, math.inf):
                    best[there] = total_m
                    toward[there] = here
                    heapq.heappush(queue, (total_m, there))
        return toward


def follow(toward: dict[int, int], start: int) -> list[int]:
    """Walk a tree from a corner to its root."""
    corners = [start]
    while (following := toward.get(corners[-1])) is not None:
        corners.append(following)
    return corners


def lay(limits: BaseGeometry, plane: Plane, style: GridStyle, seed: int) -> Streets:
    """Lay a grid inside `limits` (degrees, WGS 84)."""
    rng = random.Random(f"{seed}:streets")
    scale_x, scale_y = plane.xy_m(plane.lat_deg + 1, plane.lon_deg + 1)
    inside = shapely.transform(
        limits, lambda c: (c - (plane.lon_deg, plane.lat_deg)) * (scale_x, scale_y)
    ).buffer(-_MARGIN_M)
    corners = _corners(inside, style, rng)
    blocks = _blocks(inside, corners, style, rng)
    return _connected(plane, corners, blocks, style)


def _corners(inside: BaseGeometry, style: GridStyle, rng: random.Random) -> _Corners:
    west, south, east, north = inside.bounds
    reach_m = math.hypot(east - west, north - south) / 2
    mid = np.array([(west + east) / 2, (south + north) / 2])
    columns, rows = (
        np.arange(-math.ceil(reach_m / size_m), math.ceil(reach_m / size_m) + 1)
        for size_m in (style.block_long_m, style.block_short_m)
    )
    i, j = (part.ravel() for part in np.meshgrid(columns, rows, indexing="ij"))
    u_m = i * style.block_long_m
    v_m = j * style.block_short_m
    phase = rng.uniform(0, 2 * math.pi)
    v_m = v_m + _BEND_M * np.sin(u_m / _BEND_LENGTH_M * 2 * math.pi + phase)
    u_m = u_m + _BEND_M / 2 * np.sin(v_m / _BEND_LENGTH_M * 2 * math.pi + 2 * phase)
    angle = math.radians(90 - style.bearing_deg)
    x_m = mid[0] + u_m * math.cos(angle) - v_m * math.sin(angle)
    y_m = mid[1] + u_m * math.sin(angle) + v_m * math.cos(angle)
    shapely.prepare(inside)
    kept = np.flatnonzero(shapely.contains_xy(inside.buffer(-2 * _JITTER_M), x_m, y_m))
    return {
        (int(i[k]), int(j[k])): (
            float(x_m[k]) + rng.uniform(-_JITTER_M, _JITTER_M),
            float(y_m[k]) + rng.uniform(-_JITTER_M, _JITTER_M),
        )
        for k in kept
    }


def _blocks(
    inside: BaseGeometry,
    corners: _Corners,
    style: GridStyle,
    rng: random.Random,
) -> list[_Pair]:
    pairs = [
        ((i, j), other)
        for i, j in corners
        for other in ((i + 1, j), (i, j + 1))
        if other in corners
    ]
    ends = np.array([(corners[one], corners[two]) for one, two in pairs])
    whole: Any = shapely.contains_properly(inside, shapely.linestrings(ends))
    return [
        pair
        for pair, fits in zip(pairs, whole, strict=True)
        if fits and (_is_avenue(pair, style) or rng.random() >= style.missing_share)
    ]


def _is_avenue(pair: _Pair, style: GridStyle) -> bool:
    (i, j), (_, other_j) = pair
    return (j if j == other_j else i) % style.avenue_every == 0


def _connected(
    plane: Plane,
    corners: _Corners,
    pairs: list[_Pair],
    style: GridStyle,
) -> Streets:
    """Keep the largest part that hangs together."""
    near: dict[_At, list[_At]] = {at: [] for at in corners}
    for one, two in pairs:
        near[one].append(two)
        near[two].append(one)
    unseen = dict.fromkeys(corners)
    largest: list[_At] = []
    while unseen:
        first = next(iter(unseen))
        del unseen[first]
        part, queue = [first], deque([first])
        while queue:
            for other in near[queue.popleft()]:
                if other in unseen:
                    del unseen[other]
                    part.append(other)
                    queue.append(other)
        if len(part) > len(largest):
            largest = part
    number = {at: index for index, at in enumerate(sorted(largest))}
    blocks = []
    for (i, j), (other_i, other_j) in sorted(pairs):
        if (i, j) in number:
            along = j == other_j
            blocks.append(
                Block(
                    number[i, j],
                    number[other_i, other_j],
                    along=along,
                    row=j if along else i,
                    rank=i if along else j,
                    avenue=_is_avenue(((i, j), (other_i, other_j)), style),
                )
            )
    xy_m = np.array([corners[at] for at in sorted(largest)])
    return Streets(plane, xy_m, blocks)


def _back(came: dict[int, int], start: int, end: int) -> list[int]:
    corners = [end]
    while corners[-1] != start:
        corners.append(came[corners[-1]])
    corners.reverse()
    return corners
