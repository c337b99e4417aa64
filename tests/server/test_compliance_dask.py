"""A backfill on a real Dask cluster: the same partitions, the same digests."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from control_center.compliance import backfill
from control_center.compliance.compute import Outcome
from core.errors import ConfigError
from core.settings import Settings
from core.settings.servers import Dask
from store import pool, run
from store.pool import Connection
from tests.servers import judged, town
from tests.servers.town import DAY, SETTINGS

pytestmark = [pytest.mark.server, pytest.mark.slow]
LAST = DAY + timedelta(days=1)


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A city of three trucks and two days; one truck skips streets, one is silent for a while."""
    with pool.connect(db_url, autocommit=True) as one:
        town.city(one, town.route(), trucks=3)
        for day in (DAY, LAST):
            judged.sent(one, "T-1", town.drive(day))
            judged.sent(one, "T-2", town.drive(day, blocks=3))
            judged.sent(one, "T-3", town.drive(day, silent=[(60, 200)]))
        yield one


@pytest.fixture
def cluster(db_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two workers in processes of their own, which know the database by their own settings."""
    from distributed import LocalCluster  # noqa: PLC0415  a second that only this test needs

    monkeypatch.setenv("C5_DATABASE__URL", db_url)
    with LocalCluster(  # type: ignore[no-untyped-call]  # distributed types no constructor
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        host="127.0.0.1",
    ) as made:
        yield made


def _digests(conn: Connection) -> dict[str, str]:
    found = {}
    for one in run.listed(conn, DAY, LAST):
        newest = run.revision(conn, one.run_id)
        assert newest is not None
        found[f"{one.service_date} {one.device_id}"] = newest.sha256
    return found


def test_a_cluster_says_what_this_machine_says(conn: Connection, db_url: str, cluster: Any) -> None:
    """And a second time it finds nothing new, on either."""
    settings = SETTINGS.model_copy(update={"dask": Dask(scheduler=cluster.scheduler_address)})
    done = backfill.run(settings, db_url, DAY, LAST)
    assert done.failed == []
    assert done.outcomes[Outcome.REVISED] == 6
    spread = _digests(conn)
    assert len(spread) == 6
    here = [
        backfill.judge(replace(job, database_url=db_url))
        for job in backfill.planned(conn, SETTINGS, DAY, LAST)
    ]
    assert [one.outcome for one in here] == [Outcome.UNCHANGED] * 6
    conn.execute("TRUNCATE run CASCADE")
    for job in backfill.planned(conn, SETTINGS, DAY, LAST):
        backfill.judge(replace(job, database_url=db_url))
    assert _digests(conn) == spread


def test_a_scheduler_that_is_away_is_said(db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do about it."""
    monkeypatch.setattr(backfill, "_DASK_TIMEOUT", "500ms")
    settings = Settings(dask=Dask(scheduler="tcp://127.0.0.1:1"))
    with pytest.raises(ConfigError, match="does not answer"):
        backfill.run(settings, db_url, DAY, LAST)


def test_without_the_package_it_is_said(db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask is not among what C5 needs."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    settings = Settings(dask=Dask(scheduler="tcp://127.0.0.1:1"))
    with pytest.raises(ConfigError, match="pip install distributed"):
        backfill.run(settings, db_url, DAY, LAST)
