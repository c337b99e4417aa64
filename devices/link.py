"""One device's MQTT 5 connection, driven by a LinkLoop; the only paho of the devices' side.

QoS 1, a session that outlives the connection (so commands wait for their
device), a will made anew for every connection, and reconnection with growing,
spread delays. At most `window` messages await their PUBACK, never more than
the broker's Receive Maximum; what a lost connection leaves unacknowledged is
sent again by paho, so a token is answered exactly once, by `acked`.
"""

import socket
import ssl
from contextlib import suppress
from enum import Enum, auto
from typing import Any, Final, NamedTuple, Protocol

from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from core.clock import monotonic_s
from core.log import get
from devices import broker
from devices.backoff import Backoff
from devices.broker import Login
from devices.link_loop import LinkLoop

SESSION_EXPIRY_S: Final = 7 * 86_400
CONNECT_TIMEOUT_S: Final = 5.0
_STABLE_S: Final = 5.0
"""A connection that lived this long makes the next delay short again."""
_FOREVER: Final = {0x87, 0x90, 0x99}
"""Refusals of a message that no repetition cures: not authorized, topic, payload format."""
_NOBODY_LISTENS: Final = 0x10
"""Accepted, but without a subscriber: ingest has no session, as after a broker restart when
several workers share a subscription (docs/adr/0006-ingest.md)."""
_log = get(__name__)


class Will(NamedTuple):
    """What the broker says for a device that vanished; retained."""

    topic: str
    payload: bytes


class Down(NamedTuple):
    """How a connection, or the attempt at one, ended."""

    why: str
    was_up: bool
    reached: bool
    """The broker may have accepted it: a will may have been published."""
    refused: bool
    """The broker said no: wrong password, or a device that was revoked."""


class Refusal(NamedTuple):
    """The broker's answer to a message it did not take."""

    why: str
    forever: bool


class Owner(Protocol):
    """Whoever uses a link; every call comes on the loop's thread."""

    def opening(self) -> Will | None:
        """A connection is about to be tried; answer its will."""

    def opened(self) -> None:
        """Messages may be published."""

    def closed(self, down: Down) -> None:
        """Messages may not be published; the link tries again unless it was stopped."""

    def acked(self, token: int, refusal: Refusal | None) -> None:
        """The broker answered the message published with `token`."""

    def heard(self, topic: str, payload: bytes) -> None:
        """A message came in on a subscribed topic."""

    def ready(self) -> None:
        """There is room in the window again."""


class State(Enum):
    """Where a link stands."""

    IDLE = auto()
    WAITING = auto()
    DIALLING = auto()
    ENTERING = auto()
    UP = auto()
    FALLING = auto()


class Link:
    """A connection that heals itself."""

    def __init__(
        self,
        loop: LinkLoop,
        login: Login,
        owner: Owner,
        *,
        client_id: str,
        subscribe: str | None = None,
        keepalive_s: int = 30,
        window: int = 20,
        backoff: Backoff | None = None,
    ) -> None:
        self.state = State.IDLE
        self._loop = loop
        self._owner = owner
        self._name = client_id
        self._subscribe = subscribe
        self._window = self._own_window = window
        self._backoff = backoff or Backoff()
        self._wanted = False
        self._reached = False
        self._turned_away = False
        self._entered = False
        self._why = ""
        self._since_s = 0.0
        self._dials = 0
        self._sock: Any = None
        self._in_flight: dict[int, int] = {}
        host, port, _ = login.endpoint
        self._client = broker.client(login, client_id=client_id)
        self._client.connect_timeout = CONNECT_TIMEOUT_S
        self._client.max_inflight_messages_set(0)  # the window bounds it
        connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        connect.SessionExpiryInterval = SESSION_EXPIRY_S
        connect.ReceiveMaximum = window
        self._client.connect_async(host, port, keepalive_s, clean_start=False, properties=connect)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message
        self._client.on_socket_close = self._on_socket_close
        self._client.on_socket_register_write = self._on_write_wanted
        self._client.on_socket_unregister_write = self._on_write_done

    @property
    def room(self) -> int:
        """How many messages may be published now."""
        return max(0, self._window - len(self._in_flight)) if self.state is State.UP else 0

    @property
    def in_flight(self) -> int:
        """How many messages await the broker's answer."""
        return len(self._in_flight)

    def start(self, delay_s: float = 0.0) -> None:
        """Connect, and stay connected, until `stop`."""
        self._wanted = True
        self._loop.add(self)
        if self.state is State.IDLE:
            self._wait(delay_s)

    def stop(self) -> None:
        """Take leave of the broker, which then publishes no will, and stay away."""
        self._wanted = False
        if self.state is State.UP:
            self._why = "stopped"
            self._client.disconnect()
        elif self.state is State.ENTERING:
            self.sever()
        elif self.state is State.WAITING:
            self._rest()

    def sever(self, *, stay_away: bool = False) -> None:
        """Lose the connection as a dead radio does: without a word, so the will is published."""
        if stay_away:
            self._wanted = False
            if self.state is State.WAITING:
                self._rest()
        if self._sock is not None:
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)

    def publish(self, topic: str, payload: bytes, *, retain: bool, token: int) -> None:
        """Send one message, QoS 1; only while `room` is positive."""
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        self._in_flight[info.mid] = token

    def readable(self) -> None:
        """Part of the loop: read what came, then tell the owner."""
        self._client.loop_read()
        while isinstance(sock := self._client.socket(), ssl.SSLSocket) and sock.pending():
            self._client.loop_read()
        if self._entered:
            self._entered = False
            self._owner.opened()
        if self.room:
            self._owner.ready()

    def writable(self) -> None:
        """Part of the loop: write what waits."""
        self._client.loop_write()

    def sweep(self, now_s: float) -> None:
        """Part of the loop: keepalive, and the limit on waiting to be let in."""
        if self.state is State.ENTERING and now_s - self._since_s > CONNECT_TIMEOUT_S:
            self._why = "the broker did not answer"
            self.sever()
        elif self._sock is not None:
            self._client.loop_misc()

    def _wait(self, delay_s: float) -> None:
        self.state = State.WAITING
        self._dials += 1
        mine = self._dials
        self._loop.call_later(delay_s, lambda: self._dial(mine))

    def _rest(self) -> None:
        self.state = State.IDLE
        self._loop.remove(self)

    def _dial(self, mine: int) -> None:
        if mine != self._dials or self.state is not State.WAITING:
            return  # stopped, or stopped and started again, meanwhile
        will = self._owner.opening()
        if will is None:
            self._client.will_clear()
        else:
            self._client.will_set(will.topic, will.payload, qos=1, retain=True)
        self.state = State.DIALLING
        self._reached = self._turned_away = False
        self._loop.dial(self._client.reconnect, self._dialled)

    def _dialled(self, failure: OSError | None) -> None:
        if failure is not None:
            self._fell(str(failure) or type(failure).__name__, was_up=False)
            return
        self._sock = self._client.socket()
        self._loop.watch(self._sock, self, write=self._client.want_write())
        self._since_s = monotonic_s()
        self._reached = True
        self.state = State.ENTERING
        if not self._wanted:
            self.sever()

    def _fell(self, why: str, *, was_up: bool) -> None:
        """Go on to WAITING, or to IDLE when nobody wants the link."""
        lived_s = monotonic_s() - self._since_s
        self.state = State.IDLE
        self._entered = False
        if was_up and lived_s > _STABLE_S:
            self._backoff.reset()
        if self._wanted:
            delay_s = self._backoff.next_s()
            self._wait(delay_s)
            _log.debug("link_down", device=self._name, cause=why, retry_s=round(delay_s, 2))
        else:
            self._rest()
        self._owner.closed(Down(why, was_up, self._reached, self._turned_away))

    def _on_connect(
        self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, props: Any
    ) -> None:
        if reason.is_failure:
            self._reached = False
            self._turned_away = True
            self._why = f"the broker refused {self._name}: {reason}"
            _log.warning("link_refused", device=self._name, cause=str(reason))
            return
        self._why = ""
        self._since_s = monotonic_s()
        self._window = min(self._own_window, getattr(props, "ReceiveMaximum", self._own_window))
        self.state = State.UP
        self._entered = True
        if self._subscribe is not None:
            self._client.subscribe(self._subscribe, qos=1)

    def _on_disconnect(
        self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _props: Any
    ) -> None:
        if self.state in {State.ENTERING, State.UP}:
            why, self._why = self._why or str(reason), ""
            was_up = self.state is State.UP
            self.state = State.FALLING
            self._loop.call(lambda: self._fell(why, was_up=was_up))

    def _on_publish(
        self, _client: paho.Client, _data: Any, mid: int, reason: ReasonCode, _props: Any
    ) -> None:
        token = self._in_flight.pop(mid, None)
        if token is not None:
            self._owner.acked(token, _refusal(reason))

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self._owner.heard(message.topic, bytes(message.payload))

    def _on_socket_close(self, _client: paho.Client, _data: Any, sock: Any) -> None:
        if sock is self._sock:
            self._loop.unwatch(sock)
            self._sock = None

    def _on_write_wanted(self, _client: paho.Client, _data: Any, sock: Any) -> None:
        if sock is self._sock:
            self._loop.want_write(sock, write=True)

    def _on_write_done(self, _client: paho.Client, _data: Any, sock: Any) -> None:
        if sock is self._sock:
            self._loop.want_write(sock, write=False)


def _refusal(reason: ReasonCode) -> Refusal | None:
    """What a PUBACK says; a message that met no subscriber was not taken by anyone."""
    if reason.value == _NOBODY_LISTENS:
        return Refusal(str(reason), forever=False)
    return Refusal(str(reason), reason.value in _FOREVER) if reason.is_failure else None
