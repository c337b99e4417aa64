"""A control center as operators get it: served by uvicorn on loopback, over real servers."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from control_center import web_files
from control_center.app import create_app
from control_center.auth import passwords
from control_center.auth.rights import Role
from control_center.auth.sessions import CSRF_HEADER
from control_center.connections import Connections
from control_center.server import Server, listen, url
from core import clock
from core.settings import Settings
from core.settings.people import ControlCenter, Oidc, People
from deploy.mosquitto import security
from store import account, pool
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

PASSWORD = "correcto caballo batería grapa"
_HASH = passwords.hashed(PASSWORD)
_START_S = 30.0


@dataclass
class MovableClock:
    """The wall clock, and what a test adds to it."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Answer the present instant, moved."""
        return clock.utc_now() + self.ahead

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.ahead += timedelta(seconds=seconds)


@dataclass
class Visitor:
    """Someone with a browser's cookies and the page's CSRF token."""

    client: httpx.Client
    csrf: str = ""

    def login(self, username: str, password: str = PASSWORD) -> httpx.Response:
        """Try to log in; on success the visitor is logged in."""
        answer = self.client.post("/api/session", json={"username": username, "password": password})
        if answer.status_code == httpx.codes.OK:
            self.csrf = answer.json()["csrf"]
        return answer

    def get(self, path: str, **query: str | int) -> httpx.Response:
        """Read."""
        return self.client.get(path, params=query)

    def post(self, path: str, body: object = None) -> httpx.Response:
        """Change, as the page does it."""
        return self.client.post(path, json=body, headers={CSRF_HEADER: self.csrf})

    def patch(self, path: str, body: object) -> httpx.Response:
        """Change a part, as the page does it."""
        return self.client.patch(path, json=body, headers={CSRF_HEADER: self.csrf})

    def delete(self, path: str) -> httpx.Response:
        """Delete, as the page does it."""
        return self.client.delete(path, headers={CSRF_HEADER: self.csrf})


@dataclass
class RunningCenter:
    """One control center and what it stands on."""

    url: str
    app: FastAPI
    settings: Settings
    connections: Connections
    clock: MovableClock
    _clients: list[httpx.Client] = field(default_factory=list)

    @property
    def db_url(self) -> str:
        """Its database."""
        return self.connections.database_url

    def add_user(self, username: str, role: Role = Role.ADMINISTRADOR) -> None:
        """Add a person whose password is PASSWORD."""
        with pool.connect(self.db_url) as conn:
            account.add(conn, username=username, name=username, role=role, password_hash=_HASH)

    def visitor(self) -> Visitor:
        """Someone who is not logged in."""
        client = httpx.Client(base_url=self.url, timeout=30)
        self._clients.append(client)
        return Visitor(client)

    def operator(self, role: Role = Role.ADMINISTRADOR) -> Visitor:
        """Someone who is logged in, under a name of their own."""
        username = f"{role.lower()}-{secrets.token_hex(3)}"
        self.add_user(username, role)
        visitor = self.visitor()
        answer = visitor.login(username)
        assert answer.status_code == httpx.codes.OK, answer.text
        return visitor

    def close(self) -> None:
        """Forget every visitor."""
        for client in self._clients:
            client.close()


def connections_to(db_url: str, broker: Broker) -> Connections:
    """Join a test's database with the shared broker."""
    return Connections(
        database=db_url,
        mqtt=broker.url,
        ca_file=broker.ca_file,
        passwords={user: broker.password(user) for user in security.USERS},
        plates=secrets.token_hex(32),
        session_secret=secrets.token_hex(32),
    )


@contextmanager
def serving(
    connections: Connections,
    *,
    own: ControlCenter | None = None,
    people: People | None = None,
    oidc: Oidc | None = None,
    port: int = 0,
    web_dist: Path = web_files.DIST,
) -> Iterator[RunningCenter]:
    """Serve a control center on a loopback port; 0: a free one."""
    own = own or ControlCenter(secure_cookies=False, lockout_failures=3)
    settings = Settings(control_center=own, people=people or People(), oidc=oidc or Oidc())
    moved = MovableClock()
    app = create_app(settings, connections, now=moved, web_dist=web_dist)
    server = Server(app)
    with listen("127.0.0.1", port) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        wait_until(lambda: server.started, timeout_s=_START_S, what="the control center to start")
        center = RunningCenter(url(listener), app, settings, connections, moved)
        try:
            yield center
        finally:
            center.close()
            server.should_exit = True
            thread.join(timeout=_START_S)
            assert not thread.is_alive(), "the control center did not stop"


@pytest.fixture
def connections(db_url: str, broker: Broker) -> Connections:
    """Addresses of this test's database and the shared broker."""
    return connections_to(db_url, broker)


@pytest.fixture
def center(connections: Connections) -> Iterator[RunningCenter]:
    """A control center of this test alone, its live feed up."""
    with serving(connections) as running:
        feed = running.app.state.center.feed
        wait_until(lambda: feed.is_live, what="the live feed to be up")
        yield running


@pytest.fixture
def web_dist(tmp_path: Path) -> Path:
    """A folder that looks like the built web application."""
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>C5</title>")
    (dist / "assets" / "app-1a2b3c.js").write_text("export {};")
    return dist
