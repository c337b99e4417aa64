"""The latest frame of every camera, from memory, to the control center alone.

GET /frame/{device_id}.jpg answers a small JPEG without readable plates, and how old it is. It
listens on loopback, or on a network that only the control center shares; nothing is stored, by us
or by who asks.
"""

import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from core.errors import ConfigError
from vision.feeds.feed import FrameBroken
from vision.source import Source
from vision.veil import Veil

AGE_HEADER: Final = "X-Frame-Age-Ms"
_PATIENCE_S: Final = 5.0


class PortTaken(ConfigError):
    """The latest frames cannot be served there."""

    reason = "port_taken"


class FrameServer:
    """A small HTTP server on a thread of its own."""

    def __init__(self, sources: Mapping[str, Source], *, host: str, port: int) -> None:
        """Listen; PortTaken where that cannot be."""
        try:
            self._server = _Server((host, port), _Handler)
        except OSError as exc:
            raise PortTaken(
                f"lpr.frames_port {port} on {host}: {exc.strerror}; choose another, 0 for any"
            ) from None
        self._server.sources = sources
        self._server.veil = Veil()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.2,), name="frames", daemon=True
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    sources: Mapping[str, Source]
    veil: Veil


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE_S
    server: _Server

    def do_GET(self) -> None:
        """Answer one camera's latest frame."""
        name = self.path.removeprefix("/frame/")
        source = self.server.sources.get(name.removesuffix(".jpg"))
        if name == self.path or not name.endswith(".jpg") or source is None:
            self.send_error(HTTPStatus.NOT_FOUND, "no such camera here")
            return
        shot = source.latest
        try:
            body = self.server.veil.jpeg(shot.unpacked()) if shot is not None else b""
        except FrameBroken:
            body = b""
        if shot is None or not body:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, "no frame has come yet")
            return
        age_ms = round(source.latest_age_s * 1000)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header(AGE_HEADER, str(age_ms))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any, **__: Any) -> None:
        """Say nothing: frames are asked for once a second."""
