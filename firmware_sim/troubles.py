"""What befell stations in the past: instruments that fail, and things that really happened there.

Each trouble has a device, the numbers it is seen in, and its beginning and end, which the truth
file states. They are drawn from the seed, keep apart in time, and spare the first days,
in which whoever watches learns what is usual. Some stations have none.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from core.clock import rfc3339
from core.topics import Kind
from firmware_sim.behaviour import generator


class Trouble(StrEnum):
    """What may befall a station."""

    STUCK = "stuck"
    """The instrument shows one value for two hours and more."""
    DRIFT = "drift"
    """It shows more and more, over half a day and longer, until it is set right."""
    SPIKE_BURST = "spike_burst"
    """For three quarters of an hour every third value is far too high."""
    OUTAGE = "outage"
    """Nothing is measured for two hours and more."""
    LEVEL_SHIFT = "level_shift"
    """Something happens beside it: a fire, smoke over hours; a party, loud into the night."""


SPARED: Final = timedelta(days=2.3)
_END_SPARED: Final = timedelta(hours=1)
_PLANS: Final[dict[Kind, tuple[tuple[Trouble, ...], ...]]] = {
    Kind.AIR: (
        (Trouble.LEVEL_SHIFT, Trouble.OUTAGE),
        (Trouble.SPIKE_BURST, Trouble.STUCK),
        (Trouble.DRIFT,),
        (Trouble.LEVEL_SHIFT, Trouble.SPIKE_BURST),
        (Trouble.OUTAGE, Trouble.STUCK),
        (),
    ),
    Kind.NOISE: (
        (Trouble.LEVEL_SHIFT, Trouble.STUCK),
        (Trouble.SPIKE_BURST, Trouble.OUTAGE),
        (Trouble.DRIFT,),
        (Trouble.LEVEL_SHIFT, Trouble.OUTAGE),
        (Trouble.SPIKE_BURST,),
        (),
    ),
}
_LASTS_H: Final = {
    Trouble.STUCK: (2.0, 3.0),
    Trouble.DRIFT: (14.0, 18.0),
    Trouble.SPIKE_BURST: (0.7, 1.0),
    Trouble.OUTAGE: (2.0, 3.0),
    Trouble.LEVEL_SHIFT: (2.5, 4.0),
}
_FIRE: Final = {"pm25_ugm3": 1.0, "pm10_ugm3": 0.9, "co_ppm": 0.7}
_GASES: Final = {"no2_ppb": 60.0, "o3_ppb": 90.0}
_SPIKE_SHARE: Final = 0.35
_RISE: Final = timedelta(minutes=20)


class Span(NamedTuple):
    """One trouble of one station."""

    device_id: str
    label: Trouble
    begins_at: datetime
    ends_at: datetime
    metrics: tuple[str, ...]
    """In which it is seen; empty: in all, since none come."""
    amount: float
    """How much, in the unit of the trouble: a factor, or the metric's own."""

    def line(self) -> dict[str, Any]:
        """As the truth file states it."""
        return {
            "type": "trouble",
            "device_id": self.device_id,
            "label": self.label.value,
            "metrics": list(self.metrics),
            "from_ts": rfc3339(self.begins_at),
            "to_ts": rfc3339(self.ends_at),
        }


def drawn(
    seed: int, kind: Kind, device_ids: Sequence[str], since: datetime, until: datetime
) -> list[Span]:
    """The troubles of a kind's stations between two moments; the same for the same seed.

    None where there are hardly more days than are spared.
    """
    if until - since <= SPARED + _END_SPARED:
        return []
    plans = list(_PLANS[kind])
    generator(seed, kind, "troubles").shuffle(plans)
    return [
        span
        for device_id, labels in zip(device_ids, plans, strict=False)
        for span in _of_one(
            generator(seed, device_id, "troubles"),
            kind,
            device_id,
            labels,
            since + SPARED,
            until - _END_SPARED,
        )
    ]


def shown(
    span: Span, at: datetime, values: dict[str, float], frozen: dict[str, float], rng: random.Random
) -> dict[str, float] | None:
    """What a station shows in a trouble instead of these values; None: nothing at all.

    frozen  where a stuck instrument keeps what it shows
    """
    match span.label:
        case Trouble.OUTAGE:
            return None
        case Trouble.STUCK:
            for name in span.metrics:
                frozen.setdefault(name, values[name])
            return values | {name: frozen[name] for name in span.metrics}
        case Trouble.SPIKE_BURST if rng.random() >= _SPIKE_SHARE:
            return values
    return values | {name: _raised(span, name, at, values[name], rng) for name in span.metrics}


def _raised(span: Span, name: str, at: datetime, value: float, rng: random.Random) -> float:
    gone = (at - span.begins_at) / (span.ends_at - span.begins_at)
    is_level = name.endswith("_db")
    match span.label:
        case Trouble.DRIFT:
            value += gone * span.amount
        case Trouble.SPIKE_BURST:
            value += span.amount * rng.uniform(0.8, 1.2)
        case Trouble.LEVEL_SHIFT:
            edge = min(at - span.begins_at, span.ends_at - at) / _RISE
            share = max(0.0, min(1.0, edge)) * rng.uniform(0.9, 1.1)
            if is_level:
                value += share * span.amount
            else:
                value *= 1.0 + share * _FIRE[name] * (span.amount - 1.0)
    return round(value, 3 if name.endswith("_ppm") else 1)


def _of_one(
    rng: random.Random,
    kind: Kind,
    device_id: str,
    labels: Sequence[Trouble],
    since: datetime,
    until: datetime,
) -> Iterator[Span]:
    """Troubles one after the other, each somewhere in its own share of the time."""
    share = (until - since) / max(1, len(labels))
    for number, label in enumerate(labels):
        lasts = min(timedelta(hours=rng.uniform(*_LASTS_H[label])), 0.9 * share)
        begins_at = since + number * share + rng.random() * (0.9 * share - lasts)
        begins_at = begins_at.replace(second=0, microsecond=0)
        metrics, amount = _seen_in(rng, kind, label)
        yield Span(device_id, label, begins_at, begins_at + lasts, metrics, amount)


def _seen_in(rng: random.Random, kind: Kind, label: Trouble) -> tuple[tuple[str, ...], float]:
    """Which numbers a trouble is seen in, and how strongly."""
    loud = ("laeq_db", "lamax_db")
    gas = rng.choice(tuple(_GASES))
    if label is Trouble.OUTAGE:
        return (), 0.0
    if kind is Kind.NOISE:
        amount = {Trouble.DRIFT: 22.0, Trouble.SPIKE_BURST: 30.0}.get(label, rng.uniform(19, 24))
        return loud, amount
    if label is Trouble.LEVEL_SHIFT:
        return tuple(_FIRE), rng.uniform(6.0, 9.0)
    if label is Trouble.DRIFT:
        return (gas,), _GASES[gas]
    return (gas,), rng.uniform(90.0, 140.0)
