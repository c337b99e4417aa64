"""Read server-sent events as a browser would, in a thread, and say what came."""

import http.client
import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from control_center.auth.sessions import COOKIE
from tests.servers.center import Visitor
from tests.servers.waiting import wait_until


class Event(NamedTuple):
    """One server-sent event."""

    name: str
    id: int
    data: Any


class Screen:
    """One live stream; use it as a context.

    `read` says whether it reads what comes, or leaves it lying in the socket.
    """

    def __init__(self, visitor: Visitor, *, read: bool = True) -> None:
        self.events: list[Event] = []
        self.ended = False
        self._visitor = visitor
        self._reading = threading.Event()
        if read:
            self._reading.set()
        address = urlsplit(str(visitor.client.base_url))
        self._line = http.client.HTTPConnection(address.hostname or "", address.port)
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._line.connect()
        self._line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        cookie = f"{COOKIE}={self._visitor.client.cookies[COOKIE]}"
        self._line.request("GET", "/api/live", headers={"Cookie": cookie})
        self._socket = self._line.sock
        self._response = self._line.getresponse()
        assert self._response.status == http.client.OK, self._response.read()
        self._thread.start()
        if self._reading.is_set():
            self.wait_for("snapshot")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reading.set()
        self._thread.join(timeout=15)
        self._response.close()
        self._line.close()

    def read(self) -> None:
        """Begin to read at last."""
        self._reading.set()

    def named(self, name: str) -> list[Event]:
        """The events of one name, so far."""
        return [event for event in list(self.events) if event.name == name]

    def changes(self) -> list[dict[str, Any]]:
        """Every change, so far."""
        return [change for event in self.named("change") for change in event.data["changes"]]

    def wait_for(self, name: str, *, count: int = 1, timeout_s: float = 15.0) -> Event:
        """Wait for the n-th event of a name."""
        wait_until(
            lambda: len(self.named(name)) >= count,
            timeout_s=timeout_s,
            what=f"{count} x event {name}; came: {[event.name for event in self.events]}",
        )
        return self.named(name)[count - 1]

    def wait_change(
        self, wanted: Callable[[dict[str, Any]], bool], *, timeout_s: float = 15.0
    ) -> dict[str, Any]:
        """Wait for a change that fits."""
        found = wait_until(
            lambda: [change for change in self.changes() if wanted(change)],
            timeout_s=timeout_s,
            what=f"a change that fits; came: {self.changes()[-5:]}",
        )
        return found[0]

    def wait_end(self) -> None:
        """Wait for the server to end the stream."""
        wait_until(lambda: self.ended, what="the stream to end")

    def _read(self) -> None:
        self._reading.wait()
        fields: dict[str, str] = {}
        with suppress(OSError, http.client.HTTPException, ValueError):
            for raw in self._response:
                line = raw.decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    data = json.loads(fields["data"])
                    self.events.append(Event(fields["event"], int(fields["id"]), data))
                    fields = {}
        self.ended = True
