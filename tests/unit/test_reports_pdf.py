"""The printed report: everything that it must say, for any run, and nothing that is not so."""

import io
import re

import pypdf
import pytest

from control_center.reports import drawing, page, pdf
from control_center.reports.pdf import PrinterLacks
from deploy import system
from tests.servers import run_town as runs
from tests.unit.reports_run import report, review

STATES = {"B003": "missed", "B004": "too_fast", "B010": "unknown", "B020": "missed"}
EVERY_BLOCK = [f"B{n:03}" for n in range(1, 25)]


def text_of(body: bytes) -> str:
    """All text of a PDF, blanks folded."""
    pages = pypdf.PdfReader(io.BytesIO(body), strict=True).pages
    return " ".join(" ".join(part.extract_text() for part in pages).split())


@pytest.fixture(scope="module")
def printed() -> bytes:
    """A run with four gaps, one of them reviewed twice."""
    said = [
        review("B003", note="Obra de drenaje"),
        review("B003", verdict="confirmed", note="Hablé con el chofer", number=2),
        review("B001", note="sí pasó", number=3),
    ]
    return pdf.file(report(STATES, reviews=said))


def test_it_says_who_when_and_how_much(printed: bytes) -> None:
    """City, route, truck, day, local window, figures."""
    text = text_of(printed)
    for words in (
        *("COATZACOALCOS", "Centro", "Camión 7 (T-07)", "lunes 2 de marzo de 2026"),
        *(
            "06:00\N{EN DASH}10:00",
            "83.3 %",
            "98 %",
            "2.0 km",
            "2.3 km",
            "3 min",
            "exceso de velocidad",
        ),
        *("74.2 km/h", "fuera de la ruta", "11 min"),
    ):
        assert words in text, words


def test_it_is_signed_and_says_how_to_check(printed: bytes) -> None:
    """The digest in full, its beginning at the head, the command at the foot."""
    sha256 = report(STATES).revision.sha256
    text = text_of(printed)
    assert text.count(sha256) >= 2
    assert f"{sha256[:4]} {sha256[4:8]} {sha256[8:12]}" in text
    assert "c5 route report --verify 31" in text
    assert f"{3:064x}" in text, "the head of the chain of reviews"


def test_every_gap_is_named_in_its_own_words(printed: bytes) -> None:
    """Missed, too fast, and unknown, which blames nobody; reviews stand beside."""
    text = text_of(printed)
    rows = dict(re.findall(r"(B\d{3}) (.+?) 100 m", text))
    assert set(rows) == set(STATES)
    assert "no servida" in rows["B003"]
    assert "demasiado rápido para recolectar (41 km/h)" in rows["B004"]
    assert "sin datos: el rastreador calló" in rows["B010"]
    assert "no servida" not in rows["B010"]
    for words in ("objetada", "Obra de drenaje", "confirmada", "Hablé con el chofer", "ana.lopez"):
        assert words in text, words
    assert "Otras revisiones B001" in text


def test_it_is_in_english_where_asked() -> None:
    """All of it."""
    text = text_of(pdf.file(report(STATES, reviews=[review("B003")]), "en"))
    for words in (
        *("RUN REPORT", "Monday 2 March 2026", "Blocks to look at", "How to verify"),
        *("missed: the tracker was reporting", "no data: the tracker was silent", "street closed"),
    ):
        assert words in text, words
    for words in ("servida", "calle", "Cuadras"):
        assert words not in text, words


def test_nothing_known_is_no_zero() -> None:
    """A run without a single fix has no figures, and says why in one language."""
    made = report(
        dict.fromkeys(EVERY_BLOCK, "unknown"),
        trace=[],
        problem="sin posiciones del rastreador · no fixes from the tracker",
        coverage_pct=0.0,
        order_kept_pct=None,
        began=None,
        ended=None,
        begin_late_s=None,
        end_late_s=None,
        off_route_s=0.0,
        off_route=[],
        service_m=0,
        deadhead_m=0,
        landfill_trips=0,
        stops=[],
        events=[],
    )
    text = text_of(pdf.file(made))
    assert "sin posiciones del rastreador" in text
    assert "no fixes" not in text
    assert "0.0 %" not in text
    assert "0 %" not in text
    assert "0.0 km" not in text
    assert text.count("s/d") >= 8
    assert text.count("sin datos: el rastreador calló") == 24


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 140.0, None, "x"])
def test_what_nobody_can_believe_is_not_printed(value: object) -> None:
    """A share beyond 100 %, a number that is none: s/d."""
    assert '<span class="value">s/d</span>' in page.html(report(coverage_pct=value))


def test_a_provisional_run_has_no_misses_yet() -> None:
    """It says that it is open, and its unknown blocks blame no tracker."""
    html = page.html(report({"B003": "unknown"}, provisional=True))
    assert "aún sin datos: el recorrido sigue abierto" in html
    assert "Cuadras aún sin servir" in html
    assert "Cuadras por revisar" not in html
    assert "calló" not in html
    assert '<span class="badge">provisionales</span>' not in html
    assert '<span class="badge">provisional</span>' in html


def test_names_are_text_and_not_markup() -> None:
    """On the map, in the head and in the tables; and a URL in one is never opened."""
    drawn = runs.plan(name="<script>alert(1)</script>")
    evil = '<image href="http://127.0.0.1:9/x"/><script>alert(2)</script>'
    drawn["features"][2]["properties"].update(street=evil, colonia="<b>")
    drawn["features"][-1]["properties"]["name"] = "<script>alert(3)</script>"
    made = report({"B003": "missed"}, plan=drawn, reviews=[review("B003", note="<style>")])
    html = page.html(made)
    assert "<script>" not in html
    assert "<image" not in html
    assert html.count("&lt;script&gt;") >= 4
    assert "<script>alert(1)</script>" in text_of(pdf.file(made))


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x.png", "file:///etc/hostname", "//x/y"])
def test_printing_reaches_for_nothing(url: str) -> None:
    """Neither network nor files: such a page is printed without, never with."""
    body = pdf.printed(f'<p>words</p><img src="{url}">', "id")
    reader = pypdf.PdfReader(io.BytesIO(body))
    assert not reader.pages[0].images
    assert "words" in reader.pages[0].extract_text()


def test_data_urls_are_printed() -> None:
    """A picture that the page itself holds."""
    pixel = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4"
        "nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg=="
    )
    body = pdf.printed(f'<img src="{pixel}">', "id")
    assert len(pypdf.PdfReader(io.BytesIO(body)).pages[0].images) == 1


def test_the_same_report_is_the_same_file() -> None:
    """So that a copy can be compared byte by byte."""
    assert pdf.file(report(STATES)) == pdf.file(report(STATES))


def test_without_the_library_it_names_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that cannot print says what to install."""
    monkeypatch.setitem(system.LIBRARIES, "libpango-1.0-0", "no-such-library")
    pdf._weasyprint.cache_clear()
    try:
        with pytest.raises(PrinterLacks, match=r"apt-get install libpango-1\.0-0"):
            pdf.file(report())
    finally:
        pdf._weasyprint.cache_clear()


def test_the_map_is_north_up_and_to_scale() -> None:
    """East is right, north is up, and the bar measures what it says."""
    sheet = drawing.lay_out(report())
    lines = dict(zip([one["segment_id"] for one in report().segments], sheet.blocks, strict=True))
    [(x1, y1), (x2, y2)] = [
        tuple(map(float, point.split(","))) for point in lines["B001"][1].split()
    ]
    assert x2 > x1
    assert y1 == y2
    top = float(lines["B024"][1].split()[0].split(",")[1])
    assert top < y1
    assert (x2 - x1) / runs.BLOCK_M == pytest.approx(sheet.scale / sheet.scale_m, rel=0.01)


def test_labels_do_not_overlap() -> None:
    """Each number of the table has its own place on the map."""
    made = report(dict.fromkeys(EVERY_BLOCK, "missed"))
    numbers = drawing.lay_out(made).numbers
    assert {mark.text for mark in numbers} == {str(n) for n in range(1, 25)}
    for at, one in enumerate(numbers):
        for other in numbers[at + 1 :]:
            assert abs(one.x - other.x) >= 9 or abs(one.y - other.y) >= 9


@pytest.mark.parametrize("lon", [179.9995, -179.9995, 0.0])
def test_a_plan_across_the_antimeridian_is_one_piece(lon: float) -> None:
    """And one on it, and one at zero."""
    drawn = runs.plan()
    for feature in drawn["features"]:
        geometry = feature["geometry"]
        line = geometry["type"] == "LineString"
        for point in geometry["coordinates"] if line else [geometry["coordinates"]]:
            point[0] = round((point[0] - runs.WEST + lon + 180.0) % 360.0 - 180.0, 7)
    assert drawing.lay_out(report(plan=drawn, stops=[], trace=[])).scale_m == 100


def test_one_block_alone_makes_a_map() -> None:
    """However short."""
    drawn = runs.plan(columns=1, rows=1)
    drawn["features"][0]["geometry"]["coordinates"] = [[-94.45, 18.13], [-94.45, 18.130001]]
    assert text_of(pdf.file(report(plan=drawn, trace=[])))
