"""The broker's side of ingest: a persistent session, read in bursts, acknowledged in bursts.

paho parses; this module owns the loop around it (paho's external-loop API),
because two things decide the throughput: recv in large pieces, and hundreds of
PUBACKs in one send. MQTT 3.1.1, since paho builds a Properties object for every
MQTT 5 PUBLISH (docs/adr/0006-ingest.md has the figures).

An acknowledgement is sent only for a message whose COMMIT has happened, and
only on the connection it came on: after a reconnect the broker sends it again
and the primary key absorbs it. While the inbox is full nothing is read and acks
go on; when that lasts we hang up (a broker drops whom it can't reach), keep the
session, and come back once half of it is empty: the broker holds what we can't.
"""

import select
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, cast

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from core import log
from core.clock import monotonic_s, utc_now
from devices import broker
from ingest.inbox import Inbound, Inbox

_RECV_BYTES: Final = 65_536
_BURST_MESSAGES: Final = 500
_BURST_BYTES: Final = 1_048_576
_TICK_S: Final = 0.5
_FULL_TICK_S: Final = 0.02
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
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._login = login
        self._on_failure = on_failure
        self._subscriptions = [(topic, 1) for topic in subscriptions]
        self._forget = list(forget)
        self._inbox = inbox
        self._keepalive_s = keepalive_s
        self._client = self._make_client(client_id)
        self._thread = threading.Thread(target=self._guarded, name="consumer", daemon=True)
        self._stopping = threading.Event()
        self._wake_r, self._wake_w = socket.socketpair()
        self._wake_w.settimeout(0)
        self._acks: deque[tuple[int, bytes]] = deque()
        self._unsent = b""
        self._burst: list[Inbound] = []
        self._burst_bytes = 0
        self._full_since_s: float | None = None
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

    def _guarded(self) -> None:
        """Tell whoever waits for the worker what ended this thread, if it was no `stop`."""
        try:
            self._run()
        except BaseException as exc:  # noqa: BLE001  handed on
            self._subscribed = False
            self._client.disconnect()
            self._on_failure(exc)

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
            self._forget_burst()
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
            sock = cast("BufferedSocket | None", client.socket())
            if sock is None:
                return worked
            readable, writable = self._wait(sock)
            is_up = self._read() if readable else self._hand_over()
            worked = worked or self._subscribed
            if not is_up:
                return worked
            self._write(can_write=writable)
        self._flush_acks()
        client.disconnect()
        return worked

    def _wait(self, sock: BufferedSocket) -> tuple[bool, bool]:
        """Wait for (something to read, room to write); nothing is read that has no place to go."""
        wants_read = not self._burst and not self._inbox.is_closed
        wants_write = bool(self._unsent) or self._client.want_write()
        is_buffered = wants_read and sock.pending() > 0
        timeout_s = 0.0 if is_buffered else _FULL_TICK_S if self._burst else _TICK_S
        sources: list[BufferedSocket | socket.socket] = [self._wake_r]
        if wants_read:
            sources.append(sock)
        readable, writable, _ = select.select(sources, [sock] if wants_write else [], [], timeout_s)
        if self._wake_r in readable:
            self._wake_r.recv(4096)
        return is_buffered or sock in readable, bool(writable)

    def _read(self) -> bool:
        """Read while there is something and room for it; False when we had to hang up."""
        while self._client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS:
            sock = cast("BufferedSocket | None", self._client.socket())
            if sock is None or not sock.pending():
                break
            if len(self._burst) >= _BURST_MESSAGES or self._burst_bytes >= _BURST_BYTES:
                if not self._hand_over():
                    return False
                if self._burst:
                    return True
        return self._hand_over()

    def _hand_over(self) -> bool:
        """Offer the burst; keep it while the inbox is full, hang up when that takes too long."""
        if not self._burst:
            return True
        is_up = True
        if self._inbox.offer(self._burst):
            self.received += len(self._burst)
        elif not self._inbox.is_closed:  # a closed one wants none: the broker sends them again
            now_s = monotonic_s()
            if self._full_since_s is None:
                self._full_since_s = now_s
            if now_s - self._full_since_s < self._keepalive_s / 4:
                return True
            self.overflows += 1
            _log.warning("inbox_full", held=len(self._inbox), held_bytes=self._inbox.held_bytes)
            self._client.disconnect()
            is_up = False
        self._forget_burst()
        return is_up

    def _forget_burst(self) -> None:
        self._burst, self._burst_bytes, self._full_since_s = [], 0, None

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
        self._burst_bytes += len(got.payload)
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
