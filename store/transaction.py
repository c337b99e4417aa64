"""One transaction on a connection of the pool: all of it is stored, or nothing is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from store import faults
from store.pool import AsyncConnection, AsyncPool


@asynccontextmanager
async def begun(pool: AsyncPool, doing: str) -> AsyncIterator[AsyncConnection]:
    """Commit at the end, roll back on an error; TransientStoreError or PermanentStoreError."""
    with faults.translated(doing):
        async with pool.connection() as conn, conn.transaction():
            yield conn
