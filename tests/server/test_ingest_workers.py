"""Several workers share the load; going back to fewer leaves nothing behind; figures add up."""

import threading
import urllib.request
from collections.abc import Iterator

import psycopg
import pytest

from core.settings.telemetry import Ingest
from core.topics import Kind, Stream
from deploy.local import ports
from ingest import retire, service
from tests.servers.ingest import City, sample
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


def test_two_workers_divide_the_load(city: City) -> None:
    """Through the shared subscription, each message goes to one of them."""
    trucks = city.enrol_all(*[Kind.TRUCK] * 3)
    workers = [city.start(worker=number, workers=2) for number in (1, 2)]
    for truck in trucks:
        truck.say(Stream.GPS, *truck.fixes(300))
    city.holds("gps_fix", 900)
    wait_until(lambda: sum(one.metrics.acknowledged for one in workers) == 900)
    assert min(one.metrics.acknowledged for one in workers) > 100
    assert sum(sample(one, "c5_ingest_duplicates_total") for one in workers) == 0
    assert city.sql("SELECT sum(stored), sum(duplicates) FROM ledger") == [(900, 0)]


def test_one_of_two_takes_over_what_the_other_had(city: City) -> None:
    """A worker that ends leaves its share with the broker; nothing is lost or doubled."""
    truck = city.enrol()
    first, second = (city.start(worker=number, workers=2, batch_max=50) for number in (1, 2))
    truck.say(Stream.GPS, *truck.fixes(500))
    second.stop()
    truck.say(Stream.GPS, *truck.fixes(500))
    first.stop()
    for number in (1, 2):
        city.start(worker=number, workers=2)
    city.holds("gps_fix", 1000)
    assert city.one("SELECT count(DISTINCT seq) FROM gps_fix") == 1000


def test_two_workers_on_the_same_rows_agree(city: City) -> None:
    """Redelivered to both at once, every row is one row, whoever comes first."""
    truck = city.enrol()
    workers = [city.start(worker=number, workers=2, batch_max=20) for number in (1, 2)]
    said = [truck.fix(ago_s=600 - n) for n in range(200)]
    truck.say(Stream.GPS, *said, *said[::-1], *said)
    wait_until(lambda: sum(one.metrics.acknowledged for one in workers) == 600)
    assert city.count("gps_fix") == 200
    assert city.sql("SELECT sum(stored), sum(duplicates) FROM ledger") == [(200, 400)]


@pytest.fixture
def shared_out(city: City) -> City:
    """Six hundred fixes, of which a second worker's session holds a part; nobody runs."""
    truck = city.enrol()
    workers = [city.start(worker=number, workers=2) for number in (1, 2)]
    for worker in workers:
        worker.stop()
    truck.say(Stream.GPS, *truck.fixes(600))
    assert city.count("gps_fix") == 0
    return city


def test_a_retired_workers_share_is_stored_first(shared_out: City) -> None:
    """Going back to one worker stores what the second session held, and ends that session."""
    city = shared_out
    found = retire.leftovers(city.wiring(), Ingest())
    part = city.count("gps_fix")
    assert (found, city.logged("worker_retired")[0]["messages"]) == (1, part)
    assert 0 < part < 600
    one = city.start()
    city.holds("gps_fix", 600)
    wait_until(lambda: one.metrics.acknowledged == 600 - part)
    assert retire.leftovers(city.wiring(), Ingest()) == 0


@pytest.fixture
def locked(shared_out: City) -> Iterator[psycopg.Connection]:
    """Someone who lets nobody write fixes until rolled back."""
    with psycopg.connect(shared_out.db_url) as conn:
        conn.execute("LOCK TABLE gps_fix IN EXCLUSIVE MODE")
        yield conn


def test_a_session_is_not_ended_before_its_share_is_stored(
    shared_out: City, locked: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the database takes: what was read and not committed is still the broker's."""
    city = shared_out
    monkeypatch.setattr(retire, "_QUIET_S", 0.05)
    monkeypatch.setattr(service, "_STOP_WAIT_S", 0.05)
    done = threading.Thread(target=retire.leftovers, args=(city.wiring(), Ingest()))
    done.start()
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    wait_until(lambda: city.one(waits) > 0)
    done.join(timeout=1.0)
    assert done.is_alive()
    locked.rollback()
    done.join(timeout=15)
    assert not done.is_alive()
    part = city.count("gps_fix")
    assert part > 0
    city.start()
    city.holds("gps_fix", 600)


def test_going_back_to_one_worker_forgets_the_shared_subscription(city: City) -> None:
    """Or every message would come twice."""
    truck = city.enrol()
    city.start(worker=1, workers=2).stop()
    one = city.start(worker=1, workers=1)
    truck.say(Stream.GPS, *truck.fixes(100))
    city.holds("gps_fix", 100)
    wait_until(lambda: one.metrics.acknowledged >= 100)
    assert one.metrics.acknowledged == 100


def test_figures_add_up_and_can_be_scraped(city: City) -> None:
    """Of single messages each is stored, a duplicate, or refused for a reason."""
    truck = city.enrol()
    worker = city.start()
    port = ports.choose()
    worker.metrics.serve(port)
    said = [truck.fix() for _ in range(20)]
    truck.say(Stream.GPS, *said, *said[:5], truck.fix(lat_deg=91), b"{", b"[]")
    wait_until(lambda: worker.metrics.acknowledged == 28)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
        lines = [line.split(" ") for line in page.read().decode().splitlines()]
    figures = {name: float(value) for name, value in (pair for pair in lines if pair[0] != "#")}
    assert figures["c5_ingest_messages_total"] == 28
    assert figures["c5_ingest_stored_total"] == 20
    assert figures["c5_ingest_duplicates_total"] == 5
    assert figures['c5_ingest_rejected_total{reason="invalid_field"}'] == 1
    assert figures['c5_ingest_rejected_total{reason="broken_json"}'] == 2
    assert figures["c5_ingest_subscribed"] == 1
    assert figures["c5_ingest_inbox"] == 0
    assert figures["c5_ingest_batch_messages_sum"] == 28
    worker.stop()
    assert sample(worker, "c5_ingest_subscribed") == 0


def test_an_outage_is_counted(city: City) -> None:
    """Every failed try to reach the store."""
    truck = city.enrol()
    worker = city.start()
    city.proxy.cut()
    truck.say(Stream.GPS, truck.fix())
    wait_until(lambda: sample(worker, "c5_ingest_store_unavailable_total") >= 2)
    city.proxy.restore()
    city.holds("gps_fix", 1)
    wait_until(lambda: sample(worker, "c5_ingest_lag_seconds_sum") > 0)
