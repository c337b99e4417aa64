"""A small town for tests of geo: plans drawn in metres, and trucks that drive in it as told."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.arrays import F64
from geo.plan import Block, Plan
from geo.projection import LocalProjection
from geo.trace import Trace, trace

Point = tuple[float, float]
TOWN = LocalProjection(-94.45, 18.14)
START_S = 1_790_000_000.0
_STOP_EVERY_M = 35.0
_STOP_S = 10
_SERVE_MPS = 6.0
_RUSH_MPS = 11.0


def plan_of(
    lines_m: Sequence[Sequence[Point]],
    *,
    limit_kmh: float = 20.0,
    town: LocalProjection = TOWN,
    window_s: tuple[float, float] = (np.nan, np.nan),
) -> Plan:
    """A plan of blocks S001, S002 … drawn in metres around the town's centre."""
    blocks = tuple(
        Block(f"S{at:03}", degrees(line, town)) for at, line in enumerate(lines_m, start=1)
    )
    return Plan("R1", blocks, max_mean_mps=limit_kmh / 3.6, window_s=window_s)


def degrees(points_m: Sequence[Point], town: LocalProjection = TOWN) -> F64:
    """Longitudes and latitudes of points in metres."""
    x_y = np.array(points_m, np.float64)
    return np.column_stack(town.inverse(x_y[:, 0], x_y[:, 1]))


def row(blocks: int, *, y: float = 0.0, length_m: float = 80.0) -> list[list[Point]]:
    """Blocks one after the other eastwards, with junctions of 14 m between them."""
    step = length_m + 14.0
    return [[(at * step, y), (at * step + length_m, y)] for at in range(blocks)]


@dataclass
class Truck:
    """Drives where it is told, second by second."""

    x_y_m: list[Point] = field(default_factory=list)
    _since_stop_m: float = 0.0

    def serve(self, points_m: Sequence[Point]) -> "Truck":
        """Along the points, stopping every 35 m."""
        return self._drive(points_m, _SERVE_MPS, stops=True)

    def rush(self, points_m: Sequence[Point], mps: float = _RUSH_MPS) -> "Truck":
        """Along the points without a stop."""
        self._drive(points_m, mps, stops=False)
        self._since_stop_m = 0.0
        return self

    def wait(self, seconds: int) -> "Truck":
        """Stand where it is."""
        self.x_y_m += [self.x_y_m[-1]] * seconds
        return self

    def _drive(self, points_m: Sequence[Point], mps: float, *, stops: bool) -> "Truck":
        line = [*self.x_y_m[-1:], *points_m]
        for (ax, ay), (bx, by) in itertools.pairwise(line):
            way = float(np.hypot(bx - ax, by - ay))
            steps = max(round(way / mps), 1) if way > 0 else 0
            for step in range(1, steps + 1):
                share = step / steps
                self.x_y_m.append((ax + share * (bx - ax), ay + share * (by - ay)))
                self._since_stop_m += way / steps
                if stops and self._since_stop_m >= _STOP_EVERY_M:
                    self._since_stop_m = 0.0
                    self.wait(_STOP_S)
        if not self.x_y_m:
            self.x_y_m.append(points_m[0])
        return self

    def sends(
        self,
        *,
        step_s: int = 5,
        noise_m: float = 0.0,
        seed: int = 0,
        silent: Sequence[tuple[float, float]] = (),
        town: LocalProjection = TOWN,
        start_s: float = START_S,
    ) -> Trace:
        """What its tracker sends; `silent` spans are seconds from the start."""
        path = np.array(self.x_y_m)
        t_s = np.arange(0, len(path), step_s)
        moved = np.diff(path, axis=0, append=path[-1:])
        speed = np.hypot(*moved.T)
        heading = np.degrees(np.arctan2(moved[:, 0], moved[:, 1])) % 360.0
        for at in range(1, len(heading)):
            if speed[at] == 0.0:
                heading[at] = heading[at - 1]
        x_y = path[t_s] + _drift(len(t_s), step_s, noise_m, seed)
        kept = np.ones(len(t_s), bool)
        for begin, end in silent:
            kept &= ~((t_s >= begin) & (t_s <= end))
        lon, lat = town.inverse(x_y[kept, 0], x_y[kept, 1])
        return trace(
            np.asarray(start_s + t_s[kept], np.float64),
            lat,
            lon,
            speed_mps=speed[t_s][kept],
            heading_deg=heading[t_s][kept],
            hdop=np.ones(int(kept.sum())),
            seq=np.arange(int(kept.sum())),
        )


def _drift(count: int, step_s: int, noise_m: float, seed: int) -> F64:
    """A receiver's error: as large as said, forgetting itself in half a minute."""
    rng = np.random.default_rng(seed)
    keep = np.exp(-step_s / 30.0)
    error = np.zeros((count, 2))
    now = rng.normal(0.0, noise_m, 2)
    for at in range(count):
        error[at] = now
        now = keep * now + rng.normal(0.0, noise_m * np.sqrt(1 - keep**2), 2)
    return error


def points(lines_m: Sequence[Sequence[Point]]) -> list[Point]:
    """All the points of blocks, in order."""
    return [point for line in lines_m for point in line]
