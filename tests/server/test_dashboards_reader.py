"""The role that dashboards read with: views and nothing else, in time, and it writes nothing."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import errors, sql

from core.quality import UNBELIEVABLE
from store import panel, pool
from store.migrate import available
from store.pool import Connection

pytestmark = pytest.mark.server
PASSWORD = "una clave 'rara' del tablero"
PERSONAL = re.compile(
    r"plate_hmac|sealed|payload|content|password|token|hash|username|_by$|^by$|assignee|role|"
    r"phone|note|text|title|detail|extra|document|address|topic|supervisor|recipients|actor"
)


@pytest.fixture(scope="module")
def conn(module_db_url: str) -> Iterator[Connection]:
    """The owner's connection."""
    with pool.connect(module_db_url, autocommit=True) as owner:
        panel.admit(owner, PASSWORD)
        yield owner


@pytest.fixture
def reader(conn: Connection, module_db_url: str) -> Iterator[Connection]:
    """The reader, logged in as itself."""
    del conn
    parts = urlsplit(module_db_url)
    with psycopg.connect(
        host=parts.hostname,
        port=parts.port,
        dbname=parts.path.lstrip("/"),
        user=panel.ROLE,
        password=PASSWORD,
        autocommit=True,
    ) as found:
        yield found


def test_no_table_is_open_to_it(conn: Connection, reader: Connection) -> None:
    """Neither one of today's nor a column of it; so a new table stays shut by itself."""
    tables = [
        name
        for (name,) in conn.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm') "
            "AND relnamespace = 'public'::regnamespace"
        )
    ]
    assert {"plate_read", "account", "session", "reject", "panic_holder", "audit"} <= set(tables)
    for table in tables:
        with pytest.raises(errors.InsufficientPrivilege):
            reader.execute(sql.SQL("SELECT 1 FROM public.{}").format(sql.Identifier(table)))
    opened = conn.execute(
        "SELECT table_name, column_name FROM information_schema.column_privileges "
        "WHERE grantee = %s AND table_schema <> 'panel'",
        (panel.ROLE,),
    ).fetchall()
    assert opened == []


def test_chunks_are_shut_too(conn: Connection, reader: Connection) -> None:
    """What lies under a hypertable is no way round it."""
    conn.execute(
        "INSERT INTO plate_read (device_id, measured_at, seq, received_at, plate_hmac, key_id) "
        "VALUES ('C-01', now(), 1, now(), sha256('XYZ123A'), 'k')"
    )
    chunks = conn.execute(
        "SELECT chunk_schema, chunk_name FROM timescaledb_information.chunks "
        "WHERE hypertable_name = 'plate_read'"
    ).fetchall()
    assert chunks
    for schema, name in chunks:
        with pytest.raises(errors.InsufficientPrivilege):
            reader.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, name)))


def test_views_hold_nothing_personal(conn: Connection) -> None:
    """No column of a view is a plate, a person, a free text, bytes or a secret."""
    columns = conn.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'panel'"
    ).fetchall()
    assert len({view for view, _, _ in columns}) > 20
    for view, column, kind in columns:
        assert not PERSONAL.search(column), f"{view}.{column}"
        assert kind not in {"bytea", "jsonb", "json"}, f"{view}.{column}"


def test_a_plate_a_person_a_rejects_bytes_and_a_credential_cannot_be_read(
    conn: Connection, reader: Connection
) -> None:
    """Each is stored; every view is read whole, and none of them is in any."""
    conn.execute(
        "INSERT INTO account (username, name, role, password_hash) "
        "VALUES ('juana', 'Juana Pérez', 'operador', 'ARGON-HASH')"
    )
    conn.execute(
        "INSERT INTO device (device_id, kind, name, state, lat_deg, lon_deg) "
        "VALUES ('P-77', 'panic', 'Botón de Juana Pérez', 'active', 18.123456, -94.123456)"
    )
    conn.execute(
        "INSERT INTO panic_holder (device_id, key_id, sealed, saved_at, saved_by) "
        "VALUES ('P-77', 'k', convert_to('Juana Pérez 9215551234', 'UTF8'), now(), 'ana')"
    )
    conn.execute(
        "INSERT INTO gps_fix (device_id, measured_at, seq, received_at, lat_deg, lon_deg) "
        "VALUES ('P-77', now(), 1, now(), 18.123456, -94.123456)"
    )
    conn.execute(
        "INSERT INTO latest_fix (device_id, measured_at, seq, received_at, lat_deg, lon_deg, flags)"
        " VALUES ('P-77', now(), 1, now(), 18.123456, -94.123456, 0)"
    )
    conn.execute(
        "INSERT INTO event (device_id, measured_at, seq, received_at, type, text, lat_deg, lon_deg,"
        " extra) VALUES ('P-77', now(), 1, now(), 'panic', 'Juana Pérez', 18.123456, -94.123456, "
        """'{"plate": "XYZ123A"}')"""
    )
    conn.execute(
        "INSERT INTO reject (digest, first_at, last_at, topic, device_id, reason, detail, payload, "
        "size_bytes) VALUES (sha256('x'), now(), now(), 'c5/v1/camera/Juana Pérez', NULL, "
        "'broken_json', 'XYZ123A', 'XYZ123A', 7)"
    )
    conn.execute(
        "INSERT INTO incident (kind, severity, cause, title_es, title_en, lat_deg, lon_deg, "
        "opened_at, opened_by, last_at, role) VALUES ('panic', 'CRITICAL', 'x', 'Juana Pérez', "
        "'Juana Pérez', 18.123456, -94.123456, now(), 'juana', now(), 'operador')"
    )
    views = [
        name
        for (name,) in conn.execute(
            "SELECT table_name FROM information_schema.views WHERE table_schema = 'panel'"
        )
    ]
    seen = "".join(
        str(row)
        for view in views
        for row in reader.execute(sql.SQL("SELECT * FROM panel.{}").format(sql.Identifier(view)))
    )
    assert "P-77" in seen
    for secret in ("XYZ123A", "Juana", "juana", "ARGON", "9215551234", "18.123456", "-94.123456"):
        assert secret not in seen


def test_it_writes_nothing(reader: Connection) -> None:
    """Not even where somebody grants it something by mistake: its transactions only read."""
    with pytest.raises(errors.InsufficientPrivilege):
        reader.execute("SET default_transaction_read_only = off; DELETE FROM panel.device")
    with pytest.raises(errors.Error):
        reader.execute("CREATE TABLE panel.mine (a int)")
    with pytest.raises(errors.InsufficientPrivilege):
        reader.execute("SELECT panel.admit_reader()")
    with pytest.raises(errors.InsufficientPrivilege):
        reader.execute("SELECT rolpassword FROM pg_authid")


def test_it_is_bounded(reader: Connection) -> None:
    """By time, by locks, by idleness, and by how many may be connected."""
    limits: dict[str, str] = dict(
        reader.execute(
            "SELECT name, setting FROM pg_settings WHERE name IN ('statement_timeout', "
            "'lock_timeout', 'idle_in_transaction_session_timeout', "
            "'default_transaction_read_only')"
        ).fetchall()
    )
    assert limits == {
        "statement_timeout": "5000",
        "lock_timeout": "1000",
        "idle_in_transaction_session_timeout": "10000",
        "default_transaction_read_only": "on",
    }
    row = reader.execute(
        "SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row == (20,)


def test_a_panel_runs_as_the_reader(conn: Connection) -> None:
    """Whoever is connected: what the reader may not, a panel may not."""
    answer = panel.run(conn, "SELECT current_user::text AS who, 1.5::numeric AS n, now() AS time")
    assert answer.columns == (("who", "text"), ("n", "number"), ("time", "time"))
    assert answer.rows[0][:2] == (panel.ROLE, 1.5)
    with pytest.raises(Exception, match="permission denied"):
        panel.run(conn, "SELECT * FROM account")
    with pytest.raises(Exception, match=r"read-only|permission denied"):
        panel.run(conn, "DELETE FROM panel.device")
    assert conn.execute("SELECT current_user").fetchone() != (panel.ROLE,)


def test_rows_are_bounded(conn: Connection) -> None:
    """Past the bound nothing is fetched."""
    answer = panel.run(conn, "SELECT generate_series(1, 50000) AS n")
    assert len(answer.rows) == panel.MAX_ROWS


def test_views_doubt_what_ingest_doubts() -> None:
    """The views write the flags of unbelievable rows as a number: this one."""
    text = next(one.sql for one in available() if one.name == "reader")
    assert set(re.findall(r"flags & (\d+)", text)) == {str(int(UNBELIEVABLE))}
