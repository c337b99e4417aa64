"""How fast trucks are judged against their plans, beside what others do with the same points.

250 trucks, 8 hours, a fix every 5 s: 1.44 million fixes, made from one seed. Everything runs on
one core and is timed in processor seconds, in rounds in which C5 and its peers take turns; figures
are medians of the rounds. Peers that are slow get some of the trucks, which the answer says.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any, Final

import numpy as np

from bench.geo_peers import (
    BLOCKS_TRIED,
    line_locate_point_s,
    movingpandas_s,
    query_nearest_s,
    spent_s,
)
from bench.geo_town import SHIFT_S, STEP_S, Town, sent, town
from geo.arrays import I64
from geo.fleet import FleetReport, Roads, check_fleet, clean
from geo.match import Matched, match
from geo.trace import Fixes, Trace, stack

TRUCKS: Final = 250
BLOCKS: Final = 300
_WIDE = 17
_ROUNDS = 3
_BATCH = 100
_PEER_TRUCKS = 12
_SLOW_PEER_TRUCKS = 2
_FLEETS = (25, 50, 100, 250)
_LENGTHS = (75, 150, 300, 600, 1200)
_LENGTH_PLANS = 10
_LENGTH_ROWS = 720
_LENGTH_WIDE = 8

Figures = dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class _Fleet:
    """Trucks, their plans and what they sent."""

    towns: tuple[Town, ...]
    roads: Roads
    raw: Trace
    plan_of_run: I64

    def __len__(self) -> int:
        return len(self.plan_of_run)

    def batches(self) -> "list[_Fleet]":
        """Some trucks at a time: so many that arrays are long, so few that they fit in caches."""
        return [self.part(begin, begin + _BATCH) for begin in range(0, len(self), _BATCH)]

    def part(self, begin: int, end: int) -> "_Fleet":
        """Some of the trucks; the plans of all stay."""
        raw = self.raw.take((self.raw.run >= begin) & (self.raw.run < end))
        raw = replace(raw, run=raw.run - begin)
        return _Fleet(self.towns, self.roads, raw, self.plan_of_run[begin:end])

    def clean(self) -> Fixes:
        """Cleaned, in metres."""
        return clean(self.raw, self.plan_of_run, self.roads.projections)[0]

    def match(self, fixes: Fixes) -> Matched:
        """The cleaned fixes placed on the plans."""
        return match(fixes, self.plan_of_run, self.roads.table)

    def judge(self) -> FleetReport:
        """All that a report needs, from the rows as they were sent."""
        return check_fleet(self.roads, self.raw, self.plan_of_run)


def run(trucks: int = TRUCKS, *, rounds: int = _ROUNDS) -> dict[str, Any]:
    """Measure everything; every figure is named with its unit."""
    with _one_core():
        fleet, laid_out_s = _shift(trucks)
        batches = fleet.batches()
        fixes = [batch.clean() for batch in batches]
        measured = [_round(batches, fixes, turn) for turn in range(rounds)]
        figures = {name: median(one[name] for one in measured) for name in measured[0]}
        growth = {"fixes": _by_fixes(fleet), "route_length": _by_length()}
    return {
        "trucks": trucks,
        "fixes": len(fleet.raw),
        "hours": SHIFT_S / 3600,
        "sampling_s": STEP_S,
        "blocks_per_plan": BLOCKS,
        "vertices_per_plan": round(np.mean([_vertices(place) for place in fleet.towns])),
        "cores": 1,
        "trucks_per_batch": _BATCH,
        "rounds": rounds,
        **{
            name: round(value, 1 if name.startswith("ratio") else None)
            for name, value in figures.items()
        },
        "plans_laid_out_per_s": round(trucks / laid_out_s, 1),
        "peers": {
            "line_locate_point": f"{_PEER_TRUCKS} trucks a round, per point",
            "query_nearest": f"{_PEER_TRUCKS} trucks a round, per point, tree not counted",
            "movingpandas": f"{_SLOW_PEER_TRUCKS} trucks a round: outliers, speeds and stops, "
            "no question asked of blocks",
            "movingpandas_with_blocks": f"the same, and clipped to each of {BLOCKS} blocks, "
            f"reckoned from {BLOCKS_TRIED}",
        },
        "growth": growth,
    }


def _shift(trucks: int) -> tuple[_Fleet, float]:
    """The fleet, and the seconds its plans took to lay out."""
    towns = tuple(town(seed, BLOCKS, _WIDE) for seed in range(trucks))
    raw = stack([sent(place, seed) for seed, place in enumerate(towns)])
    ready: list[Roads] = []
    laid_out_s = spent_s(lambda: ready.append(Roads.of([place.plan for place in towns])))
    return _Fleet(towns, ready[0], raw, np.arange(trucks)), laid_out_s


def _round(batches: Sequence[_Fleet], fixes: Sequence[Fixes], turn: int) -> Figures:
    """C5 and its peers once each; which trucks the peers get changes from round to round."""
    count, clean_count = sum(len(batch.raw) for batch in batches), sum(map(len, fixes))
    cleaning_s = sum(spent_s(batch.clean) for batch in batches)
    matching_s = sum(
        spent_s(partial(batch.match, part)) for batch, part in zip(batches, fixes, strict=True)
    )
    compliance_s = sum(spent_s(batch.judge) for batch in batches)
    cleaning, matching = count / cleaning_s, clean_count / matching_s
    compliance = count / compliance_s
    spent, points = np.zeros(4), np.zeros(4)
    first = batches[0]
    for k in range(_PEER_TRUCKS):
        truck = (turn * _PEER_TRUCKS + k) % len(first)
        here = fixes[0].take(fixes[0].run == truck)
        place = first.towns[first.plan_of_run[truck]]
        spent[0] += line_locate_point_s(place, here.x_m, here.y_m)
        spent[1] += query_nearest_s(place, here.x_m, here.y_m)
        points[:2] += len(here)
        if k < _SLOW_PEER_TRUCKS:
            judged_s, clip_s = movingpandas_s(place, here.t_s, here.x_m, here.y_m)
            spent[2:] += judged_s, judged_s + clip_s * BLOCKS
            points[2:] += len(here)
    located, nearest, moving, moving_blocks = (points / spent).tolist()
    return {
        "fixes_per_s_cleaning": cleaning,
        "fixes_per_s_matching": matching,
        "fixes_per_s_compliance": compliance,
        "fixes_per_s_line_locate_point": located,
        "fixes_per_s_query_nearest": nearest,
        "fixes_per_s_movingpandas": moving,
        "fixes_per_s_movingpandas_with_blocks": moving_blocks,
        "ratio_matching_vs_line_locate_point": matching / located,
        "ratio_matching_vs_query_nearest": matching / nearest,
        "ratio_compliance_vs_line_locate_point": compliance / located,
        "ratio_compliance_vs_movingpandas": compliance / moving,
        "ratio_compliance_vs_movingpandas_with_blocks": compliance / moving_blocks,
    }


def _by_fixes(fleet: _Fleet) -> list[Figures]:
    """Full compliance of ever more trucks."""
    out: list[Figures] = []
    for trucks in sorted({min(each, len(fleet)) for each in _FLEETS}):
        part = fleet.part(0, trucks)
        batches = part.batches()
        took_s = min(sum(spent_s(batch.judge) for batch in batches) for _ in range(2))
        out.append(
            {
                "fixes": len(part.raw),
                "compliance_s": round(took_s, 3),
                "fixes_per_s_compliance": round(len(part.raw) / took_s),
            }
        )
    return out


def _by_length() -> list[Figures]:
    """The same driving against ever longer plans: trucks do the first 75 blocks of each."""
    out: list[Figures] = []
    for blocks in _LENGTHS:
        towns = tuple(town(seed, blocks, _LENGTH_WIDE) for seed in range(_LENGTH_PLANS))
        plan_of_run = np.arange(_BATCH) % _LENGTH_PLANS
        raw = stack(
            [
                sent(towns[plan], seed, _LENGTH_ROWS, driven=_LENGTHS[0])
                for seed, plan in enumerate(plan_of_run.tolist())
            ]
        )
        fleet = _Fleet(towns, Roads.of([place.plan for place in towns]), raw, plan_of_run)
        fixes = fleet.clean()
        match_s = min(spent_s(partial(fleet.match, fixes)) for _ in range(3))
        check_s = min(spent_s(fleet.judge) for _ in range(3))
        here = fixes.take(plan_of_run[fixes.run] == 0)
        located_s = min(line_locate_point_s(towns[0], here.x_m, here.y_m) for _ in range(3))
        out.append(
            {
                "blocks": blocks,
                "vertices": round(np.mean([_vertices(place) for place in towns])),
                "fixes": len(raw),
                "fixes_per_s_matching": round(len(fixes) / match_s),
                "fixes_per_s_compliance": round(len(raw) / check_s),
                "fixes_per_s_line_locate_point": round(len(here) / located_s),
            }
        )
    return out


def _vertices(place: Town) -> int:
    return sum(len(line) for line in place.lines_m)


@contextmanager
def _one_core() -> Iterator[None]:
    """On one core until the end, so that nothing is done by two."""
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(usual)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)
