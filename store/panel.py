"""Run a dashboard's SQL as the role that dashboards have: views only, nothing written, in time.

The text is a panel's own (dashboards/queries), its variables already written into it, so it takes
no parameters. It runs as c5_reader and is rolled back, whoever is connected.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

from psycopg import sql
from psycopg.rows import TupleRow, tuple_row

from core import clock
from core.errors import ConfigError
from store import faults
from store.pool import AsyncPool, Connection

ROLE: Final = "c5_reader"
MAX_ROWS: Final = 20_000
"""More than any panel may answer; what is beyond is not fetched."""
TIMEOUT_MS: Final = 5000
_AS_READER: Final = f"SET LOCAL ROLE {ROLE}"
_BOUNDED: Final = f"""
SET LOCAL default_transaction_read_only = on; SET LOCAL transaction_read_only = on;
SET LOCAL statement_timeout = {TIMEOUT_MS}; SET LOCAL search_path = panel, public"""
_EXISTS: Final = "SELECT 1 FROM pg_roles WHERE rolname = %s"
_ADMIT: Final = "SELECT panel.admit_reader()"
_PASSWORD: Final = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
_KINDS: Final[dict[int, "Kind"]] = {
    **dict.fromkeys((20, 21, 23, 700, 701, 1700), "number"),
    **dict.fromkeys((1082, 1114, 1184), "time"),
    16: "boolean",
}
"""By the type's number in PostgreSQL; all else is text."""
Kind = Literal["number", "time", "boolean", "text"]


class Answered(NamedTuple):
    """What a panel's SQL answers."""

    columns: tuple[tuple[str, Kind], ...]
    rows: list[tuple[Any, ...]]
    """Numbers are floats or ints; at most MAX_ROWS."""
    elapsed_ms: float


def run(conn: Connection, text: str) -> Answered:
    """Run one statement as the reader; its errors are StoreErrors.

    ConfigError: there is no such role here.
    """
    if conn.execute(_EXISTS, (ROLE,)).fetchone() is None:
        raise ConfigError(f"the database has no role {ROLE}; run `c5 dashboards reader`")
    with faults.translated("running a panel's query"), conn.transaction(force_rollback=True):
        conn.execute(_AS_READER)
        for one in _BOUNDED.split(";"):
            conn.execute(one.encode())
        began = clock.monotonic_s()
        cur = conn.cursor().execute(text.encode())
        rows = cur.fetchmany(MAX_ROWS)
        elapsed_ms = (clock.monotonic_s() - began) * 1000
        return Answered(_columns(cur.description), [_row(row) for row in rows], elapsed_ms)


async def run_async(pool: AsyncPool, text: str) -> Answered:
    """The same from a pool."""
    with faults.translated("running a panel's query"):
        async with pool.connection() as conn, conn.transaction(force_rollback=True):
            await conn.execute(_AS_READER)
            for one in _BOUNDED.split(";"):
                await conn.execute(one.encode())
            began = clock.monotonic_s()
            cur = await conn.cursor(row_factory=tuple_row).execute(text.encode())
            rows = await cur.fetchmany(MAX_ROWS)
            elapsed_ms = (clock.monotonic_s() - began) * 1000
            return Answered(_columns(cur.description), [_row(row) for row in rows], elapsed_ms)


def admit(conn: Connection, password: str) -> None:
    """Make the reader where it is missing, open the views to it, and let it in by a password.

    The server is sent the password's verifier, never itself, so no log holds it.
    """
    with faults.translated("admitting the dashboards' role"), conn.transaction():
        conn.execute(_ADMIT)
        verifier = conn.pgconn.encrypt_password(password.encode(), ROLE.encode(), b"scram-sha-256")
        conn.execute(_PASSWORD.format(sql.Identifier(ROLE), sql.Literal(verifier.decode())))


def _columns(description: Sequence[Any] | None) -> tuple[tuple[str, Kind], ...]:
    return tuple((one.name, _KINDS.get(one.type_code, "text")) for one in description or ())


def _row(row: TupleRow) -> tuple[Any, ...]:
    return tuple(float(value) if isinstance(value, Decimal) else value for value in row)
