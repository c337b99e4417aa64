"""Compare what the reports say of every block with what the simulated trucks really did.

A block whose truth is ambiguous is not scored, and a missed one that a silence
could have hidden may be called unknown. Runs whose tracker never spoke are
counted apart: that all of their blocks are unknown is right, and would flatter
the rest. Pure: truth lines and report documents in, figures out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

STATES: Final = ("serviced", "too_fast", "missed", "unknown")
STOP_S: Final = 240.0
"""A stay off the plan so long counts as a stop."""
ABSENT: Final = "absent"


class RunKey(NamedTuple):
    """What identifies a run."""

    route_id: str
    service_date: str
    device_id: str


def score(lines: Iterable[bytes], documents: Mapping[RunKey, dict[str, Any]]) -> dict[str, Any]:
    """Judge the report documents by a truth file's lines of type `run`."""
    truths = [one for one in map(msgspec.json.decode, lines) if one["type"] == "run"]
    spoke = [one for one in truths if not one["silent"]]
    confusion: Counter[tuple[str, str]] = Counter()
    stops: Counter[str] = Counter()
    for truth in spoke:
        document = documents.get(_key(truth), {})
        confusion += _blocks(truth, document)
        stops += _stops(truth, document)
    mute: Counter[tuple[str, str]] = Counter()
    for truth in truths:
        if truth["silent"]:
            mute += _blocks(truth, documents.get(_key(truth), {}))
    total = confusion.total()
    f1 = {state: _f1(confusion, state) for state in STATES}
    real = [value for value in f1.values() if value is not None]
    return {
        "runs": len(truths),
        "blocks": total,
        "ambiguous": sum(
            state == "ambiguous" for truth in spoke for state in truth["segments"].values()
        ),
        "accuracy": _share(sum(n for (a, b), n in confusion.items() if a == b), total),
        "macro_f1": round(sum(real) / len(real), 4) if real else None,
        "false_missed": _false_missed(confusion) + _false_missed(mute),
        **{state: _precision_recall(confusion, state) for state in STATES},
        "off_route_stops": {name: stops[name] for name in ("found", "injected", "spurious")},
        "silent_runs": {
            "runs": len(truths) - len(spoke),
            "blocks": mute.total(),
            "unknown": mute["unknown", "unknown"],
        },
        "confusion": {f"{a}->{b}": n for (a, b), n in sorted(confusion.items()) if a != b},
    }


def _key(truth: dict[str, Any]) -> RunKey:
    return RunKey(truth["route_id"], truth["service_date"], truth["device_id"])


def _blocks(truth: dict[str, Any], document: dict[str, Any]) -> Counter[tuple[str, str]]:
    """How often each state was called what, in one run."""
    said = {one["segment_id"]: one["state"] for one in document.get("segments", ())}
    either = set(truth["missed_or_unknown"])
    found: Counter[tuple[str, str]] = Counter()
    for name, state in truth["segments"].items():
        if state == "ambiguous":
            continue
        mine = said.get(name, ABSENT)
        if name in either and mine in {"missed", "unknown"}:
            mine = state
        found[state, mine] += 1
    return found


def _stops(truth: dict[str, Any], document: dict[str, Any]) -> Counter[str]:
    """Stops off the plan: those that were, those found, and those found that were not."""
    said = [
        one
        for one in document.get("stops", ())
        if not one["on_route"]
        and one.get("place") is None
        and _s(one["to"]) - _s(one["from"]) >= STOP_S
    ]
    real = truth["off_route_stops"]
    seen = [stop for stop in real if not stop["silent"]]
    return Counter(
        injected=len(seen),
        found=sum(any(_meet(stop, one) for one in said) for stop in seen),
        spurious=sum(not any(_meet(stop, one) for stop in real) for one in said),
    )


def _meet(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return _s(one["from"]) < _s(other["to"]) and _s(other["from"]) < _s(one["to"])


def _s(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def _false_missed(confusion: Counter[tuple[str, str]]) -> int:
    return sum(n for (a, b), n in confusion.items() if b == "missed" != a)


def _precision_recall(confusion: Counter[tuple[str, str]], state: str) -> dict[str, float | None]:
    right = confusion[state, state]
    return {
        "precision": _share(right, sum(n for (_, b), n in confusion.items() if b == state)),
        "recall": _share(right, sum(n for (a, _), n in confusion.items() if a == state)),
    }


def _f1(confusion: Counter[tuple[str, str]], state: str) -> float | None:
    whole = sum(n * ((a == state) + (b == state)) for (a, b), n in confusion.items())
    return 2 * confusion[state, state] / whole if whole else None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
