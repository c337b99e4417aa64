"""Who may speak: strangers wait, the revoked are refused, and nothing either said is lost."""

import json
import secrets
from typing import Any

import pytest

from control_center import enrolment
from core.clock import utc_now
from core.topics import Kind, Stream
from devices.broker import ENROLL
from ingest.replay import Replayed
from tests.servers.fixtures import Broker
from tests.servers.ingest import City, sample
from tests.servers.mqtt import Peer
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


def new_id() -> str:
    """A name that no other test uses."""
    return f"new-{secrets.token_hex(4)}"


def fix(seq: int, **fields: Any) -> bytes:
    """A fix of a device that has no voice yet."""
    said = {"ts": utc_now().isoformat(), "seq": seq, "lat_deg": 18.13, "lon_deg": -94.45}
    return json.dumps(said | fields).encode()


def test_what_a_stranger_said_is_stored_once_it_is_approved(city: City, loud: Peer) -> None:
    """It waits in rejects; the device waits in the registry."""
    city.start()
    stranger = new_id()
    for seq in (1, 2, 3):
        loud.publish(f"c5/v1/truck/{stranger}/gps", fix(seq))
    wait_until(lambda: len(city.rejects()) == 3)
    assert {kept.reason for kept in city.rejects()} == {"unknown_device"}
    assert "c5 device approve" in city.rejects()[0].detail
    assert city.sql("SELECT device_id, kind, state FROM device") == [(stranger, "truck", "pending")]
    assert (city.count("gps_fix"), city.count("ledger")) == (0, 0)

    assert city.replay() == Replayed(0, 0, 3)
    enrolment.approve(city.connections, stranger)
    assert city.replay() == Replayed(3, 0, 0)
    assert city.count("gps_fix") == 3
    assert {kept.replayed_at is not None for kept in city.rejects()} == {True}
    ledger = "SELECT sum(stored), sum(rejected), min(seq_lo), max(seq_hi) FROM ledger"
    assert city.sql(ledger) == [(3, 0, 1, 3)]
    assert city.one("SELECT seq FROM latest_fix") == 3


def test_of_a_strangers_array_the_sound_elements_are_replayed(city: City, loud: Peer) -> None:
    """One broken element does not keep its neighbours out for ever."""
    city.start()
    stranger = new_id()
    said = b"[" + b",".join([fix(1), fix(2, lat_deg="norte"), fix(3)]) + b"]"
    loud.publish(f"c5/v1/truck/{stranger}/gps", said)
    wait_until(city.rejects)
    enrolment.approve(city.connections, stranger)
    assert city.replay() == Replayed(2, 0, 1)
    kept = {one.reason: one for one in city.rejects()}
    assert set(kept) == {"unknown_device", "invalid_field"}
    assert json.loads(kept["invalid_field"].payload)["seq"] == 2
    assert kept["invalid_field"].replayed_at is None
    assert kept["unknown_device"].replayed_at is not None


def test_a_newly_enrolled_device_is_heard_at_once(city: City) -> None:
    """The registry is read again when someone unknown speaks."""
    worker = city.start()
    first = city.enrol()
    first.say(Stream.GPS, first.fix())
    city.holds("gps_fix", 1)
    second = city.enrol()
    second.say(Stream.GPS, second.fix())
    city.holds("gps_fix", 2)
    assert sample(worker, "c5_ingest_rejected_total", reason="unknown_device") == 0


def test_an_old_message_is_stored_once_its_device_may_send_any_past(city: City) -> None:
    """Refused as behind its horizon, replayed after --backfill; the ledger follows."""
    station = city.enrol(Kind.AIR)
    city.start()
    station.say(Stream.READING, station.reading(ago_s=40 * 86_400), station.reading())
    wait_until(city.rejects)
    city.holds("reading", 1)
    assert [kept.reason for kept in city.rejects()] == ["clock_behind"]
    assert city.sql("SELECT sum(stored), sum(rejected) FROM ledger") == [(1, 1)]
    city.sql("UPDATE device SET backfill = true")
    assert city.replay() == Replayed(1, 0, 0)
    assert city.count("reading") == 2
    assert city.sql("SELECT sum(stored), sum(rejected) FROM ledger") == [(2, 0)]


def test_an_enrolment_only_makes_a_device_wait(city: City, ingest_broker: Broker) -> None:
    """Nothing that a stranger puts into it is kept, and there is room for few."""
    known = city.enrol()
    worker = city.start(pending_max=3)
    names = [new_id() for _ in range(6)]
    with Peer(ingest_broker, ENROLL, ingest_broker.password(ENROLL)) as peer:
        for name in (known.device_id, names[0], *names):
            peer.publish(f"c5/enroll/noise/{name}", b'{"secret":"YAA123B"}')
    wait_until(lambda: worker.metrics.acknowledged == 8)
    found = city.sql("SELECT device_id, kind FROM device WHERE state = 'pending'")
    assert sorted(found) == sorted((name, "noise") for name in names[:3])
    assert city.one("SELECT state FROM device WHERE device_id = %s", known.device_id) == "active"
    assert city.rejects() == []


def test_what_a_revoked_device_left_with_the_broker_is_refused(city: City) -> None:
    """It was let in when it spoke; it is not when its words are read."""
    truck, other = city.enrol_all(Kind.TRUCK, Kind.TRUCK)
    city.listen()
    truck.say(Stream.GPS, *truck.fixes(5))
    other.say(Stream.GPS, *other.fixes(5))
    enrolment.revoke(city.connections, truck.device_id)
    city.start()
    city.holds("gps_fix", 5)
    wait_until(lambda: len(city.rejects()) == 5)
    assert {(kept.device_id, kept.reason) for kept in city.rejects()} == {
        (truck.device_id, "unknown_device")
    }
    assert "revoked" in city.rejects()[0].detail
    assert city.sql("SELECT device_id FROM ledger") == [(other.device_id,)]


def test_a_reject_of_another_key_does_not_stop_the_others(city: City) -> None:
    """What was sealed under a lost key stays sealed; the rest is replayed."""
    camera, station = city.enrol_all(Kind.CAMERA, Kind.AIR)
    city.start()
    camera.say(Stream.PLATE, camera.head(ago_s=40 * 86_400) | {"plate": "YAA123B"})
    station.say(Stream.READING, station.reading(ago_s=40 * 86_400))
    wait_until(lambda: len(city.rejects()) == 2)
    city.sql("UPDATE device SET backfill = true")
    assert city.replay(key=secrets.token_hex(32)) == Replayed(1, 0, 1)
    assert city.logged("reject_sealed_by_another_key")
    assert city.replay() == Replayed(1, 1, 0)
    assert (city.count("plate_read"), city.count("reading")) == (1, 1)
