"""Counts for the header and the detail panel: what the ledger and the rejects say lately."""

from datetime import datetime
from typing import Final, NamedTuple

from store import faults
from store.pool import AsyncPool

_MISSING: Final = "greatest(0, seq_hi - seq_lo + 1 - stored - rejected)"
_MAX_BIGINT: Final = 2**63 - 1
"""Two devices whose counters leap can miss more than a bigint holds."""
_HOURS: Final = f"""
SELECT hour, sum(stored)::bigint AS stored, sum(duplicates)::bigint AS duplicates,
       least(coalesce(sum({_MISSING}), 0), {_MAX_BIGINT})::bigint AS missing
  FROM ledger WHERE hour >= %s GROUP BY hour"""  # noqa: S608  constants
_DEVICE: Final = f"""
SELECT hour, coalesce(seq_hi - seq_lo + 1, stored + rejected) AS sent, stored, rejected,
       duplicates, coalesce({_MISSING}, 0) AS missing
  FROM ledger WHERE device_id = %s AND hour >= %s ORDER BY hour"""  # noqa: S608  constants
_REJECTS: Final = "SELECT count(*) AS n FROM reject WHERE last_at >= %s"


class Hour(NamedTuple):
    """All devices in one hour."""

    hour: datetime
    stored: int
    duplicates: int
    missing: int


class DeviceHour(NamedTuple):
    """One device in one hour, messages."""

    hour: datetime
    sent: int
    stored: int
    rejected: int
    duplicates: int
    missing: int


async def hours(pool: AsyncPool, since: datetime) -> list[Hour]:
    """Add up all devices, hour by hour."""
    with faults.translated("reading the ledger"):
        async with pool.connection() as conn:
            return [Hour(**row) async for row in await conn.execute(_HOURS, (since,))]


async def device_hours(pool: AsyncPool, device_id: str, since: datetime) -> list[DeviceHour]:
    """Read one device's account, hour by hour."""
    with faults.translated("reading a device's ledger"):
        async with pool.connection() as conn:
            cur = await conn.execute(_DEVICE, (device_id, since))
            return [DeviceHour(**row) async for row in cur]


async def rejects(pool: AsyncPool, since: datetime) -> int:
    """Count distinct messages refused since then."""
    with faults.translated("counting rejects"):
        async with pool.connection() as conn:
            row = await (await conn.execute(_REJECTS, (since,))).fetchone()
    return 0 if row is None else row["n"]


class Refusal(NamedTuple):
    """Why a message was refused, without its bytes."""

    reject_id: int
    last_at: datetime
    times: int
    topic: str
    device_id: str | None
    reason: str
    detail: str
    size_bytes: int


_NEWEST_REJECTS: Final = f"""
SELECT {", ".join(Refusal._fields)} FROM reject
 ORDER BY last_at DESC, reject_id DESC LIMIT %s"""  # noqa: S608  column names


async def newest_rejects(pool: AsyncPool, *, limit: int) -> list[Refusal]:
    """Read the newest refusals, newest first."""
    with faults.translated("listing rejects"):
        async with pool.connection() as conn:
            return [Refusal(**row) async for row in await conn.execute(_NEWEST_REJECTS, (limit,))]
