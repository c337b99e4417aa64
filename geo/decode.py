"""The cheapest path through the lattice, for all trucks at once.

Observations are visited step by step: every truck's first, then every truck's second … Only the
running sum is sequential; everything it adds up is computed in bulk beforehand. Costs are
integers of 1/32 nat with the state's number in the three lowest bits, so that one minimum gives
both the best cost and where it came from.
"""

from dataclasses import dataclass

import numpy as np

from geo.arrays import F64, I8, I32, I64
from geo.candidates import Facing, Table
from geo.lattice import OFF, STATES, Lattice
from geo.observe import Observations
from geo.physics import Physics
from geo.places import Places
from geo.steps import BITS, SCALE, Rows

OFF_PLAN = -1
OUTLIER = -2
_MASK = (1 << BITS) - 1
_CEILING = np.int32(60_000 * SCALE << BITS)
_LOOKUP = 8_192
_CHUNK = 8_192


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """For every observation the block it was on, or OFF_PLAN, or OUTLIER."""

    block: I64
    at_m: F64
    """Chainage; NaN where there is no block."""
    off_m: F64
    """Distance from that place; NaN where there is no block."""


def decode(
    obs: Observations, sigma_m: F64, plan_of_run: I64, table: Table, physics: Physics
) -> Path:
    """The likeliest state of every observation, given all of its run's."""
    order = _Order.of(obs, len(plan_of_run))
    lattice = _filled(obs, sigma_m, plan_of_run, table, physics, order)
    came_from = np.zeros((STATES, len(obs)), np.int8)
    final = np.full(len(plan_of_run), OFF, np.int64)
    cost = np.empty((STATES, 0), np.int32)
    space = np.empty(STATES * STATES * max(_CHUNK, len(plan_of_run)), np.int32)
    for before, now, alive in order.chunks():
        if before is None:
            cost = lattice.first(now)
            continue
        final[alive : cost.shape[1]] = cost[:, alive:].argmin(axis=0)
        lattice.add_echoes(before, now)
        states, size = lattice.states(before, now), now.stop - now.start
        packed = space[: states * states * size].reshape(states, states, size)
        lattice.steps(before, now, packed)
        packed |= np.arange(states, dtype=np.int32)[:, None, None]
        cost = _advance(cost[:states, :alive], packed, came_from[:, now])
    final[: cost.shape[1]] = cost.argmin(axis=0)
    return _read(lattice, order, _backtrack(came_from, final, order))


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """Which observation each column is; the longest runs first, so those that go on lead."""

    rows: I64
    back: I64
    """Column of the same run one step earlier; -1 at the first."""
    alive: I64
    """How many runs have each step."""

    @classmethod
    def of(cls, obs: Observations, runs: int) -> "_Order":
        size = np.bincount(obs.run, minlength=runs)
        rank = np.empty(runs, np.int64)
        rank[np.argsort(-size, kind="stable")] = np.arange(runs)
        step = np.arange(len(obs)) - np.repeat(np.cumsum(size) - size, size)
        rows = np.lexsort((rank[obs.run], step)).astype(np.int64)
        alive = np.bincount(step).astype(np.int64) if len(obs) else np.empty(0, np.int64)
        begin = np.cumsum(alive) - alive
        earlier = np.concatenate((np.full(1, -1), begin[:-1]))[: len(alive)]
        back = np.arange(len(obs)) - np.repeat(begin - earlier, alive)
        back[: alive[0] if len(alive) else 0] = -1
        return cls(rows=rows, back=back, alive=alive)

    def chunks(self) -> list[tuple[slice | None, slice, int]]:
        """Stretches of columns and those a step earlier, the same runs alive throughout."""
        out: list[tuple[slice | None, slice, int]] = []
        begin = np.cumsum(self.alive) - self.alive
        step = 0
        while step < len(self.alive):
            alive, at = int(self.alive[step]), int(begin[step])
            if step == 0:
                out.append((None, slice(0, alive), alive))
                step += 1
                continue
            lead = int(begin[step - 1])
            many = 1
            # Columns a step earlier lie at a constant distance while no run ends.
            if self.alive[step - 1] == alive:
                limit = max(_CHUNK // alive, 1)
                same = self.alive[step : step + limit] == alive
                many = int(same.argmin()) if not same.all() else len(same)
            size = many * alive
            out.append((slice(lead, lead + size), slice(at, at + size), alive))
            step += many
        return out


def _filled(
    obs: Observations,
    sigma_m: F64,
    plan_of_run: I64,
    table: Table,
    physics: Physics,
    order: _Order,
) -> Lattice:
    """The lattice with its places, a batch of columns at a time."""
    run = obs.run[order.rows]
    rows = Rows.of(obs, order.rows, sigma_m[run], physics)
    places = Places(len(run))
    heading_deg = obs.heading_deg[order.rows]
    for at in range(0, len(run), _LOOKUP):
        part = slice(at, min(at + _LOOKUP, len(run)))
        table.place(
            places,
            at,
            plan_of_run[run[part]],
            rows.x_m[part],
            rows.y_m[part],
            Facing.of(heading_deg[part], rows.arriving_mps[part], rows.sigma_m[part], physics),
        )
    return Lattice(rows, order.back, places, physics)


def _advance(cost: I32, packed: I32, came_from: I8) -> I32:
    states, alive = cost.shape
    whole = np.full((STATES, alive), _CEILING, np.int32)
    total = np.empty((states, states, alive), np.int32)
    for begin in range(0, packed.shape[2], alive):
        here = slice(begin, begin + alive)
        np.add(packed[:, :, here], cost[:, None], out=total)
        best = total.min(axis=0)
        came_from[:states, here] = best & _MASK
        best &= ~_MASK
        best -= best.min(axis=0)
        cost = np.minimum(best, _CEILING, out=best)
    whole[:states] = cost
    return whole


def _backtrack(came_from: I8, final: I64, order: _Order) -> I64:
    state = np.empty(came_from.shape[1], np.int64)
    end = len(state)
    now = np.empty(0, np.int64)
    for alive in order.alive[::-1]:
        now = np.concatenate((now, final[len(now) : alive]))
        begin = end - int(alive)
        state[begin:end] = now
        now = came_from[now, np.arange(begin, end)].astype(np.int64)
        end = begin
    return state


def _read(lattice: Lattice, order: _Order, state: I64) -> Path:
    count = len(state)
    columns = np.arange(count)
    slot = np.maximum(state - 1, 0)
    places = lattice.places
    block = places.block[slot, columns].astype(np.int64) - 1
    block[lattice.echo[slot, columns] > 0] = OUTLIER
    block[state == OFF] = OFF_PLAN
    on = block >= 0
    at_m = np.where(on, places.at_m[slot, columns], np.nan)
    off_m = np.hypot(places.off_x_m[slot, columns], places.off_y_m[slot, columns])
    out = Path(np.empty(count, np.int64), np.empty(count), np.empty(count))
    out.block[order.rows] = block
    out.at_m[order.rows] = at_m
    out.off_m[order.rows] = np.where(on, off_m, np.nan)
    return out
