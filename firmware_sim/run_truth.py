"""What can be said of every block of a run by someone who was there.

A block is `serviced` if it was driven slowly enough in the plan's direction
where its tracker spoke, `too_fast` if only faster, `unknown` if all that was
driven of it lies in a silence, `missed` if it was not driven, and `ambiguous`
where a border is too near to be judged: a speed close to the limit, a halt that
may have been at the next street, half a silence, or a street that the plan's own
way to somewhere else leads along. A missed block that a silence could have hidden
may be called unknown too: it is listed as such.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.clock import rfc3339
from firmware_sim.plane import F64, Plane
from firmware_sim.routes import SERVICE_MAX_MEAN_KMH, XY, Route
from firmware_sim.shift import Shift

STATES: Final = ("serviced", "too_fast", "missed", "unknown", "ambiguous")
LIMIT_MPS: Final = SERVICE_MAX_MEAN_KMH / 3.6
_NEAR_LIMIT: Final = 0.12
_END_M: Final = 15.0
"""A halt so near a street's end may have been at the next one, for all that a receiver tells."""
_SEEN: Final = 0.7
_HIDDEN: Final = 0.3
_ACROSS_MPS: Final = 11.5
"""How fast a truck could cross town unseen."""


@dataclass(frozen=True, slots=True)
class _Pass:
    """One time a block was driven along."""

    slow_mps: float
    """Mean speed, halts just before and after it counted in."""
    fast_mps: float
    """Mean speed without halts near its ends."""
    seen: float
    """Share of its length driven while the tracker spoke."""
    is_planned: bool
    """Driven because the plan says so, and not on the way to another street."""


@dataclass(frozen=True, slots=True)
class RunTruth:
    """A run as it was."""

    segments: dict[str, str]
    """State of each block of the plan, by its id."""
    missed_or_unknown: tuple[str, ...]


def judge(shift: Shift, plan: Route) -> RunTruth:
    """Say what is true of every block of the plan."""
    passes = _passes(shift)
    segments: dict[str, str] = {}
    hideable: list[str] = []
    blocks = [leg for leg in plan.legs if leg.service]
    on_the_way = {(leg.start_m, leg.end_m) for leg in plan.legs if not leg.service}
    for order, leg in enumerate(blocks, 1):
        name = f"S{order:03}"
        ends = (leg.start_m, leg.end_m)
        done = passes.get(ends, [])
        if shift.is_mute:
            segments[name] = "unknown"
        elif done and not any(one.is_planned for one in done) and ends in on_the_way:
            segments[name] = "ambiguous"
        else:
            segments[name] = _state(done)
        if segments[name] == "missed" and _could_hide(shift, leg.start_m, leg.end_m):
            hideable.append(name)
    return RunTruth(segments, tuple(hideable))


def line(
    shift: Shift, plan: Route, truth: RunTruth, *, service_date: str, plane: Plane
) -> dict[str, Any]:
    """The truth file's line about a run."""
    return {
        "type": "run",
        "route_id": plan.route_id,
        "device_id": shift.device_id,
        "service_date": service_date,
        "began_at": rfc3339(shift.began_at),
        "ended_at": rfc3339(shift.at((len(shift.path_m) - 1) / 2)),
        "sampling_s": shift.sampling_s,
        "silent": shift.is_mute,
        "segments": truth.segments,
        "missed_or_unknown": list(truth.missed_or_unknown),
        "gaps": [[rfc3339(shift.at(one)) for one in gap] for gap in shift.silences],
        "off_route_stops": _stops(shift, plane),
        "deviations": [
            {"kind": kind.value, "segments": [f"S{block + 1:03}" for block in blocks]}
            for kind, blocks in shift.driven.deviations
        ],
    }


def _stops(shift: Shift, plane: Plane) -> list[dict[str, Any]]:
    found = []
    for leg, (begin_s, end_s) in shift.stands_s():
        lat_deg, lon_deg = plane.lat_lon(*shift.track.legs[leg].end_m)
        found.append(
            {
                "from": rfc3339(shift.at(begin_s)),
                "to": rfc3339(shift.at(end_s)),
                "lat_deg": round(lat_deg, 6),
                "lon_deg": round(lon_deg, 6),
                "silent": shift.is_mute
                or any(begin < end_s and begin_s < end for begin, end in shift.silences),
            }
        )
    return found


def _passes(shift: Shift) -> dict[tuple[XY, XY], list[_Pass]]:
    """Every time a street was driven from corner to corner, by its corners in that order."""
    entered, left = shift.legs_s()
    halts = [(gate.at_m, gate.dwell_s) for gate in shift.track.gates if gate.dwell_s > 0]
    heard = np.array([(fix.measured_at - shift.began_at).total_seconds() for fix in shift.sent])
    hidden_m = _hidden_m(shift, heard)
    found: dict[tuple[XY, XY], list[_Pass]] = {}
    for index, leg in enumerate(shift.track.legs):
        length_m = math.dist(leg.start_m, leg.end_m)
        begin_m = shift.track.starts_m[index]
        spans = [
            max(0.0, min(end, begin_m + length_m) - max(begin, begin_m)) for begin, end in hidden_m
        ]
        taken_s = max(0.5, float(left[index] - entered[index]))
        inside_s, outside_s = _near_ends_s(halts, begin_m, begin_m + length_m)
        one = _Pass(
            slow_mps=length_m / (taken_s + outside_s),
            fast_mps=length_m / max(0.5, taken_s - inside_s),
            seen=1 - sum(spans) / length_m,
            is_planned=index in shift.driven.along,
        )
        found.setdefault((leg.start_m, leg.end_m), []).append(one)
    return found


def _near_ends_s(
    halts: list[tuple[float, float]], begin_m: float, end_m: float
) -> tuple[float, float]:
    """How long it stood just inside and just outside a stretch of its line."""
    first = bisect_left(halts, (begin_m - _END_M, 0.0))
    inside_s = outside_s = 0.0
    for at_m, stood_s in halts[first:]:
        if at_m > end_m + _END_M:
            break
        if not begin_m <= at_m <= end_m:
            outside_s += stood_s
        elif min(at_m - begin_m, end_m - at_m) < _END_M:
            inside_s += stood_s
    return inside_s, outside_s


def _hidden_m(shift: Shift, heard_s: F64) -> list[tuple[float, float]]:
    """The stretches of its line that lie between the fixes before and after a silence."""
    found = []
    for begin_s, end_s in shift.silences:
        before, after = np.searchsorted(heard_s, (begin_s, end_s))
        from_s = heard_s[before - 1] if before else 0.0
        to_s = heard_s[after] if after < len(heard_s) else math.inf
        found.append((_along_m(shift, float(from_s)), _along_m(shift, float(to_s))))
    return found


def _along_m(shift: Shift, at_s: float) -> float:
    if math.isinf(at_s):
        return shift.track.length_m
    return float(shift.path_m[min(len(shift.path_m) - 1, round(at_s * 2))])


def _state(done: list[_Pass]) -> str:
    """Judge one block by all the times it was driven along."""
    if not done:
        return "missed"
    seen = [one for one in done if one.seen >= _SEEN]
    if any(one.fast_mps <= LIMIT_MPS * (1 - _NEAR_LIMIT) for one in seen):
        return "serviced"
    if len(seen) == len(done) and all(
        one.slow_mps >= LIMIT_MPS * (1 + _NEAR_LIMIT) for one in seen
    ):
        return "too_fast"
    if all(one.seen <= _HIDDEN for one in done):
        return "unknown"
    return "ambiguous"


def _could_hide(shift: Shift, start_m: XY, end_m: XY) -> bool:
    """Tell whether a truck could have served a block in one of the silences."""
    heard = np.array([(fix.measured_at - shift.began_at).total_seconds() for fix in shift.sent])
    for begin_s, end_s in shift.silences:
        before, after = np.searchsorted(heard, (begin_s, end_s))
        if not before or after == len(heard):
            return True
        one_m, other_m = (_place(shift, float(heard[index])) for index in (before - 1, after))
        way_m = math.dist(one_m, start_m) + math.dist(end_m, other_m)
        needs_s = way_m / _ACROSS_MPS + math.dist(start_m, end_m) / LIMIT_MPS
        if needs_s <= heard[after] - heard[before - 1]:
            return True
    return False


def _place(shift: Shift, at_s: float) -> XY:
    along_m = _along_m(shift, at_s)
    index = shift.track.leg_at(along_m)
    leg = shift.track.legs[index]
    share = (along_m - shift.track.starts_m[index]) / math.dist(leg.start_m, leg.end_m)
    (ax, ay), (bx, by) = leg.start_m, leg.end_m
    return ax + share * (bx - ax), ay + share * (by - ay)
