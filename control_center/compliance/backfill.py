"""Judge the runs of past days again, many at once: on this machine's cores or on a Dask cluster.

A partition is one (route, day, truck), judged by one function wherever it runs. One that fails is
reported and stops no other. A run whose document comes out the same keeps its revisions, so a
backfill may be repeated, or broken off and begun again.

A Dask worker reads the database's address from its own settings: no password travels.
"""

import importlib
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from control_center import connections
from control_center.compliance import compute
from control_center.compliance.compute import Outcome
from control_center.compliance.document import ENGINE
from control_center.compliance.limits import Limits
from control_center.compliance.plans import Plans
from control_center.compliance.roster import roster_of
from core import settings as setting_tree
from core.clock import utc_now
from core.errors import C5Error, ConfigError, NotFound
from core.settings import Settings
from store import faults, pool, run_due
from store import run as store_run
from store.pool import Connection
from store.run_due import Expected, Key

_DAY = timedelta(days=1)
_DASK_TIMEOUT = "10s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One partition, with all that judging it takes."""

    key: Key
    expected: Expected | None
    """As plans and assignments say now; None: only the run itself says so, by its version."""
    limits: Limits
    settle: timedelta
    now: datetime
    engine: str = ENGINE
    database_url: str | None = field(default=None, repr=False)
    """None: the worker's own settings say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a partition."""

    key: Key
    outcome: Outcome | None
    """None: it failed."""
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """After each partition."""

    done: Done
    finished: int
    total: int


@dataclass(slots=True)
class Summary:
    """What became of all of them."""

    partitions: int = 0
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    failed: list[Done] = field(default_factory=list)


def run(
    settings: Settings,
    database_url: str,
    since: date,
    until: date,
    processes: int | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    *,
    route_id: str | None = None,
) -> Summary:
    """Judge every run of the local days `since` to `until`, both included.

    processes  on this machine; None: one a core. Ignored when `dask.scheduler` is set.

    ConfigError: there is a Dask scheduler in the settings, and it cannot be used.
    """
    if until < since:
        raise ConfigError(f"--to {until} is before --from {since}; exchange them")
    with pool.connect(database_url, application="c5-backfill", autocommit=True) as conn:
        jobs = planned(conn, settings, since, until, route_id)
    if settings.dask.scheduler is None:
        ready = [replace(job, database_url=database_url) for job in jobs]
        results = _on_this_machine(ready, processes)
    else:
        results = _on_dask(jobs, settings.dask.scheduler)
    summary = Summary(partitions=len(jobs))
    for finished, done in enumerate(results, start=1):
        if done.outcome is None:
            summary.failed.append(done)
        else:
            summary.outcomes[done.outcome] += 1
        on_progress(Progress(done=done, finished=finished, total=len(jobs)))
    return summary


def planned(
    conn: Connection, settings: Settings, since: date, until: date, route_id: str | None = None
) -> list[Job]:
    """The partitions of these days: what the plans ask for, and the runs there are besides."""
    limits, plans, now = Limits.of(settings), Plans(), utc_now()
    found: dict[Key, Expected | None] = dict.fromkeys(run_due.keys(conn, since, until, route_id))
    for after in range((until - since).days + 1):
        roster = roster_of(conn, since + after * _DAY, limits.zone, plans, route_id)
        found |= {Key(*one[:3]): one for one in roster.expected}
    settle = timedelta(seconds=settings.routes.settle_s)
    # By route, so that each process lays out few of them.
    return [
        Job(key=key, expected=found[key], limits=limits, settle=settle, now=now)
        for key in sorted(found)
    ]


def judge(job: Job) -> Done:
    """Judge one partition; the same wherever it runs. Failures are answered, not raised."""
    try:
        return Done(key=job.key, outcome=_judged(job))
    except Exception as exc:  # noqa: BLE001  a failed partition must not stop the others
        cause = str(exc) if isinstance(exc, C5Error) else f"{type(exc).__name__}: {exc}"
        return Done(key=job.key, outcome=None, cause=cause)


def _judged(job: Job) -> Outcome:
    if job.engine != ENGINE:
        raise ConfigError(
            f"this worker has engine {ENGINE}, engine {job.engine} is asked for; install the same "
            "version of C5 on it"
        )
    url = job.database_url or connections.resolve(setting_tree.load()).database_url
    with pool.connect(url, application="c5-backfill", autocommit=True) as conn:
        run_id = run_due.find(conn, job.key)
        version = job.expected.version if job.expected else None
        if version is None and run_id is not None:
            version = store_run.get(conn, run_id).version
        ready = _plans().numbered(conn, job.key.route_id, version)
        window = ready.route.window(job.key.service_date, job.limits.zone)
        if window[1] + job.settle > job.now:
            return Outcome.OPEN
        run_due.ensure(conn, [Expected(*job.key, ready.version, *window)])
        with faults.translated("judging a run"), conn.transaction():
            run_id = run_due.find(conn, job.key)
            if run_id is None:
                raise NotFound("the run was withdrawn meanwhile; run the backfill again")
            run_due.lock(conn, run_id, wait=True)
            run = store_run.get(conn, run_id)
            return compute.revise(conn, run, ready, job.limits, "backfill", now=utc_now())


@cache
def _plans() -> Plans:
    """The plans that this process has laid out."""
    return Plans()


def _on_this_machine(jobs: Sequence[Job], processes: int | None) -> Iterator[Done]:
    if not jobs:
        return
    spawn = multiprocessing.get_context("spawn")
    workers = min(processes or multiprocessing.cpu_count(), len(jobs))
    with ProcessPoolExecutor(workers, mp_context=spawn) as executor:
        try:
            yield from _collected({executor.submit(judge, job): job for job in jobs}, as_completed)
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _on_dask(jobs: Sequence[Job], scheduler: str) -> Iterator[Done]:
    distributed = _distributed()
    try:
        client = distributed.Client(scheduler, timeout=_DASK_TIMEOUT)
    except (OSError, TimeoutError) as exc:
        raise ConfigError(
            f"dask.scheduler {scheduler} does not answer: {exc}; start it, or unset it to use this "
            "machine's cores"
        ) from exc
    with client:
        futures = client.map(judge, jobs, pure=False, retries=2)
        yield from _collected(dict(zip(futures, jobs, strict=True)), distributed.as_completed)


def _collected(jobs: dict[Any, Job], as_done: Callable[[Any], Any]) -> Iterator[Done]:
    """Answers as they come; a worker that died answers for its partition."""
    for future in as_done(list(jobs)):
        job = jobs.pop(future)
        try:
            yield future.result()
        except Exception as exc:  # noqa: BLE001  what a pool raises for a worker that died
            yield Done(
                key=job.key,
                outcome=None,
                cause=f"its worker died ({type(exc).__name__}: {exc}); run the backfill again, "
                "with fewer processes if memory was short",
            )


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError as exc:
        raise ConfigError(
            "dask.scheduler is set, and the package distributed is not installed; `pip install "
            "distributed`, or unset dask.scheduler to use this machine's cores"
        ) from exc
