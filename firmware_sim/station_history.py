"""Make known what stations measured in the last days: number it, publish it, write down its truth.

As of trucks (firmware_sim.history): the numbers come from the devices' own outboxes and are noted
beside them before anything is sent; asked again with the same last minute, the same rows go out
under the same numbers, and nothing is stored twice.
"""

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from core.clock import rfc3339
from core.errors import ConfigError
from core.topics import Stream
from devices.outbox import OutboxFile
from firmware_sim import backlog, parcels
from firmware_sim.backlog import Broker
from firmware_sim.behaviour import generator
from firmware_sim.city import Plan
from firmware_sim.station_past import StationPast
from firmware_sim.truth import Truth

_OUTBOX_MESSAGES: Final = 5000


class SentPast(NamedTuple):
    """What the broker has of it."""

    readings: int
    """Distinct ones."""
    repeated: int
    """Sent a second time."""


def publish(
    plan: Plan,
    pasts: Sequence[StationPast],
    broker: Broker,
    *,
    until: datetime,
    state_dir: Path,
    truth_path: Path | None,
) -> SentPast:
    """Publish it and return when the broker has all of it; the truth is written then.

    until  the moment that ends the past: it names what was sent
    BrokerError when the broker refuses something; asking again repeats nothing in the store.
    """
    missing = [one.device_id for one in pasts if one.device_id not in broker.credentials]
    if missing:
        raise ConfigError(f"no credential of {missing[0]}; enrol it and pass its password")
    first_seqs = _numbered(pasts, until, state_dir)
    packed = {
        one.device_id: parcels.packed(
            one.readings,
            first_seqs[one.device_id],
            generator(plan.seed, one.device_id, "link"),
        )
        for one in pasts
    }
    for kind in dict.fromkeys(one.kind for one in pasts):
        mine = [one.device_id for one in pasts if one.kind is kind]
        payloads = {name: [parcel.payload for parcel in packed[name]] for name in mine}
        backlog.publish(broker, kind, payloads, Stream.READING)
    with closing(Truth(truth_path)) as truth:
        for one in pasts:
            for span in one.troubles:
                truth.line(**span.line())
            first = first_seqs[one.device_id]
            truth.line(
                type="device",
                device_id=one.device_id,
                kind=one.kind,
                stored_seqs=[(first, first + len(one.readings) - 1)] if one.readings else [],
                rejected_seqs=[],
                dropped=0,
                held=0,
            )
    return SentPast(
        readings=sum(len(one.readings) for one in pasts),
        repeated=sum(parcel.repeated for mine in packed.values() for parcel in mine),
    )


def _numbered(pasts: Sequence[StationPast], until: datetime, state_dir: Path) -> dict[str, int]:
    """The first number of each station's rows, as it was before or fresh from its outbox."""
    file = state_dir / f"stations-{rfc3339(until).replace(':', '')}.json"
    try:
        kept: dict[str, int] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        kept = {}
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{file}: {exc}; delete it, or choose another --state folder") from exc
    if kept:
        return kept
    first: dict[str, int] = {}
    with OutboxFile(state_dir / "outbox.sqlite") as outboxes:
        for one in pasts:
            outbox = outboxes.of(one.device_id, capacity=_OUTBOX_MESSAGES)
            first[one.device_id] = outbox.reserve(len(one.readings))
    file.write_text(json.dumps(first), encoding="utf-8")
    return first
