"""How far a place is from the planned streets of its truck, for many plans at once.

A watch asks less than matching does, and must be ready again within a moment of a change of
plans: streets are cut into short pieces, and each piece is listed in the coarse cells that it
can be near to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I64, Bools, ranges
from geo.course import lay_out, projection_of
from geo.physics import DEFAULT, Physics
from geo.plan import Plan

FARTHEST_M = 50.0
_CELL_M = 64.0
_PIECE_M = 200.0
_AS_NEAR_M = 1.0
_HALF, _BITS = 1 << 19, 20
_A_M, _E2 = 6_378_137.0, 0.006_694_379_990_141_316
_EP2 = _E2 / (1.0 - _E2)


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """Places and the plans they belong to."""

    distance_m: F64
    """To the nearest planned street; at most 50."""
    at_first: Bools
    """Whether that is the first street to be served."""
    x_m: F64
    """Easting and northing in the metres of the plan."""
    y_m: F64


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """The streets of several plans, in pieces."""

    origin_deg: F64
    """(2, plans) longitude and latitude of each plan's centre."""
    piece_m: F64
    """(4, pieces) easting and northing of where each begins, and the vector to where it ends."""
    piece_plan: I64
    piece_first: Bools
    """Whether it is of the first street to be served."""
    key: I64
    """Cells, sorted, once for each piece near them."""
    near: I64
    """That piece."""

    @classmethod
    def of(cls, plans: Sequence[Plan], physics: Physics = DEFAULT) -> "Streets":
        """Cut up at least one plan."""
        projections = [projection_of(plan) for plan in plans]
        courses = lay_out(plans, projections, physics)
        street = np.flatnonzero(~courses.piece_link)
        piece, block = courses.piece_m[street], courses.piece_block[street]
        parts = np.ceil(np.hypot(piece[:, 2], piece[:, 3]) / _PIECE_M).clip(1).astype(np.int64)
        part, whole = ranges(np.zeros(len(parts), np.int64), parts)
        vector = piece[whole, 2:] / parts[whole, None]
        begin = piece[whole, :2] + part[:, None] * vector
        plan = courses.plan[block[whole]]
        first = np.array([_first_served(each) for each in plans]) + courses.first[:-1]
        key, near = _cells(plan, begin, begin + vector)
        return cls(
            origin_deg=np.array([(each.lon_deg, each.lat_deg) for each in projections]).T,
            piece_m=np.ascontiguousarray(np.column_stack((begin, vector)).T),
            piece_plan=plan,
            piece_first=block[whole] == first[plan],
            key=key,
            near=near,
        )

    def beside(self, plan: I64, lat_deg: F64, lon_deg: F64) -> Beside:
        """How each place lies to a plan."""
        origin = self.origin_deg[:, plan]
        x_m, y_m = metres(origin[0], origin[1], lon_deg, lat_deg)
        key = _key(plan, np.floor(x_m / _CELL_M), np.floor(y_m / _CELL_M))
        begin = np.searchsorted(self.key, key)
        count = np.searchsorted(self.key, key, side="right") - begin
        at, place = ranges(begin, count)
        piece = self.near[at]
        apart = _apart(self.piece_m[:, piece], x_m[place], y_m[place])
        nearest = np.full(len(plan), FARTHEST_M)
        first = nearest.copy()
        np.minimum.at(nearest, place, apart)
        is_first = self.piece_first[piece]
        np.minimum.at(first, place[is_first], apart[is_first])
        at_first = (first < FARTHEST_M) & (first <= nearest + _AS_NEAR_M)
        return Beside(nearest, at_first, x_m, y_m)

    def far_m(self, plan: int, x_m: float, y_m: float) -> float:
        """Metres to the nearest street, however far; for the few who are off it."""
        piece = self.piece_m[:, self.piece_plan == plan]
        return float(_apart(piece, np.full(1, x_m), np.full(1, y_m)).min())


def metres(lon0_deg: F64, lat0_deg: F64, lon_deg: F64, lat_deg: F64) -> tuple[F64, F64]:
    """Easting and northing from an origin a row: `LocalProjection` for many plans at once.

    The same transverse Mercator, by its series: the two agree to a millimetre within 50 km.
    """
    phi, phi0 = np.radians(lat_deg), np.radians(lat0_deg)
    turn = np.radians((lon_deg - lon0_deg + 180.0) % 360.0 - 180.0)
    sin, cos = np.sin(phi), np.cos(phi)
    t, c, a = (sin / cos) ** 2, _EP2 * cos**2, turn * cos
    n = _A_M / np.sqrt(1.0 - _E2 * sin**2)
    third = (1.0 - t + c) * a**3 / 6.0
    fifth = (5.0 - 18.0 * t + t**2 + 72.0 * c - 58.0 * _EP2) * a**5 / 120.0
    fourth = (5.0 - t + 9.0 * c + 4.0 * c**2) * a**4 / 24.0
    sixth = (61.0 - 58.0 * t + t**2 + 600.0 * c - 330.0 * _EP2) * a**6 / 720.0
    x_m = n * (a + third + fifth)
    y_m = _meridian(phi) - _meridian(phi0) + n * sin / cos * (a**2 / 2.0 + fourth + sixth)
    return x_m, y_m


def _meridian(phi: F64) -> F64:
    """Metres along a meridian from the equator."""
    e2, e4, e6 = _E2, _E2**2, _E2**3
    return _A_M * (
        (1 - e2 / 4 - 3 * e4 / 64 - 5 * e6 / 256) * phi
        - (3 * e2 / 8 + 3 * e4 / 32 + 45 * e6 / 1024) * np.sin(2 * phi)
        + (15 * e4 / 256 + 45 * e6 / 1024) * np.sin(4 * phi)
        - (35 * e6 / 3072) * np.sin(6 * phi)
    )


def _cells(plan: I64, begin: F64, end: F64) -> tuple[I64, I64]:
    """Every cell within reach of each piece's box, sorted, and the piece."""
    least = np.floor((np.minimum(begin, end) - FARTHEST_M) / _CELL_M).astype(np.int64)
    most = np.floor((np.maximum(begin, end) + FARTHEST_M) / _CELL_M).astype(np.int64)
    size = most - least + 1
    row, of_piece = ranges(least[:, 1], size[:, 1])
    column, of_row = ranges(least[of_piece, 0], size[of_piece, 0])
    piece = of_piece[of_row]
    key = _key(plan[piece], column, row[of_row])
    order = np.argsort(key, kind="stable")
    return key[order], piece[order]


def _key(plan: I64, column: F64 | I64, row: F64 | I64) -> I64:
    """One number for a cell of a plan; all that is far away shares a cell where nothing is."""
    x = np.clip(column + _HALF, 0, 2 * _HALF - 1).astype(np.int64)
    y = np.clip(row + _HALF, 0, 2 * _HALF - 1).astype(np.int64)
    key: I64 = (plan << (2 * _BITS)) | (x << _BITS) | y
    return key


def _apart(piece: F64, x_m: F64, y_m: F64) -> F64:
    """Metres from each place to its piece."""
    off_x, off_y, dx, dy = x_m - piece[0], y_m - piece[1], piece[2], piece[3]
    share = ((off_x * dx + off_y * dy) / (dx * dx + dy * dy)).clip(0.0, 1.0)
    off_x, off_y = off_x - share * dx, off_y - share * dy
    apart: F64 = np.sqrt(off_x * off_x + off_y * off_y)
    return apart


def _first_served(plan: Plan) -> int:
    return next((at for at, block in enumerate(plan.blocks) if block.service), 0)
