"""Thousands of spoilt payloads through gate, bisection and the real database: all accounted for."""

import json
import random
from collections import Counter
from functools import partial

import pytest

from core.clock import rfc3339, utc_now
from core.device import Device
from core.settings.telemetry import Ingest
from core.topics import Kind, Stream, telemetry
from ingest import bisection
from ingest.admission import Gate
from ingest.commit import Committer, Outcome
from ingest.inbox import Inbound
from ingest.quality import Assessor, Limits
from store import pool
from tests.servers.rows import VAULT

pytestmark = pytest.mark.server
SEED = 20_260_304
TRUCK = Device(device_id="T-1", kind=Kind.TRUCK, name="T")
CAMERA = Device(device_id="C-1", kind=Kind.CAMERA, name="C")
BODIES: dict[Stream, dict[str, object]] = {
    Stream.GPS: {"lat_deg": 18.1, "lon_deg": -94.4, "speed_kmh": 20.5, "satellites": 9},
    Stream.READING: {"battery_v": 12.5, "x_odd": {"a": [1, "ñ"]}},
    Stream.EVENT: {"type": "door", "text": "abierta ñ 🚛", "value": 1.5},
    Stream.STATUS: {"online": True, "session": 1, "firmware": "1.2"},
    Stream.ACK: {"command_id": "c-1", "ok": True, "detail": "hecho"},
    Stream.PLATE: {"plate": "YAA-123-B", "score": 0.9, "candidates": [["YAA-128-B", 0.4]]},
}
SPOILS = (
    *(b"NaN", b"1e999", b"-1e308", b"9" * 400, b"null", b"true", b"[[[[", b"}}", b'"', b"\\"),
    *(b"\\u0000", b"\\ud800", b"\x00", b"\xff", b"\xc3\x28", b"'; DROP TABLE gps_fix; --", b","),
    *(b'"seq":', b'"ts":', b'{"a":' * 40, b"2100-01-01T00:00:00Z", b"0001-01-01T00:00:00Z", b""),
)


def payload(chance: random.Random, stream: Stream, seq: int) -> bytes:
    """One payload, sound or spoilt in up to four places."""
    count = chance.choice((1, 1, 1, 5))
    head = {"ts": rfc3339(utc_now()), "seq": seq * 10}
    said = [head | {"seq": seq * 10 + n} | BODIES[stream] for n in range(count)]
    raw = bytearray(json.dumps(said if count > 1 else said[0], ensure_ascii=False).encode())
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(4):
            case 0:
                raw[at:at] = chance.choice(SPOILS)
            case 1:
                raw[at : at + chance.randrange(30)] = chance.choice(SPOILS)
            case 2:
                del raw[at:]
            case _:
                raw[at : at + 1] = chance.randbytes(1)
    return bytes(raw)


def test_every_spoilt_payload_is_accounted_for(db_url: str) -> None:
    """Stored, a duplicate, or kept with its reason; and no batch fails as a whole."""
    chance = random.Random(SEED)
    gate = Gate(Assessor(Limits()), VAULT)
    committer = Committer(VAULT, pending_max=Ingest().pending_max)
    registry = {one.device_id: one for one in (TRUCK, CAMERA)}
    total = Counter[str]()
    with pool.connect(db_url, autocommit=True) as conn:
        for turn in range(30):
            batch: list[Inbound] = []
            for n in range(100):
                stream = chance.choice(list(BODIES))
                device = CAMERA if stream is Stream.PLATE else TRUCK
                topic = telemetry(device.kind, device.device_id, stream)
                raw = payload(chance, stream, turn * 100 + n + 1)
                batch.append(Inbound(topic, raw, utc_now(), 1, 1, retained=False))
            prepared = gate.prepare(batch, registry)
            given = sum(len(entry.taken) for entry in prepared.entries) + len(prepared.refused)
            outcome: Outcome = bisection.committed(partial(committer.commit, conn), prepared)
            assert sum(outcome) == given >= 100
            total.update(outcome._asdict())
        counts = {
            name: conn.execute(f"SELECT count(*) FROM {name}".encode()).fetchall()[0][0]  # noqa: S608  own words
            for name in ("gps_fix", "event", "status", "ack", "plate_read")
        }
        readings = conn.execute("SELECT count(DISTINCT (measured_at, seq)) FROM reading").fetchall()
        kept = conn.execute("SELECT sum(times) FROM reject").fetchall()
    assert sum(counts.values()) + readings[0][0] == total["stored"] > 500
    assert kept[0][0] == total["rejected"] > 500
    assert min(counts.values()) > 50
