"""What a silence could hide.

A block could have been served while the tracker was silent if the truck could have gone from
where it was last seen to the block, along it, and on to where it was seen next, at no more than
the service speed. That is a budget of time and needs no guess at what the truck did.
"""

import numpy as np

from geo.arrays import F64, I64, Bools, ranges
from geo.course import Courses
from geo.itinerary import Itinerary
from geo.physics import DEFAULT, Physics


def hideable(
    trip: Itinerary,
    courses: Courses,
    plan_of_run: I64,
    limit_mps: F64,
    physics: Physics = DEFAULT,
) -> tuple[I64, I64]:
    """(run, block) pairs that some silence of the run could hide; `limit_mps` is each run's."""
    track = trip.track
    after = np.flatnonzero(trip.silent)
    before = after - 1
    left, x0, y0 = _exit(trip, before, courses)
    done, x1, y1 = _entry(trip, after, courses)
    plan = plan_of_run[track.run[after]]
    first, count = courses.first[plan], courses.first[plan + 1] - courses.first[plan]
    block, silence = ranges(first, count)
    to_block = np.hypot(
        courses.start_m[block, 0] - x0[silence], courses.start_m[block, 1] - y0[silence]
    )
    from_block = np.hypot(
        courses.end_m[block, 0] - x1[silence], courses.end_m[block, 1] - y1[silence]
    )
    need = (
        left[silence]
        + physics.detour * (to_block + from_block)
        + courses.length_m[block]
        + done[silence]
    )
    elapsed = track.from_s[after] - track.to_s[before]
    run = track.run[after][silence]
    speed = np.minimum(limit_mps, physics.top_mps)[run]
    fits: Bools = need <= speed * elapsed[silence]
    return run[fits], block[fits]


def _exit(trip: Itinerary, rows: I64, courses: Courses) -> tuple[F64, F64, F64]:
    """What the truck first had to finish, and where that left it."""
    track = trip.track
    block = np.maximum(track.block[rows], 0)
    on = track.block[rows] >= 0
    rest = np.maximum(courses.finish_m[block] - np.nan_to_num(track.at_m[rows]), 0.0)
    return (
        np.where(on, rest, 0.0),
        np.where(on, courses.end_m[block, 0], track.x_m[rows]),
        np.where(on, courses.end_m[block, 1], track.y_m[rows]),
    )


def _entry(trip: Itinerary, rows: I64, courses: Courses) -> tuple[F64, F64, F64]:
    """What the truck had done of the block it was seen on next, and where that began."""
    track = trip.track
    block = np.maximum(track.block[rows], 0)
    on = track.block[rows] >= 0
    into = (np.nan_to_num(track.at_m[rows]) - courses.begin_m[block]).clip(
        0.0, courses.length_m[block]
    )
    return (
        np.where(on, into, 0.0),
        np.where(on, courses.start_m[block, 0], track.x_m[rows]),
        np.where(on, courses.start_m[block, 1], track.y_m[rows]),
    )
