"""Files, summaries and commands about runs, over a real database."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import gpxpy
import pypdf
import pytest
from typer.testing import CliRunner, Result

from control_center.api import run_models as models
from control_center.auth.rights import Role
from control_center.cli.route import app
from control_center.compliance.keeper import Keeper
from core import settings
from core.errors import C5Error
from store import pool
from store import run as store_run
from tests.servers import judged, town
from tests.servers.center import RunningCenter, Visitor
from tests.servers.run_town import BEGIN, DAY, END, Town, document, drive, plan
from tests.unit.doc_tables import bare, table

pytestmark = pytest.mark.server
STATES = {"B003": "missed", "B004": "too_fast", "B010": "unknown"}
REVIEW = {"segment_id": "B003", "verdict": "disputed", "reason": "calle_cerrada", "note": "obra"}
SPAN = {"from": DAY.isoformat(), "to": DAY.isoformat()}


@pytest.fixture
def streets(center: RunningCenter) -> Town:
    """A town with one route and one truck that drove it."""
    streets = Town(center.db_url)
    streets.device()
    streets.route(plan())
    streets.fixes("T-07", drive())
    return streets


@pytest.fixture
def run_id(streets: Town) -> int:
    """Its run, with three gaps."""
    return streets.run(document(plan(), STATES))


@pytest.fixture
def viewer(center: RunningCenter) -> Visitor:
    """Someone who may look."""
    return center.operator(Role.AUDITOR)


def summed(visitor: Visitor, by: str, **span: str) -> list[dict[str, Any]]:
    """A summary's rows."""
    answer = visitor.get("/api/reports/summary", by=by, **{**SPAN, **span})
    assert answer.status_code == 200, answer.text
    models.Summary.model_validate(answer.json())
    return list(answer.json()["rows"])


@pytest.mark.parametrize(
    ("extension", "media_type"),
    [
        ("pdf", "application/pdf"),
        ("csv", "text/csv; charset=utf-8"),
        ("geojson", "application/geo+json"),
        ("gpx", "application/gpx+xml"),
    ],
)
def test_a_report_is_a_file(run_id: int, viewer: Visitor, extension: str, media_type: str) -> None:
    """Named after the run, of the right type, and readable."""
    answer = viewer.get(f"/api/runs/{run_id}/report.{extension}", lang="en")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == media_type
    name = f"R-1_2026-03-02_T-07.{extension}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert holds(extension, answer.content)


def holds(extension: str, body: bytes) -> bool:
    """Tell whether a file of this kind can be read and holds the run."""
    match extension:
        case "pdf":
            pages = pypdf.PdfReader(io.BytesIO(body), strict=True).pages
            return "RUN REPORT" in pages[0].extract_text()
        case "csv":
            return "B024" in list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))[24]
        case "geojson":
            return bool(json.loads(body)["features"][-1]["properties"]["kind"] == "trace")
    return len(gpxpy.parse(body.decode()).tracks[0].segments[0].points) == 100


@pytest.mark.parametrize("query", [{"lang": "fr"}, {"revision": "-1"}])
def test_a_file_that_is_not_offered(run_id: int, viewer: Visitor, query: dict[str, str]) -> None:
    """422, and so is an extension that nobody writes."""
    assert viewer.get(f"/api/runs/{run_id}/report.pdf", **query).status_code == 422
    assert viewer.get(f"/api/runs/{run_id}/report.docx").status_code == 422


def test_reviews_are_printed_beside_the_report(
    center: RunningCenter, run_id: int, viewer: Visitor
) -> None:
    """In the next file that anyone asks for."""
    center.operator(Role.SUPERVISOR).post(f"/api/runs/{run_id}/reviews", REVIEW)
    body = viewer.get(f"/api/runs/{run_id}/report.pdf").content
    text = " ".join(part.extract_text() for part in pypdf.PdfReader(io.BytesIO(body)).pages)
    assert "calle cerrada" in text
    assert "supervisor-" in text


def test_a_summary_weighs_by_length(streets: Town, run_id: int, viewer: Visitor) -> None:
    """A long route counts for more than a short one; nothing is averaged twice."""
    streets.device("T-08", "Camión 8")
    short = plan("R-2", columns=3, rows=2, name="Corta")
    streets.route(short)
    streets.run(
        document(short, dict.fromkeys(["B001", "B002", "B003"], "missed"), device_id="T-08")
    )
    [whole] = summed(viewer, "day")
    assert whole["coverage_pct"] == pytest.approx(100 * (21 + 3) / (24 + 6), abs=0.1)
    assert (whole["key"], whole["runs"], whole["open"]) == (DAY.isoformat(), 2, 0)
    assert (whole["serviced"], whole["missed"], whole["gaps"]) == (24, 4, 6)
    assert whole["off_route_s"] == 370
    assert whole["lengths_m"] == {
        "serviced": 2400.0,
        "too_fast": 100.0,
        "missed": 400.0,
        "unknown": 100.0,
    }
    assert (whole["begin_late_s"], whole["end_late_s"]) == (420.0, -3600.0)
    routes = {row["key"]: row for row in summed(viewer, "route")}
    assert routes["R-1"]["coverage_pct"] == pytest.approx(87.5, abs=0.1)
    assert routes["R-2"]["coverage_pct"] == pytest.approx(50, abs=0.1)
    assert routes["R-2"]["name"] == "Corta"
    assert run_id


@pytest.mark.parametrize(
    ("by", "key", "name"),
    [
        ("truck", "T-07", "Camión 7"),
        ("route", "R-1", "Centro"),
        ("supervisor", "", ""),
        ("week", "2026-W10", "2026-03-02 / 2026-03-08"),
        ("day", "2026-03-02", "2026-03-02"),
    ],
)
@pytest.mark.usefixtures("run_id")
def test_what_a_row_stands_for(viewer: Visitor, by: str, key: str, name: str) -> None:
    """Its key and what people call it."""
    [row] = summed(viewer, by)
    assert (row["key"], row["name"]) == (key, name)


def test_a_supervisor_has_a_name(center: RunningCenter, viewer: Visitor) -> None:
    """The account's, not only its username."""
    center.add_user("ana", Role.SUPERVISOR)
    streets = Town(center.db_url)
    streets.execute("UPDATE account SET name = 'Ana López' WHERE username = 'ana'")
    streets.device()
    streets.route(plan(), supervisor="ana")
    streets.run(document(plan()))
    [row] = summed(viewer, "supervisor")
    assert (row["key"], row["name"], row["coverage_pct"]) == ("ana", "Ana López", 100)
    runs = viewer.get("/api/runs", supervisor="ana", **SPAN).json()["runs"]
    assert [run["supervisor"] for run in runs] == ["ana"]


def test_two_trucks_on_one_route_are_judged_together(
    center: RunningCenter, streets: Town, viewer: Visitor
) -> None:
    """A block that either serviced is serviced; what one might have is unknown, not missed."""
    streets.device("T-08", "Camión 8")
    first = dict.fromkeys([f"B{n:03}" for n in range(13, 25)], "missed")
    second = dict.fromkeys([f"B{n:03}" for n in range(1, 15)], "missed") | {
        "B013": "unknown",
        "B014": "too_fast",
    }
    run_id = streets.run(document(plan(), first))
    streets.run(document(plan(), second, device_id="T-08"))
    center.operator(Role.SUPERVISOR).post(
        f"/api/runs/{run_id}/reviews", {**REVIEW, "segment_id": "B014"}
    )
    [together] = summed(viewer, "route")
    assert (together["serviced"], together["unknown"], together["too_fast"]) == (22, 1, 1)
    assert (together["missed"], together["gaps"], together["reviewed"]) == (0, 2, 1)
    assert sum(together["lengths_m"].values()) == together["length_m"] == 2400
    assert together["coverage_pct"] == pytest.approx(100 * 22 / 24, abs=0.1)
    assert together["service_m"] == 2200
    trucks = {row["key"]: row for row in summed(viewer, "truck")}
    assert (trucks["T-07"]["serviced"], trucks["T-07"]["missed"]) == (12, 2)
    assert (trucks["T-08"]["serviced"], trucks["T-08"]["gaps"]) == (10, 2)
    assert trucks["T-07"]["coverage_pct"] == pytest.approx(100 * 12 / 14, abs=0.1)


def test_an_open_run_is_marked(streets: Town, viewer: Visitor) -> None:
    """Its figures are provisional; one that was not judged at all has none."""
    streets.run(document(plan(), {"B001": "unknown"}, provisional=True), state="open")
    streets.device("T-08", "Camión 8")
    later = DAY + timedelta(days=1)
    streets.execute(
        "INSERT INTO run (route_id, service_date, device_id, version, window_from, window_to)"
        " VALUES ('R-1', %s, 'T-08', 1, %s, %s)",
        *(later, BEGIN + timedelta(days=1), END + timedelta(days=1)),
    )
    today, tomorrow = summed(viewer, "day", to=later.isoformat())
    assert (today["runs"], today["open"], today["unknown"]) == (1, 1, 1)
    assert (today["gaps"], today["reviewed"]) == (None, 0)
    assert (tomorrow["runs"], tomorrow["open"]) == (0, 1)
    unknown = ("coverage_pct", "off_route_s", "service_m", "deadhead_m", "gaps", "begin_late_s")
    assert {tomorrow[name] for name in unknown} == {None}


@pytest.mark.usefixtures("run_id")
def test_a_summary_is_a_file(viewer: Visitor) -> None:
    """CSV with its documented columns, and a PDF."""
    answer = viewer.get("/api/reports/summary.csv", by="route", **SPAN)
    assert answer.headers["content-disposition"].endswith('"route_2026-03-02_2026-03-02.csv"')
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head == [bare(line[0]) for line in table("reports.md", "## CSV", 1)]
    assert row[:3] == ["R-1", "Centro", "1"]
    body = viewer.get("/api/reports/summary.pdf", by="truck", lang="en", **SPAN).content
    text = pypdf.PdfReader(io.BytesIO(body), strict=True).pages[0].extract_text()
    assert "Camión 7" in text
    assert "87.5 %" in text


def test_a_summary_of_nothing(viewer: Visitor) -> None:
    """No rows, and a PDF that says so."""
    assert summed(viewer, "route") == []
    body = viewer.get("/api/reports/summary.pdf", by="route", **SPAN).content
    assert "No hubo recorridos" in pypdf.PdfReader(io.BytesIO(body)).pages[0].extract_text()


@pytest.mark.parametrize(
    "query", [{"by": "mood"}, {"from": "2026-03-03"}, {"from": "2020-01-01"}, {"to": "x"}]
)
def test_a_summary_that_makes_no_sense(viewer: Visitor, query: dict[str, str]) -> None:
    """422."""
    answer = viewer.get("/api/reports/summary", **{"by": "day", **SPAN, **query})
    assert answer.status_code == 422


class Shell:
    """Runs `c5 route` in this process, against a test's database."""

    def run(self, *words: str) -> Result:
        """Run a command; what it refuses comes back as its exception."""
        return CliRunner().invoke(app, words)

    def answer(self, *words: str) -> Any:
        """What a command says as JSON."""
        done = self.run(*words, "--json")
        assert done.exit_code == 0, (done.exception, done.stdout)
        return json.loads(done.stdout)

    def refusal(self, *words: str) -> str:
        """What a command refuses."""
        refused = self.run(*words).exception
        assert isinstance(refused, C5Error), refused
        return str(refused)


@pytest.fixture
def shell(db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A shell in a folder of its own, and a run that the real engine judged: R1 on 2025-03-04."""
    with pool.connect(db_url, autocommit=True) as conn:
        town.city(conn, town.route())
        judged.sent(conn, "T-1", town.drive(blocks=4))
        Keeper(db_url, town.SETTINGS).tick(town.route().window(town.DAY, judged.ZONE)[1] + _SETTLED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("C5_DATABASE__URL", db_url)
    settings.load.cache_clear()
    yield Shell()
    settings.load.cache_clear()


_SETTLED = timedelta(hours=1)
_NAMED = ("--route", "R1", "--date", "2025-03-04")


def test_a_judged_run_is_listed_shown_and_written(shell: Shell, tmp_path: Path) -> None:
    """Everything on a report that the engine made."""
    [run] = shell.answer("runs", "--from", "2025-03-04")["runs"]
    assert (run["route_id"], run["state"], run["gaps"]) == ("R1", "closed", 1)
    number = str(run["run_id"])
    detail = shell.answer("report", *_NAMED)
    models.RunDetail.model_validate(detail)
    assert detail["document"]["counts"]["serviced"] == 4
    assert "no servida" in shell.run("report", number).stdout
    for extension in ("pdf", "csv", "geojson", "gpx"):
        shell.run("report", number, "--format", extension)
        assert (tmp_path / f"R1_2025-03-04_T-1.{extension}").stat().st_size > 500
    told = shell.answer("report", number, "--format", "pdf", "--out", "mine.pdf")
    assert told["bytes"] == (tmp_path / "mine.pdf").stat().st_size
    assert shell.run("report", number, "--format", "csv", "--out", "-").stdout_bytes[:3] == (
        b"\xef\xbb\xbf"
    )
    [row] = shell.answer("summary", "--by", "truck", "--from", "2025-03-04")["rows"]
    assert (row["key"], row["serviced"], row["missed"]) == ("T-1", 4, 1)
    shell.run("summary", "--from", "2025-03-04", "--format", "csv")
    assert (tmp_path / "route_2025-03-04_2025-03-04.csv").exists()


def test_nothing_that_was_changed_passes_verification(shell: Shell, db_url: str) -> None:
    """Exit 0 while all agrees; 1 and its name as soon as anything does not."""
    whole = shell.answer("report", *_NAMED, "--verify")
    assert (whole["ok"], whole["problems"]) == (True, [])
    assert shell.run("report", *_NAMED, "--digest", whole["sha256"][:12].upper()).exit_code == 0
    printed = shell.run("report", *_NAMED, "--verify", "--digest", "0123 4567 89ab")
    assert printed.exit_code == 1
    assert "is the digest of no revision" in printed.stdout
    Town(db_url).execute(
        "UPDATE run_revision SET document = jsonb_set(document, '{coverage_pct}', '100')"
    )
    changed = shell.run("report", *_NAMED, "--verify")
    assert changed.exit_code == 1
    assert "revision 1 was changed" in changed.stdout
    assert "coverage" in changed.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("report",), "say which run"),
        (("report", "4711"), "no run 4711"),
        (("report", "--route", "R1", "--date", "2020-01-01"), "no run of R1"),
        (
            ("report", *_NAMED, "--format", "pdf", "--out", "no/such/folder.pdf"),
            "cannot be written",
        ),
        (("runs", "--from", "2025-03-04", "--to", "2025-03-01"), "swap them"),
    ],
)
def test_what_is_refused_says_what_to_do(shell: Shell, words: tuple[str, ...], says: str) -> None:
    """One sentence each."""
    assert says in shell.refusal(*words)


def test_of_several_trucks_one_must_be_named(shell: Shell, db_url: str) -> None:
    """The refusal lists them."""
    with pool.connect(db_url) as conn:
        judged.trucks(conn, "T-2")
        judged.one_run(conn, town.route(), "T-2", town.DAY)
        assert len(store_run.listed(conn, town.DAY, town.DAY)) == 2
    assert "T-1, T-2" in shell.refusal("report", *_NAMED)
    assert "no report yet" in shell.refusal("report", *_NAMED, "--device", "T-2")
