"""Faults: each label is exactly what it says when the real decoder reads it."""

from datetime import UTC, datetime, timedelta

import pytest

from core import codec
from core.messages import GpsFix, Reading, Uplink
from core.metrics import METRICS
from core.topics import Address, Kind, Stream
from firmware_sim.behaviour import generator
from firmware_sim.faults import ALL, FAULTS, FaultRates, Injector, Shipment

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
LABELS = sorted(set(FAULTS) - {"outage"})
CASES = [
    (label, kind)
    for label in LABELS
    for kind in (Kind.TRUCK, Kind.BUS, Kind.AIR, Kind.NOISE)
    if kind in FAULTS[label].kinds
]


def _message(kind: Kind, value: float = 61.5) -> Uplink:
    if kind in {Kind.TRUCK, Kind.BUS}:
        return GpsFix(
            device_id="D-1", seq=0, measured_at=NOW, received_at=NOW, lat_deg=18.1, lon_deg=-94.4
        )
    values = {"laeq_db": value} if kind is Kind.NOISE else {"pm25_ugm3": value, "wind_mps": 2.0}
    return Reading(device_id="D-1", seq=0, measured_at=NOW, received_at=NOW, values=values)


def _injected(label: str, kind: Kind) -> tuple[list[Shipment], list[bytes]]:
    injector = Injector("D-1", kind, generator(1, label))
    injector.order(label)
    shipments = injector.apply([_message(kind)])
    return shipments, [shipment.build(7) for shipment in shipments]


@pytest.mark.parametrize(("label", "kind"), CASES)
def test_what_must_be_rejected_is_refused_with_its_reason(label: str, kind: Kind) -> None:
    """And what must not be is taken, by the decoder that ingest uses."""
    shipments, payloads = _injected(label, kind)
    noted = [
        (shipment, payload)
        for shipment, payload in zip(shipments, payloads, strict=True)
        if shipment.note is not None
    ]
    fault = FAULTS[label]
    if label == "stuck":
        assert not noted  # the first of a run is in order
        return
    [(shipment, payload)] = noted
    assert shipment.note == (label, fault.expected, fault.reason)
    decoded = codec.decode(Address(kind, "D-1", shipment.stream), payload, NOW)
    if fault.expected == "rejected" and not label.startswith("clock"):
        assert [refusal.reason for refusal in decoded.refused] == [fault.reason]
    else:
        assert len(decoded.messages) == 1


@pytest.mark.parametrize("label", ["broken_json", "wrong_topic"])
def test_a_fault_beside_a_message_costs_it_nothing(label: str) -> None:
    """The good message goes out as well, and the garbage takes no number."""
    shipments, payloads = _injected(label, Kind.AIR)
    assert [shipment.numbered for shipment in shipments] == [False, True]
    address = Address(Kind.AIR, "D-1", Stream.READING)
    assert codec.decode(address, payloads[1], NOW).messages


@pytest.mark.parametrize(
    ("label", "least", "most"),
    [
        ("late", timedelta(seconds=-1500), timedelta(seconds=-400)),
        ("clock_ahead", timedelta(minutes=30), timedelta(days=365 * 30)),
        ("clock_behind", timedelta(days=-365 * 60), timedelta(days=-365 * 50)),
    ],
)
def test_times_are_wrong_by_as_much_as_they_should(
    label: str, least: timedelta, most: timedelta
) -> None:
    """Late is believable; the others are not."""
    _, [payload] = _injected(label, Kind.AIR)
    [message] = codec.decode(Address(Kind.AIR, "D-1", Stream.READING), payload, NOW).messages
    assert least < message.measured_at - NOW < most


def test_a_stuck_sensor_is_labelled_from_the_reading_on_that_gives_it_away() -> None:
    """Ten alike in a row: the tenth is the first to be doubted; then it recovers."""
    injector = Injector("D-1", Kind.NOISE, generator(1, "stuck"))
    injector.order("stuck")
    after = METRICS["laeq_db"].stuck_after
    assert after == 10
    shown, doubted = [], []
    for number in range(20):
        [shipment] = injector.apply([_message(Kind.NOISE, 60.0 + number)])
        [message] = codec.decode(
            Address(Kind.NOISE, "D-1", Stream.READING), shipment.build(number), NOW
        ).messages
        assert isinstance(message, Reading)
        shown.append(message.values["laeq_db"])
        doubted.append(shipment.note is not None)
    frozen = after + 3
    assert shown == [60.0] * frozen + [60.0 + n for n in range(frozen, 20)]
    assert doubted == [after - 1 <= n < frozen for n in range(20)]


def test_a_fault_waits_for_a_message_it_fits() -> None:
    """A jump needs a fix: a reading before it goes out unharmed."""
    injector = Injector("D-1", Kind.BUS, generator(1, "x"))
    injector.order("impossible_jump")
    assert [s.note for s in injector.apply([_message(Kind.AIR)])] == [None]
    [shipment] = injector.apply([_message(Kind.BUS)])
    assert shipment.note is not None
    [fix] = codec.decode(Address(Kind.BUS, "D-1", Stream.GPS), shipment.build(1), NOW).messages
    assert isinstance(fix, GpsFix)
    assert abs(fix.lat_deg - 18.1) * 111_000 > 10_000


def test_the_demo_has_every_label_and_none_has_none() -> None:
    """Rates are seconds between two, over the city."""
    assert set(FaultRates.demo().every_s) == set(FAULTS)
    assert FaultRates.none().every_s == {}
    assert all(fault.kinds <= ALL for fault in FAULTS.values())
