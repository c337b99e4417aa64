"""A watch over all trucks at once, fix by fix: what a supervisor wants to hear while it happens.

State is one entry a truck, in arrays; `step` takes the fixes that came since and answers the
state after them and what thereby began or ended. Fixes are taken in the order given; one that is
not newer than the newest of its truck is left out. So feeding the same fixes in pieces of
any size gives the same happenings, and repeats do no harm.

Off route is farther from every planned street than the receiver's error explains, for long
enough, once the truck has begun to serve and while it is expected to. A truck that heads for its
landfill or depot, or comes from there, is on its way and not off its route.
"""

import numpy as np

from geo.arrays import I64
from geo.live_round import take_in
from geo.live_scene import Circle, Duty, Scene
from geo.live_state import Happenings, Recent, Rules, State

__all__ = ["Circle", "Duty", "Happenings", "Recent", "Rules", "Scene", "State", "step"]
_DEFAULT = Rules()


def step(
    state: State, scene: Scene, recent: Recent, rules: Rules = _DEFAULT
) -> tuple[State, Happenings]:
    """Take in fixes; the state given stays as it is."""
    after = state.take(np.arange(len(state)))
    usable = np.isfinite(recent.t_s + recent.lat_deg + recent.lon_deg)
    recent = recent.take(np.flatnonzero(usable))
    turn = _turns(recent.truck)
    found: list[Happenings] = []
    for each in range(int(turn.max()) + 1 if len(recent) else 0):
        fixes = recent.take(np.flatnonzero(turn == each))
        newer = ~(fixes.t_s <= after.mark[0, fixes.truck])
        if newer.any():
            found += take_in(after, scene, fixes.take(np.flatnonzero(newer)), rules)
    return after, Happenings.joined(found)


def _turns(truck: I64) -> I64:
    """How many fixes of the same truck come before each.

    >>> _turns(np.array([4, 1, 4, 4, 1]))
    array([0, 0, 1, 2, 1])
    """
    order = np.argsort(truck, kind="stable")
    ranked = truck[order]
    fresh = np.ones(len(truck), bool)
    fresh[1:] = ranked[1:] != ranked[:-1]
    begin = np.maximum.accumulate(np.where(fresh, np.arange(len(truck)), 0))
    turn = np.empty(len(truck), np.int64)
    turn[order] = np.arange(len(truck)) - begin
    return turn
