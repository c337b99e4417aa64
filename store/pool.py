"""Connections: UTC, named, bounded in time, and never opened at import."""

from typing import Final

import psycopg
from psycopg.rows import DictRow, TupleRow, dict_row
from psycopg_pool import AsyncConnectionPool

from store import faults

_CONNECT_TIMEOUT_S: Final = 5
_KEEPALIVE: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # ms; a dead network with bytes under way is noticed too
}

Connection = psycopg.Connection[TupleRow]
AsyncConnection = psycopg.AsyncConnection[DictRow]
AsyncPool = AsyncConnectionPool[AsyncConnection]


def connect(url: str, *, application: str = "c5", autocommit: bool = False) -> Connection:
    """Open one connection; TransientStoreError when the server is away."""
    with faults.translated("connecting to the database"):
        return psycopg.connect(
            url,
            autocommit=autocommit,
            application_name=application,
            connect_timeout=_CONNECT_TIMEOUT_S,
            options="-c timezone=UTC",
            **_KEEPALIVE,  # type: ignore[arg-type]  # libpq's own parameters
        )


def async_pool(
    url: str, *, max_size: int = 8, statement_timeout_s: float = 30.0, application: str = "c5"
) -> AsyncPool:
    """Make a pool of dict-row connections; open it in the service's lifespan."""
    timeout_ms = int(statement_timeout_s * 1000)
    return AsyncConnectionPool(
        url,
        min_size=1,
        max_size=max_size,
        open=False,
        timeout=_CONNECT_TIMEOUT_S,
        reconnect_timeout=_CONNECT_TIMEOUT_S,  # afterwards each request tries anew
        check=AsyncConnectionPool.check_connection,
        connection_class=psycopg.AsyncConnection[DictRow],
        kwargs={
            "row_factory": dict_row,
            "autocommit": True,
            "application_name": application,
            "connect_timeout": _CONNECT_TIMEOUT_S,
            "options": f"-c timezone=UTC -c statement_timeout={timeout_ms}",
            **_KEEPALIVE,
        },
    )


async def ping(pool: AsyncPool) -> None:
    """Ask the server for a sign of life; TransientStoreError when there is none."""
    with faults.translated("asking the database for a sign of life"):
        async with pool.connection() as conn:
            await conn.execute("SELECT 1")
