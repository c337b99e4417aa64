"""A migrated database of its own for each test, cloned from a template in a tenth of a second."""

import itertools
import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from deploy.local.postgres import Postgres
from store.migrate import migrate

_numbers = itertools.count(1)
_COPIES_TRIED = 6
"""PostgreSQL waits 5 s each time for whoever is leaving the template."""


@pytest.fixture(scope="session")
def database_template(postgres_server: Postgres) -> str:
    """The name of a database that holds the schema and no rows; nobody can connect to it."""
    name = "c5_template"
    create_database(postgres_server, name)
    migrate(postgres_server.url(name))
    with psycopg.connect(postgres_server.superuser_url("postgres"), autocommit=True) as conn:
        # TimescaleDB's scheduler sits in every database and would forbid the copy.
        conn.execute("ALTER DATABASE c5_template ALLOW_CONNECTIONS false")
        conn.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s",
            [name],
        )
    return name


@pytest.fixture
def db_url(postgres_server: Postgres, database_template: str) -> Iterator[str]:
    """The address of a migrated, empty database of this test alone."""
    yield from _temporary(postgres_server, database_template)


@pytest.fixture
def empty_db_url(postgres_server: Postgres) -> Iterator[str]:
    """The address of a database of this test alone, without even a schema."""
    yield from _temporary(postgres_server, None)


def create_database(server: Postgres, name: str, *, template: str | None = None) -> None:
    """Make a database, empty or as a copy of another; on a busy machine that takes a while."""
    command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        # Copying files is twice as fast as logging pages where nothing is synced.
        command += sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(template))
    with psycopg.connect(server.url(), autocommit=True) as conn:
        for left in reversed(range(_COPIES_TRIED)):
            try:
                conn.execute(command)
            except psycopg.errors.ObjectInUse:
                if not left:
                    raise
            else:
                return


def drop_database(server: Postgres, name: str) -> None:
    """Delete a database, ending whoever is still connected to it."""
    with psycopg.connect(server.url(), autocommit=True) as conn:
        conn.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def _temporary(server: Postgres, template: str | None) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    create_database(server, name, template=template)
    try:
        yield server.url(name)
    finally:
        drop_database(server, name)


@pytest.fixture(scope="module")
def module_db_url(postgres_server: Postgres, database_template: str) -> Iterator[str]:
    """The address of a migrated database that the tests of one module share."""
    yield from _temporary(postgres_server, database_template)
