"""The private broker: nobody is anonymous, and each user may do its own thing only."""

import json
import queue
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from deploy.mosquitto import security
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


class Client:
    """A client that remembers what it was told."""

    def __init__(
        self,
        broker: Broker,
        user: str | None,
        *,
        client_id: str = "",
        tls: bool = False,
        lasting: bool = False,
    ) -> None:
        self.refused: str | None = None
        self.heard: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self.granted: dict[int, bool] = {}
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=not lasting
        )
        if user is not None:
            self._client.username_pw_set(user, broker.password(user))
        if tls:
            self._client.tls_set(ca_certs=str(broker.ca_file))
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.connect(broker.host, broker.tls_port if tls else broker.port)
        self._client.loop_start()
        wait_until(lambda: self.connected or self.refused, what="an answer to CONNECT")

    @property
    def connected(self) -> bool:
        """Whether the broker took it and it is still there."""
        return self._client.is_connected()

    def subscribe(self, topic: str) -> bool:
        """Whether the broker granted it."""
        _, mid = self._client.subscribe(topic, qos=1)
        assert mid is not None
        wait_until(lambda: mid in self.granted, what="an answer to SUBSCRIBE")
        return self.granted[mid]

    def publish(self, topic: str, payload: bytes = b"{}") -> None:
        """Publish at QoS 1 and wait for the broker's acknowledgement."""
        sent = self._client.publish(topic, payload, qos=1)
        wait_until(sent.is_published, what=f"an acknowledgement for {topic}")

    def close(self) -> None:
        """Leave in order."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, *arguments: object) -> None:
        code = arguments[3]
        if code != 0:
            self.refused = str(code)

    def _on_message(self, client: object, data: object, message: mqtt.MQTTMessage) -> None:
        del client, data
        self.heard.put((message.topic, bytes(message.payload)))

    def _on_subscribe(self, client: object, data: object, mid: int, codes: Any, _: Any) -> None:
        del client, data
        self.granted[mid] = not codes[0].is_failure


Connect = Callable[..., Client]


@pytest.fixture
def connect(broker: Broker) -> Iterator[Connect]:
    """Connect as one of the broker's first users; closed afterwards."""
    made: list[Client] = []

    def client(user: str | None, *, client_id: str = "", tls: bool = False) -> Client:
        made.append(Client(broker, user, client_id=client_id, tls=tls))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.mark.parametrize("tls", [False, True])
def test_strangers_are_refused(connect: Connect, *, tls: bool) -> None:
    """Without a name nobody enters, on neither listener."""
    assert connect(None, client_id="stranger", tls=tls).refused == "Not authorized"


@pytest.mark.parametrize(
    ("user", "topic", "granted"),
    [
        (security.INGEST, "c5/v1/#", True),
        (security.INGEST, "$share/ingest/c5/v1/#", True),
        (security.INGEST, "c5/enroll/#", True),
        (security.INGEST, "#", False),
        (security.INGEST, "$CONTROL/#", False),
        (security.ENROLL, "c5/v1/#", False),
        (security.ENROLL, "c5/enroll/#", False),
        (security.CONTROL, "c5/v1/+/+/ack", True),
        (security.CONTROL, "c5/v1/#", False),
        (security.CONTROL, "$CONTROL/#", False),
        (security.ADMIN, "$CONTROL/#", True),
    ],
)
def test_each_user_hears_its_own(connect: Connect, user: str, topic: str, *, granted: bool) -> None:
    """A subscription is granted exactly where the table of rights says so."""
    assert connect(user).subscribe(topic) is granted


@pytest.mark.parametrize(
    ("user", "topic", "passes"),
    [
        (security.ENROLL, "c5/enroll/truck/t1", True),
        (security.ENROLL, "c5/v1/truck/t1/gps", False),
        (security.CONTROL, "c5/v1/truck/t1/cmd", True),
        (security.CONTROL, "c5/v1/truck/t1/gps", False),
        (security.INGEST, "c5/v1/truck/t1/gps", False),
    ],
)
def test_each_user_says_its_own(connect: Connect, user: str, topic: str, *, passes: bool) -> None:
    """A message passes exactly where the table of rights says so."""
    listener = connect(security.INGEST)
    assert listener.subscribe(topic)
    assert listener.subscribe("c5/v1/truck/mark/cmd")
    connect(user).publish(topic)
    connect(security.CONTROL).publish("c5/v1/truck/mark/cmd")  # follows it through the same queue
    heard: list[str] = []
    while not heard or heard[-1] != "c5/v1/truck/mark/cmd":
        heard.append(listener.heard.get(timeout=10)[0])
    assert heard[:-1] == ([topic] if passes else [])


def test_certificate_holds_under_our_authority_only(broker: Broker, connect: Connect) -> None:
    """A client that trusts our authority enters at 127.0.0.1; one that does not, refuses."""
    assert connect(security.ENROLL, tls=True).connected
    with (
        socket.create_connection((broker.host, broker.tls_port), timeout=5) as line,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(line, server_hostname=broker.host)


def test_no_device_takes_another_session(connect: Connect) -> None:
    """On the devices' listener a borrowed client id does not end its owner's connection."""
    owner = connect(security.INGEST, client_id="c5-ingest-1")
    thief = connect(security.ENROLL, client_id="c5-ingest-1", tls=True)
    thief.publish("c5/enroll/truck/t1")
    assert thief.connected
    assert owner.subscribe("c5/v1/#")


def test_devices_made_at_run_time_survive_a_restart(broker_fresh: Broker) -> None:
    """An account that was made through the broker's own commands is there after a restart."""
    command = {"command": "createClient", "username": "t1", "password": "secret"}
    assert "error" not in _command(broker_fresh, command)
    broker_fresh.restart()
    assert "t1" in _command(broker_fresh, {"command": "listClients"})["data"]["clients"]


def test_queued_messages_survive_a_restart(broker_fresh: Broker) -> None:
    """What was acknowledged for an absent session is delivered after a restart."""
    absent = Client(broker_fresh, security.INGEST, client_id="c5-ingest-1", lasting=True)
    assert absent.subscribe("c5/enroll/#")
    absent.close()
    sender = Client(broker_fresh, security.ENROLL)
    for number in range(30):
        sender.publish(f"c5/enroll/truck/t{number}")
    sender.close()
    broker_fresh.restart()
    back = Client(broker_fresh, security.INGEST, client_id="c5-ingest-1", lasting=True)
    heard = [back.heard.get(timeout=10)[0] for _ in range(30)]
    back.close()
    assert heard == [f"c5/enroll/truck/t{number}" for number in range(30)]


def _command(broker: Broker, command: dict[str, str]) -> Any:
    """Give the dynamic-security plugin one command; its answer."""
    admin = Client(broker, security.ADMIN)
    try:
        assert admin.subscribe("$CONTROL/#")
        words = json.dumps({"commands": [command]}).encode()
        admin.publish("$CONTROL/dynamic-security/v1", words)
        return json.loads(admin.heard.get(timeout=10)[1])["responses"][0]
    finally:
        admin.close()
