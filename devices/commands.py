"""Send commands to devices as c5-control, and say what became of them.

The connection is opened by the first command and keeps itself alive. A command
carries its expiry, to the device and as MQTT message expiry, so the broker drops
it instead of delivering yesterday's order. What the broker says to the PUBLISH is
waited for: refused, heard by nobody, or taken.
"""

import math
import secrets
import threading
from datetime import datetime
from enum import StrEnum
from typing import Final

from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from core import codec
from core.clock import monotonic_s
from core.errors import BrokerError, Conflict
from core.messages import Command
from core.topics import Kind, Stream, telemetry
from devices import broker
from devices.broker import Login

_NO_MATCHING_SUBSCRIBERS: Final = 0x10
_RECONNECT_MAX_S: Final = 15


class CommandState(StrEnum):
    """How far a command got."""

    SENT = "sent"
    ACKED = "acked"
    FAILED = "failed"
    EXPIRED = "expired"


class NotListening(Conflict):
    """The device has no connection and no session that would keep a command for it."""

    reason = "not_listening"


def state(
    now: datetime, *, ok: bool | None, failure: str | None, expires_at: datetime | None
) -> CommandState:
    """Tell how far a command got; an answer outranks everything, however late.

    ok       what the device answered; None: nothing
    failure  why it never reached the device; None: it was handed to the broker
    """
    if ok is not None:
        return CommandState.ACKED if ok else CommandState.FAILED
    if failure is not None:
        return CommandState.FAILED
    if expires_at is not None and expires_at <= now:
        return CommandState.EXPIRED
    return CommandState.SENT


class Commander:
    """c5-control's connection with the broker; thread-safe."""

    def __init__(self, login: Login, *, timeout_s: float = 5.0) -> None:
        self._login = login
        self._timeout_s = timeout_s
        self._starting = threading.Lock()
        self._changed = threading.Condition()
        self._refusal = ""
        self._puback: dict[int, ReasonCode] = {}
        self._waiting: set[int] = set()
        self._client: paho.Client | None = None

    def send(self, kind: Kind, device_id: str, command: Command, *, expires_s: float) -> None:
        """Hand a command to the broker; BrokerError or NotListening if it would not arrive."""
        client = self._connected()
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.MessageExpiryInterval = max(1, math.ceil(expires_s))
        topic = telemetry(kind, device_id, Stream.CMD)
        with self._changed:
            info = client.publish(
                topic, codec.encode_command(command), qos=1, properties=properties
            )
            self._waiting.add(info.mid)
            try:
                self._changed.wait_for(lambda: info.mid in self._puback, self._timeout_s)
            finally:
                self._waiting.discard(info.mid)
            answer = self._puback.pop(info.mid, None)
        if answer is None:
            raise BrokerError(
                f"broker at {self._login.url} did not confirm the command; it may still arrive, "
                "look at its state before you repeat it"
            )
        if answer.value == _NO_MATCHING_SUBSCRIBERS:
            raise NotListening(
                f"{device_id} is not connected and hears no commands; wait until it is online"
            )
        if answer.is_failure:
            raise BrokerError(f"broker refused the command: {answer}; see c5-control's rights")

    def close(self) -> None:
        """Disconnect; a later command connects again."""
        with self._starting:
            client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _connected(self) -> paho.Client:
        with self._starting:
            if self._client is None:
                self._client = self._start()
            client = self._client
        deadline_s = monotonic_s() + self._timeout_s
        with self._changed:
            self._changed.wait_for(
                lambda: client.is_connected() or self._refusal,
                max(0.0, deadline_s - monotonic_s()),
            )
            if client.is_connected():
                return client
            cause = self._refusal or f"not reached in {self._timeout_s:.0f} s"
        raise BrokerError(f"broker at {self._login.url}: {cause}; nothing was sent, try again")

    def _start(self) -> paho.Client:
        client = broker.client(self._login, client_id=f"c5-control-{secrets.token_hex(6)}")
        client.reconnect_delay_set(1, _RECONNECT_MAX_S)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        host, port, _ = self._login.endpoint
        client.connect_async(host, port)
        client.loop_start()
        return client

    def _on_connect(
        self,
        _client: paho.Client,
        _data: object,
        _flags: object,
        reason: ReasonCode,
        _props: object,
    ) -> None:
        with self._changed:
            self._refusal = f"{reason} for {self._login.username}" if reason.is_failure else ""
            self._changed.notify_all()

    def _on_disconnect(
        self,
        _client: paho.Client,
        _data: object,
        _flags: object,
        _reason: ReasonCode,
        _props: object,
    ) -> None:
        with self._changed:
            self._changed.notify_all()

    def _on_publish(
        self, _client: paho.Client, _data: object, mid: int, reason: ReasonCode, _props: object
    ) -> None:
        with self._changed:
            if mid in self._waiting:
                self._puback[mid] = reason
                self._changed.notify_all()
