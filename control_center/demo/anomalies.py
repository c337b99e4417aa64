"""Compare what the anomaly engine found with what really befell the simulated stations.

A trouble is found when an anomaly of its station, in a number that it is seen in, meets it, or
a reading of it is marked as doubtful. It is found late when that took longer than a kind of
trouble may take. An anomaly that meets no trouble is false. Pure: truth lines and what the store
holds in, figures out.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

GRACE: Final = timedelta(minutes=30)
"""An anomaly may begin so long after a trouble's end: means and habits lag."""
IN_TIME: Final[dict[str, timedelta]] = {
    "stuck": timedelta(minutes=30),
    "spike_burst": timedelta(minutes=30),
    "outage": timedelta(minutes=30),
    "level_shift": timedelta(minutes=60),
    "drift": timedelta(hours=12),
}
"""How long after its beginning a trouble is found in time."""


class Sighting(NamedTuple):
    """Something said about a number of a device: an anomaly, or a doubtful reading."""

    device_id: str
    metric: str
    begins_at: datetime
    ends_at: datetime | None
    """None: it goes on."""
    is_silence: bool = False
    """It is about the whole device."""


def score(
    lines: Iterable[bytes], anomalies: Sequence[Sighting], doubts: Sequence[Sighting]
) -> dict[str, Any]:
    """Judge by a truth file's lines of type `trouble`."""
    troubles = [one for one in map(msgspec.json.decode, lines) if one["type"] == "trouble"]
    injected, found, late = Counter[str](), Counter[str](), Counter[str]()
    met: set[int] = set()
    for trouble in troubles:
        label, begins_at = trouble["label"], _instant(trouble["from_ts"])
        mine = [number for number, one in enumerate(anomalies) if _meet(trouble, one)]
        met.update(mine)
        seen = [anomalies[number].begins_at for number in mine]
        seen += [one.begins_at for one in doubts if _meet(trouble, one)]
        injected[label] += 1
        found[label] += bool(seen)
        late[label] += bool(seen) and min(seen) - begins_at > IN_TIME[label]
    true = len(met)
    return {
        "injected": injected.total(),
        "found": found.total(),
        "false": len(anomalies) - true,
        "late": late.total(),
        "anomalies": len(anomalies),
        "precision": round(true / len(anomalies), 4) if anomalies else None,
        "by_kind": {
            label: {"injected": injected[label], "found": found[label], "late": late[label]}
            for label in sorted(injected)
        },
    }


def _meet(trouble: dict[str, Any], one: Sighting) -> bool:
    if trouble["device_id"] != one.device_id:
        return False
    metrics = trouble["metrics"]
    if metrics and (one.is_silence or one.metric not in metrics):
        return False
    begins_at, ends_at = _instant(trouble["from_ts"]), _instant(trouble["to_ts"])
    goes_on = one.ends_at is None or one.ends_at >= begins_at
    return one.begins_at <= ends_at + GRACE and goes_on


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
