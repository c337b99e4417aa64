"""Keep the air index: judge the hours whose readings changed, and those that rest on them.

A mean reaches back over twelve hours, so hour h touches h to h+11. Only hours that are over are
judged. The last days are looked at in every round; all of history at the start and now and then,
for readings that come late and calibrations that are made afterwards.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from control_center.air import judging
from control_center.air.judging import HOUR, METRICS, READ, Cell
from core import log
from core.settings import Settings
from store import air, pool
from store.air import Scope
from store.pool import Connection

REACH: Final = 12 * HOUR
"""From the hour that changed to the end of the last that it touches."""
_RECENT: Final = timedelta(days=3)
_EVERYTHING_EVERY: Final = timedelta(minutes=10)
_CHUNK: Final = timedelta(days=4)
_KEPT_MARGIN: Final = timedelta(days=7)
"""Of the oldest days a part may be forgotten already: they stay as they were judged."""
_log = log.get(__name__)


class AirKeeper:
    """What a service calls every few seconds; it remembers nothing but when it looked."""

    def __init__(self, database_url: str, settings: Settings) -> None:
        self._database_url = database_url
        self._zone = ZoneInfo(settings.timezone)
        self._kept = timedelta(days=settings.retention.readings_days)
        self._looked: datetime | None = None

    def tick(self, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
        """Judge what changed, newest hours first; answer how many hours of stations were judged.

        stopping  asked between chunks: true ends the round early, and the next goes on

        TransientStoreError: the database is away; call again.
        """
        over = now.replace(minute=0, second=0, microsecond=0)
        everything = self._looked is None or now - self._looked >= _EVERYTHING_EVERY
        since = over - (self._kept - _KEPT_MARGIN if everything else _RECENT)
        judged = 0
        with pool.connect(self._database_url, application="c5-air", autocommit=True) as conn:
            stations = {one.device_id: one.interval_s for one in air.stations(conn, active=False)}
            due = air.due(conn, Scope(list(stations), METRICS, since, over))
            for chunk in _chunks(due):
                if stopping():
                    return judged
                judged += self._judge(conn, stations, chunk, over)
        if everything:
            self._looked = now
        if judged:
            _log.debug("air_judged", hours=judged)
        return judged

    def _judge(
        self,
        conn: Connection,
        stations: dict[str, float | None],
        touched: list[Cell],
        over: datetime,
    ) -> int:
        wanted = {
            (device_id, later)
            for device_id, hour in touched
            for nth in range(REACH // HOUR)
            if (later := hour + nth * HOUR) < over
        }
        heard = sorted({device_id for device_id, _ in wanted})
        first = min(hour for _, hour in wanted)
        span = first - REACH, max(hour for _, hour in wanted) + HOUR
        # Counts before values: what comes in between is found to differ in the next round.
        counted = air.counted(conn, Scope(heard, METRICS, first, span[1]))
        means = air.hourly(conn, Scope(heard, READ, *span))
        made = judging.rows(
            means,
            {one: stations[one] for one in heard},
            span,
            self._zone,
            wanted=wanted,
            counted=counted,
        )
        air.save(conn, made)
        return len(made)


def _chunks(due: list[Cell]) -> list[list[Cell]]:
    """Cut cells, newest first, where a chunk's hours would reach too far apart."""
    chunks: list[list[Cell]] = []
    for cell in due:
        if not chunks or chunks[-1][0][1] - cell[1] >= _CHUNK:
            chunks.append([])
        chunks[-1].append(cell)
    return chunks
