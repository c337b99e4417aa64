"""An operator's screen, watched: how long from publish until it is drawn.

With a Chromium on this machine the real page is opened headless over the
DevTools protocol and asked for its own samples (window.c5, see the page's
measure.ts). Without one, the live feed is read as a browser would, and a sample
is the arrival of the change; the answer says which it was.
"""

import json
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol, Self

from websockets.sync.client import ClientConnection, connect

from core import log
from core.clock import monotonic_s, pause, wall_s
from core.errors import ServiceError

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--window-size=1366,768",
    "--remote-debugging-port=0",
)
_READY_S: Final = 60.0
_ANSWER_S: Final = 20.0
_log = log.get(__name__)


class Screen(Protocol):
    """Something that sees what operators see."""

    @property
    def kind(self) -> str:
        """`chromium` or `feed`."""

    def samples_ms(self) -> list[float]:
        """Milliseconds from publish to sight, of the latest changes."""


@contextmanager
def watching(url: str, username: str, password: str) -> Iterator[Screen]:
    """Log in and watch until the end of the block; Chromium if there is one, else the feed."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        _log.warning("no_chromium", remedy="install it to measure up to the drawn pixel")
        with _Feed(url, username, password) as feed:
            yield feed
        return
    with TemporaryDirectory(prefix="c5-screen-") as profile:
        process = subprocess.Popen(  # noqa: S603  the system's browser
            [browser, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with _tab(Path(profile)) as tab:
                yield _open_page(tab, url, username, password)
        finally:
            process.terminate()
            process.wait(timeout=_ANSWER_S)


class _Tab:
    """One page of a browser, by the DevTools protocol."""

    kind = "chromium"

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._last_id = 0

    def evaluate(self, script: str) -> Any:
        """Run JavaScript in the page, await its promise, answer its JSON value."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            words = answer["exceptionDetails"].get("exception", {}).get("description", "")
            raise ServiceError(f"the page answered with an error: {words[:300]}")
        return answer["result"].get("value")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Do one command and answer its result."""
        self._last_id += 1
        self._connection.send(
            json.dumps({"id": self._last_id, "method": method, "params": parameters})
        )
        deadline_s = monotonic_s() + _ANSWER_S
        while monotonic_s() < deadline_s:
            message = json.loads(self._connection.recv(timeout=_ANSWER_S))
            if message.get("id") == self._last_id:
                result: dict[str, Any] = message.get("result", {})
                return result
        raise ServiceError(f"the browser did not answer {method} in {_ANSWER_S:g} s")

    def samples_ms(self) -> list[float]:
        """What the page measured itself."""
        got: list[float] = self.evaluate("window.c5.lag().samples_ms")
        return got


@contextmanager
def _tab(profile: Path) -> Iterator[_Tab]:
    """Connect to the page of a browser that is starting."""
    port_file = profile / "DevToolsActivePort"
    _wait(lambda: port_file.exists() and bool(port_file.read_text().strip()), "the browser")
    port = int(port_file.read_text().split()[0])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=_ANSWER_S) as page:
        targets = json.load(page)
    address = next(one["webSocketDebuggerUrl"] for one in targets if one["type"] == "page")
    with connect(address, max_size=None) as connection:
        yield _Tab(connection)


def _open_page(tab: _Tab, url: str, username: str, password: str) -> _Tab:
    """Log in as an operator would and wait until the map is drawn."""
    tab.call("Page.navigate", url=url)
    _wait(lambda: tab.evaluate("document.readyState") == "complete", "the page")
    credential = json.dumps({"username": username, "password": password})
    status = tab.evaluate(
        "fetch('/api/session', {method: 'POST', headers: {'Content-Type': 'application/json'},"
        f" body: {json.dumps(credential)}}}).then(answer => answer.status)"
    )
    if status != 200:  # noqa: PLR2004  OK
        raise ServiceError(f"the operator could not log in: {status}; see the serve log")
    tab.call("Page.navigate", url=url)
    _wait(lambda: tab.evaluate("!!(window.c5 && window.c5.ready)") is True, "the map")
    return tab


class _Feed:
    """The live feed, read as a browser would."""

    kind = "feed"

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url = url
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        login = urllib.request.Request(  # noqa: S310  loopback
            f"{url}/api/session",
            data=json.dumps({"username": username, "password": password}).encode(),
            headers={"Content-Type": "application/json", "Origin": url},
        )
        opener.open(login, timeout=_ANSWER_S).close()
        self._stream = opener.open(f"{url}/api/live", timeout=_ANSWER_S)
        self._samples: list[float] = []
        self._thread = threading.Thread(target=self._read, name="feed", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def samples_ms(self) -> list[float]:
        """Arrival minus measurement of every live fix and value."""
        return list(self._samples)

    def _read(self) -> None:
        event = ""
        try:
            for raw in self._stream:
                line = raw.decode().rstrip("\n")
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("data:") and event == "change":
                    now_ms = wall_s() * 1000
                    changes = json.loads(line[5:])["changes"]
                    self._samples += [now_ms - c["at"] for c in changes if c["t"] in {"fix", "val"}]
        except (OSError, ValueError, AttributeError):
            return  # closed under us: the demo is over


def _wait(is_so: Callable[[], bool], what: str) -> None:
    deadline_s = monotonic_s() + _READY_S
    while not is_so():
        if monotonic_s() > deadline_s:
            raise ServiceError(f"{what} was not ready within {_READY_S:g} s; see the logs")
        pause(0.1)
