"""Compare what the simulated devices did with what the store holds.

The truth file says which counters of each device must be stored and which must
be among the rejects, and for each injected fault where it must be found. Pure:
lines and a reckoning in, a verdict out.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from core.quality import Flag
from core.topics import Stream
from store.reckoning import Reckoning

_FLAG_OF = {flag.name.lower(): flag for flag in Flag if flag.name}


@dataclass(slots=True)
class Verdict:
    """What became of everything that was sent."""

    lost: int = 0
    """Messages the broker acknowledged that are neither stored nor in rejects."""
    bad: Counter[str] = field(default_factory=Counter)
    """Injected messages that must be found, by label."""
    found: Counter[str] = field(default_factory=Counter)
    """Those of them that were, where they must be."""
    intruders: int = 0
    """Messages on another's topic that got through; 0 when the broker's rights hold."""

    @property
    def injected_bad(self) -> int:
        """How many bad messages were injected."""
        return self.bad.total()

    @property
    def bad_not_found(self) -> dict[str, int]:
        """Injected messages that are not where they must be, by label; empty when all is well."""
        return dict(self.bad - self.found)


def verdict(
    lines: Iterable[bytes], store: Reckoning, fingerprint: Callable[[bytes], bytes]
) -> Verdict:
    """Judge a truth file (JSON lines) against the store.

    fingerprint  how the rejects know a plate message's digest (core.seal)
    """
    result = Verdict()
    for line in lines:
        entry = msgspec.json.decode(line)
        match entry["type"]:
            case "device":
                result.lost += _missing(entry, store)
            case "fault":
                _judge_fault(entry, store, result, fingerprint)
    return result


def strayed(lines: Iterable[bytes]) -> dict[str, int]:
    """How often live trucks began to do what was not planned, by label."""
    entries = map(msgspec.json.decode, lines)
    return dict(
        Counter(
            entry["label"]
            for entry in entries
            if entry["type"] == "deviation" and entry["to_ts"] is None
        )
    )


def _missing(entry: dict[str, Any], store: Reckoning) -> int:
    device_id = entry["device_id"]
    return sum(
        (device_id, seq) not in store.flags
        for first, last in entry["stored_seqs"]
        for seq in range(first, last + 1)
    )


def _judge_fault(
    entry: dict[str, Any],
    store: Reckoning,
    result: Verdict,
    fingerprint: Callable[[bytes], bytes],
) -> None:
    label, expected = entry["label"], entry["expected"]
    digest = bytes.fromhex(entry["digest"])
    if entry["topic"].endswith(f"/{Stream.PLATE}"):
        digest = fingerprint(digest)
    is_refused = digest.hex() in store.rejects
    if expected == "rejected":
        result.bad[label] += 1
        result.found[label] += is_refused
        result.lost += not is_refused
    elif expected == "flagged":
        result.bad[label] += 1
        flags = store.flags.get((entry["device_id"], entry["seq"]), Flag(0))
        result.found[label] += bool(flags & _FLAG_OF[entry["reason"]])
    elif expected == "refused":
        result.intruders += is_refused
