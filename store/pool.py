"""Connections: UTC, named, bounded in time, and never opened at import."""

from collections.abc import Callable
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


class Kept:
    """One autocommitting connection for many turns, opened when taken, anew after `close`.

    prepare  what every new connection needs first, such as a LISTEN
    """

    def __init__(
        self, url: str, *, application: str, prepare: Callable[[Connection], object] | None = None
    ) -> None:
        self._url = url
        self._application = application
        self._prepare = prepare
        self._conn: Connection | None = None

    def taken(self) -> Connection:
        """The connection, opened if need be; TransientStoreError when the server is away."""
        if self._conn is None:
            conn = connect(self._url, application=self._application, autocommit=True)
            try:
                if self._prepare is not None:
                    self._prepare(conn)
            except BaseException:
                conn.close()
                raise
            self._conn = conn
        return self._conn

    def close(self) -> None:
        """Give it back; the next turn takes another."""
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.close()


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
