"""What each step from one observation to the next costs, for every pair of places at once.

Costs are minus log likelihoods in nats. State 0 is off the plan, 1..7 are places on it. A place
may also be the echo of a place one observation earlier: the history in which the fix between was
an outlier and the truck never was there.

Arrays are (from, to, columns), columns being steps of many trucks: long rows of single precision.
Most observations have one or two places, so columns are sorted by how many they need, and only
that many are priced.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from geo.arrays import F32, F64, I8, I32, I64, Bools
from geo.motion import expected
from geo.observe import forgetting
from geo.physics import Physics
from geo.places import SLOTS, Places
from geo.steps import NEVER, Rows, Scalar, Step, excess, length, packed, spread

OFF: Final = 0
STATES: Final = SLOTS + 1
_USUAL = 2
_SIZES: Final = (3, 4, SLOTS)
_FAR_M = 250.0
_TOO_FAST_SLACK_M = 15.0
_PER_TOO_FAST = np.float32(1 / 8.0)
_BACK_M = np.float32(-25.0)
_BACK = np.float32(50.0)
_LANE_M = 2.0
_SUSPECT_SIGMAS = 3.0
_START_OFF = 4.6
_DOUBTFUL_HDOP = 3.0
_HALF = np.float32(0.5)


class Lattice:
    """Prices steps between columns of observations."""

    def __init__(self, rows: Rows, back: I64, places: Places, physics: Physics) -> None:
        self.rows, self.back, self.places, self.physics = rows, back, places, physics
        self.echo: I8 = np.zeros(places.block.shape, np.int8)
        """0, or one more than the earlier place that a slot repeats."""
        self.echoes: Bools = np.zeros(places.block.shape[1], bool)
        """Columns with an echo among their places."""

    def add_echoes(self, before: slice | I64, now: slice) -> None:
        """Where an observation is far from every place, let free slots repeat the earlier ones."""
        rows, places = self.rows, self.places
        suspect = self._nearest2(now) > (_SUSPECT_SIGMAS * rows.sigma_m[now]) ** 2
        suspect &= rows.from_s[now] - rows.to_s[before] <= self.physics.silence_s
        suspect &= rows.to_s[now] == rows.from_s[now]
        columns = np.flatnonzero(suspect)
        if not len(columns):
            return
        here, there = columns + now.start, _columns(before, columns)
        for slot in range(int(places.used[there].max())):
            real = (self.echo[slot, there] == 0) & (places.block[slot, there] > 0)
            real &= places.used[here] < SLOTS
            target, source = here[real], there[real]
            free = places.used[target].astype(np.int64)
            places.copy(slot, source, free, target)
            self.echo[free, target] = slot + 1
            self.echoes[target] = True
            places.used[target] += 1

    def _nearest2(self, now: slice) -> F32:
        """Squared distance to the nearest place; infinite where there is none."""
        places, used = self.places, self.places.used[now]
        nearest = np.full(len(used), np.inf, np.float32)
        for slot in range(int(used.max(initial=0))):
            columns = np.flatnonzero(used > slot)
            at = columns + now.start
            off2 = places.off_x_m[slot].take(at) ** 2
            off2 += places.off_y_m[slot].take(at) ** 2
            nearest[columns] = np.minimum(nearest.take(columns), off2)
        return nearest

    def first(self, now: slice) -> I32:
        """Packed cost of each state of a run's first observation: (STATES, columns)."""
        places = self.places
        cost = np.full((STATES, now.stop - now.start), _START_OFF, np.float32)
        off2 = places.off_x_m[:, now] ** 2 + places.off_y_m[:, now] ** 2
        cost[1:] = self._robust(off2, *self._fresh(now)) + places.stray[:, now]
        cost[1:][places.block[:, now] == 0] = NEVER
        return packed(cost)

    def states(self, before: slice | I64, now: slice) -> int:
        """How many states these columns need."""
        used = self.places.used
        return int(max(used[before].max(), used[now].max())) + 1

    def steps(self, before: slice | I64, now: slice, out: I32) -> None:
        """Packed cost of every step from each state to each, into (states, states, columns)."""
        rows, places = self.rows, self.places
        used = np.maximum(places.used[before], places.used[now])
        elapsed = rows.from_s[now] - rows.to_s[before]
        step = self._step(
            now, elapsed, rows.leaving_mps[before], rows.memory[before], rows.variance[before]
        )
        stay, fresh = self._stay(before, now, step), self._fresh(now)
        out[...] = packed(NEVER)
        out[OFF, OFF] = packed(stay)
        # Most columns need two places or fewer: all are priced so, and then those that need more.
        least = min(_USUAL, len(out) - 1)
        priced = self._price(before, now, (step, step), (stay, *fresh), least)
        self._put(out, priced, slice(None))
        # A step from an echo began one observation earlier, whatever its places.
        echoed = self.echoes[before]
        used[echoed] = np.maximum(used[echoed], _USUAL + 1)
        for size in _SIZES:
            columns = np.flatnonzero((used <= size) & (used > least))
            least = size
            if len(columns):
                part = (stay[columns], fresh[0][columns], fresh[1][columns])
                a, b = _columns(before, columns), columns + now.start
                plain = step.take(columns)
                both = (plain, self._sources(a, b, plain, size))
                self._put(out, self._price(a, b, both, part, size), columns)

    @staticmethod
    def _put(out: I32, priced: tuple[I32, I32, I32], columns: I64 | slice) -> None:
        pairs, leave, join = priced
        size = min(len(leave), len(out) - 1)
        for a in range(size):
            out[a + 1, OFF, columns] = leave[a]
            out[OFF, a + 1, columns] = join[a]
            for b in range(size):
                out[a + 1, b + 1, columns] = pairs[a, b]

    def _price(
        self,
        before: I64 | slice,
        now: I64 | slice,
        steps: tuple[Step, Step],
        rest_of: tuple[F32, F32, F32],
        size: int,
    ) -> tuple[I32, I32, I32]:
        """Packed costs from place to place, from each off the plan, and from there to each."""
        places, physics = self.places, self.physics
        stay, *fresh = rest_of
        step, source = steps
        block_a, block_b = _at(places.block, before, size), _at(places.block, now, size)
        gone_a, gone_b = (block_a == 0) * NEVER, (block_b == 0) * NEVER
        rest, exit_x, exit_y = (_at(part, before, size) for part in places.exits)
        into, entry_x, entry_y = (_at(part, now, size) for part in places.entries)
        off_x, off_y = _at(places.off_x_m, now, size), _at(places.off_y_m, now, size)
        stray = _at(places.stray, now, size) + gone_b

        pairs = self._in_order(before, now, size, source)
        further = block_b[None] - block_a[:, None]
        np.copyto(pairs, NEVER, where=further < 0)
        hop_x = entry_x[None] - exit_x[:, None]
        hop_y = entry_y[None] - exit_y[:, None]
        turn = self._out_of_order(hop_x, hop_y, (rest, into), further, source)
        np.minimum(pairs, turn, out=pairs)
        pairs += self._lateral((before, off_x, off_y), size, source)
        pairs += stray
        pairs += gone_a[:, None]

        x, y = self.rows.x_m, self.rows.y_m
        away = length(exit_x, exit_y, x[now], y[now])
        away += rest
        leave = excess(away, source.travel, source.per_more)
        leave += stay + np.float32(physics.leave)
        leave += gone_a
        towards = length(entry_x, entry_y, x[before], y[before])
        towards += into
        join = excess(towards, step.travel, step.per_more)
        join += np.float32(physics.join)
        join += self._robust(off_x * off_x + off_y * off_y, *fresh)
        join += stray
        self._echoes(pairs, join, now)
        return packed(pairs), packed(leave), packed(join)

    def _step(self, now: slice | I64, elapsed: F64, mps: F64, memory: F64, variance: F64) -> Step:
        rows, physics = self.rows, self.physics
        silent = elapsed > physics.silence_s
        travel, less, more = expected(elapsed, mps, rows.arriving_mps[now], physics)
        per_less, per_more = 1.0 / less, 1.0 / more
        if silent.any():
            travel = np.where(silent, physics.hidden_mps * elapsed, travel)
            per_less = np.where(silent, 0.0, per_less)
            per_more = np.where(silent, 0.1, per_more)
        share = forgetting(elapsed, physics) * memory * rows.memory[now] / variance
        left = rows.variance[now] - share * share * variance
        spread = rows.sigma_m[now] ** 2 * np.maximum(left, 0.0) + physics.noise_white_m**2
        return Step(
            travel=travel.astype(np.float32),
            per_less=per_less.astype(np.float32),
            per_more=per_more.astype(np.float32),
            top=(physics.top_mps * elapsed + _TOO_FAST_SLACK_M).astype(np.float32),
            silent=silent,
            share=share.astype(np.float32),
            scale=(1.0 / spread).astype(np.float32),
            level=(0.5 * np.log(spread)).astype(np.float32),
        )

    def _sources(self, before: I64, now: I64, plain: Step, size: int) -> Step:
        """An echo's times, speeds and errors are one observation older."""
        echoed = self.echo[:size, before] > 0
        if not echoed.any():
            return plain
        rows = self.rows
        from_s, older = rows.from_s[now], self.back[before]
        return self._step(
            now,
            np.where(echoed, from_s - rows.to_s[older], from_s - rows.to_s[before]),
            np.where(echoed, rows.leaving_mps[older], rows.leaving_mps[before]),
            np.where(echoed, rows.memory[older], rows.memory[before]),
            np.where(echoed, rows.variance[older], rows.variance[before]),
        )

    def _in_order(self, before: I64 | slice, now: I64 | slice, size: int, step: Step) -> F32:
        """By the plan's order: as far ahead as the speeds say."""
        places = self.places
        at_a, at_b = _at(places.at_m, before, size), _at(places.at_m, now, size)
        leap_a, leap_b = _at(places.leap, before, size), _at(places.leap, now, size)
        ahead = at_b[None] - at_a[:, None]
        drive = ahead - spread(step.travel)
        slow = np.minimum(drive, 0)
        slow *= spread(step.per_less)
        # Across a link that is no junction the plan's length is a guess: less is no surprise.
        slow *= leap_b[None] <= leap_a[:, None]
        np.maximum(drive, 0, out=drive)
        drive *= spread(step.per_more)
        over = ahead - spread(step.top)
        np.maximum(over, 0, out=over)
        over *= _PER_TOO_FAST
        drive *= drive
        slow *= slow
        over *= over
        drive += slow
        drive += over
        drive *= _HALF
        if step.silent.any():
            silent = spread(step.silent)
            drive += silent
            drive[silent & (ahead < _BACK_M)] = _BACK
        return drive

    def _out_of_order(
        self, hop_x: F32, hop_y: F32, ends: tuple[F32, F32], further: I32, step: Step
    ) -> F32:
        """Finish the block, cross over, enter the other one at its start."""
        physics = self.physics
        hop_x *= hop_x
        hop_y *= hop_y
        hop_x += hop_y
        hop = np.sqrt(hop_x, out=hop_x)
        price = np.where(
            hop < physics.junction_m, np.float32(physics.turn), np.float32(physics.leap)
        )
        if step.silent.any():
            price = np.where(spread(step.silent), np.float32(physics.after_silence), price)
        np.copyto(price, 0, where=further == 1)
        np.copyto(price, NEVER, where=further == 0)
        rest, into = ends
        hop += rest[:, None]
        hop += into[None]
        late = np.subtract(hop, spread(step.travel), out=hop_y)
        np.maximum(late, 0, out=late)
        late *= spread(step.per_more)
        hop -= spread(step.top)
        np.maximum(hop, 0, out=hop)
        hop *= _PER_TOO_FAST
        late += hop
        late *= late
        late *= _HALF
        late += price
        return late

    def _lateral(self, now: tuple[I64 | slice, F32, F32], size: int, step: Step) -> F32:
        """The receiver's error must have drifted from what it was to what it is."""
        before, off_x, off_y = now
        places = self.places
        dx = off_x[None] - (step.share * _at(places.off_x_m, before, size))[:, None]
        dy = off_y[None] - (step.share * _at(places.off_y_m, before, size))[:, None]
        dx *= dx
        dy *= dy
        dx += dy
        return self._robust(dx, spread(step.scale), spread(step.level))

    def _robust(self, off2: F32, scale: F32, level: F32) -> F32:
        """A Gaussian's cost that saturates: a receiver is sometimes worse than its usual."""
        square = off2 * scale
        bend = square * np.float32(0.5 / self.physics.lateral_cap)
        bend += 1
        square *= _HALF
        square /= bend
        square += level
        return square

    def _fresh(self, now: slice) -> tuple[F32, F32]:
        """Likelihood of an error of which nothing is known beforehand."""
        rows = self.rows
        known = self.physics.noise_white_m**2 + _LANE_M**2
        variance = rows.sigma_m[now] ** 2 * rows.variance[now] + known
        return (1.0 / variance).astype(np.float32), (0.5 * np.log(variance)).astype(np.float32)

    def _stay(self, before: slice | I64, now: slice, step: Step) -> F32:
        """Off the plan a truck may be anywhere its speed takes it."""
        rows, physics = self.rows, self.physics
        moved = np.hypot(rows.x_m[now] - rows.x_m[before], rows.y_m[now] - rows.y_m[before])
        reach = physics.off_plan_reach * np.minimum(step.travel, _FAR_M)
        anywhere = np.log(np.exp(step.level) + reach)
        jump = excess(moved.astype(np.float32), step.travel, step.per_more)
        jump[step.silent] = 0
        slow = (1.0 - rows.arriving_mps[now] / physics.slow_vote_mps).clip(-physics.fast_vote, 1.0)
        vote = physics.off_plan + physics.slow_vote * slow
        return (anywhere + vote).astype(np.float32) + jump

    def _echoes(self, pairs: F32, join: F32, now: I64 | slice) -> None:
        """An echo is reached only from the place it repeats, at the price of an outlier."""
        columns = np.flatnonzero(self.echoes[now])
        if not len(columns):
            return
        at = _columns(now, columns)
        echo = self.echo[: len(join), at]
        slots, which = np.nonzero(echo)
        source = echo[slots, which].astype(np.int64) - 1
        columns, at = columns[which], at[which]
        pairs[:, slots, columns] = NEVER
        join[slots, columns] = NEVER
        doubtful = self.rows.hdop[at] > _DOUBTFUL_HDOP
        price = np.where(doubtful, self.physics.outlier_hdop, self.physics.outlier)
        known = source < len(join)
        pairs[source[known], slots[known], columns[known]] = price[known]


def _columns(whole: I64 | slice, some: I64) -> I64:
    """Some of these columns."""
    return some + whole.start if isinstance(whole, slice) else whole[some]


def _at(whole: npt.NDArray[Scalar], columns: I64 | slice, size: int) -> npt.NDArray[Scalar]:
    """The first places of some columns."""
    if isinstance(columns, slice):
        return whole[:size, columns]
    return whole[:size].take(columns, axis=1)
