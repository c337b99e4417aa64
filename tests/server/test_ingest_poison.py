"""A row the database refuses for good is set aside; a fault of the set-up only waits."""

import json

import pytest

from core.seal import PlateVault
from core.topics import Kind, Stream
from ingest.replay import Replayed
from tests.servers.ingest import City
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
POISON = {"altitude_m": 666.0}


def poisoned(city: City) -> None:
    """Make the database refuse one kind of fix."""
    city.sql("ALTER TABLE gps_fix ADD CONSTRAINT no_beast CHECK (altitude_m <> 666)")


def healed(city: City) -> Replayed:
    """Take the constraint away and replay every reject."""
    city.sql("ALTER TABLE gps_fix DROP CONSTRAINT no_beast")
    return city.replay()


def test_a_poison_row_is_set_aside_with_its_bytes(city: City) -> None:
    """Its neighbours are stored, its device's ledger has no hole, and the log says so."""
    poisoned(city)
    truck, other = city.enrol_all(Kind.TRUCK, Kind.TRUCK)
    city.listen()
    bad = truck.fix(**POISON)
    before, after = truck.fixes(300), truck.fixes(300)
    truck.say(Stream.GPS, *before, bad, *after)
    other.say(Stream.GPS, *other.fixes(50))
    city.start()
    city.holds("gps_fix", 650)
    [kept] = wait_until(city.rejects)
    assert (kept.reason, json.loads(kept.payload), kept.times) == ("row_refused", bad, 1)
    assert "no_beast" in kept.detail
    assert city.logged("batch_bisected")
    sent = "SELECT sum(stored), sum(rejected), min(seq_lo), max(seq_hi) FROM ledger"
    assert city.sql(f"{sent} WHERE device_id = %s", truck.device_id) == [(600, 1, 1, 601)]


def test_a_poison_element_of_an_array_leaves_alone(city: City) -> None:
    """Two of them, beside broken ones: each is kept by itself, and each neighbour is stored."""
    poisoned(city)
    truck = city.enrol()
    city.start()
    said = [truck.fix() for _ in range(40)]
    said[7] |= POISON
    said[31] |= POISON
    said[20]["lat_deg"] = "norte"
    truck.say(Stream.GPS, said)
    city.holds("gps_fix", 37)
    wait_until(lambda: len(city.rejects()) == 3)
    kept = {json.loads(one.payload)["seq"]: one.reason for one in city.rejects()}
    assert kept == {
        said[7]["seq"]: "row_refused",
        said[20]["seq"]: "invalid_field",
        said[31]["seq"]: "row_refused",
    }


def test_what_was_poison_is_stored_once_the_database_takes_it(city: City) -> None:
    """By replaying it; then it counts as stored and no longer as refused."""
    poisoned(city)
    truck = city.enrol()
    city.start()
    said = [truck.fix() | (POISON if n == 3 else {}) for n in range(10)]
    truck.say(Stream.GPS, said)
    city.holds("gps_fix", 9)
    wait_until(city.rejects)
    assert city.replay() == Replayed(stored=0, duplicates=0, refused=1)
    assert [one.replayed_at for one in city.rejects()] == [None]
    assert healed(city) == Replayed(stored=1, duplicates=0, refused=0)
    city.holds("gps_fix", 10)
    [kept] = city.rejects()
    assert kept.replayed_at is not None
    assert city.sql("SELECT sum(stored), sum(rejected) FROM ledger") == [(10, 0)]
    assert city.replay() == Replayed(stored=0, duplicates=1, refused=0)
    assert city.sql("SELECT sum(stored), sum(rejected) FROM ledger") == [(10, 0)]


def test_a_poison_plate_stays_sealed(city: City) -> None:
    """Set aside without a letter of it, and stored when the database takes it."""
    city.sql("ALTER TABLE plate_read ADD CONSTRAINT no_region CHECK (region <> 'xx')")
    camera = city.enrol(Kind.CAMERA)
    city.start()
    said = camera.head() | {"plate": "YAA123B", "region": "xx"}
    camera.say(Stream.PLATE, said)
    [kept] = wait_until(city.rejects)
    assert (kept.reason, kept.sealed, kept.detail) == ("row_refused", True, "a plate message")
    vault = PlateVault(city.connections.plate_key)
    assert json.loads(vault.unseal(kept.payload)) == said
    city.sql("ALTER TABLE plate_read DROP CONSTRAINT no_region")
    assert city.replay() == Replayed(stored=1, duplicates=0, refused=0)
    assert city.one("SELECT plate_hmac FROM plate_read") == vault.hashed("yaa-123-b")


@pytest.mark.parametrize(
    ("break_it", "mend_it", "cause"),
    [
        (
            "REVOKE INSERT ON gps_fix FROM CURRENT_USER",
            "GRANT INSERT ON gps_fix TO CURRENT_USER",
            "permission denied",
        ),
        (
            "ALTER TABLE latest_fix RENAME TO elsewhere",
            "ALTER TABLE elsewhere RENAME TO latest_fix",
            "does not exist",
        ),
    ],
    ids=["right", "table"],
)
def test_a_fault_of_the_set_up_rejects_nothing(
    city: City, break_it: str, mend_it: str, cause: str
) -> None:
    """A missing right or table is mended by a person; the data waits for it."""
    truck = city.enrol()
    worker = city.start()
    city.sql(break_it)
    truck.say(Stream.GPS, *truck.fixes(100))
    wait_until(lambda: city.logged("store_unavailable"))
    assert cause in city.logged("store_unavailable")[0]["cause"]
    assert worker.metrics.acknowledged == 0
    city.sql(mend_it)
    city.holds("gps_fix", 100)
    assert city.rejects() == []
