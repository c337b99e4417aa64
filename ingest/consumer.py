"""The broker's side of ingest: a persistent session, read in bursts, acknowledged in bursts.

paho parses; this module owns the loop around it (paho's external-loop API),
because two things decide the throughput: recv in large pieces, and hundreds of
PUBACKs in one send. MQTT 3.1.1, since paho builds a Properties object for every
MQTT 5 PUBLISH (docs/adr/0006-ingest.md has the figures).

An acknowledgement is sent only for a message whose COMMIT has happened, and
only on the connection it came on: after a reconnect the broker sends it again
and the primary key absorbs it. When the inbox is full we disconnect, keep the
session, and come back once it is half empty: the broker holds what we can't.
"""

import select
import socket
import ssl
import threading
from collections import deque
from collections.abc import Sequence
from typing import Final, cast

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from core import log
from core.clock import utc_now
from devices import broker
from ingest.inbox import Inbound, Inbox

_RECV_BYTES: Final = 65_536
_BURST_MESSAGES: Final = 500
_TICK_S: Final = 0.5
_BACKOFF_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_CONNECT_TIMEOUT_S: Final = 5.0
_log = log.get(__name__)


class BufferedSocket:
    """A socket whose small reads come from one large one; paho reads three times a packet."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._buffer = b""
        self._at = 0

    def recv(self, size: int) -> bytes:
        """Answer up to `size` bytes; raises as the socket does when there are none."""
        if self._at >= len(self._buffer):
            self._buffer = self._inner.recv(_RECV_BYTES)
            self._at = 0
        piece = self._buffer[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def pending(self) -> int:
        """Bytes that can be read without touching the network."""
        hidden = self._inner.pending() if isinstance(self._inner, ssl.SSLSocket) else 0
        return len(self._buffer) - self._at + hidden

    def send(self, data: bytes) -> int:
        """Write what fits."""
        return self._inner.send(data)

    def close(self) -> None:
        """Close the socket."""
        self._inner.close()

    def fileno(self) -> int:
        """Descriptor for select."""
        return self._inner.fileno()

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001  socket's own signature
        """Pass on."""
        self._inner.setblocking(flag)


class _BurstClient(mqtt.Client):
    """paho with buffered reads; the one seam of paho that is not public API."""

    def _create_socket(self) -> BufferedSocket:  # type: ignore[override]  # all that paho calls
        return BufferedSocket(cast("socket.socket", super()._create_socket()))


class Consumer:
    """One MQTT session that fills an inbox, in a thread of its own."""

    def __init__(
        self,
        login: broker.Login,
        *,
        client_id: str,
        subscriptions: Sequence[str],
        forget: Sequence[str] = (),
        inbox: Inbox,
        keepalive_s: int = 60,
    ) -> None:
        self._login = login
        self._subscriptions = [(topic, 1) for topic in subscriptions]
        self._forget = list(forget)
        self._inbox = inbox
        self._keepalive_s = keepalive_s
        self._client = self._make_client(client_id)
        self._thread = threading.Thread(target=self._run, name="consumer", daemon=True)
        self._stopping = threading.Event()
        self._wake_r, self._wake_w = socket.socketpair()
        self._wake_w.settimeout(0)
        self._acks: deque[tuple[int, bytes]] = deque()
        self._unsent = b""
        self._burst: list[Inbound] = []
        self._connection = 0
        self._subscribed = False
        self.session_present = False
        """The broker remembered this session when we last connected."""
        self.received = 0
        self.reconnects = 0
        self.overflows = 0

    @property
    def is_ready(self) -> bool:
        """Connected and subscribed."""
        return self._subscribed

    def start(self) -> None:
        """Connect in the background; keeps trying until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Disconnect; the session and what is unacknowledged stay with the broker."""
        self._stopping.set()
        self._wake()
        self._thread.join()
        self._wake_r.close()
        self._wake_w.close()

    def ack(self, messages: Sequence[Inbound]) -> None:
        """Acknowledge stored messages, in order; those of an earlier connection are dropped."""
        by_connection: dict[int, list[bytes]] = {}
        for message in messages:
            if message.mid:
                by_connection.setdefault(message.connection, []).append(
                    message.mid.to_bytes(2, "big")
                )
        for connection, mids in by_connection.items():
            self._acks.append((connection, b"\x40\x02" + b"\x40\x02".join(mids)))
        self._wake()

    def _make_client(self, client_id: str) -> mqtt.Client:
        client = _BurstClient(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=mqtt.MQTTv311,
            manual_ack=True,
        )
        client.connect_timeout = _CONNECT_TIMEOUT_S
        broker.prepare(client, self._login)
        client.on_message = self._on_message
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        return client

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            if not self._inbox.is_drained:
                self._stopping.wait(0.05)
                continue
            endpoint = self._login.endpoint
            try:
                self._client.connect(endpoint.host, endpoint.port, self._keepalive_s)
            except (OSError, ValueError) as exc:
                wait_s = _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)]
                failures += 1
                _log.warning("broker_unreachable", cause=str(exc), retry_s=wait_s)
                self._stopping.wait(wait_s)
                continue
            self._connection += 1
            self._unsent = b""
            if self._serve_connection():
                failures = 0
            elif not self._stopping.is_set():
                self._stopping.wait(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
                failures += 1
            self._subscribed = False
            if not self._stopping.is_set():
                self.reconnects += 1
                _log.warning("broker_connection_lost", connection=self._connection)

    def _serve_connection(self) -> bool:
        """Move bytes until the connection ends; answer whether it ever worked."""
        client = self._client
        worked = False
        while not self._stopping.is_set():
            sock = client.socket()
            if sock is None:
                return worked
            wants_write = bool(self._unsent) or client.want_write()
            readable, writable, _ = select.select(
                [sock, self._wake_r], [sock] if wants_write else [], [], _TICK_S
            )
            if self._wake_r in readable:
                self._wake_r.recv(4096)
            if sock in readable and not self._read():
                return worked
            self._write(can_write=bool(writable))
            worked = worked or self._subscribed
        self._flush_acks()
        client.disconnect()
        return worked

    def _read(self) -> bool:
        """Read what has come, at most a burst; False when we had to hang up."""
        client = self._client
        while True:
            if client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
            sock = client.socket()
            pending = cast("BufferedSocket", sock).pending() if sock is not None else 0
            if not pending or len(self._burst) >= _BURST_MESSAGES:
                if not self._hand_over():
                    return False
                if not pending:
                    break
        return self._hand_over()

    def _hand_over(self) -> bool:
        if not self._burst:
            return True
        burst, self._burst = self._burst, []
        if self._inbox.offer(burst):
            self.received += len(burst)
            return True
        self.overflows += 1
        _log.warning("inbox_full", held=len(self._inbox), held_bytes=self._inbox.held_bytes)
        self._client.disconnect()
        return False

    def _write(self, *, can_write: bool) -> None:
        client = self._client
        if not self._unsent and client.want_write() and can_write:
            client.loop_write()
        self._flush_acks()
        if not self._unsent:
            client.loop_misc()

    def _flush_acks(self) -> None:
        """Send queued PUBACKs between paho's own packets, never inside one."""
        while self._acks:
            connection, packets = self._acks.popleft()
            if connection == self._connection:
                self._unsent += packets
        sock = self._client.socket()
        if not self._unsent or sock is None or self._client.want_write():
            return
        try:
            sent = sock.send(self._unsent)
        except (BlockingIOError, InterruptedError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return
        except OSError as exc:
            _log.warning("ack_send_failed", cause=str(exc))
            self._unsent = b""
            return
        self._unsent = self._unsent[sent:]

    def _wake(self) -> None:
        try:
            self._wake_w.send(b"\x00")
        except (BlockingIOError, OSError):
            return  # the pipe is full, so the thread is awake, or it has ended

    def _on_message(self, _client: mqtt.Client, _userdata: object, got: mqtt.MQTTMessage) -> None:
        self._burst.append(
            Inbound(
                got.topic,
                bytes(got.payload),
                utc_now(),
                got.mid if got.qos else 0,
                self._connection,
                got.retain,
            )
        )

    def _on_connect(
        self,
        client: mqtt.Client,
        _userdata: object,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            _log.error("broker_refused_login", reason=str(reason))
            return
        _log.info("broker_connected", session_present=flags.session_present)
        self.session_present = flags.session_present
        if self._subscriptions:
            client.subscribe(self._subscriptions)
        else:
            self._subscribed = True
        if self._forget:
            client.unsubscribe(self._forget)

    def _on_subscribe(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            _log.error("subscription_refused", topics=[topic for topic, _ in self._subscriptions])
            return
        self._subscribed = True
