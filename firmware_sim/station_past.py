"""The last days of a city's air stations and noise monitors, as they measured them.

The stations are those that stand there live, with the same place and dirt; they report at the
field's rate, slower than they do live. Drawn from the seed and the last minute alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from core.messages import Reading
from core.topics import Kind
from firmware_sim import troubles
from firmware_sim.behaviour import generator
from firmware_sim.city import Plan
from firmware_sim.troubles import Span

DAYS: Final = 4
INTERVAL_S: Final = {Kind.AIR: 60.0, Kind.NOISE: 60.0}
"""Kinds of station that have a past, and seconds between their readings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPast:
    """One station's last days."""

    device_id: str
    kind: Kind
    readings: tuple[Reading, ...]
    """By time; without a number."""
    troubles: tuple[Span, ...]
    """What befell it meanwhile."""


def measured(plan: Plan, until: datetime, *, days: int = DAYS) -> Iterator[StationPast]:
    """Let every station measure the days up to a moment, one station after the other."""
    until = until.replace(second=0, microsecond=0)
    since = until - timedelta(days=days)
    for kind in INTERVAL_S:
        names = [one.device_id for one in plan.devices if one.kind is kind]
        spans = troubles.drawn(plan.seed, kind, names, since, until)
        for name in names:
            mine = tuple(span for span in spans if span.device_id == name)
            yield StationPast(
                device_id=name,
                kind=kind,
                readings=tuple(_readings(plan, name, kind, since, until, mine)),
                troubles=mine,
            )


def _readings(
    plan: Plan,
    device_id: str,
    kind: Kind,
    since: datetime,
    until: datetime,
    spans: tuple[Span, ...],
) -> Iterator[Reading]:
    interval_s = INTERVAL_S[kind]
    station = plan.station(device_id, interval_s, story="past")
    rng = generator(plan.seed, device_id, "misfortune")
    frozen: dict[str, float] = {}
    at = since
    while at < until:
        for said in station.tick(at, interval_s):
            assert isinstance(said, Reading)  # noqa: S101  stations measure
            span = next((one for one in spans if one.begins_at <= at < one.ends_at), None)
            if span is None:
                frozen.clear()
                yield said
            else:
                values = troubles.shown(span, at, said.values, frozen, rng)
                if values is not None:
                    yield msgspec.structs.replace(said, values=values)
        at += timedelta(seconds=interval_s)
