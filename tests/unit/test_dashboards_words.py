"""A wall calls things what the control room calls them, and shows no bare code."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from control_center.plates.origin import CLASSES
from core import errors
from core.happenings import Happening
from dashboards import build, looks, queries, words
from dashboards.boards import BOARDS
from dashboards.build import Options
from dashboards.spec import LANGUAGES, Board, Language, Panel, View
from dashboards.words import Words

ROOT = Path(__file__).parents[2]
I18N = ROOT / "control_center" / "web" / "src" / "lib" / "i18n"
PANELS = [pytest.param(panel, id=f"{board.uid}:{panel.query}")
          for board in BOARDS for panel in board.panels]  # fmt: skip
CODED = {"kind", "severity", "state", "type", "reason", "zone", "metric", "why", "pollutant",
         "dominant"}  # fmt: skip
"""Columns whose values are codes."""


def said(language: Language, prefix: str) -> Mapping[str, str]:
    """What the web's pages say under a prefix of keys, by the rest of the key."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(
        path for path in I18N.glob("*.ts")
        if path.name == f"{language}.ts" or path.name.endswith(f".{language}.ts")
    ))  # fmt: skip
    found = re.findall(rf'^\s*"{re.escape(prefix)}([^".]+)":\s*"([^"]*)"', text, re.MULTILINE)
    assert found, prefix
    return {key: word[:1].upper() + word[1:] for key, word in found}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("table", "prefix"),
    [
        (words.INCIDENT_KIND, "al.kind."),
        (words.SEVERITY, "sev."),
        (words.INCIDENT_STATE, "in.state."),
        (words.ANOMALY, "an.why."),
        (words.HAPPENING, "event."),
    ],
)
def test_the_room_has_the_same_words(table: Words, prefix: str, language: Language) -> None:
    """Each word of the pages, letter by letter."""
    for code, word in said(language, prefix).items():
        assert table[code].of(language) == word, code


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("table", "prefix"),
    [
        (words.REFUSAL, "reason."),
        (words.GAP_REASON, "reason."),
        (words.RUN_STATE, "run.state."),
        (words.ZONE, "noise.zone."),
    ],
)
def test_a_word_that_the_room_has_is_its_word(
    table: Words, prefix: str, language: Language
) -> None:
    """Of tables that share their keys with others, or have a code more."""
    room = said(language, prefix)
    shared = [code for code in table if code in room]
    assert len(shared) >= len(table) - 1
    for code in shared:
        assert table[code].of(language) == room[code], code


def test_every_code_has_a_word() -> None:
    """What rules open, C5 makes events of, ingest refuses, and cameras count."""
    rules = (ROOT / "deploy" / "cities").glob("*/rules/*.toml")
    kinds = {tomllib.loads(path.read_text(encoding="utf-8"))["kind"] for path in rules}
    assert kinds <= set(words.INCIDENT_KIND)
    assert {str(one) for one in Happening} <= set(words.HAPPENING)
    refusals = {one.reason for one in errors.MessageRefused.__subclasses__()}
    assert refusals - {"refused"} <= set(words.REFUSAL)
    assert set(CLASSES) <= set(words.VEHICLE)


@pytest.mark.parametrize("panel", PANELS)
def test_no_panel_shows_a_bare_code(panel: Panel) -> None:
    """Columns of codes are mapped to words; series that bear codes have titles."""
    sql = queries.get(panel.query, language="es", **panel.values)
    answered = {
        name for name in CODED
        if re.search(rf"(?:\w+\.)?{name}\b(?=,|\s|$)", sql.rsplit("FROM panel", 1)[0])
        and re.search(rf"(?:SELECT|,)\s*(?:\w+\.)?{name}(?:,|\s+FROM|\s*\n|\s+AS {name})", sql)
    }  # fmt: skip
    own = {column.name: column for column in panel.columns}
    if panel.view is not View.SERIES:
        for name in answered & set(own):
            look = own[name].look or panel.look
            assert look.labels, f"{panel.query}: {name}"


def test_the_panels_that_speak_of_incidents_are_all_mapped() -> None:
    """The tables, the map and the bars by kind."""
    by_query = {panel.query: panel for board in BOARDS for panel in board.panels}
    for query in ("overview.open", "incidents.kinds", "incidents.map", "incidents.list"):
        kind = next(column for column in by_query[query].columns if column.name == "kind")
        assert kind.look is looks.INCIDENT_KIND, query
    bars = {column.name: column.title for column in by_query["incidents.opened"].columns}
    assert bars == dict(words.INCIDENT_KIND)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_marks_speak_the_boards_language(board: Board) -> None:
    """An annotation has no mapping of values: its SQL gives the word."""
    for language in LANGUAGES:
        document = build.document(board, language, Options())
        sql = document["annotations"]["list"][0]["target"]["rawSql"]
        assert f"('panic', '{words.INCIDENT_KIND['panic'].of(language)}')" in sql
        assert f"('CRITICAL', '{words.SEVERITY['CRITICAL'].of(language)}')" in sql


@pytest.mark.parametrize("panel", PANELS)
def test_what_stands_at_the_right_has_one_unit(panel: Panel) -> None:
    """A panel has two axes and no more."""
    right = {column.look.unit for column in panel.columns if column.right and column.look}
    assert len(right) <= 1
    assert panel.look.unit not in right
