"""Runs and their revisions: numbered without gaps, never written over once closed."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pytest

from core.errors import NotFound
from geo.plan import Block
from geo.route import Route
from store import pool, run, run_due
from store.pool import Connection
from store.run import Figures, Why
from store.run_due import Due, Expected, Key
from tests.servers import judged
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
DAY = date(2026, 3, 4)
BEGIN, END = datetime(2026, 3, 4, 12, tzinfo=UTC), datetime(2026, 3, 4, 20, tzinfo=UTC)
STREET = np.array([[-94.45, 18.14], [-94.44, 18.14]])
ROUTE = Route("R1", "Centro", (Block("S1", STREET),), service_window=(time(6), time(14)))
FIGURES = Figures(
    version=1,
    window_from=BEGIN,
    window_to=END,
    coverage=0.5,
    serviced=3,
    too_fast=2,
    missed=1,
    unknown=4,
    serviced_m=300.0,
    too_fast_m=200.0,
    missed_m=100.0,
    unknown_m=400.0,
    begin_late_s=-60.0,
    end_late_s=None,
    off_route_s=60.0,
    service_m=1000.0,
    deadhead_m=500.0,
)
SHA = "0" * 64


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection to a city with a route and two trucks."""
    with pool.connect(db_url, autocommit=True) as one:
        judged.trucks(one, "T-1", "T-2")
        judged.imported(one, ROUTE, since=DAY)
        yield one


def _save(
    conn: Connection,
    run_id: int,
    why: Why,
    said: str,
    now: datetime = END,
    **document: Any,
) -> int | None:
    digest = said * 64
    return run.save_revision(conn, run_id, document, digest, why, 7, FIGURES, now=now)


def test_a_run_is_made_once_whoever_asks(conn: Connection, db_url: str) -> None:
    """Also when several keepers ask at once."""
    wanted = [Expected("R1", DAY, f"T-{n}", 1, BEGIN, END) for n in (1, 2)]

    def ask() -> None:
        with pool.connect(db_url) as other:
            run_due.ensure(other, wanted)

    asking = [threading.Thread(target=ask) for _ in range(6)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert [found.device_id for found in run.listed(conn, DAY, DAY)] == ["T-1", "T-2"]
    assert run_due.ensure(conn, wanted) == 0
    assert run_due.ensure(conn, []) == 0


def test_an_open_run_follows_its_plan_and_a_closed_one_does_not(conn: Connection) -> None:
    """A new version or window before it is closed means: judge anew."""
    assert judged.imported(conn, replace(ROUTE, max_mean_kmh=18.0), since=DAY) == 2
    run_id = judged.one_run(conn, ROUTE, "T-1", DAY)
    later = Expected("R1", DAY, "T-1", 2, BEGIN, END + timedelta(hours=1))
    assert run_due.ensure(conn, [later]) == 1
    found = run.get(conn, run_id)
    assert (found.version, found.window_to, found.fix_rows) == (2, END + timedelta(hours=1), -1)
    _save(conn, run_id, "closed", "a")
    assert run_due.ensure(conn, [Expected("R1", DAY, "T-1", 1, BEGIN, END)]) == 0
    found = run.get(conn, run_id)
    assert (found.version, found.window_to) == (1, END), "as the document says that was judged"


def test_revisions_are_numbered_and_kept(conn: Connection) -> None:
    """Provisional ones are one; the closed ones stay, with the figures of the newest."""
    run_id = judged.one_run(conn, ROUTE, "T-1", DAY)
    assert run.revision(conn, run_id) is None
    assert _save(conn, run_id, "provisional", "a", x=1) == 0
    assert _save(conn, run_id, "provisional", "b", x=2) == 0
    early = run.get(conn, run_id)
    assert (early.state, early.unknown, early.gaps) == ("open", 4, None), "it is still to come"
    assert _save(conn, run_id, "closed", "b", x=2) == 1
    assert _save(conn, run_id, "late", "b", x=2) is None
    assert _save(conn, run_id, "provisional", "z", x=9) is None
    assert _save(conn, run_id, "late", "c", x=3.5) == 2
    assert _save(conn, run_id, "backfill", "b", x=2) == 3
    kept = [(one.revision, one.why, one.sha256[0]) for one in run.revisions(conn, run_id)]
    assert kept == [
        (0, "provisional", "b"),
        (1, "closed", "b"),
        (2, "late", "c"),
        (3, "backfill", "b"),
    ]
    newest, second = run.revision(conn, run_id), run.revision(conn, run_id, 2)
    assert newest is not None
    assert second is not None
    assert (newest.revision, newest.document, second.document) == (3, {"x": 2}, {"x": 3.5})
    found = run.get(conn, run_id)
    assert (found.state, found.revision, found.fix_rows) == ("closed", 3, 7)
    assert (found.coverage, found.gaps, found.reviewed) == (0.5, 7, 0)
    assert Figures(*(getattr(found, name) for name in Figures._fields)) == FIGURES
    assert found.length_m == pytest.approx(ROUTE.length_m)


def test_what_does_not_exist_is_said(conn: Connection) -> None:
    """By name, never by an empty answer."""
    assert run.find(conn, 99) is None
    with pytest.raises(NotFound, match="no run 99"):
        run.get(conn, 99)
    with pytest.raises(NotFound, match="no run 99"):
        _save(conn, 99, "closed", "a")


def test_a_list_is_filtered(conn: Connection) -> None:
    """By days, both included, route, truck and supervisor; the newest day is first."""
    conn.execute(
        "INSERT INTO account (username, name, role, password_hash) "
        "VALUES ('ana', 'Ana', 'supervisor', 'x')"
    )
    conn.execute("UPDATE route SET supervisor = 'ana'")
    for days in (-1, 0, 1, 2):
        judged.one_run(conn, ROUTE, "T-1", DAY + timedelta(days=days))
    judged.one_run(conn, ROUTE, "T-2", DAY)
    tomorrow = DAY + timedelta(days=1)
    found = [(one.service_date, one.device_id) for one in run.listed(conn, DAY, tomorrow)]
    assert found == [(tomorrow, "T-1"), (DAY, "T-1"), (DAY, "T-2")]
    assert len(run.listed(conn, DAY, tomorrow, device_id="T-2")) == 1
    assert len(run.listed(conn, DAY, tomorrow, supervisor="ana")) == 3
    assert not run.listed(conn, DAY, tomorrow, supervisor="eva")
    assert not run.listed(conn, DAY, tomorrow, route_id="R2")
    [first] = run.listed(conn, DAY, tomorrow, device_id="T-2")
    assert (first.route_name, first.device_name, first.supervisor) == (
        "Centro",
        "Camión T-2",
        "ana",
    )


def _count(conn: Connection, hour: datetime, n: int) -> None:
    conn.execute(
        "INSERT INTO fix_hourly (device_id, hour, n, flagged, n_speed, moving) "
        "VALUES ('T-1', %s, %s, 1, 0, 0) "
        "ON CONFLICT (device_id, hour) DO UPDATE SET n = excluded.n",
        (hour, n),
    )


def _due(conn: Connection, now: datetime, run_id: int | None = None) -> list[Due]:
    return run_due.due(conn, now, judged.PACE, run_id)


def test_a_run_is_due_when_something_changed(conn: Connection) -> None:
    """From its window's beginning, when fixes came, when it is time to close; later when late."""
    run_id = judged.one_run(conn, ROUTE, "T-1", DAY)
    second, minute = timedelta(seconds=1), timedelta(minutes=1)
    assert not _due(conn, BEGIN - second)
    assert _due(conn, BEGIN) == [Due(run_id, "provisional")]
    _count(conn, BEGIN, 6)  # and one flagged
    _save(conn, run_id, "provisional", "a", now=BEGIN)
    assert not _due(conn, BEGIN + minute)
    _count(conn, BEGIN - timedelta(hours=1), 9)  # in the margin
    assert not _due(conn, BEGIN + minute - second)
    assert _due(conn, BEGIN + minute) == [Due(run_id, "provisional")]
    settled = END + judged.PACE.settle
    assert _due(conn, settled, run_id) == [Due(run_id, "closed")]
    assert not _due(conn, settled, run_id + 1)
    _save(conn, run_id, "closed", "a", now=settled)
    assert _due(conn, settled) == [Due(run_id, "late")]
    _count(conn, BEGIN - timedelta(hours=1), -1)
    assert not _due(conn, settled)
    _count(conn, BEGIN - timedelta(hours=2), 100)  # before the margin
    _count(conn, END + timedelta(hours=1), 100)  # after it
    assert not _due(conn, settled)
    _count(conn, END, 5)
    assert _due(conn, END + timedelta(days=30) - second) == [Due(run_id, "late")]
    assert not _due(conn, END + timedelta(days=30))


def test_whole_hours_hold_the_window() -> None:
    """As the statement above counts them."""
    half_past = timedelta(minutes=30)
    assert run_due.hours(BEGIN, END) == (BEGIN, END)
    assert run_due.hours(BEGIN + half_past, END + half_past) == (BEGIN, END + 2 * half_past)


def test_fixes_are_counted_by_whole_hours(conn: Connection) -> None:
    """Flagged ones too, of this device."""
    _count(conn, BEGIN, 6)
    _count(conn, END, 6)
    assert run_due.counted(conn, "T-1", BEGIN, END) == 7
    assert run_due.counted(conn, "T-2", BEGIN, END) == 0


def test_runs_no_longer_expected_go_unless_something_was_served(conn: Connection) -> None:
    """A truck assigned by mistake leaves no run; one that worked keeps it."""
    first, second = (judged.one_run(conn, ROUTE, f"T-{n}", DAY) for n in (1, 2))
    _save(conn, first, "provisional", "a")
    nothing = FIGURES._replace(serviced=0)
    run.save_revision(conn, second, {}, SHA, "provisional", 0, nothing, now=BEGIN)
    assert run_due.withdraw(conn, DAY, [Key("R1", DAY, "T-1"), Key("R1", DAY, "T-2")]) == 0
    assert run_due.withdraw(conn, DAY + timedelta(days=1), []) == 0
    assert run_due.withdraw(conn, DAY, [], {"R1"}) == 0
    assert run_due.withdraw(conn, DAY, []) == 1
    assert [one.run_id for one in run.listed(conn, DAY, DAY)] == [first]
    assert run_due.keys(conn, DAY, DAY) == [Key("R1", DAY, "T-1")]
    assert run_due.newest_day(conn) == DAY


def test_one_judge_a_run(conn: Connection, db_url: str) -> None:
    """The second is told so, or waits; other runs are free."""
    run_id = judged.one_run(conn, ROUTE, "T-1", DAY)
    got = threading.Event()

    def wait() -> None:
        with pool.connect(db_url) as patient, patient.transaction():
            run_due.lock(patient, run_id, wait=True)
            got.set()

    with pool.connect(db_url) as one, pool.connect(db_url) as other:
        with one.transaction():
            assert run_due.lock(one, run_id)
            assert not run_due.lock(other, run_id)
            assert run_due.lock(other, run_id + 1)
            waiting = threading.Thread(target=wait)
            waiting.start()
            wait_until(
                lambda: conn.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone(),
                what="the second judge stands in line",
            )
            assert not got.is_set()
        waiting.join()
        assert got.is_set()


def test_forgetting_leaves_a_run_as_it_is(conn: Connection) -> None:
    """Closed, without a verdict that nothing supports."""
    run_id = judged.one_run(conn, ROUTE, "T-1", DAY)
    run.looked(conn, run_id, 12, now=END)
    found = run.get(conn, run_id)
    assert (found.state, found.revision, found.coverage, found.fix_rows) == (
        "closed",
        None,
        None,
        12,
    )
