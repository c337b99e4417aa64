"""An operator's Chromium for the screen's bench: the control room's desk, and what it measured.

The page says itself what it drew and when (window.c5, see the page's measure.ts); its long
tasks come from the browser's own observer, its heap is read after a forced collection.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import CDPSession, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from bench.web_figures import Task, own
from control_center.demo.screen import BROWSERS
from core.clock import monotonic_s
from core.errors import ServiceError

_FLAGS: Final = (
    *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--no-first-run", "--disable-quic", "--enable-precise-memory-info"),
)
_READY_S: Final = 120.0
_MB: Final = 2**20
_DESK: Final = "/#/sala"
_LOGIN: Final = """async (credential) => (await fetch("/api/session", {method: "POST",
    headers: {"Content-Type": "application/json"}, body: credential})).status"""
_READY: Final = "devices => !!window.c5 && c5.room.drawn && c5.devices >= devices"
_OBSERVE: Final = """() => {
    window.bench = {tasks: [], count: c5.count, at: Date.now()};
    new PerformanceObserver((list) => {
        for (const {startTime, duration} of list.getEntries())
            window.bench.tasks.push([startTime, duration]);
    }).observe({type: "longtask"});
}"""
_LOOK: Final = """() => {
    const {bench} = window;
    const fresh = c5.count - bench.count;
    bench.count += fresh;
    const lag = fresh ? c5.lag().samples_ms.slice(-fresh) : [];
    const shown = c5.room.shown().filter((one) => one.shown > bench.at);
    bench.at = shown.at(-1)?.shown ?? bench.at;
    const listed = [...document.querySelectorAll("[data-alarm]")].map((row) => row.dataset.alarm);
    return JSON.stringify({
        missed: fresh - lag.length,
        lag,
        shown: shown.map(({id, at, shown}) => [id, shown - at]),
        held: c5.room.alarms().map(([id]) => id),
        twice: listed.length - new Set(listed).size,
        tasks: bench.tasks.splice(0),
    });
}"""


@dataclass(slots=True)
class Seen:
    """What the screen saw since it was opened for measuring."""

    fixes_ms: list[float] = field(default_factory=list)
    """Measured to drawn, of positions."""
    fixes_missed: int = 0
    """Drawn, but fallen out of the page's ring before it was asked."""
    alarms_ms: list[float] = field(default_factory=list)
    """Event measured to alarm on screen."""
    shown: list[int] = field(default_factory=list)
    held: set[int] = field(default_factory=set)
    twice: int = 0
    """Rows of the queue that were there a second time."""
    tasks: list[Task] = field(default_factory=list)
    collections: list[Task] = field(default_factory=list)
    heap_mb: list[tuple[float, float]] = field(default_factory=list)
    """(monotonic s, MiB)"""

    @property
    def own_tasks(self) -> list[Task]:
        """Long tasks that were not the bench's doing."""
        return own(self.tasks, self.collections)


class Desk:
    """The open page."""

    kind = "chromium"

    def __init__(self, page: Page, cdp: CDPSession) -> None:
        self._page = page
        self._cdp = cdp
        self.seen = Seen()

    def begin(self) -> None:
        """Measure from here on."""
        self._page.evaluate(_OBSERVE)

    def look(self, *, timed: bool = True) -> None:
        """Take what was drawn since the last look; often enough, or the page's rings forget.

        timed  False: what comes now is only counted
        """
        got: dict[str, Any] = json.loads(self._page.evaluate(_LOOK))
        seen = self.seen
        numbers = [int(number) for number, _ in got["shown"]]
        seen.shown += numbers
        seen.held |= {*numbers, *got["held"]}
        seen.twice += got["twice"]
        if timed:
            seen.fixes_ms += got["lag"]
            seen.fixes_missed += got["missed"]
            seen.alarms_ms += [ms for _, ms in got["shown"]]
            seen.tasks += [Task(*task) for task in got["tasks"]]

    def weigh(self) -> None:
        """Collect garbage, and read what is left."""
        start_ms = self._page.evaluate("performance.now()")
        self._cdp.send("HeapProfiler.collectGarbage")
        used, end_ms = self._page.evaluate("[performance.memory.usedJSHeapSize, performance.now()]")
        self.seen.collections.append(Task(start_ms, end_ms - start_ms))
        self.seen.heap_mb.append((monotonic_s(), used / _MB))


@contextmanager
def opened(url: str, username: str, password: str, *, vehicles: int) -> Iterator[Desk]:
    """Log in and open the control room's desk; the block begins when all vehicles are drawn."""
    exe = next(filter(None, map(shutil.which, BROWSERS)), None)
    if exe is None:
        raise ServiceError("there is no Chromium to measure with; install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=exe, args=list(_FLAGS))
        try:
            context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="es-MX")
            page = context.new_page()
            page.set_default_timeout(_READY_S * 1000)
            page.goto(url)
            credential = json.dumps({"username": username, "password": password})
            status = page.evaluate(_LOGIN, credential)
            if status != 200:  # noqa: PLR2004  OK
                raise ServiceError(f"the operator could not log in: {status}")
            page.goto(url + _DESK)
            page.reload()
            page.wait_for_function(_READY, arg=vehicles)
            yield Desk(page, context.new_cdp_session(page))
        except PlaywrightError as exc:
            raise ServiceError(f"the screen failed: {exc.message}") from exc
        finally:
            browser.close()
