"""Runs as they are kept: prepared, judged, closed once, judged again when fixes come late."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from control_center.compliance import backfill
from control_center.compliance.backfill import Progress
from control_center.compliance.compute import Outcome
from control_center.compliance.keeper import Keeper
from core.errors import ConfigError, TransientStoreError
from core.settings import Settings
from core.settings.engine import Routes
from geo.trace import Trace
from store import pool, run, run_due
from store import route as store_route
from store.pool import Connection
from store.run import Run
from tests.servers import judged, rows, town
from tests.servers.town import DAY, SETTINGS

pytestmark = pytest.mark.server
BEGIN, END = datetime(2025, 3, 4, 12, tzinfo=UTC), datetime(2025, 3, 4, 13, tzinfo=UTC)
SETTLED = END + timedelta(minutes=30)
_DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's."""
    with pool.connect(db_url, autocommit=True) as one:
        yield one


def _of(conn: Connection, day: date = DAY) -> list[Run]:
    return run.listed(conn, day, day)


def _whys(conn: Connection, run_id: int) -> list[tuple[int, str]]:
    return [(one.revision, one.why) for one in run.revisions(conn, run_id)]


def _until(trace: Trace, instant: datetime) -> Trace:
    return trace.take(trace.t_s < instant.timestamp())


def test_a_run_is_opened_judged_and_closed(conn: Connection, db_url: str) -> None:
    """Provisional while fixes come, for good half an hour after its window."""
    town.city(conn, town.route())
    keeper = Keeper(db_url, SETTINGS)
    assert keeper.tick(BEGIN - MINUTE) == 0
    [held] = _of(conn)
    assert (held.state, held.revision, held.window_from, held.window_to) == (
        "open",
        None,
        BEGIN,
        END,
    )
    whole = town.drive(blocks=3)
    judged.sent(conn, "T-1", _until(whole, BEGIN + MINUTE))
    assert keeper.tick(BEGIN + MINUTE) == 1
    assert keeper.tick(BEGIN + 3 * MINUTE) == 0, "nothing came since"
    [held] = _of(conn)
    assert (held.state, held.revision, held.missed) == ("open", 0, 0)
    judged.sent(conn, "T-1", whole)
    assert keeper.tick(BEGIN + 3 * MINUTE) == 1
    assert keeper.tick(SETTLED - MINUTE) == 0
    assert keeper.tick(SETTLED) == 1
    assert keeper.tick(SETTLED + HOUR) == 0
    [held] = _of(conn)
    assert (held.state, held.serviced, held.missed, held.unknown) == ("closed", 3, 2, 0)
    assert (held.coverage, held.computed_at) == (0.6, SETTLED)
    assert _whys(conn, held.run_id) == [(0, "provisional"), (1, "closed")]
    assert [len(_of(conn, DAY + days * _DAY)) for days in (-1, 0, 1)] == [0, 1, 0]


def test_a_silent_truck_is_blamed_for_nothing(conn: Connection, db_url: str) -> None:
    """Its run is closed all the same, and says why it says nothing."""
    town.city(conn, town.route())
    Keeper(db_url, SETTINGS).tick(SETTLED)
    [held] = _of(conn)
    assert (held.state, held.missed, held.unknown, held.coverage) == ("closed", 0, 5, 0.0)
    newest = run.revision(conn, held.run_id)
    assert newest is not None
    assert "no fixes" in newest.document["problem"]


def test_late_fixes_leave_a_revision(conn: Connection, db_url: str) -> None:
    """The first report is kept beside it; without change there is none."""
    town.city(conn, town.route())
    settings = Settings(timezone=SETTINGS.timezone, routes=Routes(margin_s=600))
    keeper = Keeper(db_url, settings)
    whole = town.drive()
    early = (whole.t_s < whole.t_s[0] + 60) | (whole.t_s > whole.t_s[0] + 200)
    judged.sent(conn, "T-1", whole.take(early))
    keeper.tick(SETTLED)
    [first] = _of(conn)
    assert first.unknown is not None
    assert first.unknown > 0
    judged.sent(conn, "T-1", whole.take(~early))
    assert keeper.tick(SETTLED + HOUR) == 1
    [second] = _of(conn)
    assert (second.serviced, second.unknown, second.state) == (5, 0, "closed")
    assert _whys(conn, second.run_id) == [(1, "closed"), (2, "late")]
    before = run.revision(conn, first.run_id, 1)
    assert before is not None
    assert before.document["counts"]["unknown"] == first.unknown
    # In an hour of the window, but not in its margin: looked at, and nothing new.
    rows.commit(conn, [rows.fix("T-1", 99_999, BEGIN - 20 * MINUTE)])
    judged.counted(conn)
    assert keeper.tick(SETTLED + HOUR) == 1
    assert keeper.tick(SETTLED + HOUR) == 0
    assert len(run.revisions(conn, second.run_id)) == 2


def test_fixes_later_than_the_limit_change_nothing(conn: Connection, db_url: str) -> None:
    """Thirty days on a report is what it is, until somebody asks for a backfill."""
    town.city(conn, town.route())
    keeper = Keeper(db_url, SETTINGS)
    keeper.tick(SETTLED)
    judged.sent(conn, "T-1", town.drive())
    keeper.tick(END + timedelta(days=31))
    [held] = _of(conn)
    assert _whys(conn, held.run_id) == [(1, "closed")]


def test_what_retention_forgot_is_not_judged_again(conn: Connection, db_url: str) -> None:
    """Half of a day's fixes would be a wrong verdict."""
    town.city(conn, town.route())
    keeper = Keeper(db_url, SETTINGS)
    judged.sent(conn, "T-1", town.drive())
    keeper.tick(SETTLED)
    conn.execute("DELETE FROM gps_fix WHERE measured_at < %s", (BEGIN + 5 * MINUTE,))
    rows.commit(conn, [rows.fix("T-1", 99_999, END + MINUTE)])
    judged.counted(conn)
    assert keeper.tick(SETTLED + HOUR) == 1
    assert keeper.tick(SETTLED + HOUR) == 0
    [held] = _of(conn)
    assert _whys(conn, held.run_id) == [(1, "closed")]
    assert held.serviced == 5


def test_two_keepers_make_one_revision(conn: Connection, db_url: str) -> None:
    """Each run is judged by one of them."""
    town.city(conn, town.route(), trucks=6)
    for number in range(1, 7):
        judged.sent(conn, f"T-{number}", town.drive(seed=number))
    together = threading.Barrier(2)
    counts: list[int] = []

    def keep() -> None:
        keeper = Keeper(db_url, SETTINGS)
        together.wait()
        counts.append(keeper.tick(SETTLED))

    keeping = [threading.Thread(target=keep) for _ in range(2)]
    for one in keeping:
        one.start()
    for one in keeping:
        one.join()
    done = _of(conn)
    assert len(done) == 6
    assert all(_whys(conn, one.run_id) == [(1, "closed")] for one in done)
    assert sum(counts) == 6


def test_a_plan_that_cannot_be_read_stops_no_other(conn: Connection, db_url: str) -> None:
    """Its run waits, and is tried again when it may have been mended."""
    good, bad = town.route(), town.route("R0")
    town.city(conn, good, bad)
    keeper = Keeper(db_url, SETTINGS)
    keeper.tick(BEGIN - MINUTE)
    judged.broken(conn, "R0")
    keeper = Keeper(db_url, SETTINGS)  # one that has not read the plan before
    assert keeper.tick(SETTLED) == 1
    states = {one.route_id: one.state for one in _of(conn)}
    assert states == {"R0": "open", "R1": "closed"}
    assert keeper.tick(SETTLED + timedelta(seconds=30)) == 0
    judged.mended(conn, bad)
    assert keeper.tick(SETTLED + MINUTE) == 1
    assert {one.state for one in _of(conn)} == {"closed"}


def test_a_new_plan_is_used_while_the_run_is_open(conn: Connection, db_url: str) -> None:
    """And a closed run keeps the one it was judged by."""
    town.city(conn, town.route())
    keeper = Keeper(db_url, SETTINGS)
    judged.sent(conn, "T-1", town.drive())
    keeper.tick(BEGIN + MINUTE)
    shorter = town.route(blocks=3)
    assert judged.imported(conn, shorter, since=DAY) == 2
    keeper.tick(BEGIN + 2 * MINUTE)
    [held] = _of(conn)
    assert (held.version, held.serviced, held.unknown) == (2, 3, 0)
    keeper.tick(SETTLED)
    assert judged.imported(conn, town.route(blocks=4), since=DAY) == 3
    keeper.tick(SETTLED + MINUTE)
    [held] = _of(conn)
    assert (held.version, held.serviced) == (2, 3)


def test_a_truck_assigned_by_mistake_leaves_no_run(conn: Connection, db_url: str) -> None:
    """While the run is open and the truck served nothing of it."""
    town.city(conn, town.route(), trucks=2)
    keeper = Keeper(db_url, SETTINGS)
    judged.sent(conn, "T-1", town.drive())
    keeper.tick(BEGIN + MINUTE)
    for name in ("T-1", "T-2"):
        store_route.unassign(conn, "R1", name, DAY)
    keeper.tick(BEGIN + 2 * MINUTE)
    assert [one.device_id for one in _of(conn)] == ["T-1"]


def test_days_on_which_nobody_kept_them_are_made_up_for(conn: Connection, db_url: str) -> None:
    """A week without a keeper leaves no hole."""
    town.city(conn, town.route())
    Keeper(db_url, SETTINGS).tick(SETTLED)
    Keeper(db_url, SETTINGS).tick(SETTLED + 5 * _DAY)
    found = run.listed(conn, DAY, DAY + 5 * _DAY)
    assert len(found) == 6
    assert {one.state for one in found} == {"closed"}


def test_a_keeper_stops_when_told_and_says_when_the_database_is_away(
    conn: Connection, db_url: str
) -> None:
    """Between two runs; the caller decides when to call again."""
    town.city(conn, town.route(), trucks=2)
    keeper = Keeper(db_url, SETTINGS)
    assert keeper.tick(SETTLED, lambda: True) == 0
    answers = iter([False, True])
    assert keeper.tick(SETTLED, lambda: next(answers)) == 1
    with pytest.raises(TransientStoreError):
        Keeper("postgresql://c5@127.0.0.1:1/none", SETTINGS).tick(SETTLED)


def _three_days(conn: Connection) -> None:
    """Three trucks on three days; one skips streets, one is silent for a while."""
    town.city(conn, town.route(), trucks=3)
    for back in range(3):
        day = DAY + back * _DAY
        judged.sent(conn, "T-1", town.drive(day, seed=back))
        judged.sent(conn, "T-2", town.drive(day, blocks=3, seed=back))
        judged.sent(conn, "T-3", town.drive(day, silent=[(60, 200)], seed=back))


def _digests(conn: Connection) -> dict[tuple[date, str], str]:
    found = {}
    for one in run.listed(conn, DAY, DAY + 2 * _DAY):
        newest = run.revision(conn, one.run_id)
        if newest is not None:
            found[one.service_date, one.device_id] = newest.sha256
    return found


@pytest.mark.slow
def test_a_backfill_says_what_the_keeper_said(conn: Connection, db_url: str) -> None:
    """In two processes; a second one finds nothing new, and one bad run stops no other."""
    _three_days(conn)
    keeper = Keeper(db_url, SETTINGS)
    for after in range(3):
        keeper.tick(SETTLED + after * _DAY)
    kept = _digests(conn)
    assert len(kept) == 9
    conn.execute("TRUNCATE run CASCADE")
    seen: list[Progress] = []
    last = DAY + 2 * _DAY
    done = backfill.run(SETTINGS, db_url, DAY, last, 2, seen.append)
    assert not done.failed
    assert (done.partitions, done.outcomes[Outcome.REVISED]) == (9, 9)
    assert [one.finished for one in seen] == list(range(1, 10))
    assert _digests(conn) == kept
    assert {_whys(conn, one.run_id)[-1] for one in run.listed(conn, DAY, last)} == {(1, "backfill")}
    # A run whose plan is gone bad fails; the others are as they were.
    judged.imported(conn, town.route("R0"), since=DAY)
    judged.one_run(conn, town.route("R0"), "T-1", DAY)
    judged.broken(conn, "R0")
    again = [backfill.judge(job) for job in _planned(conn, db_url, last)]
    assert [one.outcome for one in again] == [None] + [Outcome.UNCHANGED] * 9
    assert again[0].key.route_id == "R0"
    assert "not a GeoJSON" in again[0].cause
    assert len(_digests(conn)) == 9


def test_a_backfill_uses_the_plan_that_is_in_force_now(conn: Connection, db_url: str) -> None:
    """A corrected plan, a withdrawn assignment, fixes that came too late, fixes forgotten."""
    town.city(conn, town.route())
    keeper = Keeper(db_url, SETTINGS)
    keeper.tick(SETTLED)
    judged.sent(conn, "T-1", town.drive())
    judged.imported(conn, replace(town.route(), name="Corregida"), since=DAY)
    [job] = _planned(conn, db_url)
    assert backfill.judge(job).outcome == Outcome.REVISED
    [held] = _of(conn)
    assert (held.version, held.serviced) == (2, 5)
    store_route.unassign(conn, "R1", "T-1", DAY)
    [job] = _planned(conn, db_url)
    assert job.expected is None
    assert backfill.judge(job).outcome == Outcome.UNCHANGED
    conn.execute("DELETE FROM gps_fix WHERE measured_at < %s", (BEGIN + 5 * MINUTE,))
    assert backfill.judge(job).outcome == Outcome.FORGOTTEN
    assert backfill.judge(replace(job, now=SETTLED - MINUTE)).outcome == Outcome.OPEN
    assert "engine 0 is asked for" in backfill.judge(replace(job, engine="0")).cause
    [held] = _of(conn)
    assert _whys(conn, held.run_id) == [(1, "closed"), (2, "backfill")]


def _planned(conn: Connection, db_url: str, last: date = DAY) -> list[backfill.Job]:
    jobs = backfill.planned(conn, SETTINGS, DAY, last)
    return [replace(job, database_url=db_url) for job in jobs]


def test_a_backfill_refuses_what_it_cannot_do(db_url: str) -> None:
    """Days the wrong way round; an empty span is no error."""
    with pytest.raises(ConfigError, match="exchange"):
        backfill.run(SETTINGS, db_url, DAY, DAY - _DAY)
    assert backfill.run(SETTINGS, db_url, DAY, DAY).partitions == 0


def test_two_trackers_in_one_truck(conn: Connection, db_url: str) -> None:
    """Ingest flagged one of them; the run is unknown, not missed."""
    town.city(conn, town.route())
    here = town.drive(blocks=2)
    far = replace(here, lat_deg=here.lat_deg + 0.2, t_s=here.t_s + 2.0)
    judged.sent(conn, "T-1", here)
    judged.sent(conn, "T-1", far, [2] * len(far))
    Keeper(db_url, SETTINGS).tick(SETTLED)
    [held] = _of(conn)
    assert (held.missed, held.unknown) == (0, 5)
    assert run_due.counted(conn, "T-1", BEGIN, END) == len(here) + len(far)


@pytest.mark.slow
def test_a_backfill_from_the_command_line(conn: Connection, db_url: str) -> None:
    """It answers JSON, and exit code 1 when a run failed."""
    town.city(conn, town.route())
    judged.sent(conn, "T-1", town.drive())
    judged.imported(conn, town.route("R0"), since=DAY)
    judged.one_run(conn, town.route("R0"), "T-1", DAY)
    judged.broken(conn, "R0")
    words = ["route", "backfill", "--from", "2025-03-04", "--to", "2025-03-04", "--processes", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "control_center", *words, "--json"],
        env=os.environ | {"C5_DATABASE__URL": db_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert (said["partitions"], said["revised"]) == (2, 1)
    [failed] = said["failed"]
    assert (failed["route_id"], failed["service_date"]) == ("R0", "2025-03-04")
    assert [one.serviced for one in _of(conn)] == [None, 5]
