"""A TCP proxy that a test can cut and stall, in front of a real server.

`cut` resets live connections and refuses new ones, as a dead host does after
its router notices; `stall` keeps them open and lets nothing through, as a dead
host does before. `restore` undoes both on the same port.
"""

import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from deploy.local import ports
from tests.servers.waiting import wait_until

_CHUNK_BYTES = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Forward loopback connections to a port until told otherwise."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = ports.choose()
        self.connections_seen = 0
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._live: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self._listen()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def live_connections(self) -> int:
        """How many clients are connected through it now."""
        with self._lock:
            return len(self._live) // 2

    def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            live = list(self._live)
        for line in live:
            _reset(line)
        self._flowing.set()  # whoever is stalled finds the reset
        wait_until(lambda: self.live_connections == 0, what="the proxy's connections to end")

    def stall(self) -> None:
        """Keep connections, accept new ones, and let nothing through."""
        self._flowing.clear()

    def restore(self) -> None:
        """Let everything through again."""
        self._flowing.set()
        if self._listener is None:
            self._listen()

    def close(self) -> None:
        """Cut for good."""
        self.cut()
        for thread in self._threads:
            thread.join(timeout=5)

    def _listen(self) -> None:
        listener = socket.create_server((ports.LOOPBACK, self.port), backlog=512)
        self._listener = listener
        self._run(self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((ports.LOOPBACK, self.target_port), timeout=5)
            except OSError:
                _reset(client)
                client.close()
                continue
            server.settimeout(None)
            for line in (client, server):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections_seen += 1
                self._live.update((client, server))
            self._run(self._serve, client, server)
            if self._listener is not listener:  # cut while connecting
                _reset(client)
                _reset(server)

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
        back.start()
        self._pump(client, server)
        back.join()
        with self._lock:
            self._live.difference_update((client, server))
        client.close()
        server.close()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(_CHUNK_BYTES):
                self._flowing.wait()
                sink.sendall(data)
            self._flowing.wait()
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            _reset(source)
            _reset(sink)

    def _run(self, work: object, *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        thread.start()
        self._threads = [one for one in self._threads if one.is_alive()]
        self._threads.append(thread)


def _reset(line: socket.socket) -> None:
    """Make the other end see a reset; the socket itself is closed by whoever serves it."""
    with suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
