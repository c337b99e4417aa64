"""Write down what was found in a stretch of time: anomalies, and the events that tell of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from control_center.anomaly import words
from core.clock import EPOCH
from core.device import Device
from core.happenings import Happening, slot_of
from store import anomaly, derived
from store.anomaly import Found, Told
from store.derived import Derived
from store.pool import Connection

GRAVE: Final = 0.65
"""From this score on an operator shall look at once."""


class Turn(NamedTuple):
    """An anomaly that began or ended, or grew."""

    found: Found
    is_new: bool


def instant(at_s: float) -> datetime:
    """Unix time as a moment, to the second, as steps are."""
    return EPOCH + timedelta(seconds=round(at_s))


def write(
    conn: Connection, turns: Sequence[Turn], devices: Mapping[str, Device], *, now: datetime
) -> int:
    """Store and tell, in the caller's transaction; answer how many events were new."""
    anomaly.begin(conn, [turn.found for turn in turns if turn.is_new])
    last = {turn.found.key: turn.found for turn in turns}
    told = anomaly.change(conn, list(last.values()))
    events = [
        event
        for turn in turns
        if turn.found.key in told
        for event in _events(turn, told[turn.found.key], devices, now)
    ]
    return derived.insert(conn, events, now=now)


def _events(
    turn: Turn, told: Told, devices: Mapping[str, Device], now: datetime
) -> Iterator[Derived]:
    found = turn.found
    device = devices.get(found.device_id)
    said = Derived(
        device_id=found.device_id,
        what=Happening.ANOMALY,
        at=found.started_at,
        received_at=now,
        lat_deg=device.lat_deg if device else None,
        lon_deg=device.lon_deg if device else None,
        value=found.value,
        text=words.began(found.metric, told.why, found.value, found.usual),
        extra={
            "anomaly_id": told.anomaly_id,
            "metric": found.metric,
            "score": round(found.score, 3),
            "why": told.why,
        },
        slot=slot_of(found.metric),
        severity="critical" if found.score >= GRAVE else None,
    )
    if turn.is_new:
        yield said
    if found.ended_at is not None:
        yield said._replace(
            what=Happening.ANOMALY_END,
            at=found.ended_at,
            value=(found.ended_at - found.started_at).total_seconds(),
            text=words.ended(found.metric, told.why),
            severity=None,
        )
