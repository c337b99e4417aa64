"""Bytes as they arrive from broken firmware: valid payloads, mutated, by the ten thousand.

Seeded, so a failure repeats; it prints the payload that caused it.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from core import clock, codec
from core.topics import Address, Kind, Stream
from tests.property.test_codec import assert_sound

CASES = 60_000
LIMIT_S = 20.0
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEAD = b'{"ts":"2026-01-02T03:04:05.678-06:00","seq":1842,'
SEEDS: tuple[tuple[Stream, bytes], ...] = (
    (
        Stream.GPS,
        HEAD + b'"lat_deg":18.1342,"lon_deg":-94.459,"speed_kmh":24.5,"satellites":11,'
        b'"odometer_km":120.5,"ignition":true,"note":{"a":[1,2,"\\u00f1"]}}',
    ),
    (
        Stream.GPS,
        b"[" + b",".join([HEAD + b'"lat_deg":18.1,"lon_deg":-94.4,"heading_deg":271}'] * 4) + b"]",
    ),
    (Stream.READING, HEAD + b'"pm25_ugm3":12.4,"pm10_ugm3":31,"o3_ppb":22.8,"vendor":"x"}'),
    (
        Stream.READING,
        b'[{"ts":1767323045678,"seq":1,"laeq_db":61.5},{"ts":1767323105678,"seq":2,"laeq_db":62}]',
    ),
    (
        Stream.PLATE,
        HEAD + b'"plate":"XYA123A","score":0.94,"box":[412,300,520,344],'
        b'"candidates":[["XYA123A",0.94],["XYA128A",0.41]],"direction":"in"}',
    ),
    (Stream.EVENT, HEAD + b'"type":"panic","severity":"critical","text":"\\"Ayuda\\" \xc3\xb1"}'),
    (Stream.STATUS, HEAD + b'"online":true,"session":1800,"firmware":"2.4.1","rssi_dbm":-71}'),
    (Stream.ACK, HEAD + b'"command_id":"c-5f2a","ok":true,"detail":null}'),
    (
        Stream.READING,
        (
            b'[{"bn":"urn:dev:ow:10e2073a01080063:","bt":1276020076.001,"bu":"Cel","bver":5,'
            b'"n":"temperature","v":20.5},{"n":"humidity","u":"%RH","t":-5,"v":30},{"n":"l","vs":"x"}]'
        ),
    ),
    (
        Stream.GPS,
        b'[{"bn":"urn:dev:ow:1","bt":1320067464,"u":"lat","v":18.1},{"u":"lon","v":-94.4}]',
    ),
    (
        Stream.GPS,
        b'{"_type":"location","lat":18.1,"lon":-94.4,"tst":1767323045,"vel":40,"cog":90,"batt":87}',
    ),
    (
        Stream.READING,
        (
            b'{"end_device_ids":{"device_id":"dev1"},"uplink_message":{"f_cnt":42,"received_at":'
            b'"2026-01-02T03:04:05.123456789Z","decoded_payload":{"temperature_1":21.5,"battery":3.6},'
            b'"rx_metadata":[{"rssi":-97},{"rssi":-104}]}}'
        ),
    ),
    (
        Stream.GPS,
        (
            b'{"deviceInfo":{"devEui":"0101010101010101"},"time":"2026-01-02T03:04:05.775+00:00",'
            b'"fCnt":10,"object":{"gpsLocation":{"1":{"latitude":18.1,"longitude":-94.4}}},'
            b'"rxInfo":[{"rssi":-36}]}'
        ),
    ),
)
TOKENS = (
    *(b"NaN", b"-Infinity", b"1e308", b"1e400", b"-0.0", b"9" * 25, b"null", b"true", b'""'),
    *(
        b"[]",
        b"{}",
        b"[[",
        b"}}",
        b'"',
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"\x00",
        b"\xff",
        b"\xf0\x9f",
    ),
    *(b"-1", b"1.5", b'"1970-01-01T00:00:00Z"', b'"2100-01-01T00:00:00Z"', b'"ts":1,', b'"v":'),
    *(
        b'"0001-01-01T00:00:00+14:00"',
        b'"9999-12-31T23:59:59-14:00"',
        b",",
        b":",
        b" ",
        b"[" * 2000,
    ),
)
Mutation = Callable[[random.Random, bytes], bytes]


def flip(rng: random.Random, data: bytes) -> bytes:
    """Turn one bit."""
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def put(rng: random.Random, data: bytes) -> bytes:
    """Put a token somewhere."""
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(TOKENS) + data[at:]


def drop(rng: random.Random, data: bytes) -> bytes:
    """Lose some bytes."""
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.randint(1, 12) :]


def cut(rng: random.Random, data: bytes) -> bytes:
    """Lose all that follows."""
    return data[: rng.randrange(len(data))]


def repeat(rng: random.Random, data: bytes) -> bytes:
    """Say a piece twice."""
    at = rng.randrange(len(data))
    end = at + rng.randint(1, 40)
    return data[:end] + data[at:end] + data[end:]


def revalue(rng: random.Random, data: bytes) -> bytes:
    """Exchange what stands between a colon and the next comma."""
    colons = [at for at, byte in enumerate(data) if byte == 0x3A]
    if not colons:
        return put(rng, data)
    at = rng.choice(colons) + 1
    end = data.find(b",", at)
    return data[:at] + rng.choice(TOKENS) + (data[end:] if end >= 0 else b"}")


def splice(rng: random.Random, data: bytes) -> bytes:
    """Go on as another message does."""
    other = rng.choice(SEEDS)[1]
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def enclose(rng: random.Random, data: bytes) -> bytes:
    """Put it beside another in an array."""
    return b"[" + data + b"," + rng.choice(SEEDS)[1] + b"]"


MUTATIONS: tuple[Mutation, ...] = (flip, put, drop, cut, repeat, revalue, revalue, splice, enclose)


def mutated(rng: random.Random) -> tuple[Address, bytes]:
    """Answer a payload with one to three faults, mostly on the stream that it was meant for."""
    stream, data = rng.choice(SEEDS)
    if rng.random() < 0.05:
        stream = rng.choice(list(Stream))
    for _ in range(rng.randint(1, 3)):
        data = rng.choice(MUTATIONS)(rng, data) if data else data
    return Address(Kind.BUS, "D-1", stream), data


@pytest.mark.parametrize(("stream", "payload"), SEEDS)
def test_the_seeds_are_good(stream: Stream, payload: bytes) -> None:
    """The fuzz starts from what is taken without a refusal."""
    got = codec.decode(Address(Kind.BUS, "D-1", stream), payload, NOW)
    assert got.messages
    assert got.refused == []


@pytest.mark.timed
def test_no_mutation_breaks_the_codec() -> None:
    """Nothing raises, nothing vanishes, all that is taken can be stored, and it stays quick."""
    rng = random.Random(20_260_102)
    tally: Counter[str] = Counter()
    begun_s = clock.monotonic_s()
    for _ in range(CASES):
        address, payload = mutated(rng)
        try:
            got = codec.decode(address, payload, NOW)
            assert got.messages or got.refused
            assert_sound(got)
            for refusal in got.refused:
                assert_refused_again(address, payload, refusal)
        except Exception as exc:
            raise AssertionError(f"{address.stream} {payload!r}") from exc
        tally.update(refusal.reason for refusal in got.refused)
        tally["taken"] += len(got.messages)
    assert clock.monotonic_s() - begun_s < LIMIT_S
    assert min(tally[kind] for kind in ("taken", "broken_json", "missing_field")) > CASES // 20
    assert tally["invalid_field"] > CASES // 20
    assert tally["too_large"] > 0


def assert_refused_again(address: Address, payload: bytes, refusal: codec.Refusal) -> None:
    """What was refused keeps bytes of its own, which are refused once more when sent alone.

    But for an array within an array, whose elements alone may be good. Of a bomb that is also
    malformed, the parser's stack says which it meets first.
    """
    assert refusal.raw or not payload.strip()
    if refusal.raw[:1] != b"[":
        assert refusal.raw in payload
        again = codec.decode(address, refusal.raw, NOW)
        assert again.messages == []
        (reason,) = (one.reason for one in again.refused)
        assert reason == refusal.reason or {reason, refusal.reason} == {"broken_json", "too_large"}


def test_a_mebibyte_of_anything_is_answered_soon() -> None:
    """Every pass is linear: the dearest payload costs a third of a second, not minutes."""
    for unit in (
        b"[",
        b"{",
        b'{"a":',
        b'"',
        b'"\\',
        b'\\"',
        b",",
        b"[]",
        b"{},",
        b"[{]",
        b"1",
        b"\xff",
    ):
        for start in (b"", b"[", b'[{"ts":1,"seq":1},', b'{"a":"'):
            payload = (start + unit * codec.MAX_PAYLOAD_BYTES)[: codec.MAX_PAYLOAD_BYTES]
            begun_s = clock.monotonic_s()
            got = codec.decode(Address(Kind.BUS, "D-1", Stream.GPS), payload, NOW)
            assert clock.monotonic_s() - begun_s < LIMIT_S / 2, payload[:40]
            assert got.refused
            assert msgspec.json.encode([refusal.detail for refusal in got.refused])
