"""Keep the runs of today and yesterday, and judge what is due, over and over.

A run is judged provisionally while it is open and fixes come, closed some time after its window,
and judged again when fixes come late. Any number of keepers may work at once: a run is locked
while one judges it, and whoever comes second finds that it is no longer due.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from control_center.compliance import compute
from control_center.compliance.limits import Limits
from control_center.compliance.plans import Plans
from control_center.compliance.roster import roster_of
from core import log
from core.errors import TransientStoreError
from core.settings import Settings
from store import faults, pool, run_due
from store import run as store_run
from store.pool import Connection
from store.run_due import Due, Key, Pace

_DAY = timedelta(days=1)
_log = log.get(__name__)


def pace(settings: Settings) -> Pace:
    """When runs are judged, by the settings."""
    routes = settings.routes
    return Pace(
        margin=timedelta(seconds=routes.margin_s),
        settle=timedelta(seconds=routes.settle_s),
        refresh=timedelta(seconds=routes.refresh_s),
        late=timedelta(days=routes.late_days),
    )


class Keeper:
    """What a service calls every few seconds; it remembers only plans it has laid out."""

    def __init__(self, database_url: str, settings: Settings) -> None:
        self._database_url = database_url
        self._limits = Limits.of(settings)
        self._pace = pace(settings)
        self._plans = Plans()
        self._prepared: tuple[date, str] | None = None
        self._failed: dict[int, datetime] = {}

    def tick(self, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
        """Prepare the runs of these days and judge what is due; answer how many were judged.

        stopping  asked before each run: true ends the tick early, and the next goes on

        TransientStoreError: the database is away; call again. A run that cannot be judged is
        logged and tried again later; it does not keep the others from being judged.
        """
        judged = 0
        with pool.connect(self._database_url, application="c5-keeper", autocommit=True) as conn:
            self._prepare(conn, now)
            for due in run_due.due(conn, now, self._pace):
                if stopping():
                    break
                judged += self._judge(conn, due, now)
        return judged

    def _prepare(self, conn: Connection, now: datetime) -> None:
        """Have the runs of today and yesterday, and of days on which nobody kept them."""
        today = now.astimezone(self._limits.zone).date()
        state = (today, run_due.plans_sha(conn))
        if state == self._prepared:
            return
        newest = run_due.newest_day(conn) or today
        first = min(today - _DAY, max(newest + _DAY, today - self._pace.late))
        for back in range((today - first).days, -1, -1):
            day = today - back * _DAY
            expected, unreadable = roster_of(conn, day, self._limits.zone, self._plans)
            new = run_due.ensure(conn, expected)
            gone = run_due.withdraw(conn, day, [Key(*run[:3]) for run in expected], unreadable)
            if new or gone:
                _log.info("runs_prepared", day=day.isoformat(), new=new, withdrawn=gone)
        self._prepared = state

    def _judge(self, conn: Connection, due: Due, now: datetime) -> bool:
        if now - self._failed.get(due.run_id, now - self._pace.refresh) < self._pace.refresh:
            return False
        try:
            with faults.translated("judging a run"), conn.transaction():
                return self._judge_locked(conn, due.run_id, now)
        except TransientStoreError:
            raise
        except Exception as exc:  # noqa: BLE001  one odd run must not keep a city without reports
            self._failed[due.run_id] = now
            _log.error("run_not_judged", run_id=due.run_id, cause=f"{type(exc).__name__}: {exc}")
            return False

    def _judge_locked(self, conn: Connection, run_id: int, now: datetime) -> bool:
        if not run_due.lock(conn, run_id):
            return False
        still = run_due.due(conn, now, self._pace, run_id)
        if not still:
            return False
        run = store_run.get(conn, run_id)
        ready = self._plans.numbered(conn, run.route_id, run.version)
        outcome = compute.revise(conn, run, ready, self._limits, still[0].why, now=now)
        self._failed.pop(run_id, None)
        _log.debug("run_judged", run_id=run_id, why=still[0].why, outcome=outcome.value)
        return True
