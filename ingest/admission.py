"""From raw messages to what can be committed: decode, admit, seal, assess.

Pure but for the assessor's memory: no network, no database. Whatever cannot be
taken becomes a refusal beside its neighbours, never an exception.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple, cast

from core import codec, topics
from core.device import Device, State
from core.errors import KindMismatch, MessageRefused, UnknownDevice, UnknownTopic
from core.messages import PlateRead, Stored, Uplink
from core.quality import Assessed
from core.seal import PlateVault
from core.topics import Address, Kind, Stream
from ingest.inbox import Inbound
from ingest.quality import Assessor

_TOPICS_REMEMBERED: Final = 20_000


class Entry(NamedTuple):
    """What one MQTT message holds for the database; seldom more than one element."""

    inbound: Inbound
    taken: list[Assessed[Stored]]


class Refused(NamedTuple):
    """One element that the database will not see, and why."""

    inbound: Inbound
    raw: bytes
    reason: str
    detail: str
    device_id: str | None
    is_plate: bool
    seq: int | None
    is_enrolled: bool
    """The device is let in: its ledger accounts for the refusal."""


class Prepared(NamedTuple):
    """What one batch of raw messages came to."""

    entries: list[Entry]
    refused: list[Refused]
    strangers: set[tuple[Kind, str]]
    """Devices that nobody enrolled; they become pending."""


@lru_cache(_TOPICS_REMEMBERED)
def address_of(topic: str) -> Address | None:
    """Parse a telemetry topic; None for any other. Remembered: devices repeat theirs."""
    try:
        return topics.parse(topic)
    except UnknownTopic:
        return None


def strangers_in(batch: Sequence[Inbound], registry: Mapping[str, Device]) -> set[str]:
    """Device ids of a batch that the registry, as we know it, would not let in."""
    addresses = (address_of(topic) for topic in {inbound.topic for inbound in batch})
    known = ((a.device_id, registry.get(a.device_id)) for a in addresses if a is not None)
    return {name for name, one in known if one is None or one.state is not State.ACTIVE}


class Gate:
    """Prepares batches; one a worker."""

    def __init__(self, assessor: Assessor, vault: PlateVault) -> None:
        self._assessor = assessor
        self._vault = vault

    def prepare(self, batch: Sequence[Inbound], registry: Mapping[str, Device]) -> Prepared:
        """Sort a batch into entries, refusals and strangers."""
        prepared = Prepared([], [], set())
        for inbound in batch:
            address = address_of(inbound.topic)
            if address is None:
                self._enrollment_or_refusal(inbound, prepared)
                continue
            device = registry.get(address.device_id)
            try:
                _admit(address, device)
            except MessageRefused as exc:
                if device is None:
                    prepared.strangers.add((address.kind, address.device_id))
                prepared.refused.append(
                    _refused(
                        inbound,
                        address,
                        codec.Refusal(inbound.payload, exc.reason, str(exc), None),
                        device,
                    )
                )
                continue
            assert device is not None  # noqa: S101  _admit refused None
            self._take(inbound, address, device, prepared)
        return prepared

    def _take(self, inbound: Inbound, address: Address, device: Device, prepared: Prepared) -> None:
        messages, refusals = codec.decode(address, inbound.payload, inbound.received_at)
        if inbound.retained:  # the broker says when asked what may be of any age
            device = replace(device, backfill=True)
        taken, untimely = self._assessor.assess(device, messages, inbound.received_at)
        if address.stream is Stream.PLATE:
            taken = [self._sealed(cast("Assessed[PlateRead]", one)) for one in taken]
        if taken:
            prepared.entries.append(Entry(inbound, cast("list[Assessed[Stored]]", taken)))
        for message, exc in untimely:
            raw = inbound.payload if len(messages) == 1 else codec.encode(message)
            refusal = codec.Refusal(raw, exc.reason, str(exc), message.seq)
            prepared.refused.append(_refused(inbound, address, refusal, device))
        for refusal in refusals:
            prepared.refused.append(_refused(inbound, address, refusal, device))

    def _sealed(self, assessed: Assessed[PlateRead]) -> Assessed[Uplink]:
        sealed = self._vault.sealed_read(assessed.message)
        return cast("Assessed[Uplink]", Assessed(sealed, assessed.flags))

    @staticmethod
    def _enrollment_or_refusal(inbound: Inbound, prepared: Prepared) -> None:
        try:
            prepared.strangers.add(topics.parse_enrollment(inbound.topic))
        except UnknownTopic as exc:
            prepared.refused.append(
                Refused(
                    inbound,
                    inbound.payload,
                    exc.reason,
                    str(exc),
                    None,
                    is_plate=False,
                    seq=None,
                    is_enrolled=False,
                )
            )


def _admit(address: Address, device: Device | None) -> None:
    if device is None or device.state is not State.ACTIVE:
        state = "not enrolled" if device is None else device.state.value
        raise UnknownDevice(
            f"{address.device_id} is {state}; run `c5 device approve {address.device_id}`, then "
            "`c5 rejects replay`"
        )
    if device.kind is not address.kind:
        raise KindMismatch(
            f"{address.device_id} is enrolled as {device.kind}, not {address.kind}; "
            "correct its topic"
        )


def _refused(
    inbound: Inbound, address: Address, refusal: codec.Refusal, device: Device | None
) -> Refused:
    return Refused(
        inbound,
        refusal.raw,
        refusal.reason,
        refusal.detail,
        address.device_id,
        is_plate=address.stream is Stream.PLATE,
        seq=refusal.seq,
        is_enrolled=device is not None and device.state is State.ACTIVE,
    )
