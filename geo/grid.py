"""Which blocks are near a place, in one look-up.

Each plan has a grid of square cells. A cell lists the blocks within reach of any point in it,
nearest first, and of each block only the pieces that can be the nearest one from inside the cell.
Looking a place up costs the same whatever the length of the route.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geo.arrays import F64, I64, firsts, offsets, ranges
from geo.course import Courses
from geo.physics import DEFAULT, Physics

_CELL_M = 16.0
_HALF_DIAGONAL_M = _CELL_M * 2**-0.5
_MAX_SLOTS = 12
_MAX_PIECES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Cells of all plans, one after the other; slots hold the blocks of a cell."""

    origin_m: F64
    """(plans, 2) south-west corner of each plan's grid."""
    shape: I64
    """(plans, 2) columns and rows."""
    first_cell: I64
    first_slot: I64
    """First slot of each cell, and the end: cells + 1 entries."""
    slot_near_m: F64
    """No point of the cell is nearer to the slot's block than this."""
    slot_piece: I64
    """(slots, up to 4) pieces of the block, nearest first, -1 where there are fewer."""

    def cells(self, plan: I64, x_m: F64, y_m: F64) -> I64:
        """Cell of every place; -1 outside, and for NaN."""
        with np.errstate(invalid="ignore"):
            column = np.floor((x_m - self.origin_m[plan, 0]) / _CELL_M)
            row = np.floor((y_m - self.origin_m[plan, 1]) / _CELL_M)
            inside = (column >= 0) & (column < self.shape[plan, 0])
            inside &= (row >= 0) & (row < self.shape[plan, 1])
        at = np.where(inside, row * self.shape[plan, 0] + column, 0).astype(np.int64)
        cell: I64 = np.where(inside, self.first_cell[plan] + at, -1)
        return cell


def build(courses: Courses, physics: Physics = DEFAULT) -> Grid:
    """A grid that finds every block within reach of a receiver at its worst."""
    reach_m = physics.reach_m + physics.reach_sigmas * physics.noise_ceiling_m
    edge = np.searchsorted(courses.plan[courses.piece_block], np.arange(courses.plans + 1))
    # One plan after the other: all at once would need a gigabyte for a fleet.
    parts = [
        _one(courses.piece_m[begin:end], courses.piece_block[begin:end], begin, reach_m)
        for begin, end in pairwise(edge.tolist())
    ]
    shape = np.array([part.shape for part in parts], np.int64)
    return Grid(
        origin_m=np.array([part.origin_m for part in parts]),
        shape=shape,
        first_cell=offsets(shape[:, 0] * shape[:, 1])[:-1],
        first_slot=offsets(np.concatenate([part.per_cell for part in parts])),
        slot_near_m=np.concatenate([part.near_m for part in parts]),
        slot_piece=np.concatenate([part.piece for part in parts]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The grid of one plan."""

    origin_m: F64
    shape: I64
    per_cell: I64
    near_m: F64
    piece: I64


def _one(piece_m: F64, block: I64, first_piece: int, reach_m: float) -> _Part:
    ends = piece_m[:, :2], piece_m[:, :2] + piece_m[:, 2:]
    low, high = np.minimum(*ends) - reach_m, np.maximum(*ends) + reach_m
    origin = low.min(axis=0)
    shape = (np.floor((high.max(axis=0) - origin) / _CELL_M) + 1).astype(np.int64)
    near, cell = _pairs(low - origin, high - origin, shape)
    distance = _from_centre(piece_m[near], cell, origin, shape)
    held = distance <= reach_m + _HALF_DIAGONAL_M
    near, cell, distance = near[held], cell[held], distance[held]

    order = np.lexsort((distance, block[near], cell))
    near, cell, distance = near[order], cell[order], distance[order]
    begin = firsts(cell * (block.max() + 1) + block[near])
    size = np.diff(np.append(begin, len(cell)))
    nearest = distance[begin]
    # Of a block only the pieces that some point of the cell has nearest, nearest first.
    rank = np.arange(len(cell)) - np.repeat(begin, size)
    slot_of = np.repeat(np.arange(len(begin)), size)
    useful = (rank < _MAX_PIECES) & (distance <= nearest[slot_of] + 2 * _HALF_DIAGONAL_M)
    pieces = np.full((len(begin), _MAX_PIECES), -1, np.int64)
    pieces[slot_of[useful], rank[useful]] = near[useful] + first_piece
    # Slots of a cell by distance, the farthest left out where there are too many.
    order = np.lexsort((nearest, cell[begin]))
    of_cell = cell[begin][order]
    group = firsts(of_cell)
    counts = np.diff(np.append(group, len(of_cell)))
    rank = np.arange(len(of_cell)) - np.repeat(group, counts)
    order = order[rank < _MAX_SLOTS]
    return _Part(
        origin_m=origin,
        shape=shape,
        per_cell=np.bincount(cell[begin][order], minlength=int(shape.prod())),
        near_m=np.maximum(nearest[order] - _HALF_DIAGONAL_M, 0.0),
        piece=pieces[order],
    )


def _pairs(low: F64, high: F64, shape: I64) -> tuple[I64, I64]:
    """Each piece with every cell of its surrounding box."""
    least = np.floor(low / _CELL_M).astype(np.int64)
    most = np.floor(high / _CELL_M).astype(np.int64)
    rows, of_piece = ranges(least[:, 1], most[:, 1] - least[:, 1] + 1)
    columns, of_row = ranges(least[of_piece, 0], (most - least)[of_piece, 0] + 1)
    return of_piece[of_row], rows[of_row] * shape[0] + columns


def _from_centre(piece: F64, cell: I64, origin: F64, shape: I64) -> F64:
    x = origin[0] + (cell % shape[0] + 0.5) * _CELL_M - piece[:, 0]
    y = origin[1] + (cell // shape[0] + 0.5) * _CELL_M - piece[:, 1]
    dx, dy = piece[:, 2], piece[:, 3]
    share = ((x * dx + y * dy) / (dx * dx + dy * dy)).clip(0.0, 1.0)
    return np.asarray(np.hypot(x - share * dx, y - share * dy))
