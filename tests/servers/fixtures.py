"""One set of servers a test session (a worker's, under xdist), started by the first who asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.errors import C5Error
from deploy.local import ephemeral
from deploy.local.endpoints import Endpoints
from deploy.local.mosquitto import Mosquitto
from deploy.local.postgres import Postgres
from deploy.local.runtime import Runtime
from deploy.local.toolchain import Server, Toolchain, find
from deploy.mosquitto import security
from tests.servers.proxy import Proxy


@dataclass(frozen=True, slots=True)
class Broker:
    """A private Mosquitto and its first users."""

    server: Mosquitto
    endpoints: Endpoints

    @property
    def host(self) -> str:
        """Where it listens."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """Its plain listener."""
        return self.server.port

    @property
    def tls_port(self) -> int:
        """Its encrypted listener, where devices connect."""
        return self.server.tls_port

    @property
    def url(self) -> str:
        """Its plain address, without a user."""
        return self.server.url

    @property
    def tls_url(self) -> str:
        """Its encrypted address, without a user."""
        return self.server.tls_url

    @property
    def ca_file(self) -> Path:
        """The authority that signed its certificate."""
        return self.endpoints.ca_file

    def password(self, user: str) -> str:
        """The password of c5-admin, c5-ingest, c5-enroll or c5-control."""
        return {
            security.ADMIN: self.endpoints.admin_password,
            security.INGEST: self.endpoints.ingest_password,
            security.ENROLL: self.endpoints.enroll_password,
            security.CONTROL: self.endpoints.control_password,
        }[user]

    def restart(self) -> None:
        """Stop it in order and start it again on the same ports."""
        self.server.restart()


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    """The server programs; what an earlier, killed session left running is stopped first."""
    try:
        found = find()
    except C5Error as exc:
        pytest.fail(f"{exc}\nrun `./c5 test` once", pytrace=False)
    for place in {found.postgres.place, found.mosquitto.place}:
        ephemeral.sweep(place)
    return found


@pytest.fixture(scope="session")
def postgres_server(
    toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Postgres]:
    """A private PostgreSQL with TimescaleDB: fast, and not durable."""
    with _running(toolchain, tmp_path_factory.mktemp("postgres"), "postgres") as runtime:
        yield runtime.postgres


@pytest.fixture(scope="session")
def broker(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A private Mosquitto that tests share; keep to device ids of your own."""
    with _running(toolchain, tmp_path_factory.mktemp("broker"), "mosquitto") as runtime:
        yield Broker(runtime.mosquitto, runtime.up())


@pytest.fixture
def broker_fresh(toolchain: Toolchain, tmp_path: Path) -> Iterator[Broker]:
    """A private Mosquitto of this test alone, to restart, kill and fill."""
    with _running(toolchain, tmp_path / "broker", "mosquitto") as runtime:
        yield Broker(runtime.mosquitto, runtime.up())


@pytest.fixture
def postgres_fresh(toolchain: Toolchain, tmp_path: Path) -> Iterator[Postgres]:
    """A private, durable PostgreSQL of this test alone, to crash and restart."""
    with _running(toolchain, tmp_path / "postgres", "postgres", durable=True) as runtime:
        yield runtime.postgres


@pytest.fixture
def postgres_proxy(postgres_server: Postgres) -> Iterator[Proxy]:
    """A proxy in front of the shared PostgreSQL."""
    with Proxy(postgres_server.port) as proxy:
        yield proxy


@pytest.fixture
def broker_proxy(broker: Broker) -> Iterator[Proxy]:
    """A proxy in front of the shared Mosquitto."""
    with Proxy(broker.port) as proxy:
        yield proxy


@contextmanager
def _running(
    toolchain: Toolchain, folder: Path, server: Server, *, durable: bool = False
) -> Iterator[Runtime]:
    runtime = Runtime(
        folder, durable=durable, ephemeral=True, servers=[server], toolchain=toolchain
    )
    try:
        runtime.up()
        yield runtime
    except C5Error as exc:
        pytest.fail(str(exc), pytrace=False)
    finally:
        runtime.destroy()
