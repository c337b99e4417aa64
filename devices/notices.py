"""Publish a notice as c5-control, on a topic of its own, and know that the broker took it."""

import secrets
import threading
from typing import Final

from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from core.errors import BrokerError
from devices import broker
from devices.broker import Login

_TIMEOUT_S: Final = 10.0


def publish(login: Login, topic: str, payload: bytes, *, timeout_s: float = _TIMEOUT_S) -> None:
    """Publish with QoS 1 on a connection of its own; BrokerError unless the broker confirmed it."""
    answered = threading.Event()
    heard: list[ReasonCode] = []
    client = broker.client(login, client_id=f"c5-notice-{secrets.token_hex(6)}")

    def connected(
        client: paho.Client, _data: object, _flags: object, code: ReasonCode, _properties: object
    ) -> None:
        if code.is_failure:
            heard.append(code)
            answered.set()
            return
        client.publish(topic, payload, qos=1, properties=Properties(PacketTypes.PUBLISH))  # type: ignore[no-untyped-call]  # paho's own

    def published(
        _client: paho.Client, _data: object, _mid: int, code: ReasonCode, _properties: object
    ) -> None:
        heard.append(code)
        answered.set()

    client.on_connect = connected
    client.on_publish = published
    host, port, _ = login.endpoint
    try:
        client.connect(host, port)
    except OSError as exc:
        raise BrokerError(f"broker at {login.url}: {exc}; it is tried again") from exc
    client.loop_start()
    try:
        answered.wait(timeout_s)
    finally:
        client.disconnect()
        client.loop_stop()
    if not heard:
        raise BrokerError(f"broker at {login.url} did not confirm a notice; it is tried again")
    if heard[0].is_failure:
        raise BrokerError(
            f"broker at {login.url} refused a notice on {topic}: {heard[0]}; let c5-control "
            "publish there, see docs/runbook.md"
        )
