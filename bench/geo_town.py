"""Towns, plans and trucks for the route bench, all from one seed.

A plan is a district's streets driven up and down. A truck serves them block by block, stopping
every 30 m; it leaves out a few, drives round them, rushes some, goes to the landfill twice, and its
receiver errs by 3 to 9 m, slowly. What it sends is what trackers send: 5 s apart, now and then
silent, now and then wild, one row in 200 twice.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.arrays import F64, I64
from geo.plan import Block, Plan
from geo.projection import LocalProjection
from geo.trace import Trace, trace

STEP_S: Final = 5
SHIFT_S: Final = 8 * 3600
ROWS: Final = SHIFT_S // STEP_S
START_S: Final = 1_790_000_000.0
_JUNCTION_M = 14.0
_SERVE_MPS = 6.0
_STOP_EVERY_M = 30.0
_RUSH_MPS = 11.0
_AWAY_MPS = 13.0
_MEMORY = np.exp(-STEP_S / 30.0)
_LIMIT_MPS = 20.0 / 3.6


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """One truck's district: its plan, in degrees, and the same in metres."""

    plan: Plan
    projection: LocalProjection
    lines_m: tuple[F64, ...]


def town(seed: int, blocks: int, wide: int) -> Town:
    """Streets `wide` blocks long, 2.35 points a block as in real streets, turned by any angle."""
    rng = np.random.default_rng([seed, 1])
    length, apart = rng.uniform(70.0, 110.0, wide), rng.uniform(45.0, 90.0, blocks // wide + 2)
    edge = np.concatenate(([0.0], np.cumsum(length + _JUNCTION_M)))
    north = np.cumsum(apart)
    angle = rng.uniform(0.0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    lines = []
    for at in range(blocks):
        row, column = divmod(at, wide)
        east = row % 2 == 0
        column = column if east else wide - 1 - column
        share = np.linspace(0.0, 1.0, int(rng.choice([2, 3, 4], p=[0.7, 0.25, 0.05])))
        bend = np.sin(np.pi * share) * rng.uniform(-4.0, 4.0)
        line = np.column_stack((edge[column] + share * length[column], north[row] + bend))
        lines.append((line if east else line[::-1]) @ turn.T)
    home = LocalProjection(-99.1 + 0.02 * (seed % 16), 19.3 + 0.02 * (seed // 16))
    edges = np.cumsum([len(line) for line in lines])[:-1]
    lonlat = np.split(np.column_stack(home.inverse(*np.concatenate(lines).T)), edges)
    plan = Plan(
        route_id=f"R{seed:03}",
        blocks=tuple(Block(f"S{at:04}", line) for at, line in enumerate(lonlat, start=1)),
        max_mean_mps=_LIMIT_MPS,
    )
    return Town(plan, home, tuple(lines))


def sent(place: Town, seed: int, rows: int = ROWS, *, driven: int | None = None) -> Trace:
    """What a tracker sends: so many rows, 5 s apart, of a shift over the first `driven` blocks."""
    rng = np.random.default_rng([seed, 2])
    knot_s, x_y_m = _drive(place.lines_m[:driven], rng, rows * STEP_S + 900.0)
    t_s = np.arange(rows, dtype=np.float64) * STEP_S
    for silence in rng.uniform(0.2, 0.8, 2) * rows:
        t_s[int(silence) :] += 180.0
    x, y = (np.interp(t_s, knot_s, x_y_m[:, axis]) for axis in (0, 1))
    piece = np.searchsorted(knot_s, t_s, side="right").clip(1, len(knot_s) - 1)
    step = x_y_m[piece] - x_y_m[piece - 1]
    speed = np.hypot(*step.T) / np.maximum(knot_s[piece] - knot_s[piece - 1], 1e-6)
    heading = np.degrees(np.arctan2(step[:, 0], step[:, 1])) % 360.0
    error = _error(rng, rows, rng.uniform(3.0, 9.0))
    wild = rng.random(rows) < 0.002  # noqa: PLR2004  two fixes in a thousand
    error[wild] += rng.normal(0.0, 120.0, (int(wild.sum()), 2))
    lon, lat = place.projection.inverse(x + error[:, 0], y + error[:, 1])
    seq = np.arange(rows)
    again = np.flatnonzero(rng.random(rows) < 0.005)  # noqa: PLR2004  one row in 200
    again = again[again > 0]
    t_s[again], lon[again], lat[again] = t_s[again - 1], lon[again - 1], lat[again - 1]
    return trace(
        START_S + t_s,
        lat,
        lon,
        speed_mps=np.maximum(speed + rng.normal(0.0, 0.3, rows) * (speed > 0), 0.0),
        heading_deg=(heading + rng.normal(0.0, 6.0, rows)) % 360.0,
        hdop=np.where(wild, 6.0, 0.9),
        seq=seq,
    )


def _drive(lines: tuple[F64, ...], rng: np.random.Generator, until_s: float) -> tuple[F64, F64]:
    """Where the truck is at which second: the corners of its way and of its waits."""
    depot = lines[0][0] + rng.uniform(-400.0, 400.0, 2)
    landfill = depot + np.array([4000.0, 2500.0])
    fate = rng.random(len(lines))
    trips = set((np.array([0.4, 0.8]) * len(lines)).astype(int).tolist())
    stretches = [(np.stack((depot, lines[0][0])), _AWAY_MPS, 0.0)]
    for at, line in enumerate(lines):
        here = stretches[-1][0][-1:]
        if at in trips:
            stretches.append((np.concatenate((here, [landfill])), _AWAY_MPS, 0.0))
            stretches.append((np.stack((landfill, landfill)), 0.0, 1200.0))
            here = landfill[None]
        if fate[at] < 0.04:  # noqa: PLR2004  a street in 25 is left out, by the next one over
            aside = line + np.array([45.0, 45.0])
            stretches.append((np.concatenate((here, aside)), _RUSH_MPS, 0.0))
        elif fate[at] < 0.08:  # noqa: PLR2004  and one is only driven through
            stretches.append((np.concatenate((here, line)), _RUSH_MPS, 0.0))
        else:
            stretches.append((np.concatenate((here, line)), _SERVE_MPS, 12.0))
    stretches.append((np.stack((lines[-1][-1], depot)), _AWAY_MPS, 0.0))
    knot_s, x_y_m = [np.zeros(1)], [depot[None]]
    for points, mps, wait_s in stretches:
        spent_s, places = _timed(points, mps, wait_s, rng)
        knot_s.append(knot_s[-1][-1] + spent_s)
        x_y_m.append(places)
    knots = np.concatenate(knot_s)
    # Who is done stands at the depot; who is not is cut off by the shift's end.
    return np.append(knots, max(knots[-1], until_s) + 1.0), np.concatenate((*x_y_m, depot[None]))


def _timed(points: F64, mps: float, wait_s: float, rng: np.random.Generator) -> tuple[F64, F64]:
    """Seconds from the stretch's start, and places: its corners, and its stops twice."""
    if mps == 0.0:
        return np.array([wait_s]), points[-1:]
    way = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    stops = np.arange(_STOP_EVERY_M / 2, way[-1], _STOP_EVERY_M) if wait_s else np.empty(0)
    stops = stops + rng.uniform(-8.0, 8.0, len(stops))
    waits: I64 = rng.integers(4, int(2 * wait_s) - 3, len(stops)) if wait_s else np.empty(0, int)
    at = np.concatenate((way[1:], stops, stops))
    pause = np.concatenate((np.zeros(len(way) - 1 + len(stops)), waits))
    order = np.argsort(at, kind="stable")
    at, pause = at[order], pause[order]
    places = np.column_stack([np.interp(at, way, points[:, axis]) for axis in (0, 1)])
    return at / mps + np.cumsum(pause), places


def _error(rng: np.random.Generator, rows: int, sigma_m: float) -> F64:
    """A receiver's error, which forgets itself in half a minute."""
    fresh = rng.normal(0.0, sigma_m * np.sqrt(1.0 - _MEMORY**2), (rows, 2))
    # Far enough back nothing is remembered, so the sum over the last 40 steps is all there is.
    weight = _MEMORY ** np.arange(40)
    return np.column_stack([np.convolve(fresh[:, axis], weight)[:rows] for axis in (0, 1)])
