"""Lists of two hands, counts without plates, cameras; and how every page about plates looks."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.city import HOME
from tests.browser.conftest import _pictures
from tests.browser.plate_day import AMBER, CAMERAS, THEFT, Gates
from tests.browser.plate_desk import at
from tests.browser.screen import Screen
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]

_AXE = HOME / "control_center" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RULES = json.dumps({"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
_SIZES = [(390, 844), (1366, 768), (3840, 2160)]
_OVER = """[...document.querySelectorAll("header, footer, nav, main, table, section, figure, li")]
    .filter((e) => e.checkVisibility() && !e.closest("[role=region]"))
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => e.tagName + "." + e.className)"""
_PAGES = {
    "plates-hits": ("#/placas", "hits"),
    "plates-search": ("#/placas/busqueda", "past-searches"),
    "plates-lists": ("#/placas/listas", "lists"),
    "plates-counts": ("#/placas/conteos", "count-bars"),
    "plates-cameras": ("#/placas/camaras", "cameras"),
}


@pytest.fixture
def desk(context: BrowserContext, gates: Gates) -> Screen:
    """The screen of someone who may see plates, at the login."""
    return Screen(context.new_page(), gates.center.url, _pictures())


def test_two_people_have_a_plate_sought(
    desk: Screen, gates: Gates, context: BrowserContext
) -> None:
    """Who proposes cannot approve; who approves is told what passed before; then it is ended."""
    gates.store(gates.passes("TR3A551"))
    page = at(desk, f"#/placas/listas/{gates.list_ids[THEFT]}", "entries")
    form = page.get_by_test_id("propose")
    form.get_by_label("Placa").fill("TR3-A55-1")
    form.get_by_label("Nota").fill("Tsuru verde")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("list-said")).to_contain_text("TR3-A55-1: propuesta")
    mine = page.locator("tr[data-entry]").filter(has_text="TR3-A55-1")
    expect(mine).to_contain_text(re.compile("Por aprobar.*La propuso usted.*Tsuru", re.DOTALL))
    expect(mine.get_by_role("button", name="Aprobar")).to_have_count(0)
    form.get_by_label("Placa").fill("TR3A551")
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("ya está en la lista")
    desk.picture("plates-list")
    context.clear_cookies()
    page.reload()
    desk.enter("luz")
    mine.get_by_role("button", name="Aprobar TR3-A55-1").click()
    expect(page.get_by_test_id("list-said")).to_contain_text("Lecturas anteriores que coinciden: 1")
    expect(mine).to_contain_text(re.compile("Se busca.*eva.*luz", re.DOTALL))
    mine.get_by_role("button", name="Retirar").click()
    expect(page.locator("#withdraw-why")).to_be_focused()
    page.keyboard.press("Enter")
    told = page.get_by_test_id("entries").get_by_role("alert")
    expect(told).to_contain_text("Escriba un motivo")
    page.keyboard.type("Recuperado")
    page.keyboard.press("Enter")
    expect(mine).to_contain_text("Retirada")
    assert gates.audited("plate.entry.withdraw") > 0
    assert [one for one in desk.complaints if "409" not in one] == []


def test_a_file_is_imported_and_its_bad_lines_named(
    desk: Screen, gates: Gates, tmp_path: Path
) -> None:
    """Good lines are proposed; each bad one is shown with its number and why."""
    file = tmp_path / "placas.csv"
    file.write_text(
        "placa;nota;vence\nUAB-101-A;Ford;\nUAB-102-B;;31/12/2099\n<b>;;\nUAB101A;;\nUAC;;ayer\n",
        encoding="utf-8",
    )
    page = at(desk, f"#/placas/listas/{gates.list_ids[AMBER]}", "list")
    page.get_by_label("Importar CSV").set_input_files(file)
    expect(page.get_by_test_id("list-said")).to_contain_text("2 placas propuestas")
    refused = page.get_by_test_id("refused").locator("tbody tr")
    expect(refused).to_have_count(3)
    expect(refused.nth(0)).to_contain_text(re.compile("4.*no va en ninguna placa", re.DOTALL))
    expect(refused.nth(1)).to_contain_text(re.compile("5.*misma placa de la línea 2", re.DOTALL))
    expect(refused.nth(2)).to_contain_text(re.compile("6.*no es una fecha", re.DOTALL))
    expect(page.locator("tr[data-state=pending]").filter(has_text="UAB")).to_have_count(2)
    desk.picture("plates-import")
    assert desk.complaints == []


def test_a_list_is_made_with_its_reasons(desk: Screen) -> None:
    """Nothing of what a list must say may be missing."""
    page = at(desk, "#/placas/listas", "lists")
    page.get_by_role("button", name="Nueva lista").click()
    dialog = page.get_by_role("dialog", name="Nueva lista")
    dialog.get_by_label("Nombre").fill("Órdenes de presentación")
    dialog.get_by_label("Quién la emite").fill("Juzgado 3.º")
    dialog.get_by_label("Motivo").fill("Oficio 1182")
    dialog.get_by_role("button", name="Guardar").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Falta: fundamento legal")
    dialog.get_by_label("Fundamento legal").fill("CNPP art. 141")
    dialog.get_by_label("Vence").fill("2099-12-31")
    dialog.get_by_role("button", name="Guardar").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_test_id("list")).to_contain_text(
        re.compile("Órdenes de presentación.*2099.*La lista está vacía", re.DOTALL)
    )


def test_counts_have_no_plates_and_everyone_sees_them(desk: Screen, gates: Gates) -> None:
    """Bars by hour, classes, origins, a file; an operator is told why there is no more."""
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    page = at(desk, "#/placas", "counts", "olga")
    expect(page.get_by_test_id("barred")).to_contain_text("únicamente las personas autorizadas-LPR")
    views = page.get_by_role("navigation", name="Vistas de placas")
    assert views.get_by_role("link").all_inner_texts() == ["Conteos", "Cámaras"]
    bars = page.get_by_test_id("count-bars").locator("[data-in]")
    expect(bars.first).to_be_attached()
    passed = gates.center.operator().get("/api/plates/counts").json()["rows"]
    begin = desk.ask("document.querySelector('[data-in]').dataset.ms")
    shown = sum(int(bar.get_attribute("data-in") or 0) for bar in bars.all())
    assert shown == sum(
        row["n"] for row in passed if row["direction"] == "in" and millis(row["at"]) >= int(begin)
    )
    assert shown > 50
    expect(page.get_by_test_id("counts")).to_contain_text("Automóvil")
    expect(page.get_by_test_id("counts")).to_contain_text("Veracruz")
    page.get_by_test_id("count-bars").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("status").filter(has_text="entran")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_test_id("csv").click()
    assert "device_id,at,direction,class,state,n" in download.value.path().read_text("utf-8-sig")
    desk.picture("plates-counts-operator")
    page.get_by_label("Cámara", exact=True).select_option("C-02")
    expect(page).to_have_url(re.compile("camara=C-02"))
    assert not [url for url in asked if re.search("/plates/(hits|searches|lists)", url)]
    assert desk.complaints == []


def millis(text: str) -> int:
    """An instant as the page counts it."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def test_cameras_show_what_they_see_or_that_they_do_not(desk: Screen, gates: Gates) -> None:
    """A frame that is renewed, a stream that is down, one that nobody watches."""
    page = at(desk, "#/placas/camaras", "cameras", "olga")
    tile = {name: page.locator(f"[data-camera='{name}']") for name in CAMERAS}
    expect(tile["C-01"]).to_have_attribute("data-state", "live", timeout=20_000)
    frame = tile["C-01"].get_by_role("img", name="Última imagen de Acceso norte")
    first = frame.get_attribute("src")
    expect(tile["C-02"]).to_contain_text(re.compile("Sin señal.*no entrega video", re.DOTALL))
    expect(tile["C-03"]).to_contain_text(re.compile("Sin señal|Sin imagen"))
    today = gates.center.operator().get("/api/cameras").json()["cameras"][0]["today"]
    expect(tile["C-01"]).to_contain_text(
        re.compile(rf"Entra\s*{today['in']}\s*Sale\s*{today['out']}", re.DOTALL)
    )
    desk.picture("plates-cameras-operator")
    renewed = "the frame to be renewed"
    wait_until(lambda: frame.get_attribute("src") != first, timeout_s=40, what=renewed)
    wait_until(lambda: frame.evaluate("(e) => e.naturalWidth") > 100, what="a frame to see")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_accessibility_violation(desk: Screen, gates: Gates, theme: str) -> None:
    """Nothing is found by axe against WCAG 2.2 A and AA, also while something is decided."""
    desk.page.add_init_script(f"localStorage.setItem('c5.theme', '{theme}')")
    luz = gates.center.visitor()
    luz.login("luz")
    sought = {"plate": "YZZ123C", "purpose": "Robo", "case_number": "COA-2/2026"}
    luz.post("/api/plates/searches", sought)
    page = at(desk, "#/placas", "hits")
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    for name, (path, filled) in _PAGES.items():
        page.evaluate(f"location.hash = {path!r}")
        expect(page.get_by_test_id(filled)).to_be_visible()
        if name == "plates-hits":
            page.get_by_test_id("hits").get_by_role("button", name="Parecida").first.click()
            page.keyboard.press("a")
            expect(page.get_by_role("form", name="Aceptar")).to_be_visible()
        if name == "plates-lists":
            page.get_by_test_id("lists").get_by_role("button", name=THEFT).click()
            expect(page.get_by_test_id("entries")).to_be_visible()
        assert violations(desk) == [], name
        desk.picture(f"{name}-{theme}")


@pytest.mark.parametrize(("width", "height"), _SIZES)
def test_the_pages_fit_their_screen(desk: Screen, gates: Gates, width: int, height: int) -> None:
    """From a phone to a video wall, nothing hangs over."""
    page = desk.page
    page.set_viewport_size({"width": width, "height": height})
    at(desk, "#/placas", "hits")
    luz = gates.center.visitor()
    luz.login("luz")
    sought = {"plate": "YZZ124C", "purpose": "Robo", "case_number": "COA-3/2026"}
    luz.post("/api/plates/searches", sought)
    for name, (path, filled) in _PAGES.items():
        page.evaluate(f"location.hash = {path!r}")
        expect(page.get_by_test_id(filled)).to_be_visible()
        wait_until(lambda: desk.ask(_OVER) == [], what=f"{name} to fit: {desk.ask(_OVER)}")
        desk.picture(f"{name}-{width}")
        if name in {"plates-hits", "plates-lists"}:
            page.get_by_test_id(filled).get_by_role("button").first.click()
            opened = "hit" if name == "plates-hits" else "list"
            expect(page.get_by_test_id(opened)).to_be_visible()
            if opened == "hit":
                expect(page.get_by_test_id("crop")).to_have_attribute(
                    "data-sight", re.compile("shown|none")
                )
            wait_until(lambda: desk.ask(_OVER) == [], what=f"{opened} to fit: {desk.ask(_OVER)}")
            desk.picture(f"{name}-open-{width}")


def violations(desk: Screen) -> list[tuple[str, list[Any]]]:
    """What axe finds, and where."""
    found: list[dict[str, Any]] = desk.ask(f"axe.run(document, {_RULES}).then((r) => r.violations)")
    return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]
