"""Entering and leaving round places, with the moments interpolated between fixes.

Leaving takes some metres more than entering, and what lasted too short is no visit: a road that
touches the landfill's circle leads to no trip there. After a silence nothing is interpolated: a
truck found inside is inside from then on.
"""

from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I8, Bools
from geo.live_latch import Rows
from geo.live_scene import offset_m

MARGIN_M = 15.0
_UNKNOWN, _OUT, _IN = -1, 0, 1


@dataclass(slots=True, eq=False)
class Doors(Rows):
    """Where trucks are with regard to places; arrays are (places, trucks)."""

    side: I8
    told: Bools
    """Whether its entering was told; of a truck first seen inside it never is."""
    entered_s: F64
    left_s: F64
    """When it crossed the edge outwards; NaN: it has not, or came back."""

    @classmethod
    def new(cls, places: int, trucks: int) -> "Doors":
        """Nobody seen yet."""
        shape = (places, trucks)
        nothing = np.full(shape, np.nan)
        return cls(
            np.full(shape, _UNKNOWN, np.int8), np.zeros(shape, bool), nothing, nothing.copy()
        )

    @property
    def inside(self) -> Bools:
        """Who is in; (places, trucks)."""
        found: Bools = self.side == _IN
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """Who came and went by one fix each; arrays are (places, trucks)."""

    entered: Bools
    entered_s: F64
    left: Bools
    left_s: F64
    stayed_s: F64


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One step of each truck; before the first fix all of it is NaN."""

    from_s: F64
    to_s: F64
    from_deg: F64
    """(2, trucks) latitude and longitude."""
    to_deg: F64
    silent: Bools


def passing(doors: Doors, circles: F64, way: Way, dwell_s: float) -> Passed:
    """Take in one fix a truck, and change `doors` accordingly; `circles` as in a Scene."""
    lat, lon, radius = circles[:, 0], circles[:, 1], circles[:, 2]
    x, y = offset_m(lat, lon, way.to_deg[0], way.to_deg[1])
    apart = np.sqrt(x * x + y * y)
    within, beyond = apart <= radius, ~(apart <= radius + MARGIN_M)
    first_s, last_s = _moments(lat, lon, radius, x, y, way)
    now_s = np.broadcast_to(way.to_s, within.shape)

    was_in, was_out = doors.side == _IN, doors.side == _OUT
    found_in = (doors.side == _UNKNOWN) & within
    comes = was_out & within
    entered_s = np.where(comes, first_s, doors.entered_s)
    left_s = np.where(was_in & ~within & np.isnan(doors.left_s), last_s, doors.left_s)
    left_s[within] = np.nan
    goes = was_in & beyond & ~np.isnan(radius)
    through = was_out & ~within & (last_s - first_s >= dwell_s)
    entered_s = np.where(through, first_s, entered_s)
    left_s = np.where(through, last_s, left_s)

    until_s = np.where(goes | through, left_s, now_s)
    waiting = ((was_in & ~doors.told & (goes | within)) | comes | through) & (
        until_s - entered_s >= dwell_s
    )
    left = (goes & (doors.told | waiting)) | through
    passed = Passed(waiting, entered_s, left, left_s, left_s - entered_s)
    doors.told = (doors.told | waiting | found_in) & ~goes & ~through
    gone = goes | through
    doors.side = np.where(
        comes | found_in | (was_in & ~goes), _IN, np.where(np.isnan(radius), _UNKNOWN, _OUT)
    ).astype(np.int8)
    doors.entered_s = np.where(gone | found_in, np.nan, entered_s)
    doors.left_s = np.where(gone, np.nan, left_s)
    return passed


def _moments(lat: F64, lon: F64, radius: F64, x: F64, y: F64, way: Way) -> tuple[F64, F64]:
    """When the straight way is first and last in each circle; both are now if nobody knows."""
    x0, y0 = offset_m(lat, lon, way.from_deg[0], way.from_deg[1])
    dx, dy = x - x0, y - y0
    a = np.maximum(dx * dx + dy * dy, 1e-9)
    b, c = x0 * dx + y0 * dy, x0 * x0 + y0 * y0 - radius * radius
    root2 = b * b - a * c
    meets = root2 > 0
    root = np.sqrt(np.where(meets, root2, 0.0))
    first, last = (-b - root) / a, (-b + root) / a
    meets &= (last >= 0.0) & (first <= 1.0)
    step_s = way.to_s - way.from_s
    first_s = way.from_s + step_s * first.clip(0.0, 1.0)
    last_s = way.from_s + step_s * last.clip(0.0, 1.0)
    unknown = way.silent | np.isnan(step_s) | ~meets
    return np.where(unknown, way.to_s, first_s), np.where(unknown, way.to_s, last_s)
