"""Traces as columns, and what is cleaned off them before anything is concluded.

Rows of many trucks lie in one set of arrays, told apart by `run`. Cleaning orders by time, drops
repeats and impossible places, and gates spikes: fixes that a truck could reach only by going
faster than its own reported speeds allow. What was dropped is counted, by reason, never hidden.
Permuting rows or doubling them changes nothing.
"""

from dataclasses import dataclass, replace

import numpy as np

from core.errors import C5Error
from geo.arrays import F64, I64, Bools, firsts, sum_by
from geo.motion import expected
from geo.physics import DEFAULT, Physics

_SPIKE_SPREAD = 2.2
_SPIKE_ROOM_M = 15.0
_SPIKE_DETOUR_M = 40.0
_DOUBTFUL_HDOP = 3.0
_DOUBTFUL_M = 30.0
_END_M = 60.0
_LONGEST_STEP_S = 60.0
_PASSES = 3
_MIXED_SHARE = 0.2
_MIXED_FROM = 12
_FILL_MPS = 5.0
_POLE_DEG = 90.0
_FASTEST_MPS = 70.0
_WORST_HDOP = 1000.0
_TWO_TURNS_DEG = 720.0
_HALF_TURN_DEG = 180.0


class TraceRefused(C5Error):
    """These rows are not one truck's day; the message says why."""

    reason = "trace_refused"


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What trackers sent: a row a fix, WGS 84, SI, Unix time. NaN means not reported."""

    t_s: F64
    lat_deg: F64
    lon_deg: F64
    speed_mps: F64
    heading_deg: F64
    hdop: F64
    seq: I64
    run: I64

    def __len__(self) -> int:
        return len(self.t_s)

    def take(self, rows: I64 | Bools) -> "Trace":
        """These rows, in this order."""
        return Trace(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """Clean fixes in metres, ordered by run and time; `row` points into the trace given."""

    run: I64
    t_s: F64
    x_m: F64
    y_m: F64
    speed_mps: F64
    heading_deg: F64
    hdop: F64
    row: I64

    def __len__(self) -> int:
        return len(self.t_s)

    def take(self, rows: I64 | Bools) -> "Fixes":
        """These rows, in this order."""
        return Fixes(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Dropped:
    """How many rows of each run were left out, by reason."""

    unplaced: I64
    """No usable time or position."""
    repeated: I64
    """Another row of the same run and instant was kept."""
    spikes: I64
    """Out of reach from the fixes before and after."""


def trace(
    t_s: F64,
    lat_deg: F64,
    lon_deg: F64,
    *,
    speed_mps: F64 | None = None,
    heading_deg: F64 | None = None,
    hdop: F64 | None = None,
    seq: I64 | None = None,
    run: I64 | None = None,
) -> Trace:
    """Columns of equal length as a trace; absent columns are unreported."""
    count = len(t_s)
    nothing = np.full(count, np.nan)
    columns = {
        "t_s": t_s,
        "lat_deg": lat_deg,
        "lon_deg": lon_deg,
        "speed_mps": nothing if speed_mps is None else speed_mps,
        "heading_deg": nothing if heading_deg is None else heading_deg,
        "hdop": nothing if hdop is None else hdop,
    }
    keys = {
        "seq": np.zeros(count, np.int64) if seq is None else seq,
        "run": np.zeros(count, np.int64) if run is None else run,
    }
    for name, column in {**columns, **keys}.items():
        if np.ndim(column) != 1 or len(column) != count:
            raise TraceRefused(
                f"column {name} has shape {np.shape(column)}, {count} rows are needed; "
                "give one value a fix"
            )
    return Trace(
        t_s=np.asarray(t_s, np.float64),
        lat_deg=np.asarray(lat_deg, np.float64),
        lon_deg=np.asarray(lon_deg, np.float64),
        speed_mps=np.asarray(columns["speed_mps"], np.float64),
        heading_deg=np.asarray(columns["heading_deg"], np.float64),
        hdop=np.asarray(columns["hdop"], np.float64),
        seq=np.asarray(keys["seq"], np.int64),
        run=np.asarray(keys["run"], np.int64),
    )


def stack(traces: list[Trace]) -> Trace:
    """Traces of several trucks as one, `run` numbered by their order."""
    if not traces:
        return trace(np.empty(0), np.empty(0), np.empty(0))
    joined = {
        name: np.concatenate([getattr(one, name) for one in traces]) for name in Trace.__slots__
    }
    joined["run"] = np.repeat(np.arange(len(traces)), [len(one) for one in traces])
    return Trace(**joined)


def ordered(raw: Trace, runs: int) -> tuple[I64, Dropped]:
    """Rows worth keeping, by run and time, one an instant; and how many were not."""
    with np.errstate(invalid="ignore"):
        placed = (
            np.isfinite(raw.t_s)
            & (np.abs(raw.lat_deg) <= _POLE_DEG)
            & (np.abs(raw.lon_deg) <= _HALF_TURN_DEG)
        )
    rows = np.flatnonzero(placed)
    run, t_s = raw.run[rows], raw.t_s[rows]
    if not ((run[1:] > run[:-1]) | ((run[1:] == run[:-1]) & (t_s[1:] >= t_s[:-1]))).all():
        rows = rows[np.lexsort((t_s, run))]
        run, t_s = raw.run[rows], raw.t_s[rows]
    same = (run[1:] == run[:-1]) & (t_s[1:] == t_s[:-1])
    if same.any():
        # Ties are broken by content, so the same rows in another order give the same answer.
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        keys = (raw.lon_deg, raw.lat_deg, raw.seq, raw.t_s, raw.run)
        rows[tied] = rows[tied][np.lexsort(tuple(key[rows[tied]] for key in keys))]
    fresh = np.ones(len(rows), bool)
    fresh[1:] = (run[1:] != run[:-1]) | (t_s[1:] > t_s[:-1])
    none = np.zeros(runs, np.int64)
    return rows[fresh], Dropped(
        unplaced=_count(raw.run[~placed], runs), repeated=_count(run[~fresh], runs), spikes=none
    )


def believed(fixes: Fixes) -> Fixes:
    """Readings that no instrument can mean count as not reported; directions are in 0..360."""
    with np.errstate(invalid="ignore"):
        speed = np.where((fixes.speed_mps >= 0) & (fixes.speed_mps <= _FASTEST_MPS), 0.0, np.nan)
        heading = np.where(np.abs(fixes.heading_deg) <= _TWO_TURNS_DEG, 0.0, np.nan)
        hdop = np.where((fixes.hdop >= 0) & (fixes.hdop <= _WORST_HDOP), 0.0, np.nan)
        return replace(
            fixes,
            speed_mps=fixes.speed_mps + speed,
            heading_deg=(fixes.heading_deg + heading) % 360.0,
            hdop=fixes.hdop + hdop,
        )


def gated(fixes: Fixes, runs: int, physics: Physics = DEFAULT) -> tuple[Fixes, I64]:
    """Without spikes, and how many spikes each run had.

    A fix is a spike if going by way of it takes more road than the reported speeds
    give, and much more than going without it. Of neighbours that accuse each other the worst
    goes first.
    """
    spikes = np.zeros(runs, np.int64)
    kept = fixes
    for _ in range(_PASSES):
        bad = _spikes(kept, physics)
        if not bad.any():
            break
        spikes += _count(kept.run[bad], runs)
        kept = kept.take(~bad)
    return kept, spikes


def mixed(fixes: Fixes, spikes: I64) -> Bools:
    """Runs with so many spikes that two trackers must be in them."""
    total = np.bincount(fixes.run, minlength=len(spikes)) + spikes
    found: Bools = (total >= _MIXED_FROM) & (spikes > _MIXED_SHARE * total)
    return found


def filled(fixes: Fixes, physics: Physics = DEFAULT) -> Fixes:
    """With speeds and headings where the tracker gave none, from its own displacement.

    A standing receiver's heading is noise and is taken away: it must not vote.
    """
    speed, heading = fixes.speed_mps, fixes.heading_deg
    no_speed, no_heading = np.isnan(speed), np.isnan(heading)
    if len(fixes) and (no_speed.any() or no_heading.any()):
        there, bearing, travelled = _displacement(fixes)
        speed = np.where(no_speed, there, speed)
        clear = travelled > 4 * physics.noise_white_m + physics.noise_unknown_m
        heading = np.where(no_heading & clear, bearing, heading)
    heading = np.where(speed < physics.heading_from_mps, np.nan, heading)
    return replace(fixes, speed_mps=np.maximum(speed, 0.0), heading_deg=heading)


def _displacement(fixes: Fixes) -> tuple[F64, F64, F64]:
    """Speed, bearing and length of the way from the fix before to the fix after."""
    count = len(fixes)
    before, after = np.arange(count) - 1, np.arange(count) + 1
    before[firsts(fixes.run)] += 1
    last = np.append(firsts(fixes.run)[1:], count) - 1
    after[last] -= 1
    dx, dy = fixes.x_m[after] - fixes.x_m[before], fixes.y_m[after] - fixes.y_m[before]
    length = np.hypot(dx, dy)
    elapsed = np.maximum(fixes.t_s[after] - fixes.t_s[before], 1.0)
    return length / elapsed, np.degrees(np.arctan2(dx, dy)) % 360.0, length


def _spikes(fixes: Fixes, physics: Physics) -> Bools:
    count = len(fixes)
    bad = np.zeros(count, bool)
    if count < 3:  # noqa: PLR2004  a spike needs a neighbour on each side
        return bad
    speed = np.where(np.isnan(fixes.speed_mps), _FILL_MPS, fixes.speed_mps)
    step_s = np.minimum(np.diff(fixes.t_s), _LONGEST_STEP_S)
    step_s[step_s < 0] = 0.0
    same = fixes.run[1:] == fixes.run[:-1]
    travel, _, more = expected(step_s, speed[:-1], speed[1:], physics)
    # In a silence a truck may have gone as far as it can, whatever it did before and after.
    pause_s = np.diff(fixes.t_s)
    travel = np.where(pause_s > physics.silence_s, physics.hidden_mps * pause_s, travel)
    length = np.hypot(np.diff(fixes.x_m), np.diff(fixes.y_m))
    direct = np.hypot(fixes.x_m[2:] - fixes.x_m[:-2], fixes.y_m[2:] - fixes.y_m[:-2])
    way = length[:-1] + length[1:]
    room = travel[:-1] + travel[1:] + _SPIKE_SPREAD * np.hypot(more[:-1], more[1:]) + _SPIKE_ROOM_M
    doubtful = np.nan_to_num(fixes.hdop[1:-1], nan=1.0) > _DOUBTFUL_HDOP
    room -= np.where(doubtful, _DOUBTFUL_M, 0.0)
    excess = np.zeros(count)
    inner = same[:-1] & same[1:]
    excess[1:-1] = np.where(inner, way - np.maximum(room, direct + _SPIKE_DETOUR_M), 0.0)
    _ends(excess, fixes, length - travel - 3 * more - _END_M)
    excess = np.maximum(excess, 0.0)
    worst = excess > 0
    worst[1:] &= ~same | (excess[1:] >= excess[:-1])
    worst[:-1] &= ~same | (excess[:-1] > excess[1:])
    return worst


def _ends(excess: F64, fixes: Fixes, beyond: F64) -> None:
    """The first and last fix of a run have one neighbour each, which must vouch for them."""
    begin = firsts(fixes.run)
    size = np.diff(np.append(begin, len(fixes)))
    begin, size = begin[size > 3], size[size > 3]  # noqa: PLR2004  the rest must outnumber it
    end = begin + size - 1
    vouched = beyond[begin + 1] <= 0
    excess[begin] = np.where(vouched, beyond[begin], 0.0)
    vouched = beyond[end - 2] <= 0
    excess[end] = np.where(vouched, beyond[end - 1], 0.0)


def _count(run: I64, runs: int) -> I64:
    return sum_by(run, np.ones(len(run)), runs).astype(np.int64)
