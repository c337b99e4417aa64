"""What the codec promises for every message and for every payload."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core import codec, split, storable
from core.messages import Ack, Event, GpsFix, PlateRead, Reading, Status, Uplink
from core.metrics import METRICS
from core.shapes import SHAPES
from core.topics import UPLINK, Address, Kind, Stream

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STREAM_OF = {
    GpsFix: Stream.GPS,
    Reading: Stream.READING,
    PlateRead: Stream.PLATE,
    Event: Stream.EVENT,
    Status: Stream.STATUS,
    Ack: Stream.ACK,
}

seqs = st.integers(0, 2**63 - 1)
instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(  # noqa: DTZ001  made aware next
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
)
numbers = st.floats(-1e29, 1e29)
maybe = st.none() | numbers
latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
names = texts.filter(bool)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
KNOWN = {"ts", "seq", "lat", "lon", "lng"}.union(
    METRICS, *(shape.names for shape in SHAPES.values())
)
extras = st.none() | st.dictionaries(
    texts.filter(lambda name: name not in KNOWN), trees, min_size=1
)
head = {
    "device_id": st.just("D-1"),
    "seq": seqs,
    "measured_at": instants,
    "received_at": st.just(NOW),
    "extra": extras,
}
messages = st.one_of(
    st.builds(
        GpsFix,
        lat_deg=latitudes,
        lon_deg=longitudes,
        speed_mps=maybe,
        heading_deg=maybe,
        altitude_m=maybe,
        hdop=maybe,
        accuracy_m=maybe,
        satellites=st.none() | st.integers(0, 1000),
        odometer_m=maybe,
        battery_v=maybe,
        ignition=st.none() | st.booleans(),
        pto=st.none() | st.booleans(),
        **head,
    ),
    st.builds(
        Reading,
        values=st.dictionaries(
            st.sampled_from(sorted(METRICS)),
            st.floats(allow_nan=False, allow_infinity=False),
            min_size=1,
        ),
        **head,
    ),
    st.builds(
        PlateRead,
        plate=st.text("ABC123-", min_size=1, max_size=32),
        score=maybe,
        dscore=maybe,
        box=st.none() | st.tuples(numbers, numbers, numbers, numbers),
        region=st.none() | names,
        candidates=st.lists(st.tuples(texts, numbers), max_size=3).map(tuple),
        direction=st.none() | names,
        orientation=maybe,
        vehicle=st.none() | names,
        **head,
    ),
    st.builds(
        Event,
        type=names,
        severity=st.none() | names,
        lat_deg=st.none() | latitudes,
        lon_deg=st.none() | longitudes,
        value=maybe,
        text=st.none() | texts,
        **head,
    ),
    st.builds(
        Status,
        online=st.booleans(),
        session=seqs,
        firmware=st.none() | names,
        battery_v=maybe,
        battery_pct=maybe,
        rssi_dbm=maybe,
        uptime_s=maybe,
        outbox=st.none() | seqs,
        **head,
    ),
    st.builds(Ack, command_id=names, ok=st.booleans(), detail=st.none() | texts, **head),
)
FOREIGN = {"n", "v", "bn", "_type", "deviceInfo", "object", "uplink_message"}
ODD: tuple[object, ...] = (
    *("2026-01-02T03:04:05Z", "0001-01-01T00:00:00+14:00", "location", True, None, -1, 0, 1.5),
    *(1_767_323_045_678, 2**63, 10**40, 1e308, -0.0, [], {}, [["A", 1]], [1, 2, 3, 4]),
)
FRAGMENTS = (
    *(b"nul", b"0x1", b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":1e999}', b'{"a":"\xc3"}'),
    *(b'{"a":"\\u0000"}', b"{'a':1}", b'{"a" 1}', b'{"a":01}', b'{"seq":1}', b'"]},{"'),
    b"[" * 600 + b"]" * 600,
)
field_names = st.sampled_from(sorted(KNOWN | FOREIGN)) | texts
odd_objects = st.dictionaries(field_names, st.sampled_from(ODD) | trees, max_size=8)
addresses = st.sampled_from(list(Stream)).map(lambda stream: Address(Kind.BUS, "D-1", stream))
whole_items = st.just({"ts": 1_767_323_045_678, "seq": 5, "lat_deg": 1, "lon_deg": 2, "o3_ppb": 3})
fragments = st.sampled_from(FRAGMENTS)


def address_of(message: Uplink) -> Address:
    """Answer where such a message is published."""
    return Address(Kind.BUS, "D-1", STREAM_OF[type(message)])


def close(got: object, want: object) -> bool:
    """Compare to within the rounding of a change of unit."""
    if isinstance(got, float) and isinstance(want, float):
        return math.isclose(got, want, rel_tol=1e-15, abs_tol=1e-300)
    return type(got) is type(want) and got == want


def assert_sound(got: codec.Decoded) -> None:
    """Every message can be stored and shown; every refusal says what and why."""
    for message in got.messages:
        fields = msgspec.structs.asdict(message)
        assert fields["measured_at"].tzinfo is UTC
        assert 0 <= fields["seq"] < 2**63
        numbers = [*fields.values(), *fields.get("values", {}).values()]
        assert all(math.isfinite(x) for x in numbers if isinstance(x, float))
        assert b"\\u0000" not in msgspec.json.encode(fields)
        json.loads(msgspec.json.encode(fields["extra"]))
    for refusal in got.refused:
        assert refusal.reason in {"broken_json", "too_large", "missing_field", "invalid_field"}
        assert refusal.detail
        assert refusal.seq is None or 0 <= refusal.seq < 2**63


@settings(deadline=None)
@given(message=messages)
def test_decode_undoes_encode(message: Uplink) -> None:
    """What a device meant is what we understand, to the millisecond."""
    got, refused = codec.decode(address_of(message), codec.encode(message), NOW)
    assert refused == []
    (back,) = got
    mine, theirs = msgspec.structs.asdict(message), msgspec.structs.asdict(back)
    assert {name for name in mine if not close(theirs[name], mine[name])} == set()


@settings(deadline=None)
@given(message=messages, offset_min=st.integers(-1439, 1439))
def test_an_offset_changes_nothing(message: Uplink, offset_min: int) -> None:
    """The same instant told in another zone is the same message."""
    fields = codec.to_wire(message)
    local = message.measured_at.replace(tzinfo=None) + timedelta(minutes=offset_min)
    sign = "-" if offset_min < 0 else "+"
    zone = f"{sign}{abs(offset_min) // 60:02}:{abs(offset_min) % 60:02}"
    fields["ts"] = local.isoformat(timespec="milliseconds") + zone
    got, _ = codec.decode(address_of(message), msgspec.json.encode(fields), NOW)
    assert got[0].measured_at == message.measured_at


@settings(deadline=None)
@given(address=addresses, payload=st.binary(max_size=200))
def test_no_bytes_raise(address: Address, payload: bytes) -> None:
    """Any bytes come out as something."""
    got = codec.decode(address, payload, NOW)
    assert got.messages or got.refused
    assert_sound(got)


@settings(deadline=None)
@given(address=addresses, tree=trees | odd_objects | st.lists(odd_objects, max_size=4))
def test_no_json_raises(address: Address, tree: Any) -> None:
    """Any JSON comes out as something."""
    got = codec.decode(address, json.dumps(tree).encode(), NOW)
    assert got.messages or got.refused
    assert_sound(got)


@settings(deadline=None)
@given(address=addresses, item=odd_objects, sound=st.booleans())
def test_both_paths_agree(address: Address, item: dict[str, Any], *, sound: bool) -> None:
    """What the strict path takes, the patient one takes to the same message."""
    if sound:
        item = {"ts": 1_767_323_045_678, "seq": 5, "lat_deg": 1, "lon_deg": 2} | item
    payload = json.dumps(item).encode()
    assert codec.decode(address, payload, NOW) == codec._decode_patiently(address, payload, NOW)


@settings(deadline=None)
@given(
    stream=st.sampled_from([Stream.GPS, Stream.READING]),
    elements=st.lists(whole_items | odd_objects | trees | fragments, min_size=1, max_size=8),
    gap=st.sampled_from([b"", b" ", b"\n\t"]),
)
def test_every_element_is_taken_or_refused(stream: Stream, elements: list[Any], gap: bytes) -> None:
    """Counts add up, and good elements come through whatever stands beside them."""
    wholes = [one for one in elements if isinstance(one, dict) and "seq" in one and "o3_ppb" in one]
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in elements]
    payload = b"[" + gap + (gap + b"," + gap).join([*parts, b'{"ts":0,"seq":1}']) + gap + b"]"
    got = codec.decode(Address(Kind.BUS, "D-1", stream), payload, NOW)
    assert len(got.messages) + len(got.refused) == len(parts) + 1
    assert len(got.messages) >= sum(one == wholes[0] for one in wholes if one.get("o3_ppb") == 3)
    assert {refusal.raw for refusal in got.refused} <= {*parts, b'{"ts":0,"seq":1}'}
    assert_sound(got)


@settings(deadline=None)
@given(
    array=st.lists(trees, max_size=5).map(lambda tree: json.dumps(tree).encode()),
    junk=st.binary(max_size=5),
    at=st.integers(0, 400),
)
def test_the_scanner_cuts_where_the_parser_does(array: bytes, junk: bytes, at: int) -> None:
    """On good JSON both agree; on any other the pieces are the payload's, in order."""
    blank = b" \t\r\n"
    strict = [bytes(raw).strip(blank) for raw in msgspec.json.decode(array, type=list[msgspec.Raw])]
    assert split._scan(array) == strict
    spoiled = b"[" + array[1:at] + junk + array[at:]
    place = 1
    for part in split._scan(spoiled):
        place = spoiled.index(part, place) + len(part)


@settings(deadline=None)
@given(tree=trees)
def test_what_is_storable_passes(tree: Any) -> None:
    """The check refuses nothing that an encoder and a database can take."""
    storable.check_extra(tree)
    storable.check_texts(tree)


def test_every_uplink_stream_has_a_message() -> None:
    """The strategies above leave no stream out."""
    assert set(STREAM_OF.values()) == set(UPLINK)
