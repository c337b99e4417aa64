"""A screen that does not listen must never cost a row."""

import secrets

import psycopg
import pytest
from psycopg import errors

from deploy.local.postgres import Postgres
from store import announce, faults

pytestmark = pytest.mark.server


def test_a_full_queue_of_notifications_only_waits(postgres_fresh: Postgres) -> None:
    """PostgreSQL calls it a limit of the program, as it does a row too large; it passes."""
    postgres_fresh.stop()
    postgres_fresh.settings["max_notify_queue_pages"] = "64"
    postgres_fresh.start()
    url = postgres_fresh.url()
    with psycopg.connect(url) as deaf, psycopg.connect(url, autocommit=True) as conn:
        deaf.execute("LISTEN c5_live")
        deaf.commit()
        deaf.execute("SELECT 1")  # and now it stays inside a transaction
        part: dict[str, object] = {"t": "ev", "text": "x" * 3000}

        def announce_for_ever() -> None:
            while True:
                announce.changes(conn, 1, [part] * 50)

        with pytest.raises(errors.ProgramLimitExceeded) as caught:
            announce_for_ever()
        assert faults.is_temporary(caught.value)
        deaf.rollback()
        conn.execute("CREATE TABLE keyed (word text PRIMARY KEY)")
        with pytest.raises(errors.ProgramLimitExceeded) as other:
            conn.execute("INSERT INTO keyed VALUES (%s)", (secrets.token_hex(10_000),))
        assert not faults.is_temporary(other.value)
