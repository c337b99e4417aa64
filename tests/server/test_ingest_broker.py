"""The broker's moods: away, refusing, cut off, started after us."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from core.errors import BrokerError
from core.settings.telemetry import Ingest
from core.topics import Stream
from devices.broker import ENROLL, Login
from ingest import retire
from ingest.consumer import Consumer
from ingest.inbox import Inbox
from ingest.service import PLAIN, Wiring, Worker
from tests.servers.fixtures import Broker
from tests.servers.ingest import City
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


@pytest.fixture
def proxy(ingest_broker: Broker) -> Iterator[Proxy]:
    """A proxy in front of ingest's broker."""
    with Proxy(ingest_broker.port) as one:
        yield one


def through(city: City, proxy: Proxy) -> Wiring:
    """The first worker's wiring, its broker behind a proxy."""
    wiring = city.wiring(keepalive_s=5)
    return replace(wiring, login=replace(wiring.login, url=f"mqtt://127.0.0.1:{proxy.port}"))


@contextmanager
def consuming(login: Login) -> Iterator[Consumer]:
    """A consumer alone, for as long as the context."""
    consumer = Consumer(
        login,
        client_id="c5-ingest-1",
        subscriptions=PLAIN,
        inbox=Inbox(max_messages=10, max_bytes=1000),
        on_failure=lambda exc: pytest.fail(repr(exc)),
    )
    consumer.start()
    try:
        yield consumer
    finally:
        consumer.stop()


def test_ingest_may_be_started_before_the_broker(city: City, proxy: Proxy) -> None:
    """It keeps trying, and listens once there is someone to listen to."""
    proxy.cut()
    worker = Worker(through(city, proxy), Ingest())
    city.workers.append(worker)
    worker.start()
    assert city.logged("retained_statuses_unread")
    wait_until(lambda: city.logged("broker_unreachable"))
    assert not worker.consumer.is_ready
    proxy.restore()
    wait_until(lambda: worker.consumer.is_ready)
    truck = city.enrol()
    truck.say(Stream.GPS, truck.fix())
    city.holds("gps_fix", 1)


def test_cuts_of_the_line_lose_and_double_nothing(city: City, proxy: Proxy) -> None:
    """Messages under way, and acknowledgements under way."""
    truck = city.enrol()
    worker = Worker(through(city, proxy), Ingest(batch_max=40))
    city.workers.append(worker)
    worker.start()
    wait_until(lambda: worker.consumer.is_ready)
    wanted = truck.begin(Stream.GPS, *truck.fixes(3000))
    for goal in (100, 900, 1700):
        wait_until(lambda goal=goal: city.count("gps_fix") >= goal)  # type: ignore[misc]  # bound per turn
        proxy.cut()
        proxy.restore()
    wait_until(lambda: truck.delivered(wanted))
    city.holds("gps_fix", 3000)
    assert city.one("SELECT count(DISTINCT seq) FROM gps_fix") == 3000
    assert city.sql("SELECT sum(stored) FROM ledger") == [(3000,)]


def test_a_dead_line_is_noticed_by_its_silence(city: City, proxy: Proxy) -> None:
    """Open and mute, it is given up within two keepalives, and another is made."""
    worker = Worker(replace(through(city, proxy), keepalive_s=1), Ingest())
    city.workers.append(worker)
    worker.start()
    wait_until(lambda: worker.consumer.is_ready)
    proxy.stall()
    wait_until(lambda: worker.consumer.reconnects > 0)
    proxy.cut()
    proxy.restore()
    wait_until(lambda: worker.consumer.is_ready)


def test_a_wrong_password_is_said_and_tried_again(city: City) -> None:
    """Someone may correct it at the broker meanwhile."""
    login = replace(city.wiring().login, password="wrong")
    with consuming(login) as consumer:
        wait_until(lambda: len(city.logged("broker_refused_login")) >= 2)
        assert not consumer.is_ready


def test_a_refused_subscription_is_said(city: City, ingest_broker: Broker) -> None:
    """Connected is not listening: the figure that alarms watch stays at 0."""
    login = Login(url=ingest_broker.url, username=ENROLL, password=ingest_broker.password(ENROLL))
    with consuming(login) as consumer:
        wait_until(lambda: city.logged("subscription_refused"))
        assert not consumer.is_ready


def test_sessions_are_not_retired_without_a_broker(
    city: City, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so instead of believing that there are none."""
    monkeypatch.setattr(retire, "_ANSWER_LIMIT_S", 0.1)
    proxy.cut()
    with pytest.raises(BrokerError, match=r"start it, or correct mqtt\.url"):
        retire.leftovers(through(city, proxy), Ingest())


def test_a_broken_batcher_ends_the_worker(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the batch is acknowledged: whoever comes next gets it again."""
    truck = city.enrol()
    worker = city.start()

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("ingest.admission.Gate.prepare", broken)
    truck.say(Stream.GPS, truck.fix())
    with pytest.raises(RuntimeError, match="a bug"):
        worker.wait(15)
    worker.stop()
    monkeypatch.undo()
    city.start()
    city.holds("gps_fix", 1)
