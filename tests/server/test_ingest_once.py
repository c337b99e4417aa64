"""What a device publishes becomes one row, whatever falls over on the way."""

import threading
from collections.abc import Sequence

import pytest

from core.topics import Kind, Stream
from devices.broker import INGEST, Login
from ingest.consumer import Consumer
from ingest.inbox import Inbound, Inbox
from ingest.service import PLAIN, Worker
from tests.servers.fixtures import Broker
from tests.servers.ingest import City, forget, sample
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


def test_a_published_message_becomes_one_row(city: City) -> None:
    """With the device's own credential, in SI, under its own clock and counter."""
    truck = city.enrol()
    worker = city.start()
    said = truck.fix(speed_kmh=36.0)
    truck.say(Stream.GPS, said)
    city.holds("gps_fix", 1)
    [row] = city.sql("SELECT device_id, seq, speed_mps, flags FROM gps_fix")
    assert row == (truck.device_id, said["seq"], 10.0, 0)
    wait_until(lambda: worker.metrics.acknowledged == 1)
    assert sample(worker, "c5_ingest_stored_total") == 1


def test_every_stream_reaches_its_table_with_its_unknown_fields(city: City) -> None:
    """What the vocabulary does not know is kept beside what it knows."""
    truck, camera = city.enrol_all(Kind.TRUCK, Kind.CAMERA)
    city.start()
    odd = {"x_odd": {"deep": [1, "ñ", None]}}
    truck.say(Stream.GPS, truck.fix() | odd)
    truck.say(Stream.READING, truck.reading(battery_v=12.5) | odd)
    truck.say(Stream.EVENT, truck.head() | {"type": "door"} | odd)
    truck.say(Stream.STATUS, truck.head() | {"online": True} | odd)
    truck.say(Stream.ACK, truck.head() | {"command_id": "c", "ok": True} | odd)
    camera.say(Stream.PLATE, camera.head() | {"plate": "YAA123B"} | odd)
    for table in ("gps_fix", "event", "status", "ack", "plate_read"):
        city.holds(table, 1)
    city.holds("reading", 2)
    for table in ("gps_fix", "event", "status", "ack"):
        assert city.one(f"SELECT extra FROM {table}") == odd, table  # noqa: S608  own words
    assert city.one("SELECT extra FROM reading WHERE metric = 'extra'") == odd
    assert city.one("SELECT value FROM reading WHERE metric = 'battery_v'") == 12.5
    assert city.one("SELECT extra FROM plate_read") is None
    assert city.rejects() == []


def test_a_repeated_message_stays_one_row_and_is_counted(city: City) -> None:
    """By its key: in one batch, in a later one, and in the ledger."""
    truck = city.enrol()
    worker = city.start()
    said = truck.fix()
    truck.say(Stream.GPS, said, said)
    truck.say(Stream.GPS, said)
    wait_until(lambda: worker.metrics.acknowledged == 3)
    assert city.count("gps_fix") == 1
    assert sample(worker, "c5_ingest_duplicates_total") == 2
    assert city.sql("SELECT stored, duplicates FROM ledger") == [(1, 2)]


def test_a_file_replayed_twice_stores_nothing_new(city: City) -> None:
    """Single messages the first time, arrays the second: the key is the same."""
    station = city.enrol(Kind.AIR, backfill=True)
    worker = city.start()
    rows = [
        station.reading(ago_s=86_400 * 365 + 60 * n, pm25_ugm3=n / 10, o3_ppb=20.0)
        for n in range(300)
    ]
    station.say(Stream.READING, *rows)
    city.holds("reading", 600)
    station.say(Stream.READING, rows[:150], rows[150:])
    wait_until(lambda: worker.metrics.acknowledged == 302)
    assert city.count("reading") == 600
    assert city.sql("SELECT sum(stored), sum(duplicates) FROM ledger") == [(300, 300)]


def test_messages_that_share_an_instant_but_no_metric_are_all_new(city: City) -> None:
    """A format without a counter may split what it measured at once over messages."""
    station = city.enrol(Kind.NOISE)
    city.listen()
    head = station.head() | {"seq": 0}
    parts = [head | {"laeq_db": 61.0}, head | {"battery_v": 12.0}, head | {"laeq_db": 61.0}]
    station.say(Stream.READING, *parts)
    city.start()
    city.holds("latest_value", 2)
    assert city.sql("SELECT stored, duplicates FROM ledger") == [(2, 1)]


def test_an_outage_loses_nothing(city: City) -> None:
    """Fixes sent while the database is unreachable are stored exactly once afterwards."""
    truck = city.enrol()
    city.start()
    truck.say(Stream.GPS, *truck.fixes(100))
    city.proxy.cut()
    truck.say(Stream.GPS, *truck.fixes(100))
    wait_until(lambda: city.logged("store_unavailable"))
    truck.say(Stream.GPS, *truck.fixes(100))
    city.proxy.restore()
    city.holds("gps_fix", 300)
    assert city.one("SELECT count(DISTINCT seq) FROM gps_fix") == 300


def test_a_cut_in_the_middle_of_a_batch_doubles_nothing(city: City) -> None:
    """Again and again, wherever it falls: also between a COMMIT and its answer."""
    truck = city.enrol()
    city.start(batch_max=50)
    wanted = truck.begin(Stream.GPS, *truck.fixes(3000))
    for goal in (300, 900, 1500, 2100):
        wait_until(lambda goal=goal: city.count("gps_fix") >= goal)  # type: ignore[misc]  # bound per turn
        city.proxy.cut()
        city.proxy.restore()
    wait_until(lambda: truck.delivered(wanted))
    city.holds("gps_fix", 3000)
    total = city.sql("SELECT sum(stored), min(seq_lo), max(seq_hi) FROM ledger")
    assert total == [(3000, 1, 3000)]


def test_a_stalled_database_fills_the_inbox_and_no_more(city: City) -> None:
    """When that lasts the consumer hangs up, the broker holds the rest, and all comes back."""
    truck = city.enrol()
    worker = city.start(inbox_messages=500, batch_max=100, keepalive_s=2)
    truck.say(Stream.GPS, *truck.fixes(10))
    city.holds("gps_fix", 10)
    city.proxy.stall()
    peak = 0

    def hung_up() -> bool:
        nonlocal peak
        peak = max(peak, len(worker.inbox))
        return worker.consumer.overflows > 0 and not worker.consumer.is_ready

    truck.begin(Stream.GPS, *truck.fixes(3000))
    wait_until(hung_up)
    assert 0 < peak <= 500
    assert city.logged("inbox_full")
    city.proxy.restore()
    city.holds("gps_fix", 3010)
    assert city.one("SELECT count(DISTINCT seq) FROM gps_fix") == 3010
    wait_until(lambda: worker.consumer.is_ready)


def test_a_slow_database_holds_the_broker_back(city: City) -> None:
    """While batches get through nobody hangs up: what was read is acknowledged, nothing repeats."""
    truck = city.enrol()
    city.listen()
    truck.say(Stream.GPS, *truck.fixes(3000))
    worker = city.start(inbox_messages=500, batch_max=20)
    city.holds("gps_fix", 3000)
    assert (worker.consumer.overflows, worker.consumer.reconnects) == (0, 0)
    assert sample(worker, "c5_ingest_duplicates_total") == 0


def test_large_payloads_are_bounded_by_their_bytes(city: City) -> None:
    """A burst read from the socket is as bounded as the inbox."""
    truck = city.enrol()
    city.listen()
    truck.say(Stream.EVENT, *[b" " * 900_000 + b"{}" for _ in range(20)])
    inbox = Inbox(max_messages=20_000, max_bytes=4_000_000)
    with_consumer = consuming(city, city.broker.url, inbox)
    wait_until(lambda: inbox.held_bytes > 2_000_000)
    wait_until(lambda: with_consumer.overflows > 0)
    with_consumer.stop()
    assert inbox.held_bytes <= 4_000_000


def test_an_acknowledgement_follows_the_commit(city: City) -> None:
    """What a worker that ends in an outage has not committed, the next one is sent again."""
    truck = city.enrol()
    first = city.start()
    city.proxy.cut()
    truck.say(Stream.GPS, *truck.fixes(200))
    wait_until(lambda: first.consumer.received == 200 and city.logged("store_unavailable"))
    first.stop()
    assert first.metrics.acknowledged == 0
    assert city.logged("batch_left_to_the_broker")
    city.proxy.restore()
    assert city.count("gps_fix") == 0
    second = city.start()
    assert second.consumer.session_present
    city.holds("gps_fix", 200)


def test_a_stop_under_load_acknowledges_what_it_stored(city: City) -> None:
    """The next worker gets the rest, and nothing twice; no alarm is raised for a stop."""
    truck = city.enrol()
    city.listen()
    truck.say(Stream.GPS, *truck.fixes(4000))
    first = city.start(batch_max=100)
    wait_until(lambda: first.metrics.acknowledged >= 300)
    first.stop()
    stored = city.count("gps_fix")
    assert stored == first.metrics.acknowledged < 4000
    assert city.logged("inbox_full") == []
    second = city.start()
    city.holds("gps_fix", 4000)
    wait_until(lambda: second.metrics.acknowledged == 4000 - stored)
    assert sample(second, "c5_ingest_duplicates_total") == 0


def consuming(city: City, url: str, inbox: Inbox) -> Consumer:
    """Start a consumer alone, on the session of the first worker."""
    login = city.connections.login(INGEST)
    through = Login(url=url, username=login.username, password=login.password)
    consumer = Consumer(
        through,
        client_id="c5-ingest-1",
        subscriptions=PLAIN,
        inbox=inbox,
        keepalive_s=2,
        on_failure=lambda exc: pytest.fail(repr(exc)),
    )
    consumer.start()
    return consumer


def test_acks_of_an_earlier_connection_stay_behind(city: City) -> None:
    """A packet identifier means nothing on another connection: late acks are dropped."""
    truck = city.enrol()
    city.listen()
    truck.say(Stream.GPS, *truck.fixes(5))
    inbox = Inbox(max_messages=100, max_bytes=100_000)

    def five() -> Sequence[Inbound]:
        wait_until(lambda: len(inbox) == 5)
        return inbox.take(max_items=5, max_bytes=100_000, max_wait_s=0, linger_s=0)

    with Proxy(city.broker.port) as proxy:
        consumer = consuming(city, f"mqtt://127.0.0.1:{proxy.port}", inbox)
        first = five()
        proxy.cut()
        proxy.restore()
        again = five()
        assert [one.payload for one in again] == [one.payload for one in first]
        assert {one.connection for one in again} != {one.connection for one in first}
        consumer.ack(first)
        consumer.ack(again[:2])
        truck.say(Stream.GPS, truck.fix())
        wait_until(lambda: len(inbox) == 1)
        consumer.stop()
    city.start()
    city.holds("gps_fix", 4)


def test_a_restarted_broker_costs_nothing(city_fresh: City) -> None:
    """Amid traffic, twice: devices and ingest come back by themselves."""
    city = city_fresh
    truck = city.enrol()
    worker = city.start(batch_max=50)
    for turn in (1, 2):
        wanted = truck.begin(Stream.GPS, *truck.fixes(1500))
        wait_until(lambda turn=turn: city.count("gps_fix") >= 1500 * turn - 1200)  # type: ignore[misc]  # same
        city.broker.restart()
        wait_until(lambda wanted=wanted: truck.delivered(wanted))  # type: ignore[misc]  # bound per turn
        city.holds("gps_fix", 1500 * turn)
    assert city.one("SELECT count(DISTINCT seq) FROM gps_fix") == 3000
    assert worker.consumer.reconnects == 2


def test_a_broken_network_thread_ends_the_worker(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits hears of it and can start another; it does not idle as if all were well."""
    truck = city.enrol()
    worker = city.start()

    def broken(_: object) -> bool:
        raise RuntimeError("a bug")

    monkeypatch.setattr(worker.inbox, "offer", broken)
    truck.say(Stream.GPS, truck.fix())
    with pytest.raises(RuntimeError, match="a bug"):
        worker.wait(15)
    assert not worker.consumer.is_ready


def test_a_worker_reads_an_encrypted_listener(city: City, ingest_broker: Broker) -> None:
    """Records that TLS holds back are read too."""
    truck = city.enrol()
    login = Login(
        url=ingest_broker.tls_url,
        username=INGEST,
        password=ingest_broker.password(INGEST),
        ca_file=ingest_broker.ca_file,
    )
    inbox = Inbox(max_messages=5000, max_bytes=10_000_000)
    consumer = Consumer(
        login,
        client_id="c5-ingest-1",
        subscriptions=PLAIN,
        inbox=inbox,
        on_failure=lambda exc: pytest.fail(repr(exc)),
    )
    consumer.start()
    try:
        wait_until(lambda: consumer.is_ready)
        truck.say(Stream.GPS, *truck.fixes(500), *[truck.fixes(400) for _ in range(3)])
        wait_until(lambda: len(inbox) == 503)
        consumer.ack(inbox.take(max_items=503, max_bytes=10_000_000, max_wait_s=0, linger_s=0))
    finally:
        consumer.stop()
        forget(ingest_broker, INGEST)  # that listener's client id is the user's name


def test_a_full_stop_leaves_no_thread_behind(city: City) -> None:
    """Services are started and stopped in one process by the demonstration, too."""
    before = set(threading.enumerate())
    worker: Worker = city.start()
    worker.stop()
    assert set(threading.enumerate()) <= before
