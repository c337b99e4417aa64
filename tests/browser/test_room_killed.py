"""The control center killed in the middle of what an operator does, and started again."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, LiteralString

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from control_center.auth import passwords
from control_center.auth.rights import Role
from deploy.local import ports
from devices.broker import CONTROL
from store import account, pool
from tests.browser.city import HOME
from tests.browser.conftest import _pictures
from tests.browser.screen import Screen
from tests.servers.center import PASSWORD, Visitor, connections_to
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]

_SLOW_MS: Final = 60_000
_START_S: Final = 60.0
_WAITING: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%%incident%%'
"""
_SAID: Final = """
    SELECT text_es FROM incident_entry WHERE incident_id = %s AND kind = 'comment' ORDER BY entry_id
"""


@dataclass
class Served:
    """`c5 serve` as a process that a test kills, always on the same port and database."""

    db_url: str
    environment: dict[str, str]
    folder: Path
    port: int = field(default_factory=ports.choose)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; return when it answers."""
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "control_center", "serve"],
                cwd=self.folder,
                env=self.environment | {"C5_CONTROL_CENTER__PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._answers, timeout_s=_START_S, what="the control center to answer")

    def kill(self) -> None:
        """End it as a power cut does: nothing is put in order."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def rows(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """What the database says."""
        with pool.connect(self.db_url) as conn:
            return conn.execute(query, values).fetchall()

    def said(self, incident: int) -> list[str]:
        """The comments that are committed."""
        return [text for (text,) in self.rows(_SAID, incident)]

    def _answers(self) -> bool:
        try:
            return '"ok"' in httpx.get(f"{self.url}/api/health").text
        except httpx.TransportError:
            return False


@pytest.fixture
def served(db_url: str, broker: Broker, tmp_path: Path, built_page: Path) -> Iterator[Served]:
    """It runs, and has one operator."""
    assert (built_page / "index.html").is_file()
    places = connections_to(db_url, broker)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("C5_")},
        "PYTHONPATH": str(HOME),
        "C5_DATABASE__URL": db_url,
        "C5_MQTT__URL": places.mqtt_url,
        "C5_MQTT__CA_FILE": str(places.ca_file),
        "C5_MQTT__CONTROL_PASSWORD": places.passwords[CONTROL],
        "C5_CONTROL_CENTER__SECURE_COOKIES": "false",
        "C5_CONTROL_CENTER__SESSION_SECRET": places.session_secret or "",
        "C5_LOCAL__DIR": str(tmp_path / "none"),
    }
    with pool.connect(db_url) as conn:
        account.add(
            conn,
            username="ana",
            name="Ana",
            role=Role.OPERADOR,
            password_hash=passwords.hashed(PASSWORD),
        )
    one = Served(db_url, environment, tmp_path)
    try:
        one.start()
        yield one
    finally:
        one.kill()


@pytest.fixture
def incident(served: Served) -> int:
    """An incident that somebody opened."""
    with httpx.Client(base_url=served.url, timeout=30) as client:
        visitor = Visitor(client)
        visitor.login("ana")
        answer = visitor.post("/api/incidents", {"severity": "MINOR", "title": "Árbol caído"})
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return int(answer.json()["incident_id"])


@pytest.fixture
def page(served: Served, incident: int, chromium: Browser) -> Iterator[Page]:
    """The operator has it open; a reload of the page would lose the mark on it."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="es-MX")
    screen = Screen(context.new_page(), served.url, _pictures())
    screen.open(f"/#/incidentes/{incident}")
    screen.enter()
    expect(screen.page.get_by_test_id("incident")).to_be_visible(timeout=_SLOW_MS)
    screen.page.evaluate("window.before = true")
    yield screen.page
    context.close()


def note(page: Page) -> Locator:
    """Where a word more is written."""
    return page.get_by_placeholder("Escriba una nota")


def say(page: Page, words: str) -> None:
    """Write a comment and send it."""
    note(page).fill(words)
    send(page)


def send(page: Page) -> None:
    """Send what is written, once nothing else waits for its answer."""
    expect(page.get_by_role("button", name="Guardar nota")).to_be_enabled()
    note(page).press("Control+Enter")


def said_first(page: Page, served: Served, incident: int) -> None:
    """Something is committed before anything is killed."""
    say(page, "Primero")
    expect(page.get_by_test_id("timeline")).to_contain_text("Primero")
    expect(note(page)).to_have_value("")
    page.keyboard.press("Escape")
    with page.expect_response("**/actions"):
        page.keyboard.press("t")
    expect(page.get_by_test_id("assignee")).to_have_text("usted")
    assert served.said(incident) == ["Primero"]


def back(page: Page, served: Served) -> None:
    """The page says that it is alone; started again, it finds back by itself."""
    expect(page.get_by_test_id("offline")).to_be_visible(timeout=_SLOW_MS)
    served.start()
    expect(page.get_by_test_id("offline")).to_have_count(0, timeout=_SLOW_MS)
    assert page.evaluate("window.before"), "the page was not loaded again"


def holds(page: Page, served: Served, incident: int, *words: str) -> None:
    """Database and page have each of the words once, in order, and whose it is."""
    assert served.said(incident) == list(words)
    own = page.get_by_test_id("timeline").locator("li.comment")
    expect(own).to_have_count(len(words), timeout=_SLOW_MS)
    for text in words:
        expect(own.filter(has_text=text)).to_have_count(1)
    expect(page.get_by_test_id("assignee")).to_have_text("usted")


def test_killed_before_it_is_committed(served: Served, incident: int, page: Page) -> None:
    """Nothing is half done; the words are kept, and sent again they are there once."""
    said_first(page, served, incident)
    with pool.connect(served.db_url) as conn:
        conn.execute("SELECT 1 FROM incident WHERE incident_id = %s FOR UPDATE", [incident])
        say(page, "Segundo")
        wait_until(lambda: served.rows(_WAITING) == [(1,)], what="the action to wait for the row")
        served.kill()
        conn.rollback()
    back(page, served)
    assert served.said(incident) == ["Primero"]
    expect(note(page)).to_have_value("Segundo")
    send(page)
    expect(note(page)).to_have_value("")
    holds(page, served, incident, "Primero", "Segundo")


def test_killed_before_it_is_answered(served: Served, incident: int, page: Page) -> None:
    """What was committed is shown; sent again with its key it is not done again."""
    said_first(page, served, incident)
    keys: list[str] = []

    def unanswered(route: Route) -> None:
        keys.append(json.loads(route.request.post_data or "")["key"])
        if len(keys) > 1:
            route.continue_()
            return
        assert route.fetch().status == httpx.codes.OK
        served.kill()
        route.abort("connectionreset")

    page.route(f"**/api/incidents/{incident}/actions", unanswered)
    say(page, "Segundo")
    back(page, served)
    holds(page, served, incident, "Primero", "Segundo")
    expect(note(page)).to_have_value("Segundo")
    send(page)
    expect(note(page)).to_have_value("")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    holds(page, served, incident, "Primero", "Segundo")
