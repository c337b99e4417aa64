"""What a broker's devices said, heard by c5-ingest; and how a test enrols devices."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from core import codec
from core.clock import utc_now
from core.messages import Uplink
from core.settings.telemetry import Ingest
from core.topics import Kind, Stream, parse
from devices import broker as own_users
from devices.broker import ADMIN, INGEST, Login
from devices.enroll import Enroller
from ingest.service import PLAIN, Wiring, Worker
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until


class Heard(NamedTuple):
    """One message, as it came from the broker."""

    topic: str
    payload: bytes


class Listener:
    """Everything published on the devices' topics since it began to listen."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.ready = False

    def of(self, device_id: str) -> list[Heard]:
        """What one device said."""
        return [one for one in self.heard if parse(one.topic).device_id == device_id]

    def decoded(self, device_id: str, stream: Stream | None = None) -> list[Uplink]:
        """What one device said, read by the decoder that ingest uses; refusals left out."""
        found: list[Uplink] = []
        for topic, payload in self.of(device_id):
            address = parse(topic)
            if stream is None or address.stream is stream:
                found += codec.decode(address, payload, utc_now()).messages
        return found

    def seqs(self, device_id: str) -> list[int]:
        """The numbers of what one device said, in the order in which it was heard."""
        return [message.seq for message in self.decoded(device_id)]


@contextmanager
def listening(server: Broker) -> Iterator[Listener]:
    """Hear everything, as ingest does, from a session that a broker's restart does not end."""
    listener = Listener()
    login = Login(url=server.url, username=INGEST, password=server.password(INGEST))
    client = own_users.client(login, client_id=f"listener-{secrets.token_hex(4)}")

    def on_connect(client: paho.Client, *_: Any) -> None:
        client.subscribe([(topic, 1) for topic in PLAIN])

    def on_subscribe(*_: Any) -> None:
        listener.ready = True

    def on_message(_client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if not message.retain:
            listener.heard.append(Heard(message.topic, bytes(message.payload)))

    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    client.reconnect_delay_set(1, 1)
    connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    connect.SessionExpiryInterval = 60
    client.connect_async(server.host, server.port, clean_start=False, properties=connect)
    client.loop_start()
    try:
        wait_until(lambda: listener.ready, what="the listener's subscription")
        yield listener
    finally:
        farewell = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
        farewell.SessionExpiryInterval = 0  # or the session would listen on in later tests
        client.disconnect(properties=farewell)
        client.loop_stop()


def enrolled(server: Broker, devices: Iterable[tuple[Kind, str]]) -> dict[str, str]:
    """Give devices their credentials; answer passwords by device."""
    login = Login(url=server.url, username=ADMIN, password=server.password(ADMIN))
    with Enroller(login) as enroller:
        return {name: one.password for name, one in enroller.issue(devices).items()}


@contextmanager
def ingesting(server: Broker, db_url: str) -> Iterator[None]:
    """An ingest worker between the broker and the database."""
    worker = Worker(
        Wiring(
            database_url=db_url,
            login=Login(url=server.url, username=INGEST, password=server.password(INGEST)),
            plate_key="k" * 32,
        ),
        Ingest(),
    )
    worker.start()
    try:
        yield
    finally:
        worker.stop()
