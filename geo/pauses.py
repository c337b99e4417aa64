"""Telling standing from moving between two fixes.

A truck cruises when it moves. Where that leaves time over, it stood: where it was seen standing,
or somewhere its braking after the first fix and its acceleration before the second allow.
"""

import numpy as np

from geo.arrays import F64, I64, Bools
from geo.legs import CRUISE_GUESS_MPS, IDLE, MOVING, STANDING, Legs, RawLegs, Track
from geo.physics import Physics

_CRUISE_QUANTILE = 0.75
_CRUISE_MPS = (5.6, 9.0)
_CRUISE_FROM_MPS = 1.4
_ENOUGH = 10
_STANDS_MPS = 1.2
_LEAST_IDLE_S = 0.5
_LEAST_MOVE_M = 1.0


def settle(raw: RawLegs, track: Track, runs: int, physics: Physics) -> Legs:
    """Tell idling from moving."""
    cruise = np.fmax(_cruise(track, runs)[raw.run], np.fmax(raw.from_mps, raw.to_mps))
    way, elapsed = raw.to_m - raw.from_m, raw.to_s - raw.from_s
    idle = np.where(
        (raw.kind == MOVING) & (way > _LEAST_MOVE_M),
        np.maximum(elapsed - way / cruise, 0.0),
        0.0,
    )
    idle[idle < _LEAST_IDLE_S] = 0.0
    begin_mps = np.where(np.isnan(raw.from_mps), cruise, raw.from_mps)
    end_mps = np.where(np.isnan(raw.to_mps), cruise, raw.to_mps)
    low = raw.from_m + begin_mps**2 / (2 * physics.brake_mps2)
    high = raw.to_m - end_mps**2 / (2 * physics.accel_mps2)
    middle = np.clip((low + high) / 2, raw.from_m, np.maximum(raw.to_m, raw.from_m))
    low, high = np.where(high > low, low, middle), np.where(high > low, high, middle)
    at_begin = (begin_mps < _STANDS_MPS).astype(np.float64)
    at_end = (end_mps < _STANDS_MPS).astype(np.float64)
    along = np.maximum(high - low, 1.0) / physics.stop_spacing_m
    share = idle / (at_begin + at_end + along)
    first_s = raw.from_s + share * at_begin
    last_s = raw.to_s - share * at_end
    middle_s = last_s - share * along
    moves = np.arange(len(raw.run))
    parts = [
        (moves, raw.from_m, raw.to_m, first_s, middle_s, raw.kind),
        _part(share * at_begin > 0, raw.from_m, raw.from_m, raw.from_s, first_s, STANDING),
        _part(share * along > 0, low, np.maximum(high, low + 0.1), middle_s, last_s, IDLE),
        _part(share * at_end > 0, raw.to_m, raw.to_m, last_s, raw.to_s, STANDING),
    ]
    rows = np.concatenate([part[0] for part in parts])
    from_m, to_m, from_s, to_s, kind = (
        np.concatenate([part[at] for part in parts]) for at in range(1, 6)
    )
    return Legs(
        run=raw.run[rows],
        from_m=from_m,
        to_m=to_m,
        from_s=from_s,
        to_s=to_s,
        kind=kind.astype(np.int8),
    )


def _cruise(track: Track, runs: int) -> F64:
    """How fast each truck moves, when it moves, on the plan."""
    moving = (track.arriving_mps > _CRUISE_FROM_MPS) & (track.block >= 0)
    run, speed = track.run[moving], track.arriving_mps[moving]
    order = np.lexsort((speed, run))
    size = np.bincount(run, minlength=runs)
    begin = np.cumsum(size) - size
    cruise = np.full(runs, CRUISE_GUESS_MPS)
    enough = size > _ENOUGH
    pick = begin + np.floor(_CRUISE_QUANTILE * (size - 1)).astype(np.int64)
    cruise[enough] = speed[order[pick[enough]]].clip(*_CRUISE_MPS)
    return cruise


def _part(
    chosen: Bools, from_m: F64, to_m: F64, from_s: F64, to_s: F64, kind: int
) -> tuple[I64, F64, F64, F64, F64, I64]:
    rows = np.flatnonzero(chosen)
    return (
        rows,
        from_m[rows],
        to_m[rows],
        from_s[rows],
        to_s[rows],
        np.full(len(rows), kind),
    )
