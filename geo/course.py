"""Plans as geometry in metres: blocks one after the other along a chainage.

Every plan has one chainage. Block k covers `begin_m[k] .. begin_m[k] + length_m[k]`; then follows
the link to the next block, usually the junction between them. A link short enough is drawn
straight, so that a fix in the middle of a junction has a place on the plan. The blocks of all
plans lie in one set of arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I64, Bools, offsets, sum_by
from geo.physics import DEFAULT, Physics
from geo.plan import Plan, PlanRefused
from geo.projection import LocalProjection, around

_BREAK_M = 40.0
_LEAST_M = 1e-6
_FARTHEST_M = 50_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """The blocks of several plans, and the straight pieces they are made of."""

    plan: I64
    """Plan of each block."""
    first: I64
    """First block of each plan, and the end: plans + 1 entries."""
    length_m: F64
    begin_m: F64
    """Chainage at which each block begins, from 0 in every plan."""
    link_m: F64
    """Straight distance from each block's end to the next block's start; 0 after the last."""
    start_m: F64
    end_m: F64
    """(blocks, 2) easting and northing of both ends."""
    leap: I64
    """How many links too long to be a junction come before each block, in its plan."""
    piece_block: I64
    piece_m: F64
    """(pieces, 4) easting and northing of where each begins, and the vector to where it ends."""
    piece_begin_m: F64
    """Chainage at which each piece begins."""
    piece_link: Bools
    """Whether the piece is a link and not street to be served."""

    @property
    def plans(self) -> int:
        """How many plans there are."""
        return len(self.first) - 1

    @property
    def blocks(self) -> int:
        """How many blocks there are, of all plans."""
        return len(self.plan)

    @property
    def finish_m(self) -> F64:
        """Chainage at which each block ends."""
        return self.begin_m + self.length_m


def projection_of(plan: Plan) -> LocalProjection:
    """Metres around this plan."""
    lonlat = np.concatenate([block.lonlat_deg for block in plan.blocks])
    return around(lonlat[:, 0], lonlat[:, 1])


def lay_out(
    plans: Sequence[Plan],
    projections: Sequence[LocalProjection] | None = None,
    physics: Physics = DEFAULT,
) -> Courses:
    """Plans in metres, each in its own projection."""
    projections = [projection_of(plan) for plan in plans] if projections is None else projections
    lines = []
    for plan, projection in zip(plans, projections, strict=True):
        lonlat = np.concatenate([block.lonlat_deg for block in plan.blocks])
        line = np.column_stack(projection.forward(lonlat[:, 0], lonlat[:, 1]))
        _refuse_far(plan, line)
        lines.append(line)
    points = np.concatenate(lines)
    counts = np.array([len(block.lonlat_deg) for plan in plans for block in plan.blocks])
    blocks = np.array([len(plan.blocks) for plan in plans])
    plan_of = np.repeat(np.arange(len(plans)), blocks)
    return _courses(points, counts, plan_of, offsets(blocks), physics)


def _refuse_far(plan: Plan, line: F64) -> None:
    """A block drawn in another city, or at 0, 0, is a mistake that nothing else reveals."""
    away = np.hypot(*(line - np.nanmedian(line, axis=0)).T)
    far = ~(away <= _FARTHEST_M)
    if not far.any():
        return
    owner = np.repeat(np.arange(len(plan.blocks)), [len(one.lonlat_deg) for one in plan.blocks])
    problems = [
        f"feature {at + 1} ({plan.blocks[at].segment_id!r}): it lies more than "
        f"{_FARTHEST_M / 1000:.0f} km from the middle of the plan; correct it or split the plan"
        for at in np.unique(owner[far])
    ]
    raise PlanRefused(plan.route_id, problems)


def _courses(points: F64, counts: I64, plan_of: I64, first: I64, physics: Physics) -> Courses:
    edge = offsets(counts)
    start, end = points[edge[:-1]], points[edge[1:] - 1]
    block = np.repeat(np.arange(len(counts)), counts)
    inside = block[1:] == block[:-1]
    vector = np.diff(points, axis=0)[inside]
    origin, owner = points[:-1][inside], block[:-1][inside]
    size = np.hypot(vector[:, 0], vector[:, 1])
    length = sum_by(owner, size, len(counts))

    follows = np.zeros(len(counts), bool)
    follows[:-1] = plan_of[1:] == plan_of[:-1]
    gap = np.zeros_like(start)
    gap[:-1] = start[1:] - end[:-1]
    link = np.where(follows, np.hypot(gap[:, 0], gap[:, 1]), 0.0)
    begin = np.cumsum(length + link) - length - link
    begin -= begin[first[:-1]][plan_of]
    leap = follows & (link > _BREAK_M)
    leaps: I64 = np.cumsum(leap) - leap
    leaps -= leaps[first[:-1]][plan_of]

    within = np.cumsum(size) - size
    within -= within[edge[:-1] - np.arange(len(counts))][owner]
    drawn = np.flatnonzero((link > _LEAST_M) & (link <= physics.link_m))
    owner = np.concatenate((owner, drawn))
    piece = np.column_stack(
        (np.concatenate((origin, end[drawn])), np.concatenate((vector, gap[drawn])))
    )
    at = np.concatenate((begin[owner[: len(size)]] + within, (begin + length)[drawn]))
    is_link = np.zeros(len(owner), bool)
    is_link[len(size) :] = True
    real = np.concatenate((size, link[drawn])) > _LEAST_M
    order = np.lexsort((at, owner))
    order = order[real[order]]
    return Courses(
        plan=plan_of,
        first=first,
        length_m=length,
        begin_m=begin,
        link_m=link,
        start_m=start,
        end_m=end,
        leap=leaps.astype(np.int64),
        piece_block=owner[order],
        piece_m=piece[order],
        piece_begin_m=at[order],
        piece_link=is_link[order],
    )
