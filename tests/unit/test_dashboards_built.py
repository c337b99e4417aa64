"""What is committed is what is built, says what it shows in two languages, reads views alone."""

import re
from typing import Any

import pytest

from core.errors import ConfigError
from dashboards import alerts, build, looks, provisioning, queries
from dashboards.boards import BOARDS
from dashboards.build import Options
from dashboards.spec import LANGUAGES, Board, Panel
from sensing.air.rule import MEXICAN, load
from sensing.noise.screening import limits

PANELS = [pytest.param(board, panel, id=f"{board.uid}:{panel.query}")
          for board in BOARDS for panel in board.panels]  # fmt: skip
DOCUMENTS = [(board, build.document(board, language, Options()))
             for board in BOARDS for language in LANGUAGES]  # fmt: skip


def test_committed_files_are_what_is_built() -> None:
    """On a difference, run `./c5 dashboards build` and read the diff."""
    made = provisioning.files()
    held = {
        str(path.relative_to(provisioning.BUILT)): path.read_text(encoding="utf-8")
        for path in provisioning.BUILT.rglob("*")
        if path.is_file()
    }
    assert sorted(held) == sorted(made)
    for name, text in made.items():
        assert held[name] == text, name


def test_every_dashboard_asked_for_is_there() -> None:
    """The ten of them, each under a uid of its own in every language."""
    assert [board.uid for board in BOARDS] == [
        *("c5-overview", "c5-fleet", "c5-truck", "c5-air", "c5-noise"),
        *("c5-mobility", "c5-devices", "c5-incidents", "c5-pipeline", "c5-indicators"),
    ]
    uids = [document["uid"] for _, document in DOCUMENTS]
    assert len(set(uids)) == len(uids) == 20


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_panel_says_what_it_shows(board: Board, panel: Panel) -> None:
    """A title, a description and a text for no data in both languages, and a unit."""
    del board
    for text in (panel.title, panel.description, panel.no_data):
        assert text.es.strip()
        assert text.en.strip()
    assert panel.description.es != panel.description.en
    assert panel.look.unit


@pytest.mark.parametrize("name", queries.names())
def test_a_query_reads_views_and_is_bounded(name: str) -> None:
    """It names only views of the schema panel, ends in a LIMIT, and spans no cross product."""
    sql = queries.get(name, kinds="'truck'", metric="pm25_ugm3")
    sources = re.sub(r"extract\((?:epoch|hour) FROM", "extract(", sql)
    for table in re.findall(r"(?:FROM|JOIN)\s+([a-z_.]+)", sources):
        assert table.startswith("panel."), table
    assert re.search(r"LIMIT \d+$", sql), "a query without a bound"
    assert int(re.search(r"LIMIT (\d+)$", sql)[1]) <= 20_000  # type: ignore[index]  # just found
    assert "SELECT *" not in sql.split("FROM")[0]


def test_a_query_that_is_not_there_is_refused_by_name() -> None:
    """So is one whose hole nobody fills."""
    with pytest.raises(ConfigError, match=r"air\.nothing"):
        queries.get("air.nothing")
    with pytest.raises(ConfigError, match="metric"):
        queries.get("air.pollutant")


@pytest.mark.parametrize(("board", "document"), DOCUMENTS)
def test_a_document_fits_a_wall(board: Board, document: dict[str, Any]) -> None:
    """Panels lie within 24 columns, over nobody else, each with its own number."""
    taken: set[tuple[int, int]] = set()
    for panel in document["panels"]:
        grid = panel["gridPos"]
        for x in range(grid["x"], grid["x"] + grid["w"]):
            assert x < 24
            for y in range(grid["y"], grid["y"] + grid["h"]):
                assert (x, y) not in taken, (board.uid, panel["title"])
                taken.add((x, y))
    numbers = [panel["id"] for panel in document["panels"]]
    assert len(set(numbers)) == len(numbers)
    assert document["annotations"]["list"][0]["target"]["rawSql"].startswith("SELECT opened_at")
    assert document["links"][1]["url"] == "${c5}/"


def test_thresholds_are_the_rules_own() -> None:
    """A colour begins where the norm's rounding gives a value to the next band."""
    rule = load(MEXICAN[-1])
    bounds = rule.pollutant("pm25").bounds
    steps = looks.pollutant("pm25").steps
    assert [step.value for step in steps] == [None, *(bound + 0.5 for bound in bounds)]
    assert [step.colour for step in steps] == [one.colour for one in rule.categories]
    ozone = looks.pollutant("o3").steps
    assert [step.value for step in ozone[1:]] == [
        pytest.approx(bound * 1000 + 0.5) for bound in rule.pollutant("o3").bounds
    ]
    home = limits("residential")
    assert {home.day_db, home.night_db} <= {step.value for step in looks.LEVEL.steps}
    assert f"('residential', {home.day_db:.1f}::float8" in queries.get("noise.screening")


def test_alerts_cover_what_must_be_told() -> None:
    """Loss, silence, lag, size, very bad air and coverage; each has a board that shows it."""
    assert [rule.uid for rule in alerts.RULES] == [
        *("c5-data-loss", "c5-silent", "c5-ingest-lag"),
        *("c5-database-size", "c5-air-very-bad", "c5-coverage"),
    ]
    boards = {board.uid for board in BOARDS}
    for rule in alerts.RULES:
        document = alerts.rule_document(rule, Options())
        assert rule.board in boards
        assert [query["refId"] for query in document["data"]] == ["A", "B"]
        assert document["condition"] == "B"


def test_a_file_of_alerts_keeps_macros_whole() -> None:
    """Grafana reads `$name` in a provisioning file as a variable; a dollar is written twice."""
    text = provisioning.files()["provisioning/alerting/c5.yaml"]
    assert "$$__timeFilter(l.hour)" in text
    assert not re.search(r"(?<!\$)\$__", text)


def test_no_file_holds_a_secret() -> None:
    """The data source's password is where Grafana finds it, never in what is committed."""
    text = provisioning.files()["provisioning/datasources/c5.yaml"]
    assert "$__file{/run/c5/reader-password}" in text
