"""A plain MQTT 5 client for tests: connects, publishes, hears, and says how it went."""

import queue
import secrets
from types import TracebackType
from typing import Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

_TIMEOUT_S = 30.0


class Peer:
    """One client of a broker; use it as a context."""

    def __init__(self, broker: Broker, username: str, password: str) -> None:
        self.connack: ReasonCode | None = None
        self.disconnected: ReasonCode | None = None
        self.heard: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._broker = broker
        self._pubacks: dict[int, ReasonCode] = {}
        self._subacks: dict[int, ReasonCode] = {}
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"test-{secrets.token_hex(4)}",
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        self._client.username_pw_set(username, password)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        self._client.connect(self._broker.host, self._broker.port)
        self._client.loop_start()
        wait_until(lambda: self.connack is not None, what="the broker's CONNACK")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # A cycle would leave paho's own sockets to the collector, which complains of them.
        self._client.on_connect = self._client.on_disconnect = None
        self._client.on_publish = self._client.on_subscribe = self._client.on_message = None

    @property
    def is_refused(self) -> bool:
        """Whether the broker did not let it in."""
        return self.connack is not None and self.connack.is_failure

    def publish(self, topic: str, payload: bytes = b"{}", *, retain: bool = False) -> int:
        """Publish at QoS 1; answer the PUBACK's reason code."""
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        return wait_until(
            lambda: self._pubacks.get(info.mid), timeout_s=_TIMEOUT_S, what=f"a PUBACK for {topic}"
        ).value  # type: ignore[union-attr]

    def subscribe(self, topic: str) -> int:
        """Subscribe at QoS 1; answer the SUBACK's reason code."""
        _, mid = self._client.subscribe(topic, qos=1)
        found = wait_until(
            lambda: [self._subacks[mid]] if mid in self._subacks else None,
            timeout_s=_TIMEOUT_S,
            what=f"a SUBACK for {topic}",
        )
        assert found is not None
        return int(found[0].value)

    def next(self) -> tuple[str, bytes]:
        """The next message it hears."""
        return self.heard.get(timeout=_TIMEOUT_S)

    def _on_connect(
        self, _client: object, _data: object, _flags: object, reason: ReasonCode, _props: object
    ) -> None:
        self.connack = reason

    def _on_disconnect(
        self, _client: object, _data: object, _flags: object, reason: ReasonCode, _props: object
    ) -> None:
        self.disconnected = reason

    def _on_publish(
        self, _client: object, _data: object, mid: int, reason: ReasonCode, _props: object
    ) -> None:
        self._pubacks[mid] = reason

    def _on_subscribe(
        self,
        _client: object,
        _data: object,
        mid: int,
        reasons: list[ReasonCode],
        _props: object,
    ) -> None:
        self._subacks[mid] = reasons[0]

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.heard.put((message.topic, bytes(message.payload)))
