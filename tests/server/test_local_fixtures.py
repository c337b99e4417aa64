"""The fixtures themselves: what other tests stand on must stand."""

import socket
import socketserver
import threading
from collections.abc import Iterator

import psycopg
import pytest

from deploy.local.postgres import Postgres
from tests.servers.databases import create_database, drop_database
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        line: socket.socket = self.request
        try:
            while words := line.recv(4096):
                line.sendall(words)
        except OSError:
            return


class _EchoServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A loopback port that says everything back."""
    with _EchoServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_template_is_copied_with_its_hypertables(postgres_server: Postgres) -> None:
    """A copy made while TimescaleDB's scheduler sits in the template has its tables and rows."""
    create_database(postgres_server, "source")
    with psycopg.connect(postgres_server.url("source"), autocommit=True) as conn:
        conn.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        conn.execute("CREATE TABLE t (at timestamptz NOT NULL, v int)")
        conn.execute("SELECT create_hypertable('t', by_range('at'))")
        conn.execute("INSERT INTO t VALUES ('2026-01-01Z', 7)")
    create_database(postgres_server, "copy", template="source")
    with psycopg.connect(postgres_server.url("copy")) as conn:
        assert conn.execute("SELECT v FROM t").fetchall() == [(7,)]
    for name in ("copy", "source"):
        drop_database(postgres_server, name)


def test_databases_are_private_to_a_test(empty_db_url: str) -> None:
    """A fresh database has no tables of ours."""
    with psycopg.connect(empty_db_url) as conn:
        found = conn.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert found.fetchone() == (0,)


def test_cut_proxy_resets_and_refuses(echo_port: int) -> None:
    """After a cut a live connection ends, a new one is refused; after restore it works again."""
    with Proxy(echo_port) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as line:
            assert _said_back(line, b"one") == b"one"
            proxy.cut()
            assert _ended(line)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
        proxy.restore()
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as line:
            assert _said_back(line, b"two") == b"two"


def test_stalled_proxy_holds_everything_back(echo_port: int) -> None:
    """While stalled nothing passes; afterwards what was sent arrives, once."""
    with (
        Proxy(echo_port) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as line,
    ):
        assert _said_back(line, b"one") == b"one"
        proxy.stall()
        line.sendall(b"two")
        line.settimeout(0.2)
        with pytest.raises(TimeoutError):
            line.recv(16)
        line.settimeout(5)
        proxy.restore()
        assert line.recv(16) == b"two"


def test_wait_says_what_it_waited_for() -> None:
    """A wait that ends in vain fails the test with the condition and its last answer."""
    with pytest.raises(pytest.fail.Exception, match=r"0\.05 s: the moon; the last answer was 0"):
        wait_until(lambda: 0, timeout_s=0.05, what="the moon")


def _said_back(line: socket.socket, words: bytes) -> bytes:
    line.sendall(words)
    return line.recv(16)


def _ended(line: socket.socket) -> bool:
    try:
        return line.recv(16) == b""
    except ConnectionResetError:
        return True
