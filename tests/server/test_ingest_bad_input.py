"""Bad input of every sort: nothing stops, no neighbour is lost, and each is found again."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.quality import Flag
from core.topics import Kind, Stream
from devices.broker import CONTROL
from tests.servers.fixtures import Broker
from tests.servers.ingest import City, Payload, Voice, sample
from tests.servers.mqtt import Peer
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
TAKEN, NO_SUBSCRIBER = 0x00, 0x10
SQL = "'); DROP TABLE device; --"
FIX = '"lat_deg":18.13,"lon_deg":-94.45'


@dataclass
class Case:
    """One thing a device may say, and where it must be found."""

    name: str
    payload: Payload
    stream: Stream = Stream.GPS
    reasons: list[str] = field(default_factory=lambda: ["broken_json"])
    """Of its rejects; the bytes are the payload's unless `parts` says otherwise."""
    parts: list[bytes] | None = None
    rows: int = 0
    flags: int = 0


def spelled(truck: Voice, text: str) -> bytes:
    """A payload by hand: HEAD stands for a clock and the next counter."""
    return text.replace("HEAD", json.dumps(truck.head())[1:-1]).encode()


def broken(truck: Voice) -> Iterator[Case]:
    """What is no JSON, or no object."""
    whole = "{HEAD," + FIX + "}"
    text = spelled(truck, '{HEAD,"type":"')
    yield Case("invalid UTF-8 in a text", text + b'\xc3\x28"}', Stream.EVENT)
    half = spelled(truck, '{HEAD,"type":"\\ud800"}')
    yield Case("half a character", half, Stream.EVENT)
    for name, payload in {
        "cut short": spelled(truck, '{HEAD,"lat_deg":18.'),
        "empty": b"",
        "blank": b" \n\t",
        "garbage": b"\x80" + secrets.token_bytes(300),
        "NaN": spelled(truck, '{HEAD,"lat_deg":NaN,"lon_deg":-94.45}'),
        "infinity": spelled(truck, '{HEAD,"lat_deg":-Infinity,"lon_deg":-94.45}'),
        "invalid UTF-8": b"\xff\xfe{}",
        "UTF-16": spelled(truck, whole).decode().encode("utf-16"),
        "byte order mark": b"\xef\xbb\xbf" + spelled(truck, whole),
        "NUL bytes": spelled(truck, whole).replace(b",", b"\0,", 1),
        "single quotes": spelled(truck, whole).replace(b'"', b"'"),
        "two objects": spelled(truck, whole) + spelled(truck, whole),
        "half a character unknown": spelled(truck, "{HEAD," + FIX + ',"x":"\\udfff"}'),
        "an array without elements": b"[]",
        "a number": b"42",
        "a text": b'"fix"',
        "null": b"null",
        "true": b"true",
    }.items():
        yield Case(name, payload)


INVALID: dict[str, dict[str, Any]] = {
    "a text for a number": {"lat_deg": "18.1"},
    "an object for a number": {"lat_deg": {"deg": 18}},
    "latitude 91": {"lat_deg": 91},
    "longitude 181": {"lon_deg": 181},
    "a speed of 1e308": {"speed_kmh": 1e308},
    "a number for a truth": {"ignition": 1},
    "half a satellite": {"satellites": 4.5},
    "a negative counter": {"seq": -1},
    "a fractional counter": {"seq": 1.5},
    "a counter beyond 64 bits": {"seq": 2**64},
    "a counter beyond any number": {"seq": 10**400},
    "a text for a counter": {"seq": "1"},
    "a truth for a counter": {"seq": True},
    "no counter": {"seq": None},
    "a time without an offset": {"ts": "2026-01-02T03:04:05"},
    "a time in words": {"ts": "ayer"},
    "no time": {"ts": None},
    "a time beyond the calendar": {"ts": 10**18},
    "a time of 1e308": {"ts": 1e308},
    "an integer no 64 bits hold": {"x_odd": 2**70},
    "NUL in a key": {"x\0y": 1},
}


def refused(truck: Voice) -> Iterator[Case]:
    """JSON that cannot be a message."""
    for name, fields in INVALID.items():
        yield Case(name, truck.fix() | fields, reasons=["invalid_field"])
    for name, value in {"NUL in a text": "a\0b", "a text too long": "x" * 65}.items():
        yield Case(name, truck.head() | {"type": value}, Stream.EVENT, ["invalid_field"])
    odd = truck.reading(battery_v="12")
    yield Case("a text for a metric", odd, Stream.READING, ["invalid_field"])
    yield Case("no place", truck.head(), reasons=["missing_field"])
    yield Case("no metric", truck.head(), Stream.READING, ["missing_field"])
    deep = spelled(truck, "{HEAD," + FIX + ',"x":' + "[" * 5000 + "]" * 5000 + "}")
    for name, payload in {
        "ten megabytes": b'{"x":"' + b"x" * 10_000_000 + b'"}',
        "nested deep": deep,
        "braces without end": b'{"a":' * 50_000,
        "10 001 elements": b"[" + b",".join([b"{}"] * 10_001) + b"]",
    }.items():
        yield Case(name, payload, reasons=["too_large"])
    brackets = b"[" * 100_000  # one element, and the array around it
    yield Case("brackets without end", brackets, reasons=["too_large"], parts=[brackets[1:]])
    for name, ts, reason in (
        ("the year 1970", 0, "clock_behind"),
        ("the year 1", "0001-01-01T00:00:00Z", "clock_behind"),
        ("the year 2100", "2100-01-01T00:00:00Z", "clock_ahead"),
    ):
        yield Case(name, truck.fix() | {"ts": ts}, reasons=[reason])
    yield Case("six minutes ahead", truck.fix(ago_s=-360), reasons=["clock_ahead"])


def taken(truck: Voice) -> Iterator[Case]:
    """What is odd, and stored all the same: flagged if it cannot be true."""
    for name, fix, flags in (
        ("a minute ahead", truck.fix(ago_s=-60), Flag.CLOCK),
        ("an hour late", truck.fix(ago_s=3600), Flag.LATE),
        ("null island", truck.fix(lat_deg=0, lon_deg=0), Flag.RANGE),
        ("a negative speed", truck.fix(speed_kmh=-1), Flag.RANGE),
        ("another continent", truck.fix(lat_deg=48.8, lon_deg=2.3), Flag.JUMP),
        ("nested a little", truck.fix(x=nested(20)), Flag(0)),
        ("a thousand keys", truck.fix(**{f"x{n}": n for n in range(1000)}), Flag(0)),
        ("SQL in a key", truck.fix() | {SQL: SQL, "": "", "__proto__": {}}, Flag(0)),
    ):
        yield Case(name, fix, reasons=[], rows=1, flags=flags)
    high = truck.reading(battery_v=1e308)
    yield Case("1e308 volts", high, Stream.READING, [], rows=1, flags=Flag.RANGE)
    text = truck.head() | {"type": SQL, "text": SQL}
    yield Case("SQL in a text", text, Stream.EVENT, [], rows=1)
    largest = truck.head() | {"seq": 2**63 - 1, "type": "x"}
    yield Case("the largest counter", largest, Stream.EVENT, [], rows=1)
    twice = spelled(truck, '{HEAD,"lat_deg":99,' + FIX + "}")
    yield Case("a key twice", twice, reasons=[], rows=1)
    blanks = b" " * 1_000_000 + spelled(truck, "{HEAD," + FIX + "}")
    yield Case("a megabyte of blanks", blanks, reasons=[], rows=1)
    good, bad, also = (spelled(truck, "{HEAD," + FIX + "}") for _ in range(3))
    bad = bad.replace(b"18.13", b"NaN")
    mixed = b"[" + b",".join([good, bad, b"17", also]) + b"]"
    yield Case("an array of both", mixed, reasons=["broken_json"] * 2, parts=[bad, b"17"], rows=2)


def nested(depth: int) -> Any:
    """A list in a list in a list."""
    tree: Any = 1
    for _ in range(depth):
        tree = [tree]
    return tree


def encoded(payload: Payload) -> bytes:
    """The bytes that go over the wire."""
    return payload if isinstance(payload, bytes) else json.dumps(payload).encode()


def test_no_bad_input_stops_ingest_or_costs_a_neighbour(city: City) -> None:
    """Every case is found in rejects, flagged, or stored; and a sound fix before it is stored."""
    truck = city.enrol()
    worker = city.start()
    every = [*broken(truck), *refused(truck), *taken(truck)]
    sound = []
    for case in every:
        sound.append(truck.fix(ago_s=3))
        truck.say(Stream.GPS, sound[-1])
        truck.begin(case.stream, case.payload)
    sound.append(truck.fix())
    truck.say(Stream.GPS, sound[-1])
    said = 2 * len(every) + 1
    wait_until(lambda: worker.metrics.acknowledged == said, timeout_s=30)

    kept: dict[bytes, list[str]] = {}
    for one in city.rejects():
        kept.setdefault(one.payload, []).append(one.reason)
    wrong: dict[str, object] = {}
    for case in every:
        raw = encoded(case.payload)
        found = [reason for part in case.parts or [raw] for reason in kept.pop(part, [])]
        if found != case.reasons:
            wrong[case.name] = found
    assert wrong == {}
    assert kept == {}

    rows = [row for row in all_rows(city) if row[1] not in {one["seq"] for one in sound}]
    assert len(rows) == sum(case.rows for case in every)
    stored = {seq for _, seq, _ in all_rows(city)}
    assert {one["seq"] for one in sound} <= stored
    flags = {seq: found for _, seq, found in rows}
    for case in every:
        if case.flags:
            assert isinstance(case.payload, dict)
            assert flags[case.payload["seq"]] & case.flags == case.flags, case.name
    assert worker.wait(0) is False
    assert city.count("device") == 1


def all_rows(city: City) -> list[tuple[str, int, int]]:
    """Stream, counter and flags of every row."""
    return city.sql(
        "SELECT 'gps', seq, flags FROM gps_fix UNION ALL SELECT 'event', seq, flags FROM event "
        "UNION ALL SELECT 'reading', seq, flags FROM reading"
    )


def test_what_is_stored_is_what_was_said(city: City) -> None:
    """SQL, quotes, emoji and odd keys come out as they went in."""
    truck = city.enrol()
    city.start()
    text = "'); DROP TABLE device; -- \\ \" 🚛 \t ñ %s {}"
    odd = {"__proto__": {"a": [None, True, -0.5]}, "": "", "%(x)s": text}
    truck.say(Stream.EVENT, truck.head() | {"type": "nota", "text": text} | odd)
    city.holds("event", 1)
    assert city.sql("SELECT text, extra FROM event") == [(text, odd)]


def test_a_counter_that_goes_back_is_stored_and_flagged(city: City) -> None:
    """A device that forgot its memory is believed, and told about."""
    truck = city.enrol()
    city.start()
    for seq, ago_s in ((100, 30), (101, 20), (5, 10), (6, 5)):
        truck.say(Stream.GPS, truck.fix(ago_s=ago_s) | {"seq": seq})
    city.holds("gps_fix", 4)
    found = dict(city.sql("SELECT seq, flags FROM gps_fix"))
    assert found == {100: 0, 101: 0, 5: int(Flag.SEQ_BACK), 6: 0}


def test_unknown_topics_are_kept_too(city: City, loud: Peer) -> None:
    """What comes on a stream's place in the tree is stored, waits, or is found in rejects."""
    truck = city.enrol()
    city.start()
    body = json.dumps(truck.fix()).encode()
    own = truck.device_id
    topics = {
        f"c5/v1/spaceship/{own}/gps": "unknown_topic",
        "c5/v1/truck/with space/gps": "unknown_topic",
        "c5/v1/truck//gps": "unknown_topic",
        "c5/v1/truck/" + "x" * 65 + "/gps": "unknown_topic",
        "c5/v1/truck/ñandú/event": "unknown_topic",
        "c5/enroll/spaceship/new": "unknown_topic",
        "c5/enroll/truck/new/deeper": "unknown_topic",
        f"c5/v1/bus/{own}/gps": "kind_mismatch",
    }
    for topic in topics:
        loud.publish(topic, body)
    wait_until(lambda: len(city.rejects()) == len(topics))
    assert {kept.topic: kept.reason for kept in city.rejects()} == topics
    assert {kept.payload for kept in city.rejects()} == {body}
    assert city.count("gps_fix") == 0
    truck.say(Stream.GPS, body)
    city.holds("gps_fix", 1)


@pytest.mark.parametrize(
    "topic",
    ["c5/v1", "c5/v1/truck/{own}", "c5/v1/truck/{own}/position", "c5/v1/truck/{own}/gps/deeper"],
)
def test_a_topic_that_is_no_stream_is_answered_so(city: City, loud: Peer, topic: str) -> None:
    """The broker tells the publisher that nobody listens: nothing is taken and then lost."""
    truck = city.enrol()
    city.start()
    assert loud.publish(topic.format(own=truck.device_id), b"{}") == NO_SUBSCRIBER
    assert loud.publish(truck.topic(Stream.GPS), json.dumps(truck.fix()).encode()) == TAKEN
    city.holds("gps_fix", 1)


def test_an_order_to_a_device_is_not_overheard(city: City, ingest_broker: Broker) -> None:
    """Ingest listens to what devices say; a command that nobody took looks untaken."""
    truck = city.enrol()
    worker = city.start()
    with Peer(ingest_broker, CONTROL, ingest_broker.password(CONTROL)) as control:
        order = b'{"id":"1","name":"reboot"}'
        assert control.publish(truck.topic(Stream.CMD), order) == NO_SUBSCRIBER
    truck.say(Stream.GPS, truck.fix())
    wait_until(lambda: worker.metrics.acknowledged == 1)
    assert city.rejects() == []
    assert city.sql("SELECT stored, rejected FROM ledger") == [(1, 0)]


def test_retained_garbage_is_refused_once(city: City) -> None:
    """The broker repeats it to every new session; it is kept, and counted as one."""
    truck = city.enrol(Kind.TRUCK)
    head = truck.head()
    truck.say(Stream.STATUS, head | {"online": "quizás"}, retain=True)
    for _ in range(3):
        one = city.start()
        wait_until(lambda one=one: one.metrics.acknowledged >= 1)  # type: ignore[misc]  # bound per turn
        one.stop()
    [kept] = city.rejects()
    assert (kept.reason, kept.device_id) == ("invalid_field", truck.device_id)
    assert kept.times >= 3
    ledger = "SELECT sum(rejected), sum(duplicates), min(seq_lo), max(seq_hi) FROM ledger"
    assert city.sql(ledger) == [(1, 0, head["seq"], head["seq"])]


def test_one_bad_message_for_ever_is_one_reject(city: City) -> None:
    """Counted, and seen first and last; the ledger knows that it is the same message."""
    truck = city.enrol()
    worker = city.start()
    bad = truck.fix(lat_deg="norte")
    truck.say(Stream.GPS, *[bad] * 50)
    wait_until(lambda: worker.metrics.acknowledged == 50)
    [kept] = city.rejects()
    assert kept.times == 50
    assert kept.first_at < kept.last_at
    assert city.sql("SELECT sum(rejected), sum(duplicates) FROM ledger") == [(1, 49)]
    assert sample(worker, "c5_ingest_rejected_total", reason="invalid_field") == 50
