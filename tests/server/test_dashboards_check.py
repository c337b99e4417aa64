"""Every panel's SQL on a city's days: it runs as the reader, answers rows, and draws."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from control_center.cli.dashboards import app
from core import settings
from dashboards import check
from dashboards.boards import BOARDS
from dashboards.build import Options
from store import panel, pool
from store.panel import Answered
from store.pool import Connection
from tests.servers import month, wall
from tests.servers.month import Size

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(1500)]
UNTIL = datetime(2026, 5, 22, 16, 30, tzinfo=UTC)
"""Its chance hangs on the hours: the same city in every run."""
FEW = Size(days=8, trucks=6, air=3, noise=3, cameras=2)


@pytest.fixture(scope="module")
def conn(module_db_url: str) -> Iterator[Connection]:
    """Eight days of a small city."""
    month.fill(module_db_url, UNTIL, FEW)
    with pool.connect(module_db_url, autocommit=True) as found:
        yield found


def test_every_statement_answers(conn: Connection) -> None:
    """None is wrong; none is empty over its dashboard's own range."""
    verdict = check.check(partial(panel.run, conn), UNTIL)
    assert verdict.wrong == []
    assert verdict.empty == []
    assert verdict.panels == sum(len(board.panels) for board in BOARDS)
    assert verdict.statements > 3 * verdict.panels


def test_an_empty_database_is_found_out(db_url: str) -> None:
    """Nothing is wrong there, but the panels that have nothing to show are named."""
    with pool.connect(db_url, autocommit=True) as empty:
        verdict = check.check(partial(panel.run, empty), UNTIL)
    assert verdict.wrong == []
    assert any("Peor aire" in one for one in verdict.empty)
    assert not verdict.is_good


@pytest.mark.parametrize(
    ("columns", "form", "view", "what"),
    [
        ((("at", "time"), ("n", "number")), "time_series", "timeseries", "column time"),
        ((("time", "text"), ("n", "number")), "time_series", "timeseries", "column time"),
        ((("time", "time"), ("n", "text")), "time_series", "timeseries", "needs a number"),
        ((("latitude", "number"),), "table", "geomap", "column longitude"),
        ((("name", "text"),), "table", "stat", "needs a number"),
        ((("n", "number"), ("n", "number")), "table", "stat", "one name"),
        ((("other", "number"),), "table", "stat", r"speaks of columns \['n'\]"),
    ],
)
def test_faults_are_found(
    columns: tuple[tuple[str, panel.Kind], ...], form: str, view: str, what: str
) -> None:
    """What Grafana could not draw is said."""
    probe = check.Probe("b", "p", view, form, "SELECT", ("n",))
    found = check.fault(probe, Answered(columns, [], 0.0))
    assert found is not None
    assert re.search(what, found)


def test_a_series_out_of_order_is_found() -> None:
    """Grafana draws what comes as it comes."""
    rows = [(UNTIL, 1.0), (UNTIL - timedelta(hours=1), 2.0)]
    answer = Answered((("time", "time"), ("n", "number")), list(rows), 0.0)
    probe = check.Probe("b", "p", "timeseries", "time_series", "SELECT")
    assert check.fault(probe, answer) == "a time series must be in order of time"


def test_a_run_that_goes_on_is_not_judged(conn: Connection) -> None:
    """Whatever is left of it says nothing yet: no figure, line or bar changes by it."""
    worse = """
UPDATE run SET unknown = unknown + 40 * %(sign)s, unknown_m = unknown_m + 9000 * %(sign)s,
               off_route_s = off_route_s + 60 * %(sign)s WHERE state = 'open'"""
    asked = [
        probe
        for board in BOARDS
        for probe in check.probes(
            board,
            Options(),
            check.chosen(board, Options(), check.spans(board, UNTIL)[-1], partial(panel.run, conn)),
        )
        if "panel.run\n" in probe.sql and probe.view != "table"
    ]
    assert len(asked) >= 7
    before = [panel.run(conn, probe.sql).rows for probe in asked]
    changed = conn.execute(worse, {"sign": 1}).rowcount
    try:
        after = [panel.run(conn, probe.sql).rows for probe in asked]
    finally:
        conn.execute(worse, {"sign": -1})
    assert changed > 0
    for probe, one, other in zip(asked, before, after, strict=True):
        assert one == other, probe.what


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_a_wall_draws_every_panel(conn: Connection, board: object, tmp_path: Path) -> None:
    """With its own type, unit and thresholds; none is blank."""
    assert isinstance(board, type(BOARDS[0]))
    file = tmp_path / "sheet.png"
    assert wall.sheet(board, partial(panel.run, conn), UNTIL, file) == []
    with Image.open(file) as picture:
        assert picture.width > 1000
        assert len(picture.convert("RGB").getcolors(1_000_000) or []) > 100
    committed = wall.FOLDER / f"{board.uid}.png"
    with Image.open(committed) as picture:
        assert picture.width > 1000


def test_the_command_says_its_figures(
    conn: Connection, module_db_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`c5 dashboards check --json`: panels, empty and slowest_ms."""
    del conn
    monkeypatch.setenv("C5_DATABASE__URL", module_db_url)
    monkeypatch.setenv("C5_MQTT__URL", "mqtt://127.0.0.1:1")
    settings.load.cache_clear()
    try:
        until = UNTIL.strftime("%Y-%m-%dT%H:%M:%S")
        done = CliRunner().invoke(app, ["check", "--json", "--until", until])
    finally:
        settings.load.cache_clear()
    said = json.loads(done.output)
    assert said["panels"] > 100
    assert said["empty"] == said["wrong"] == 0
    assert said["slowest_ms"] > 0
    assert done.exit_code == (1 if said["slow"] else 0)


@pytest.mark.soak
def test_thirty_days_of_a_city_answer_in_time(db_url: str) -> None:
    """50 trucks, 10 stations and 8 cameras: no statement takes 200 ms."""
    month.fill(db_url, UNTIL)
    with pool.connect(db_url, autocommit=True) as whole:
        verdict = check.check(partial(panel.run, whole), UNTIL)
    assert verdict.is_good, (verdict.wrong, verdict.empty, verdict.slow)
    assert verdict.slowest_ms < check.LIMIT_MS
