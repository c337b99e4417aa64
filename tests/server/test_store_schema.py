"""store/schema.sql is what the migrations make, so that it can be read instead of them."""

import psycopg
import pytest

from core.messages import Ack, Event, GpsFix, Reading, SealedPlate, Status
from deploy.local.postgres import Postgres
from store.telemetry import TABLES
from tests.servers import schema

pytestmark = pytest.mark.server


def test_the_schema_file_is_what_the_migrations_make(
    postgres_server: Postgres, db_url: str
) -> None:
    """On a difference, run the command at the head of the file and read the diff."""
    assert schema.text(postgres_server, db_url) == schema.FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("message", [GpsFix, Reading, SealedPlate, Event, Status, Ack])
def test_tables_have_the_columns_and_types_that_are_copied(
    module_db_url: str, message: type
) -> None:
    """A COPY in binary form believes its types; the database must mean the same ones."""
    table = TABLES[message]
    with psycopg.connect(module_db_url) as conn:
        found: dict[str, str] = dict(
            conn.execute(
                "SELECT column_name, udt_name FROM information_schema.columns "
                "WHERE table_name = %s",
                (table.name,),
            ).fetchall()
        )
        key = conn.execute(
            "SELECT array_agg(a.attname ORDER BY a.attname) FROM pg_index i JOIN pg_attribute a "
            "ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
            "WHERE i.indrelid = %s::regclass AND i.indisprimary",
            (table.name,),
        ).fetchone()
    assert {name: found[name] for name, _ in table.columns} == dict(table.columns)
    assert set(found) - dict(table.columns).keys() == {"stored_at"}
    assert key == (sorted(table.key),)
