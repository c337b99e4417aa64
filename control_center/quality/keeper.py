"""Look at readings once more when others have come, and mark those that cannot be believed.

Every minute the hours whose readings changed are looked at sample by sample; every hour the air
stations are compared with each other. A mark is a bit beside the value, which stays as it was;
whoever sums up leaves it out from then on. Doing it again changes nothing, so any number of these
may work at once, and one that is killed loses nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from control_center.quality import checks, comparing
from control_center.quality.comparing import CLOCK_OF, HOUR, City, Doubt, Touched
from control_center.quality.telling import Teller
from core import log
from core.quality import Flag
from core.settings import Settings
from core.topics import Kind
from devices.kinds import KINDS
from store import air, calibration, maintenance, pool, quality
from store.air import Station
from store.pool import Connection
from store.quality import Due

_KINDS: Final = (Kind.AIR, Kind.NOISE)
_MOST_HOURS: Final = 5000
"""Looked at in one round; the rest of a long history comes in the next."""
_RECENT: Final = timedelta(days=3)
"""Looked through every minute; all there is, once an hour."""
_LONGEST_SPAN: Final = timedelta(hours=48)
_NEWS: Final = timedelta(hours=48)
"""What was measured longer ago is marked, and told to nobody."""
_REMEMBERED: Final = timedelta(days=31)
_KEPT_MARGIN: Final = timedelta(days=7)
_STANDING: Final = {str(flag.name).lower(): flag for flag in (Flag.DRIFT, Flag.STEP, Flag.CLOCK)}
_log = log.get(__name__)


class QualityKeeper:
    """What a service calls every minute."""

    def __init__(self, database_url: str, settings: Settings) -> None:
        self._database_url = database_url
        self._kept = timedelta(days=settings.retention.readings_days) - _KEPT_MARGIN
        self._compared: datetime | None = None
        self._history_is_clear = False
        self._standing: dict[tuple[str, str, str], Doubt] | None = None

    def tick(self, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
        """Mark what is found; answer how many readings were.

        stopping  asked between stations: true ends the round early, and the next goes on

        TransientStoreError: the database is away; call again.
        """
        with pool.connect(self._database_url, application="c5-quality", autocommit=True) as conn:
            stations = {one.device_id: one for kind in _KINDS for one in _of_kind(conn, kind)}
            teller = Teller(conn, stations, now)
            marked = self._samples(conn, stations, teller, stopping)
            over = now.replace(minute=0, second=0, microsecond=0)
            if self._compared != over and not stopping():
                self._compare(conn, over, teller)
                self._compared, self._history_is_clear = over, False
            marked += self._mark_standing(conn)
            if marked:
                _log.info("readings_marked", readings=marked)
        return marked

    def _samples(
        self,
        conn: Connection,
        stations: dict[str, Station],
        teller: Teller,
        stopping: Callable[[], bool],
    ) -> int:
        marked = 0
        reach = _RECENT if self._history_is_clear else self._kept
        due = quality.due(conn, _KINDS, checks.WATCHED, teller.now - reach, limit=_MOST_HOURS)
        for span in _spans(due):
            if stopping():
                break
            device_id = span[0].device_id
            if device_id not in stations:
                continue  # enrolled a moment ago: in the next round
            around = checks.context(stations[device_id].interval_s or _usual_interval_s())
            found = checks.look(
                quality.samples(
                    conn,
                    device_id,
                    checks.WATCHED,
                    span[0].hour - around,
                    span[-1].hour + HOUR + around,
                )
            )
            for metric, doubt, at in found.doubted:
                marked += quality.flag(conn, device_id, metric, at, doubt)
            teller.stretches(
                device_id, [one for one in found.stretches if one.begin >= teller.now - _NEWS]
            )
            quality.looked_at(conn, span)
        else:
            self._history_is_clear |= len(due) < _MOST_HOURS
        return marked

    def _compare(self, conn: Connection, over: datetime, teller: Teller) -> None:
        """Ask the neighbours; tell what is new and what is over."""
        ids = [one.device_id for one in air.stations(conn)]
        if self._standing is None:
            self._standing = _told_before(conn, over)
        means = quality.hours(conn, ids, comparing.METRICS, over - comparing.SPAN, over)
        touched = Touched(
            serviced=maintenance.newest(conn, ids, over - comparing.SPAN, over),
            calibrated=calibration.newest(conn, ids, over),
        )
        found = comparing.compare(City.of(ids, means, over), touched, self._standing)
        standing = {one.key: one for one in found}
        teller.standing(self._standing, standing, over)
        self._standing = standing

    def _mark_standing(self, conn: Connection) -> int:
        """Mark what came since: an instrument in doubt stays in doubt."""
        marked = 0
        for one in (self._standing or {}).values():
            metrics = comparing.METRICS if one.metric == CLOCK_OF else (one.metric,)
            for metric in metrics:
                marked += quality.flag_since(conn, one.device_id, metric, one.since, one.flag)
        return marked


def _of_kind(conn: Connection, kind: Kind) -> list[Station]:
    return air.stations(conn, kind=kind, active=False)


def _usual_interval_s() -> float:
    return max(KINDS[kind].interval_s for kind in _KINDS)


def _told_before(conn: Connection, over: datetime) -> dict[tuple[str, str, str], Doubt]:
    """What stood when the last one of us ended."""
    told = quality.still_open(conn, over - _REMEMBERED)
    doubts = [
        Doubt(
            device_id=one.device_id,
            metric=one.metric,
            flag=_STANDING[one.doubt],
            since=one.since,
            by=0.0,
            told_at=one.since,
        )
        for one in told
        if one.doubt in _STANDING
    ]
    return {one.key: one for one in doubts}


def _spans(due: Sequence[Due]) -> Iterator[list[Due]]:
    """Hours of one station that lie together, oldest first; newest spans first."""
    mine: dict[str, list[Due]] = {}
    for one in due:
        mine.setdefault(one.device_id, []).append(one)
    for hours in mine.values():
        span: list[Due] = []
        for one in hours:  # newest first
            if span and (
                span[0].hour - one.hour > HOUR or span[-1].hour - one.hour >= _LONGEST_SPAN
            ):
                yield span
                span = []
            span.insert(0, one)
        yield span
