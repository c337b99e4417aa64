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
_LEVEL_EVERY = 32
_LOOKUP = 32_768
_CHUNK = 32_768


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
        lattice.add_echoes(before, now)
        states, size = lattice.states(before, now), now.stop - now.start
        packed = space[: states * states * size].reshape(states, states, size)
        lattice.steps(before, now, packed)
        packed |= np.arange(states, dtype=np.int32)[:, None, None]
        cost = _advance(cost, packed, came_from[:, now], alive, final)
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

    def chunks(self) -> list[tuple[slice | I64 | None, slice, I64]]:
        """Stretches of columns, those a step earlier, and how many runs each step has."""
        end = np.cumsum(self.alive)
        out: list[tuple[slice | I64 | None, slice, I64]] = []
        step = 0
        while step < len(end):
            at = int(end[step] - self.alive[step])
            many = 1 if step == 0 else int(np.searchsorted(end, at + _CHUNK, side="right")) - step
            last = step + max(many, 1)
            alive, now = self.alive[step:last], slice(at, int(end[last - 1]))
            before: slice | I64 | None = None
            if step > 0:
                # Columns a step earlier lie at a constant distance while no run ends.
                lead = int(self.alive[step - 1])
                steady = lead == alive[-1]
                before = slice(at - lead, now.stop - lead) if steady else self.back[now]
            out.append((before, now, alive))
            step = last
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


def _advance(cost: I32, packed: I32, came_from: I8, alive: I64, final: I64) -> I32:
    """Costs after some steps; `final` gets the last state of every run that ends before them."""
    states = len(packed)
    begin, lead = 0, cost.shape[1]
    cost = cost[:states].copy()
    total = np.empty((states, states, lead), np.int32)
    for step, size in enumerate(alive.tolist()):
        if size < lead:
            final[size:lead] = cost[:, size:].argmin(axis=0)
            cost, lead = cost[:, :size].copy(), size
            total = np.empty((states, states, size), np.int32)
        here = slice(begin, begin + size)
        np.add(packed[:, :, here], cost[:, None], out=total)
        np.minimum.reduce(total, axis=0, out=cost)
        np.bitwise_and(cost, _MASK, out=came_from[:states, here], casting="unsafe")
        cost &= ~_MASK
        # Only differences matter; so many steps are far from what an integer holds.
        if step % _LEVEL_EVERY == 0 or begin + size == packed.shape[2]:
            cost -= np.minimum.reduce(cost, axis=0)
            np.minimum(cost, _CEILING, out=cost)
        begin += size
    whole = np.full((STATES, lead), _CEILING, np.int32)
    whole[:states] = cost
    return whole


def _backtrack(came_from: I8, final: I64, order: _Order) -> I64:
    columns = came_from.shape[1]
    source, spot = came_from.reshape(-1), np.arange(columns)
    state = np.empty(columns, np.int64)
    end = columns
    now = np.empty(0, np.int64)
    for alive in order.alive[::-1].tolist():
        if alive > len(now):
            now = np.concatenate((now, final[len(now) : alive]))
        begin = end - alive
        state[begin:end] = now
        now = now * columns
        now += spot[begin:end]
        now = source.take(now).astype(np.int64)
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
