"""The gate and the assessor: never an exception, and everything they were given comes out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core import topics
from core.device import Device, State
from core.messages import Event, GpsFix, Reading, Status, Uplink
from core.metrics import METRICS
from core.quality import Flag
from core.seal import PlateVault
from core.topics import UPLINK, Kind
from ingest.admission import Gate
from ingest.inbox import Inbound
from ingest.quality import Assessor, Limits
from store.announce import packed

NOW = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
VAULT = PlateVault("k" * 32)
EVERY_FLAG = sum(Flag)

anywhen = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(  # noqa: DTZ001  made aware next
    lambda at: at.replace(tzinfo=UTC)
)
about_now = st.integers(-400, 400).map(lambda second: NOW + timedelta(seconds=second))
instants = anywhen | about_now
numbers = st.floats(allow_nan=False, allow_infinity=False)
maybe = st.none() | numbers
head: dict[str, Any] = {
    "device_id": st.just("D-1"),
    "seq": st.integers(0, 2**63 - 1),
    "measured_at": instants,
    "received_at": st.just(NOW),
}
fixes = st.builds(
    GpsFix,
    lat_deg=st.floats(-90, 90),
    lon_deg=st.floats(-180, 180),
    speed_mps=maybe,
    heading_deg=maybe,
    altitude_m=maybe,
    hdop=maybe,
    accuracy_m=maybe,
    odometer_m=maybe,
    battery_v=maybe,
    **head,
)
readings = st.builds(
    Reading, values=st.dictionaries(st.sampled_from(sorted(METRICS)), numbers), **head
)
events = st.builds(Event, type=st.text(max_size=10), **head)
statuses = st.builds(Status, online=st.booleans(), session=st.integers(0, 2**63 - 1), **head)
messages = st.lists(fixes | readings | events | statuses, max_size=30)
devices = st.builds(
    Device,
    device_id=st.just("D-1"),
    kind=st.sampled_from(Kind),
    name=st.just("D"),
    state=st.sampled_from(State),
    backfill=st.booleans(),
)


@settings(deadline=None)
@given(device=devices, rounds=st.lists(st.tuples(messages, about_now), max_size=4))
def test_everything_assessed_is_taken_or_refused(
    device: Device, rounds: list[tuple[list[Uplink], datetime]]
) -> None:
    """Whatever the past was, whatever the clocks say; order is kept, flags are known ones."""
    assessor = Assessor(Limits())
    for said, received_at in rounds:
        taken, refused = assessor.assess(device, said, received_at)
        assert len(taken) + len(refused) == len(said)
        both = [one.message for one in taken] + [message for message, _ in refused]
        assert sorted(map(id, both)) == sorted(map(id, said))
        assert all(0 <= one.flags <= EVERY_FLAG for one in taken)
        order = [said.index(one.message) for one in taken]
        assert order == sorted(order) or len(set(map(repr, said))) < len(said)


@settings(deadline=None)
@given(said=messages, received_at=about_now)
def test_assessing_again_is_assessing_the_same(said: list[Uplink], received_at: datetime) -> None:
    """A redelivered message gets no worse: neither out of range, late, ahead nor refused anew."""
    device = Device(device_id="D-1", kind=Kind.AIR, name="D")
    assessor = Assessor(Limits())
    lasting = Flag.RANGE | Flag.LATE | Flag.CLOCK
    first, first_refused = assessor.assess(device, said, received_at)
    again, again_refused = assessor.assess(device, said, received_at)
    assert [one.flags & lasting for one in first] == [one.flags & lasting for one in again]
    assert [type(why) for _, why in first_refused] == [type(why) for _, why in again_refused]


def _json(tree: object) -> bytes:
    try:
        return msgspec.json.encode(tree)
    except (msgspec.MsgspecError, OverflowError, UnicodeEncodeError, ValueError):
        return repr(tree).encode("utf-8", "surrogatepass")


words = st.sampled_from(
    ["c5", "v1", "enroll", *Kind, *map(str, UPLINK), "cmd", "D-1", "", "x", "ñ", "a b", "$SYS"]
)
odd_topics = st.lists(words, max_size=6).map("/".join) | st.text(max_size=40)
good_topics = st.builds(
    lambda kind, stream: topics.telemetry(kind, "D-1", stream),
    st.sampled_from(Kind),
    st.sampled_from(UPLINK),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
names = st.sampled_from(
    [
        *("ts", "seq", "lat_deg", "lon_deg", "lat", "plate", "online", "type", "command_id", "ok"),
        *("pm25_ugm3", "session", "text", "_type", "uplink_message", "deviceInfo", "bn", "n", "v"),
    ]
)
elements = st.dictionaries(names | st.text(max_size=5), values, max_size=8).map(
    lambda fields: {"ts": "2026-03-04T12:00:00Z", "seq": 1} | fields
)
payloads = st.binary(max_size=200) | (elements | st.lists(elements | values, max_size=5)).map(_json)
inbounds = st.builds(
    Inbound,
    topic=good_topics | odd_topics,
    payload=payloads,
    received_at=st.just(NOW),
    mid=st.just(1),
    connection=st.just(1),
    retained=st.booleans(),
)


@settings(deadline=None, max_examples=150)
@given(device=st.none() | devices, batch=st.lists(inbounds, max_size=6))
def test_nothing_that_arrives_is_lost_at_the_gate(
    device: Device | None, batch: list[Inbound]
) -> None:
    """It is to be stored, refused with its bytes, or a stranger's request."""
    registry = {} if device is None else {"D-1": device}
    gate = Gate(Assessor(Limits()), VAULT)
    for inbound in batch:
        entries, refused, strangers = gate.prepare([inbound], registry)
        assert entries or refused or strangers
        assert all(entry.inbound is inbound for entry in entries)
        assert all(one.inbound is inbound for one in refused)
        assert all(entry.taken for entry in entries)
        assert all(one.reason and one.detail for one in refused)
        if device is None or device.state is not State.ACTIVE:
            assert not entries


@settings(deadline=None)
@given(device=devices, batch=st.lists(inbounds, max_size=6))
def test_a_batch_comes_to_what_its_messages_come_to(device: Device, batch: list[Inbound]) -> None:
    """No message changes what becomes of another one."""
    registry = {"D-1": device}
    whole = Gate(Assessor(Limits()), VAULT).prepare(batch, registry)
    one_by_one = Gate(Assessor(Limits()), VAULT)
    singles = [one_by_one.prepare([inbound], registry) for inbound in batch]
    assert [each for one in singles for each in one.refused] == whole.refused
    assert [len(e.taken) for one in singles for e in one.entries] == [
        len(entry.taken) for entry in whole.entries
    ]
    assert set().union(*(one.strangers for one in singles)) == whole.strangers


changes = st.lists(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=3000)
        | st.integers(-(2**53), 2**53),
        max_size=5,
    ),
    max_size=40,
)


@settings(deadline=None)
@given(parts=changes, at_ms=st.integers(0, 2**43))
def test_announcements_fit_and_lose_nothing_that_fits(
    parts: list[dict[str, object]], at_ms: int
) -> None:
    """In order, each payload whole, none beyond what PostgreSQL takes."""
    payloads = list(packed(at_ms, parts))
    assert all(len(payload.encode()) < 7900 for payload in payloads)
    found = [msgspec.json.decode(payload) for payload in payloads]
    assert {one["at"] for one in found} <= {at_ms}
    small = [part for part in parts if len(msgspec.json.encode(part)) < 7800]
    told = [change for one in found for change in one["changes"]]
    assert [change for change in told if change in small] == small
    assert all(one["changes"] for one in found)
