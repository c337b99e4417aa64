"""Hear what other transactions commit: LISTEN on one connection, watched for a dead peer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import psycopg
from psycopg import sql

from store import announce, faults, session

CHANGES: Final = announce.CHANNEL
REGISTRY: Final = "c5_registry"
"""Hears the device_id of every change of the registry."""
SESSIONS: Final = session.CHANNEL
_CONNECT_TIMEOUT_S: Final = 5
_QUIET_S: Final = 5.0
_PROBE_S: Final = 5.0


class Heard(NamedTuple):
    """One notification."""

    channel: str
    payload: str


@asynccontextmanager
async def listening(
    url: str, channels: Sequence[str], *, application: str = "c5-live"
) -> AsyncIterator[AsyncIterator[Heard]]:
    """Listen from entry to exit; TransientStoreError when the connection is lost.

    Whatever commits after entry is heard. A silent network is noticed within
    about ten seconds, because the connection is asked for a sign of life.
    """
    with faults.translated("listening to the database"):
        conn = await psycopg.AsyncConnection.connect(
            url,
            autocommit=True,
            application_name=application,
            connect_timeout=_CONNECT_TIMEOUT_S,
        )
        try:
            for channel in channels:
                await conn.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            yield _heard(conn)
        finally:
            await conn.close()


async def _heard(conn: psycopg.AsyncConnection) -> AsyncIterator[Heard]:
    while True:
        async for notice in conn.notifies(timeout=_QUIET_S):
            yield Heard(notice.channel, notice.payload)
        try:
            async with asyncio.timeout(_PROBE_S):
                await conn.execute("SELECT 1")
        except TimeoutError as exc:
            raise psycopg.OperationalError("the server no longer answers") from exc
