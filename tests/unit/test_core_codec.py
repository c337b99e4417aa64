"""What the codec takes, refuses and keeps, case by case."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from core import codec
from core.errors import BrokenPayload, InvalidField
from core.messages import Ack, Command, Event, GpsFix, PlateRead, Reading, Status, Uplink
from core.topics import Address, Kind, Stream

NOW = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
AT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
GPS = Address(Kind.TRUCK, "T-07", Stream.GPS)
READING = Address(Kind.AIR, "A-01", Stream.READING)
HEAD = b'"ts":"2026-01-02T03:04:05.678Z","seq":9'
FIX = b"{" + HEAD + b',"lat_deg":18.1,"lon_deg":-94.4}'


def on(stream: Stream) -> Address:
    """Answer an address of one stream."""
    return Address(Kind.CAMERA, "C-01", stream)


def one(address: Address, payload: bytes) -> Uplink:
    """Decode a payload that holds one good message and nothing else."""
    messages, refused = codec.decode(address, payload, NOW)
    assert refused == []
    (message,) = messages
    return message


def refusal(address: Address, payload: bytes) -> codec.Refusal:
    """Decode a payload that holds one bad element and nothing else."""
    messages, refused = codec.decode(address, payload, NOW)
    assert messages == []
    (only,) = refused
    return only


def test_a_fix_is_read_with_its_units_turned_to_si() -> None:
    """Kilometres an hour and kilometres become metres a second and metres."""
    payload = (
        b"{" + HEAD + b',"lat_deg":18.1,"lon_deg":-94.4,"speed_kmh":36,"heading_deg":271.5,'
        b'"altitude_m":4,"hdop":0.9,"accuracy_m":3.5,"satellites":11,"odometer_km":1.5,'
        b'"battery_v":12.6,"ignition":true,"pto":false}'
    )
    assert one(GPS, payload) == GpsFix(
        device_id="T-07",
        seq=9,
        measured_at=AT,
        received_at=NOW,
        lat_deg=18.1,
        lon_deg=-94.4,
        speed_mps=10.0,
        heading_deg=271.5,
        altitude_m=4.0,
        hdop=0.9,
        accuracy_m=3.5,
        satellites=11,
        odometer_m=1500.0,
        battery_v=12.6,
        ignition=True,
        pto=False,
    )


@pytest.mark.parametrize(
    ("stream", "body", "want"),
    [
        (
            Stream.READING,
            b',"pm25_ugm3":12,"o3_ppb":22.5',
            Reading(
                device_id="C-01",
                seq=9,
                measured_at=AT,
                received_at=NOW,
                values={"pm25_ugm3": 12.0, "o3_ppb": 22.5},
            ),
        ),
        (
            Stream.PLATE,
            b',"plate":"XYA123A","score":0.9,"box":[1,2,3,4],"candidates":[["XYA123A",0.9]]',
            PlateRead(
                device_id="C-01",
                seq=9,
                measured_at=AT,
                received_at=NOW,
                plate="XYA123A",
                score=0.9,
                box=(1.0, 2.0, 3.0, 4.0),
                candidates=(("XYA123A", 0.9),),
            ),
        ),
        (
            Stream.EVENT,
            b',"type":"panic","lat_deg":18.1,"lon_deg":-94.4,"text":"\\u00a1Ayuda!"',
            Event(
                device_id="C-01",
                seq=9,
                measured_at=AT,
                received_at=NOW,
                type="panic",
                lat_deg=18.1,
                lon_deg=-94.4,
                text="¡Ayuda!",
            ),
        ),
        (
            Stream.STATUS,
            b',"online":true,"outbox":3',
            Status(
                device_id="C-01",
                seq=9,
                measured_at=AT,
                received_at=NOW,
                online=True,
                session=9,
                outbox=3,
            ),
        ),
        (
            Stream.ACK,
            b',"command_id":"c-1","ok":false,"detail":"no"',
            Ack(
                device_id="C-01",
                seq=9,
                measured_at=AT,
                received_at=NOW,
                command_id="c-1",
                ok=False,
                detail="no",
            ),
        ),
    ],
)
def test_every_stream_is_read(stream: Stream, body: bytes, want: Uplink) -> None:
    """Each stream's payload becomes its message, and encodes to the same again."""
    message = one(on(stream), b"{" + HEAD + body + b"}")
    assert message == want
    assert one(on(stream), codec.encode(message)) == want


@pytest.mark.parametrize(
    ("ts", "want"),
    [
        (b'"2026-01-02T03:04:05.678Z"', AT),
        (b'"2026-01-01T21:04:05.678-06:00"', AT),
        (b'"2026-01-02 03:04:05.678z"', AT),
        (b"1767323045678", AT),
        (b"1767323045678.0", AT),
        (b"1767323045678.25", AT + timedelta(microseconds=250)),
        (b'"2026-01-02T03:04:05.678123456Z"', AT + timedelta(microseconds=123)),
        (b"0", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"-1000", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (b'"2100-01-01T00:00:00Z"', datetime(2100, 1, 1, tzinfo=UTC)),
        (b'"0001-01-01T00:00:00Z"', datetime(1, 1, 1, tzinfo=UTC)),
        (b'"9999-12-31T23:59:59Z"', datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("address", [GPS, READING])
def test_a_time_is_read_in_every_spelling(address: Address, ts: bytes, want: datetime) -> None:
    """RFC 3339 with any offset and epoch milliseconds come to the same UTC instant."""
    body = b',"lat_deg":1,"lon_deg":2}' if address is GPS else b',"o3_ppb":2}'
    message = one(address, b'{"seq":9,"ts":' + ts + body)
    assert message.measured_at == want
    assert message.measured_at.tzinfo is UTC


@pytest.mark.parametrize(
    "ts",
    [
        b'"0001-01-01T00:00:00+01:00"',
        b'"9999-12-31T23:59:59-01:00"',
        b'"10000-01-01T00:00:00Z"',
        b'"0000-01-01T00:00:00Z"',
        b'"2026-01-02T23:59:60Z"',
        b'"2026-01-02T24:00:00Z"',
        b'"2026-02-30T00:00:00Z"',
        b'"2026-01-02T03:04:05"',
        b'"2026-01-02T03:04:05+25:00"',
        b'"yesterday"',
        b'""',
        b"1e300",
        b"-1e300",
        b"1000000000000000000000000000000",
        b"-9223372036854775808",
        b"1e400",
        b"true",
        b"null",
        b"[]",
        b"{}",
    ],
)
@pytest.mark.parametrize("address", [GPS, READING])
def test_a_time_that_is_none_is_refused(address: Address, ts: bytes) -> None:
    """No spelling of an impossible time gets in, or out as an exception."""
    body = b',"lat_deg":1,"lon_deg":2}' if address is GPS else b',"o3_ppb":2}'
    assert refusal(address, b'{"seq":9,"ts":' + ts + body).reason == "invalid_field"


@pytest.mark.parametrize(
    ("payload", "reason", "seq"),
    [
        (b"", "broken_json", None),
        (b"   ", "broken_json", None),
        (b"{", "broken_json", None),
        (b"nul", "broken_json", None),
        (b"null", "broken_json", None),
        (b"5", "broken_json", None),
        (b'"text"', "broken_json", None),
        (b"[]", "broken_json", None),
        (b"[,]", "broken_json", None),
        (b"\xff\xfe\x00", "broken_json", None),
        (b"\xef\xbb\xbf" + FIX, "broken_json", 9),
        (FIX + b"\x00", "broken_json", 9),
        (FIX + FIX, "broken_json", None),
        (b"<html>", "broken_json", None),
        (b"{}", "missing_field", None),
        (b'{"ts":1}', "missing_field", None),
        (b'{"seq":3}', "missing_field", 3),
        (b"{" + HEAD + b"}", "missing_field", 9),
        (b"{" + HEAD + b',"lat_deg":1}', "missing_field", 9),
        (b"{" + HEAD + b',"lat_deg":null,"lon_deg":1}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":"18","lon_deg":1}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":true,"lon_deg":1}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":90.1,"lon_deg":1}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":-180.1}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":NaN,"lon_deg":1}', "broken_json", 9),
        (b"{" + HEAD + b',"lat_deg":Infinity,"lon_deg":1}', "broken_json", 9),
        (b"{" + HEAD + b',"lat_deg":1e400,"lon_deg":1}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"speed_kmh":1e308}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"odometer_km":1e308}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"satellites":1.5}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"satellites":-1}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"ignition":1}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"a":1' + b"0" * 30 + b"}", "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"a":1' + b"0" * 9999 + b"}", None, 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"a":"\\u0000"}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"\\u0000":1}', "invalid_field", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"a":"\x00"}', "broken_json", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"a":"\xff"}', "broken_json", 9),
        (b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"a":"\\ud800"}', "broken_json", 9),
        (b'{"ts":1,"seq":-1,"lat_deg":1,"lon_deg":1}', "invalid_field", None),
        (b'{"ts":1,"seq":1.5,"lat_deg":1,"lon_deg":1}', "invalid_field", None),
        (b'{"ts":1,"seq":true,"lat_deg":1,"lon_deg":1}', "invalid_field", None),
        (b'{"ts":1,"seq":"1","lat_deg":1,"lon_deg":1}', "invalid_field", None),
        (b'{"ts":1,"seq":9223372036854775808,"lat_deg":1,"lon_deg":1}', "invalid_field", None),
    ],
)
def test_a_bad_fix_is_refused_by_name(payload: bytes, reason: str | None, seq: int | None) -> None:
    """Every fault has its reason, keeps its bytes, and gives its counter where it is legible."""
    got = refusal(GPS, payload)
    assert got.raw == payload
    assert reason is None or got.reason == reason
    assert got.seq == seq
    assert got.detail


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "missing_field"),
        (b',"pm25_ugm3":null', "missing_field"),
        (b',"pm25_ugm3":"12"', "invalid_field"),
        (b',"pm25_ugm3":true', "invalid_field"),
        (b',"pm25_ugm3":"2026-01-02T03:04:05Z"', "invalid_field"),
        (b',"pm25_ugm3":[1]', "invalid_field"),
        (b',"pm25_ugm3":1' + b"0" * 400, "invalid_field"),
        (b',"pm25_ugm3":1e400', "invalid_field"),
        (b',"pm25_ugm3":-Infinity', "broken_json"),
    ],
)
def test_a_bad_reading_is_refused_by_name(body: bytes, reason: str) -> None:
    """A metric is a number or it is refused; a reading says something or is refused."""
    assert refusal(READING, b"{" + HEAD + body + b"}").reason == reason


@pytest.mark.parametrize("number", [b"1e308", b"-1e308", b"1" + b"0" * 30, b"-0.0", b"5e-324"])
def test_an_unbelievable_metric_is_kept(number: bytes) -> None:
    """Whether to believe a finite number is for the quality rules, not for the codec."""
    message = one(READING, b"{" + HEAD + b',"pm25_ugm3":' + number + b',"o3_ppb":null}')
    assert isinstance(message, Reading)
    assert message.values == {"pm25_ugm3": float(number)}


def test_unknown_fields_are_kept_in_extra() -> None:
    """What we do not know is stored as it was sent."""
    extra = {"vendor": {"id": 7, "tags": ["a", None, 1.5]}, "note": "ñ", "big": 2**64 - 1}
    for address, body in ((GPS, b',"lat":1,"lng":2'), (READING, b',"o3_ppb":2')):
        payload = b"{" + HEAD + body + b"," + msgspec.json.encode(extra)[1:]
        assert one(address, payload).extra == extra


def test_both_spellings_of_a_position_stay() -> None:
    """The alias gives way to the real name, and is not lost."""
    message = one(GPS, FIX[:-1] + b',"lat":5,"lng":6,"lon":7}')
    assert isinstance(message, GpsFix)
    assert (message.lat_deg, message.lon_deg) == (18.1, -94.4)
    assert message.extra == {"lat": 5, "lng": 6, "lon": 7}


def test_of_two_aliases_one_is_used_and_one_stays() -> None:
    """`lon` and `lng` at once: no value disappears."""
    message = one(GPS, b"{" + HEAD + b',"lat":5,"lng":6,"lon":6.5}')
    assert isinstance(message, GpsFix)
    assert message.extra is not None
    assert {message.lon_deg, *message.extra.values()} == {6, 6.5}


def test_a_reading_on_no_position_keeps_lat_and_lon_as_sent() -> None:
    """The aliases are the position's; elsewhere they are unknown fields."""
    message = one(READING, b"{" + HEAD + b',"lat":5,"o3_ppb":2}')
    assert message.extra == {"lat": 5}


def test_the_last_of_two_equal_names_counts_on_every_path() -> None:
    """Twice the same name: JSON leaves it open, we say it once."""
    for tail in (b"}", b',"unknown":1}'):
        message = one(GPS, FIX[:-1] + b',"seq":10,"lat_deg":2' + tail)
        assert isinstance(message, GpsFix)
        assert (message.seq, message.lat_deg) == (10, 2.0)
        message = one(READING, b"{" + HEAD + b',"o3_ppb":1,"o3_ppb":2,"seq":10' + tail)
        assert isinstance(message, Reading)
        assert (message.seq, message.values) == (10, {"o3_ppb": 2.0})


def test_a_bomb_of_brackets_is_refused() -> None:
    """Depth costs no stack, whether it closes or not."""
    for bomb in (b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000):
        assert refusal(GPS, bomb).reason in {"too_large", "broken_json"}


@pytest.mark.parametrize("depth", [31, 33, 200, 20_000])
def test_depth_in_extra_is_bounded(depth: int) -> None:
    """What could not be written back as JSON is not taken in."""
    payload = FIX[:-1] + b',"a":' + b"[" * depth + b"]" * depth + b"}"
    messages, refused = codec.decode(GPS, payload, NOW)
    assert len(messages) == (depth < 32)
    assert [bad.reason for bad in refused] == ["too_large"] * (depth >= 32)


def test_a_payload_beyond_the_limit_is_refused_whole() -> None:
    """Ten megabytes are not even looked at; the limit itself is."""
    got = refusal(GPS, b"[" + FIX + b" " * 10_000_000 + b"]")
    assert got.reason == "too_large"
    assert one(GPS, FIX + b" " * (codec.MAX_PAYLOAD_BYTES - len(FIX))).seq == 9
    assert refusal(GPS, FIX + b" " * codec.MAX_PAYLOAD_BYTES).reason == "too_large"


def test_too_many_elements_are_refused_whole() -> None:
    """One more than the limit is too many, on the strict path and the patient one."""
    most = b"[" + b",".join([b'{"ts":1,"seq":1,"o3_ppb":1}'] * codec.MAX_ITEMS)
    messages, refused = codec.decode(READING, most + b"]", NOW)
    assert (len(messages), refused) == (codec.MAX_ITEMS, [])
    assert refusal(READING, most + b',{"ts":1,"seq":1,"o3_ppb":1}]').reason == "too_large"
    assert refusal(READING, most + b",{}]").reason == "too_large"
    assert refusal(READING, b"[" + b"," * 1_000_000 + b"x]").reason == "broken_json"


@pytest.mark.parametrize(
    "bad",
    [
        b"{}",
        b"5",
        b"null",
        b'"x"',
        b'"]"',
        b"nul",
        b"[]",
        b"[[[[]]]]",
        b"{" + HEAD + b"}",
        b"{" + HEAD + b',"lat_deg":NaN,"lon_deg":1}',
        b"{" + HEAD + b',"lat_deg":1e400,"lon_deg":1}',
        b"{" + HEAD + b',"lat_deg":91,"lon_deg":1}',
        b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"a":"\xff"}',
        b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"a":"\\u0000"}',
        b"{" + HEAD + b',"lat_deg":1,"lon_deg":1,"a":"\\ud800,[{\\""}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"[" * 5000 + b"]" * 5000,
    ],
)
def test_the_neighbours_of_a_bad_element_survive(bad: bytes) -> None:
    """Whatever one element is, those before and after it are stored."""
    messages, refused = codec.decode(GPS, b"[" + FIX + b" , " + bad + b"," + FIX + b"]", NOW)
    assert [message.seq for message in messages] == [9, 9]
    assert [refusal.raw for refusal in refused] == [bad]


def test_an_array_cut_short_keeps_all_but_its_last() -> None:
    """A lost connection costs the element that it cut, and that one is in the refusals."""
    whole = b"[" + FIX + b"," + FIX + b"," + FIX + b"]"
    edges = {1 + i * (len(FIX) + 1) for i in range(4)} | {i * (len(FIX) + 1) for i in range(1, 4)}
    for at in range(2, len(whole) - 1):
        messages, refused = codec.decode(GPS, whole[:at], NOW)
        assert len(messages) == whole[:at].count(b"}")
        assert len(refused) == (at not in edges)


def test_nothing_flows_on_cmd() -> None:
    """A payload under a stream that devices only hear is refused, each element of it."""
    assert refusal(on(Stream.CMD), FIX).reason == "invalid_field"
    _, refused = codec.decode(on(Stream.CMD), b"[" + FIX + b"," + FIX + b"]", NOW)
    assert len(refused) == 2


def test_sql_in_a_text_is_text() -> None:
    """A quote means nothing to us."""
    text = "'); DROP TABLE gps_fix; --"
    payload = b"{" + HEAD + b',"type":"panic","text":' + msgspec.json.encode(text) + b"}"
    message = one(on(Stream.EVENT), payload)
    assert isinstance(message, Event)
    assert message.text == text


def test_instant_wants_an_offset() -> None:
    """A wall clock without an offset names no instant."""
    with pytest.raises(InvalidField, match="offset"):
        codec.instant(datetime(2026, 1, 2))  # noqa: DTZ001  the fault under test
    mexico = timezone(timedelta(hours=-6))
    assert codec.instant(datetime(2026, 1, 1, 21, 4, 5, 678_000, tzinfo=mexico)) == AT


def test_what_is_encoded_is_spelled_in_the_wires_units() -> None:
    """The wire has km/h and km, no absent field, and nothing of ours."""
    fix = GpsFix(
        device_id="T",
        seq=3,
        measured_at=AT,
        received_at=NOW,
        lat_deg=1.0,
        lon_deg=2.0,
        speed_mps=10.0,
        odometer_m=1500.0,
        extra={"note": "x", "seq": "not this one"},
    )
    assert codec.to_wire(fix) == {
        "ts": "2026-01-02T03:04:05.678Z",
        "seq": 3,
        "lat_deg": 1.0,
        "lon_deg": 2.0,
        "speed_kmh": 36.0,
        "odometer_km": 1.5,
        "note": "x",
    }
    messages, _ = codec.decode(GPS, codec.encode_many([fix, fix]), NOW)
    assert len(messages) == 2


def test_a_command_survives_its_way() -> None:
    """`decode_command` undoes `encode_command`."""
    command = Command(id="c-1", name="set_interval", args={"interval_s": 10}, expires_at=AT)
    assert codec.decode_command(codec.encode_command(command)) == command
    bare = Command(id="c-2", name="reboot")
    assert codec.decode_command(codec.encode_command(bare)) == bare


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"{}", b'{"id":"c"}', b'{"id":1,"name":"x"}', b"[" * 100_000, b"\xff", b"null"],
)
def test_a_broken_command_is_refused(payload: bytes) -> None:
    """A device hears either an order or an error of our tree."""
    with pytest.raises(BrokenPayload):
        codec.decode_command(payload)
