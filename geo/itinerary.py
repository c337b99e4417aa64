"""The matched history as legs: stretches of chainage with the times they took.

A truck on a block drives all of it, because streets are left at corners; so leaving the plan
after a fix in mid-block means finishing the block first, and perhaps the next ones, as far as the
distance to the next fix says. Between two fixes a truck cruises, and where that leaves time over
it stands: where it was seen standing, or somewhere its braking and its acceleration allow.
"""

from dataclasses import dataclass

import numpy as np

from geo.arrays import I64, Bools
from geo.course import Courses
from geo.legs import (
    CRUISE_GUESS_MPS,
    HIDDEN,
    MOVING,
    STANDING,
    Legs,
    RawLegs,
    Track,
    entered,
    remaining,
    track_of,
)
from geo.match import Matched
from geo.motion import expected
from geo.pauses import settle
from geo.physics import DEFAULT, Physics
from geo.turns import EXTEND, Chain, by_way_of, turned


@dataclass(frozen=True, slots=True, eq=False)
class Itinerary:
    """What every run did: legs on the plan, and which steps were spent off it."""

    track: Track
    legs: Legs
    silent: Bools
    """Whether the step to each observation from the one before was a silence."""


def itinerary(
    matched: Matched, courses: Courses, runs: int, physics: Physics = DEFAULT
) -> Itinerary:
    """Legs of every run."""
    track = track_of(matched)
    step = np.flatnonzero(~track.first)
    before = step - 1
    silent = np.zeros(len(track.run), bool)
    silent[step] = track.from_s[step] - track.to_s[before] > physics.silence_s
    on_before, on_now = track.block[before] >= 0, track.block[step] >= 0
    raw = [_stays(track)]
    both = on_before & on_now
    raw += _between(track, before[both], step[both], silent[step[both]], courses, physics)
    left = on_before & ~on_now
    raw.append(_leaving(track, before[left], step[left], silent[step[left]], courses, physics))
    joined = ~on_before & on_now
    raw.append(_joining(track, before[joined], step[joined], silent[step[joined]], courses))
    raw += _edges(track, courses)
    legs = settle(RawLegs.stack(raw), track, runs, physics)
    return Itinerary(track=track, legs=legs, silent=silent)


def _stays(track: Track) -> RawLegs:
    rows = np.flatnonzero((track.block >= 0) & (track.to_s > track.from_s))
    at_m = track.at_m[rows]
    return RawLegs(
        track.run[rows],
        at_m,
        at_m,
        track.from_s[rows],
        track.to_s[rows],
        np.full(len(rows), STANDING),
        np.zeros(len(rows)),
        np.zeros(len(rows)),
    )


def _edges(track: Track, courses: Courses) -> list[RawLegs]:
    """A run that begins or ends on a block hides what it did of it before and after."""
    last = np.append(track.first[1:], np.ones(min(len(track.run), 1), bool))
    out = []
    for rows, early in ((track.first, True), (last, False)):
        at = np.flatnonzero(rows & (track.block >= 0))
        here = track.at_m[at]
        from_m = courses.begin_m[track.block[at]] if early else here
        to_m = here if early else here + remaining(track, at, courses)
        took = (to_m - from_m) / CRUISE_GUESS_MPS
        from_s = track.from_s[at] - took if early else track.to_s[at]
        nothing = np.full(len(at), np.nan)
        kind = np.full(len(at), HIDDEN)
        out.append(
            RawLegs(track.run[at], from_m, to_m, from_s, from_s + took, kind, nothing, nothing)
        )
    return out


def _between(
    track: Track, a: I64, b: I64, silent: Bools, courses: Courses, physics: Physics
) -> list[RawLegs]:
    """From one place on the plan to another: along it, or by leaving it at a corner."""
    leaves = turned(track, a, b, silent, courses, physics)
    kind = np.where(silent, HIDDEN, MOVING)
    keep = ~leaves
    along = RawLegs(
        track.run[a][keep],
        track.at_m[a][keep],
        track.at_m[b][keep],
        track.to_s[a][keep],
        track.from_s[b][keep],
        kind[keep],
        track.leaving_mps[a][keep],
        track.arriving_mps[b][keep],
    )
    a, b, kind = a[leaves], b[leaves], kind[leaves]
    way = by_way_of(track, a, b, kind == HIDDEN, courses, physics)
    begin, end = track.to_s[a], track.from_s[b]
    total = np.maximum(way.rest_m + way.into_m + way.hop_m, 1.0)
    nothing = np.full(len(a), np.nan)
    out = RawLegs(
        track.run[a],
        track.at_m[a],
        track.at_m[a] + way.rest_m,
        begin,
        begin + (end - begin) * way.rest_m / total,
        kind,
        track.leaving_mps[a],
        nothing,
    )
    back = RawLegs(
        track.run[b],
        way.entry_m,
        track.at_m[b],
        end - (end - begin) * way.into_m / total,
        end,
        kind,
        nothing,
        track.arriving_mps[b],
    )
    return [along, out, back]


def _leaving(
    track: Track, a: I64, b: I64, silent: Bools, courses: Courses, physics: Physics
) -> RawLegs:
    """Off the plan after this block, or after some that follow, as far as the distance says."""
    elapsed = track.from_s[b] - track.to_s[a]
    travel, _, more = expected(
        np.minimum(elapsed, physics.silence_s), track.leaving_mps[a], track.arriving_mps[b], physics
    )
    rest = remaining(track, a, courses)
    best = np.full(len(a), np.inf)
    driven, total = rest.copy(), np.ones(len(a))
    chain = Chain.start(track.block[a])
    for turn in range(EXTEND):
        end = courses.end_m[chain.block]
        tail = np.hypot(track.x_m[b] - end[:, 0], track.y_m[b] - end[:, 1])
        way = rest + chain.way_m + physics.detour * tail
        cost = 0.5 * ((way - travel) / more) ** 2 + physics.extend * turn
        better = chain.open & (cost < best) & ((turn == 0) | ~silent)
        best = np.where(better, cost, best)
        driven = np.where(better, rest + chain.way_m, driven)
        total = np.where(better, np.maximum(rest + chain.way_m + tail, 1.0), total)
        chain = chain.further(1, courses, physics)
    begin = track.to_s[a]
    return RawLegs(
        track.run[a],
        track.at_m[a],
        track.at_m[a] + driven,
        begin,
        begin + elapsed * driven / total,
        np.where(silent, HIDDEN, MOVING),
        track.leaving_mps[a],
        np.full(len(a), np.nan),
    )


def _joining(track: Track, a: I64, b: I64, silent: Bools, courses: Courses) -> RawLegs:
    """Onto the plan at the start of this block, or where it is if that is on a link."""
    elapsed = track.from_s[b] - track.to_s[a]
    entry = entered(track, b, courses)
    into = track.at_m[b] - entry
    start = courses.start_m[track.block[b]]
    lead = np.hypot(track.x_m[a] - start[:, 0], track.y_m[a] - start[:, 1])
    end = track.from_s[b]
    return RawLegs(
        track.run[b],
        entry,
        track.at_m[b],
        end - elapsed * into / np.maximum(into + lead, 1.0),
        end,
        np.where(silent, HIDDEN, MOVING),
        np.full(len(b), np.nan),
        track.arriving_mps[b],
    )
