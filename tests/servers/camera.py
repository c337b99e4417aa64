"""A camera of the tests on loopback: MJPEG over HTTP, and all that such a camera does wrong."""

import base64
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import cv2
import numpy as np

from tests.servers.waiting import wait_until

_HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
_REALM, _NONCE = "camara", "c0ffee"

Picture = Callable[[int], bytes]
"""The JPEG that is sent as number n."""


def numbered(number: int, wide: int = 320, high: int = 240) -> bytes:
    """A JPEG whose grey level says its number, so that a test knows which one it got."""
    image = np.full((high, wide, 3), (number * 8) % 256, np.uint8)
    return jpeg(image)


def number_of(image: Any) -> int:
    """Undo `numbered`, modulo 32."""
    return round(float(image.mean()) / 8) % 32


def jpeg(image: Any, quality: int = 90) -> bytes:
    """Pack a picture."""
    done, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return packed.tobytes()


class CameraServer:
    """Streams pictures to whoever comes; it can fall silent, break off, spoil some, and return."""

    def __init__(
        self,
        picture: Picture = numbered,
        *,
        fps: float = 25.0,
        login: tuple[str, str] | None = None,
        scheme: str = "Digest",
        with_length: bool = True,
    ) -> None:
        self.sent = 0
        """Pictures that have left, to whomever."""
        self.port = 0
        self.viewers = 0
        self.asked: list[str] = []
        self._picture = picture
        self._pause_s = 1 / fps
        self._login = login
        self._scheme = scheme
        self._with_length = with_length
        self._spoil = 0
        self._silent = threading.Event()
        self._closing = threading.Event()
        self._clients: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self.restore()

    @property
    def url(self) -> str:
        """Its stream, with the password if it wants one."""
        who = "" if self._login is None else f"{self._login[0]}:{self._login[1]}@"
        return f"http://{who}127.0.0.1:{self.port}/video"

    @property
    def snapshot_url(self) -> str:
        """One picture a request."""
        return self.url.replace("/video", "/foto.jpg")

    def restore(self) -> None:
        """Listen, on the port it had before."""
        self._closing.clear()
        listener = socket.create_server(("127.0.0.1", self.port))
        listener.settimeout(0.1)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._spawn(lambda: self._accept(listener))

    def cut(self) -> None:
        """Break off in the middle of a picture, and answer nobody until `restore`."""
        self._closing.set()
        for client in list(self._clients):
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()
        self._threads.clear()

    def fall_silent(self) -> None:
        """Keep connections open and send nothing more, as a half-open one does."""
        self._silent.set()

    def speak(self) -> None:
        """Send again."""
        self._silent.clear()

    def spoil(self, count: int) -> None:
        """Send the next pictures cut in half."""
        self._spoil = count

    def close(self) -> None:
        """End it."""
        self._silent.clear()
        self.cut()

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with listener:
            while not self._closing.is_set():
                try:
                    client, _ = listener.accept()
                except TimeoutError:
                    continue
                self._clients.add(client)
                self._spawn(partial(self._serve, client))

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(5)
            asked = b""
            while b"\r\n\r\n" not in asked:
                if not (more := client.recv(4096)):
                    return
                asked += more
            self.asked.append(asked.decode().split("\r\n")[0])
            if not self._lets_in(asked.decode()):
                client.sendall(self._challenge())
            elif b"GET /foto.jpg" in asked:
                body = self._next()
                head = b"HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n"
                client.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            else:
                self._stream(client)
        self._clients.discard(client)

    def _stream(self, client: socket.socket) -> None:
        client.sendall(_HEAD)
        self.viewers += 1
        try:
            while not self._closing.is_set():
                if self._silent.is_set():
                    self._closing.wait(0.02)
                    continue
                body = self._next()
                length = b"Content-Length: %d\r\n" % len(body) if self._with_length else b""
                client.sendall(b"--frame\r\nContent-Type: image/jpeg\r\n" + length + b"\r\n")
                client.sendall(body + b"\r\n")
                self._closing.wait(self._pause_s)
            client.sendall(
                b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 9999\r\n\r\nmid"
            )
        finally:
            self.viewers -= 1

    def _next(self) -> bytes:
        body = self._picture(self.sent)
        self.sent += 1
        if self._spoil > 0:
            self._spoil -= 1
            return body[: len(body) // 2]
        return body

    def _challenge(self) -> bytes:
        how = {
            "Digest": f'Digest realm="{_REALM}", nonce="{_NONCE}", qop="auth", algorithm=MD5',
            "Basic": f'Basic realm="{_REALM}"',
        }[self._scheme]
        return f"HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: {how}\r\n\r\n".encode()

    def _lets_in(self, asked: str) -> bool:
        """Work the answer out independently of the code under test."""
        if self._login is None:
            return True
        user, password = self._login
        said = next((one for one in asked.split("\r\n") if one.startswith("Authorization: ")), "")
        if self._scheme == "Basic":
            pair = base64.b64encode(f"{user}:{password}".encode()).decode()
            return said == f"Authorization: Basic {pair}"
        fields = dict(
            part.strip().split("=", 1)
            for part in said.removeprefix("Authorization: Digest ").split(",")
            if "=" in part
        )
        fields = {name: value.strip('"') for name, value in fields.items()}
        if not fields:
            return False

        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        first = md5(f"{user}:{_REALM}:{password}")
        second = md5(f"GET:{fields['uri']}")
        between = f"{_NONCE}:{fields['nc']}:{fields['cnonce']}:auth"
        return fields["response"] == md5(f"{first}:{between}:{second}")


@contextmanager
def camera(picture: Picture = numbered, **how: Any) -> Iterator[CameraServer]:
    """A camera that streams while the context lasts."""
    server = CameraServer(picture, **how)
    try:
        yield server
    finally:
        server.close()


def film(pictures: Sequence[bytes]) -> Picture:
    """These pictures one after the other, and then the last for ever."""
    return lambda number: pictures[min(number, len(pictures) - 1)]


def watched(server: CameraServer) -> None:
    """Wait until somebody looks."""
    wait_until(lambda: server.viewers > 0, what="somebody to look at the camera")
