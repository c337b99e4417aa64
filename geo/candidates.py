"""Where on the plan each observation may be: up to seven blocks, with the place on each.

Arrays are (slots, observations), single precision, so that what follows is arithmetic on long
contiguous rows. An empty slot is all zeros.
"""

from dataclasses import dataclass

import numpy as np

from geo.arrays import F32, F64, I8, I32, I64
from geo.course import Courses
from geo.grid import Grid
from geo.physics import DEFAULT, Physics
from geo.places import SLOTS, Places

_BY_DISTANCE = np.float32(0.3)
_NONE, _SLOW, _TURNING, _FIRM = range(4)
_TURNING_M = 10.0
_TURNS = 181
_ON_LINK_M = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Pairs of a place looked up and a block within its reach."""

    place: I64
    distance_m: F32
    at_m: F32
    """Chainage of the nearest point."""
    off_x_m: F32
    off_y_m: F32
    """From that point to the place."""
    street_deg: F32
    block: I32

    def take(self, rows: I64) -> "Near":
        """These pairs."""
        return Near(*(getattr(self, name).take(rows) for name in self.__slots__))

    def put(self, rows: I64, others: "Near", chosen: I64) -> None:
        """Replace some pairs by others."""
        for name in self.__slots__:
            getattr(self, name)[rows[chosen]] = getattr(others, name)[chosen]


@dataclass(frozen=True, slots=True, eq=False)
class Facing:
    """What an observation says of the street it is on, besides where that is."""

    heading_deg: F32
    trust: I8
    sigma_m: F64

    @classmethod
    def of(cls, heading_deg: F64, speed_mps: F64, sigma_m: F64, physics: Physics) -> "Facing":
        """A heading is as good as the speed it was taken at; NaN is none."""
        firm = np.where(speed_mps > physics.heading_firm_mps, _FIRM, _SLOW)
        trust = np.where(np.isnan(heading_deg), _NONE, firm).astype(np.int8)
        return cls(np.nan_to_num(heading_deg).astype(np.float32), trust, sigma_m)


class Table:
    """Courses and grid, packed for looking up."""

    def __init__(self, courses: Courses, grid: Grid, physics: Physics = DEFAULT) -> None:
        self.courses = courses
        self.grid = grid
        self.physics = physics
        piece = courses.piece_m
        length2 = (piece[:, 2:] ** 2).sum(axis=1)
        self._piece = [
            np.ascontiguousarray(column, np.float32)
            for column in (
                *piece.T,
                1.0 / length2,
                courses.piece_begin_m,
                np.sqrt(length2),
                np.degrees(np.arctan2(piece[:, 2], piece[:, 3])),
            )
        ]
        self._block = courses.piece_block.astype(np.int32)
        self._near_m = grid.slot_near_m.astype(np.float32)
        self._pieces = np.ascontiguousarray(grid.slot_piece.T)
        self._begin = courses.begin_m.astype(np.float32)
        self._finish = courses.finish_m.astype(np.float32)
        self._start = np.ascontiguousarray(courses.start_m.T.astype(np.float32))
        self._end = np.ascontiguousarray(courses.end_m.T.astype(np.float32))
        self._leap = courses.leap.astype(np.float32)
        self._long = courses.link_m > physics.junction_m
        self._stray = _stray_table(physics).reshape(-1)

    def find(
        self,
        plan: I64,
        x_m: F64,
        y_m: F64,
        reach_m: F64,
        *,
        facing: Facing | None = None,
        links: bool = True,
    ) -> Near:
        """Every block within reach of every place; without `links` only the streets count.

        Of a block that bends, the nearest point, or with `facing` the one that its heading suits.
        """
        grid = self.grid
        cell = grid.cells(plan, x_m, y_m)
        first = grid.first_slot[np.maximum(cell, 0)]
        count = np.where(cell >= 0, grid.first_slot[np.maximum(cell, 0) + 1] - first, 0)
        place = np.repeat(np.arange(len(plan)), count)
        slot = np.repeat(first + count - np.cumsum(count), count)
        slot += np.arange(len(place))
        reach = reach_m.astype(np.float32)
        close = np.flatnonzero(self._near_m.take(slot) < reach.take(place))
        place, slot = place.take(close), slot.take(close)
        x, y = x_m.astype(np.float32).take(place), y_m.astype(np.float32).take(place)
        found = self._on_piece(place, self._pieces[0].take(slot), x, y, links=links)
        for pieces in self._pieces[1:]:
            others = pieces.take(slot)
            rows = np.flatnonzero(others >= 0)
            if not len(rows):
                break
            other = self._on_piece(place[rows], others[rows], x[rows], y[rows], links=links)
            if facing is None:
                better = other.distance_m < found.distance_m.take(rows)
            else:
                better = self._cost(other, facing) < self._cost(found.take(rows), facing)
            found.put(rows, other, np.flatnonzero(better))
        return found.take(np.flatnonzero(found.distance_m <= reach.take(place)))

    def _on_piece(self, place: I64, piece: I64, x: F32, y: F32, *, links: bool) -> Near:
        """The nearest point of one piece to each place."""
        from_x, from_y, dx, dy, per_length2, begin, length, street = (
            column.take(piece) for column in self._piece
        )
        off_x = np.subtract(x, from_x, out=from_x)
        off_y = np.subtract(y, from_y, out=from_y)
        share = off_x * dx
        share += off_y * dy
        share *= per_length2
        np.clip(share, 0.0, 1.0, out=share)
        dx *= share
        dy *= share
        off_x -= dx
        off_y -= dy
        share *= length
        share += begin
        distance = off_x * off_x
        distance += off_y * off_y
        np.sqrt(distance, out=distance)
        if not links:
            distance[self.courses.piece_link[piece]] = np.inf
        return Near(place, distance, share, off_x, off_y, street, self._block.take(piece))

    def place(
        self,
        out: Places,
        first: int,
        plan: I64,
        x_m: F64,
        y_m: F64,
        facing: Facing,
    ) -> None:
        """Set the columns from `first` on: the most likely blocks of every observation."""
        physics, count = self.physics, len(plan)
        reach = physics.reach_m + physics.reach_sigmas * facing.sigma_m
        near = self.find(plan, x_m, y_m, reach, facing=facing)
        place, block = near.place, near.block
        rest, into = self._finish.take(block) - near.at_m, near.at_m - self._begin.take(block)
        stray = self._strays(near, facing, np.minimum(into, rest))
        size = np.bincount(place, minlength=count)
        rank = np.arange(len(place)) - np.repeat(np.cumsum(size) - size, size)
        crowded = np.flatnonzero(size[place] > SLOTS)
        if len(crowded):
            cost = self._cost(near.take(crowded), facing)
            rank[crowded[np.lexsort((cost, place[crowded]))]] = rank[crowded]
        on_link = rest < -_ON_LINK_M
        linked = np.flatnonzero(on_link)
        here = place[linked]
        at_x = x_m[here].astype(np.float32) - near.off_x_m[linked]
        at_y = y_m[here].astype(np.float32) - near.off_y_m[linked]
        exit_x, exit_y = self._end[0].take(block), self._end[1].take(block)
        entry_x, entry_y = self._start[0].take(block), self._start[1].take(block)
        exit_x[linked], exit_y[linked] = at_x, at_y
        entry_x[linked], entry_y[linked] = at_x, at_y
        into[linked] = 0
        stray[linked] += np.float32(physics.on_link) * self._long[block[linked]]
        np.maximum(rest, 0, out=rest)
        out.used[first : first + count] = np.minimum(size, SLOTS)
        kept: I64 | slice = np.flatnonzero(rank < SLOTS) if len(crowded) else slice(None)
        spot = (rank * out.used.size + place + first)[kept]
        for whole, values in (
            (out.block, block + 1),
            (out.at_m, near.at_m),
            (out.off_x_m, near.off_x_m),
            (out.off_y_m, near.off_y_m),
            (out.stray, stray),
            (out.leap, self._leap.take(block)),
            *zip(out.exits, (rest, exit_x, exit_y), strict=True),
            *zip(out.entries, (into, entry_x, entry_y), strict=True),
        ):
            whole.reshape(-1)[spot] = values[kept]

    def _cost(self, near: Near, facing: Facing) -> F32:
        """Which of several points on the plan an observation is likelier to be at."""
        sigmas = near.distance_m / facing.sigma_m.astype(np.float32).take(near.place)
        sigmas *= sigmas
        sigmas *= _BY_DISTANCE
        cost: F32 = sigmas + self._strays(near, facing, None)
        return cost

    def _strays(self, near: Near, facing: Facing, to_end_m: F32 | None) -> F32:
        """Cost of each street's direction, the less telling the more a truck may be turning."""
        trust = facing.trust.take(near.place)
        if to_end_m is not None:
            trust -= (trust == _FIRM) & (to_end_m < _TURNING_M)
        apart = facing.heading_deg.take(near.place)
        apart -= near.street_deg
        np.abs(apart, out=apart)
        # A street's heading is within half a turn, so one turn too many at most is taken off.
        np.minimum(apart, np.abs(np.float32(360.0) - apart), out=apart)
        return self._stray.take(trust * np.int64(_TURNS) + apart.astype(np.int64))


def _stray_table(physics: Physics) -> F32:
    """Minus the log likelihood of a heading this far from the street's, against any heading.

    Rows: no heading, slow, turning, firm. Columns: whole degrees, 0 to 180.
    """
    shares = np.array(
        [[1.0], [physics.slow_stray], [physics.turning_stray], [physics.heading_stray]]
    )
    apart = np.radians(np.arange(float(_TURNS)) + 0.5)
    sharp = physics.heading_sharpness
    aligned = np.sqrt(2 * np.pi * sharp) * np.exp(-sharp * (1 - np.cos(apart)))
    return np.asarray(-np.log((1 - shares) * aligned + shares), np.float32)
