"""What a silence could hide.

A block could have been served while the tracker was silent if the truck could have gone from
where it was last seen to the block, along it at no more than the service speed, and on to where it
was seen next. That is a budget of time and needs no guess at what the truck did.

A tracker that is first heard, or last, from a truck under way was silent before, or after: the
plan before the block first seen, or beyond the farthest, is then as unknown as time allows. One
that is parked off its plan, or reports to the ends of the window, was not silent.
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
    step = np.flatnonzero(~track.first)
    after = step[track.from_s[step] - track.to_s[step - 1] > physics.pause_s]
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
    way = left[silence] + physics.detour * (to_block + from_block) + done[silence]
    along = courses.length_m[block]
    # Of the block it was on it had only the rest to do, and of the one it came to only the start.
    was, came = block == track.block[before][silence], block == track.block[after][silence]
    way = np.where(was, way - left[silence] - physics.detour * to_block, way)
    along = np.where(was, left[silence], along)
    way = np.where(came, way - done[silence] - physics.detour * from_block, way)
    along = np.where(came, done[silence], along)
    elapsed = track.from_s[after] - track.to_s[before]
    run = track.run[after][silence]
    speed = np.minimum(limit_mps, physics.top_mps)[run]
    between = np.maximum(speed, physics.between_mps)
    fits: Bools = way / between + along / speed <= elapsed[silence]
    return run[fits], block[fits]


def unheard(
    trip: Itinerary,
    courses: Courses,
    plan_of_run: I64,
    limit_mps: F64,
    window_s: F64,
    physics: Physics = DEFAULT,
) -> tuple[I64, I64]:
    """(run, block) pairs that silence before a run's first fix or after its last could hide.

    window_s  (runs, 2)  when each run should begin and end; NaN: not said, so as long as its fixes
                         say, unless they are a single moment and say nothing
    """
    track, runs = trip.track, len(plan_of_run)
    first = np.flatnonzero(track.first)
    last = np.append(first[1:], len(track.run))[: len(first)] - 1
    run = track.run[first]
    on = track.block >= 0
    # Home is often reached over streets of the plan: what is ahead is what no one has seen yet.
    earliest, highest = np.full(runs, np.inf), np.full(runs, -np.inf)
    seen = np.flatnonzero(on)[::-1]
    earliest[track.run[seen]] = track.block[seen]
    np.maximum.at(highest, track.run[seen], track.block[seen])
    under_way = on | (track.to_s == track.from_s)
    begin_s, end_s = window_s[run].T
    unsaid_s = np.where(track.to_s[last] > track.from_s[first], 0.0, np.inf)
    mute = np.flatnonzero(np.bincount(run, minlength=runs) == 0)
    plan = plan_of_run[mute]
    block, of = ranges(courses.first[plan], courses.first[plan + 1] - courses.first[plan])
    found = [(mute[of], block)]
    for at, spare_s, early in (
        (first, track.from_s[first] - begin_s, True),
        (last, end_s - track.to_s[last], False),
    ):
        spare = np.where(np.isnan(spare_s), unsaid_s, spare_s)
        rows = np.flatnonzero(under_way[at] & (spare > 0.0))
        plan, here = plan_of_run[run[rows]], at[rows]
        block, of = ranges(courses.first[plan], courses.first[plan + 1] - courses.first[plan])
        rest, x, y = (_entry if early else _exit)(trip, here, courses)
        ends = courses.end_m if early else courses.start_m
        way = rest[of] + physics.detour * np.hypot(ends[block, 0] - x[of], ends[block, 1] - y[of])
        whose = run[rows][of]
        speed = np.minimum(limit_mps, physics.top_mps)[whose]
        between = np.maximum(speed, physics.between_mps)
        fits = way / between + courses.length_m[block] / speed <= spare[rows][of]
        fits &= block < earliest[whose] if early else block > highest[whose]
        found.append((whose[fits], block[fits]))
    hidden_run, hidden_block = (np.concatenate(part) for part in zip(*found, strict=True))
    return hidden_run, hidden_block


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
