"""A camera of the tests that speaks RTSP: JPEG in RTP (RFC 2435), interleaved on one connection.

FFMPEG, and so cv2, plays it like any other camera's stream; nothing else has to be installed.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.servers.camera import Picture, numbered

_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=c5\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000\r\na=control:track1\r\n"
)
_CHUNK = 1200
_CLOCK_HZ = 90_000


class RtspServer:
    """Streams pictures to whoever plays it; it can fall silent and break off."""

    def __init__(self, picture: Picture = numbered, *, fps: float = 20.0) -> None:
        self.sent = 0
        self._picture = picture
        self._fps = fps
        self._silent = threading.Event()
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Its stream."""
        return f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/camara"

    def fall_silent(self) -> None:
        """Send nothing more, and keep the connection."""
        self._silent.set()

    def speak(self) -> None:
        """Send again."""
        self._silent.clear()

    def close(self) -> None:
        """End it."""
        self._closing.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(5)
            while True:
                asked = b""
                while b"\r\n\r\n" not in asked:
                    if not (more := client.recv(4096)):
                        return
                    asked += more
                lines = asked.decode().split("\r\n")
                verb = lines[0].split()[0]
                seq = next(line for line in lines if line.lower().startswith("cseq:"))
                client.sendall(self._answer(verb, seq))
                if verb == "PLAY":
                    self._play(client)
                    return

    def _answer(self, verb: str, seq: str) -> bytes:
        body, extra = "", ""
        match verb:
            case "OPTIONS":
                extra = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
            case "DESCRIBE":
                body = _SDP
                extra = f"Content-Type: application/sdp\r\nContent-Base: {self.url}/\r\n"
            case "SETUP":
                extra = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 7\r\n"
            case "PLAY":
                extra = "Session: 7\r\n"
        head = f"RTSP/1.0 200 OK\r\n{seq}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
        return (head + body).encode()

    def _play(self, client: socket.socket) -> None:
        packet = 0
        while not self._closing.is_set():
            if not self._silent.is_set():
                for payload, is_last in _payloads(self._picture(self.sent)):
                    at = int(self.sent * _CLOCK_HZ / self._fps) & 0xFFFFFFFF
                    kind = 26 | (0x80 if is_last else 0)
                    head = struct.pack(">BBHII", 0x80, kind, packet & 0xFFFF, at, 7)
                    rtp = head + payload
                    client.sendall(b"$\0" + struct.pack(">H", len(rtp)) + rtp)
                    packet += 1
                self.sent += 1
            self._closing.wait(1 / self._fps)


def _payloads(jpeg: bytes) -> Iterator[tuple[bytes, bool]]:
    """Cut a baseline JPEG of 4:2:0 with the usual Huffman tables as RFC 2435 has it."""
    at, tables, wide, high = 2, [b"", b""], 0, 0
    while True:
        kind, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        body = jpeg[at + 4 : at + 2 + length]
        if kind == 0xDB:
            while body:
                tables[body[0] & 1], body = body[1:65], body[65:]
        elif kind == 0xC0:
            high, wide = struct.unpack(">HH", body[1:5])
            assert body[7] == 0x22, "4:2:0 is expected"
        at += 2 + length
        if kind == 0xDA:
            break
    scan = jpeg[at : jpeg.rindex(b"\xff\xd9")]
    for start in range(0, len(scan), _CHUNK):
        head = struct.pack(">IBBBB", start, 1, 255, wide // 8, high // 8)
        if start == 0:
            head += struct.pack(">BBH", 0, 0, 128) + tables[0] + tables[1]
        piece = scan[start : start + _CHUNK]
        yield head + piece, start + _CHUNK >= len(scan)


@contextmanager
def rtsp_camera(picture: Picture = numbered, *, fps: float = 20.0) -> Iterator[RtspServer]:
    """A camera that streams while the context lasts."""
    server = RtspServer(picture, fps=fps)
    try:
        yield server
    finally:
        server.close()
