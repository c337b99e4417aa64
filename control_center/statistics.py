"""How fast messages are stored, from the ledger's growth between two looks at it.

Asking the ledger costs the same whatever the rate, needs no index on the big
tables, and counts what was committed, not what arrived.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core import clock, log
from core.clock import Clock
from core.errors import StoreError
from store import statistics
from store.pool import AsyncPool

_EVERY_S: Final = 3.0
_log = log.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the header shows."""

    stored_per_s: float = 0.0
    rejected_last_h: int = 0
    duplicates_last_h: int = 0
    missing_last_h: int = 0


class Statistics:
    """The newest figures, renewed in the background."""

    def __init__(self, pool: AsyncPool, *, now: Clock) -> None:
        self.figures = Figures()
        self._pool = pool
        self._now = now
        self._stored: dict[datetime, int] = {}
        self._looked_s: float | None = None

    async def run(self) -> None:
        """Look for ever; while the database is away the figures stay as they were."""
        while True:
            try:
                await self.look()
            except StoreError as exc:
                _log.warning("statistics_unread", cause=str(exc))
                self._looked_s = None
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> None:
        """Renew the figures once."""
        now = self._now()
        this_hour = now.replace(minute=0, second=0, microsecond=0)
        rejected = await statistics.rejects(self._pool, now - timedelta(hours=1))
        hours = await statistics.hours(self._pool, this_hour - timedelta(hours=1))
        at_s = clock.monotonic_s()
        stored = {one.hour: one.stored for one in hours}
        rate = 0.0
        if self._looked_s is not None and at_s > self._looked_s:
            grown = sum(max(0, count - self._stored.get(hour, 0)) for hour, count in stored.items())
            rate = grown / (at_s - self._looked_s)
        self._stored, self._looked_s = stored, at_s
        self.figures = Figures(
            stored_per_s=round(rate, 2),
            rejected_last_h=rejected,
            duplicates_last_h=sum(one.duplicates for one in hours),
            missing_last_h=sum(one.missing for one in hours),
        )
