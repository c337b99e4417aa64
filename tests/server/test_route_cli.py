"""`c5 route` as planners and scripts use it: files in, versions and drivers out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from control_center.cli.route import app
from core import settings
from core.errors import C5Error
from store import pool
from tests.servers.plans import add_supervisor, add_truck, plan_document
from tests.unit.test_geo_route_formats import CORNERS, kml, placemark

pytestmark = pytest.mark.server


class Shell:
    """Runs `c5 route` in this process, with a test's database in its settings."""

    def run(self, *words: str) -> Result:
        """Run a command; what it refuses comes back as its exception."""
        return CliRunner().invoke(app, words)

    def answer(self, *words: str) -> Any:
        """What a command says as JSON."""
        done = self.run(*words, "--json")
        assert done.exit_code == 0, done.exception
        return json.loads(done.stdout)

    def refusal(self, *words: str) -> str:
        """What a command refuses."""
        refused = self.run(*words).exception
        assert isinstance(refused, C5Error), refused
        return str(refused)


@pytest.fixture
def shell(db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A shell in a folder with two plans."""
    with pool.connect(db_url) as conn:
        add_truck(conn, "T-1")
        add_supervisor(conn, "rosa")
    (tmp_path / "plan.geojson").write_text(json.dumps(plan_document()))
    (tmp_path / "Ruta 7.kml").write_bytes(kml(placemark(CORNERS)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("C5_DATABASE__URL", db_url)
    settings.load.cache_clear()
    yield Shell()
    settings.load.cache_clear()


def test_a_plan_is_imported_listed_driven_and_retired(shell: Shell) -> None:
    """The whole life of a route."""
    words = ("import", "plan.geojson", "--valid-from", "2026-07-01")
    first = shell.answer(*words, "--supervisor", "rosa", "--weekdays", "lun,wed")
    assert (first["route_id"], first["version"], first["new"]) == ("R-1", 1, True)
    assert not shell.answer(*words, "--weekdays", "mon,mié")["new"]
    drawn = shell.answer("import", "Ruta 7.kml", "--window", "22:00-06:00")
    assert (drawn["route_id"], drawn["blocks"]) == ("ruta-7", 6)
    shell.answer("assign", "R-1", "T-1", "--from", "2026-07-01")
    one, two = shell.answer("list")
    assert (one["device_ids"], one["supervisor"], one["weekdays"]) == (["T-1"], "rosa", [0, 2])
    assert (two["name"], two["service_window"]) == ("Ruta 7", ["22:00", "06:00"])
    shown = shell.answer("show", "R-1")
    assert [version["version"] for version in shown["versions"]] == [1]
    assert shell.answer("show", "R-1", "--version", "1")["properties"]["route_id"] == "R-1"
    assert "rosa" in shell.run("show", "R-1").stdout
    assert shell.answer("unassign", "R-1", "T-1", "--on", "2026-07-03")["ended"] == 1
    shell.answer("retire", "R-1", "--on", "2026-08-01")
    assert [route["route_id"] for route in shell.answer("list")] == ["ruta-7"]
    assert len(shell.answer("list", "--retired")) == 2


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("import", "absent.gpx"), "cannot be read"),
        (("import", "plan.shp"), "ends in none of"),
        (("import", "plan.geojson", "--format", "kml"), "not KML"),
        (("import", "plan.geojson", "--weekdays", "someday"), "is no weekday"),
        (("import", "plan.geojson", "--window", "6-14"), "must be two local times"),
        (("import", "plan.geojson", "--supervisor", "nobody"), "no user 'nobody'"),
        (("show", "R-9"), "no route 'R-9'"),
        (("assign", "R-9", "T-1"), "no route 'R-9'"),
    ],
)
def test_a_refusal_says_what_is_wrong(shell: Shell, words: tuple[str, ...], problem: str) -> None:
    """And what to do."""
    assert problem in shell.refusal(*words)


def test_a_wrong_span_is_refused(shell: Shell) -> None:
    """An assignment ends after it begins."""
    shell.answer("import", "plan.geojson")
    words = ("assign", "R-1", "T-1", "--from", "2026-07-02", "--to", "2026-07-02")
    assert "not after its first day" in shell.refusal(*words)
    assert shell.run("unassign", "R-1", "T-1").exit_code == 1


def test_check_takes_a_drawn_plan(shell: Shell) -> None:
    """KML, cut at its corners; and a damaged one is refused."""
    fixes = "ts,lat,lon\n" + "".join(
        f"{1_790_000_000 + 5 * at},18.14,{-94.45 + at * 0.0001:.6f}\n" for at in range(14)
    )
    Path("fixes.csv").write_text(fixes)
    words = ("check", "--fixes", "fixes.csv", "--route")
    found = shell.answer(*words, "Ruta 7.kml")
    assert [one["segment_id"] for one in found["segments"]] == [f"S{at:03}" for at in range(1, 7)]
    Path("broken.kml").write_bytes(b"<kml><Document>")
    assert "not KML" in shell.refusal(*words, "broken.kml")


def test_an_arrival_says_why_it_is_not_known(shell: Shell) -> None:
    """In both languages; an address that is nowhere is refused."""
    shell.answer("import", "plan.geojson")
    (found,) = shell.answer("eta", "5 de Mayo 120, Centro")
    assert (found["route_id"], found["state"], found["runs"]) == ("R-1", "unknown", 0)
    shown = shell.run("eta", "--lat", "18.14", "--lon", "-94.45", "--route", "R-1").stdout
    assert "ningún camión" in " ".join(shown.split())
    assert "no truck drives it" in " ".join(shown.split())
    assert "no street of a route fits" in shell.refusal("eta", "Reforma")
    assert "say an address" in shell.refusal("eta")
