"""What the simulator publishes, the decoder reads back exactly."""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core import codec
from core.topics import Address
from deploy import cities
from firmware_sim.behaviour import STREAM_OF, numbered
from firmware_sim.city import Counts, build
from firmware_sim.truth import Numbers

ONE_EACH = Counts(truck=1, air=1, noise=1, camera=1, counter=1, panic=1, power=1, bus=1)
FOLDER = cities.load("coatzacoalcos").folder
instants = st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001  made UTC
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), began=instants, first_seq=st.integers(0, 2**40))
def test_every_message_survives_the_wire(seed: int, began: datetime, first_seq: int) -> None:
    """Decoded, it is what was meant, number included."""
    plan = build(FOLDER, seed=seed, counts=ONE_EACH)
    for planned, behaviour in plan.behaviours():
        seq = first_seq
        for tick in range(12):
            at = began + timedelta(seconds=tick)
            for message in behaviour.tick(at, behaviour.interval_s):
                seq += 1
                meant = msgspec.structs.replace(message, seq=seq)
                address = Address(planned.kind, planned.device_id, STREAM_OF[type(message)])
                decoded = codec.decode(address, numbered(message, seq), message.received_at)
                assert not decoded.refused
                [read] = decoded.messages
                assert _near(read, meant)


@given(st.lists(st.integers(0, 60)))
def test_ranges_hold_exactly_the_numbers_added(added: list[int]) -> None:
    """And never touch or overlap."""
    numbers = Numbers()
    for number in added:
        numbers.add(number)
    ranges = numbers.ranges()
    assert {n for first, last in ranges for n in range(first, last + 1)} == set(added)
    assert all(b[0] > a[1] + 1 for a, b in itertools.pairwise(ranges))
    assert len(numbers) == len(set(added))


def _near(read: object, meant: object) -> bool:
    """Equal, but for the last bit that km/h and km cost."""
    one, two = (msgspec.to_builtins(part) for part in (read, meant))
    for name in ("speed_mps", "odometer_m"):
        a, b = one.pop(name, None), two.pop(name, None)
        if a != b and (a is None or b is None or abs(a - b) > 1e-6 * max(1.0, abs(b))):
            return False
    return bool(one == two)
