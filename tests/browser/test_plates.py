"""Plates as those who may see them work: hits decided, searches on record, lists of two hands."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from core.device import Device
from core.topics import Kind, Stream
from store import pool
from tests.browser import plate_day
from tests.browser.city import HOME, City, enrolled, ingesting
from tests.browser.conftest import _pictures
from tests.browser.plate_day import AMBER, CAMERAS, THEFT, Gates
from tests.browser.screen import Screen
from tests.servers.camera import CameraServer, camera, film
from tests.servers.center import connections_to, serving
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until
from vision.feeds.opening import Place
from vision.frame_server import FrameServer
from vision.source import Source

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


@pytest.fixture(scope="module")
def seen() -> Iterator[CameraServer]:
    """What the first camera looks at."""
    with camera(film([plate_day.street(3)]), fps=5) as there:
        yield there


@pytest.fixture(scope="module")
def gates(
    module_db_url: str, broker: Broker, built_page: object, seen: CameraServer
) -> Iterator[Gates]:
    """A control center of a city whose gates were watched for two days."""
    assert built_page
    source = Source(Place(url=seen.url))
    frames = FrameServer({"C-01": source}, host="127.0.0.1", port=0)
    frames.start()
    source.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("C5_LPR__FRAMES_URLS", json.dumps([f"http://127.0.0.1:{frames.port}"]))
        with serving(connections_to(module_db_url, broker)) as center:
            feed = center.app.state.center.feed
            wait_until(lambda: feed.is_live, what="the live feed to be up")
            there = plate_day.opened(center)
            plate_day.live_through(there)
            yield there
    source.stop()
    frames.stop()


@pytest.fixture
def desk(context: BrowserContext, gates: Gates) -> Screen:
    """The screen of someone who may see plates, at the login."""
    return Screen(context.new_page(), gates.center.url, _pictures())


def at(desk: Screen, path: str, filled: str, username: str = "eva") -> Page:
    """Log in, where a page's address leads; wait until it is filled."""
    desk.open(f"/{path}")
    desk.enter(username)
    expect(desk.page.get_by_test_id(filled)).to_be_visible(timeout=30_000)
    return desk.page


def at_hit(desk: Screen, hit_id: int) -> Page:
    """Log in, at one hit."""
    return at(desk, f"#/placas/coincidencias/{hit_id}", "hit")


def state_of(gates: Gates, hit_id: int) -> tuple[Any, ...]:
    """What was said of a hit: state, who, why."""
    with pool.connect(gates.center.db_url) as conn:
        [row] = conn.execute(
            "SELECT state, decided_by, decision_reason FROM plate_hit WHERE hit_id = %s", (hit_id,)
        ).fetchall()
    return tuple(row)


def test_hits_are_worked_through_by_keyboard(desk: Screen, gates: Gates) -> None:
    """By j to it, a, a reason, Enter: decided, on record, and the next one is open."""
    hit_id = gates.hit("HF49517", name=AMBER, crop=plate_day.photo(26))
    page = at(desk, "#/mapa", "count-online")
    page.keyboard.press("v")
    expect(page.get_by_test_id("hits")).to_be_visible()
    own = page.locator(f"[data-hit='{hit_id}']")
    expect(own).to_contain_text(re.compile("HF49517.*Exacta.*Acceso norte.*Crítica", re.DOTALL))
    for _ in range(page.get_by_test_id("hits").get_by_role("listitem").count()):
        page.keyboard.press("j")
        if own.get_attribute("aria-current"):
            break
    expect(own).to_be_focused()
    detail = page.get_by_test_id("hit")
    expect(detail).to_contain_text("Menor sustraída, ficha 33/2026")
    expect(detail).to_contain_text("Ley de Seguridad Pública, art. 55")
    expect(detail.get_by_test_id("camera-map").locator("svg .own")).to_have_count(1)
    expect(detail.get_by_role("img", name="Foto de la placa HF49517")).to_be_visible()
    desk.picture("plates-hit")
    page.keyboard.press("a")
    page.keyboard.type("Placa y auto coinciden")
    page.keyboard.press("Enter")
    expect(own).to_have_count(0)
    assert state_of(gates, hit_id) == ("accepted", "eva", "Placa y auto coinciden")
    wait_until(lambda: page.locator("[data-hit][aria-current]").count() == 1)
    page.keyboard.press("ArrowDown")
    page.get_by_label("Mostrar").select_option("accepted")
    expect(own).to_contain_text("Aceptada")
    own.click()
    expect(page.get_by_test_id("decision")).to_contain_text("eva la aceptó")
    assert gates.audited("plate.hits.view") > 0
    assert gates.audited("plate.crop.view") > 0
    assert desk.complaints == []


def test_a_near_hit_is_not_accepted_without_looking(desk: Screen, gates: Gates) -> None:
    """What differs stands out in both; while there is no picture, nothing can be said of it."""
    hit_id = gates.hit("S7BLDV", "S78LDV", AMBER, crop=plate_day.photo(14))
    shut: list[Route] = []

    def hold(route: Route) -> None:
        shut.append(route)

    desk.page.route("**/crop.jpg", hold)
    page = at_hit(desk, hit_id)
    detail = page.get_by_test_id("hit")
    expect(detail).to_contain_text(re.compile("≈.*Parecida", re.DOTALL))
    expect(detail.get_by_test_id("differs")).to_have_text("Posición 3: se leyó B; en la lista, 8")
    assert detail.locator("mark").all_inner_texts() == ["B", "8"]
    page.keyboard.press("a")
    form = page.get_by_role("form", name="Aceptar")
    expect(form.get_by_role("checkbox")).to_be_disabled()
    expect(form.get_by_label("Motivo de la decisión")).to_be_focused()
    page.keyboard.type("Coincide")
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("no se acepta sin mirarla")
    wait_until(lambda: shut, what="the picture to be asked for")
    shut[0].continue_()
    expect(page.get_by_test_id("crop")).to_have_attribute("data-sight", "shown")
    desk.picture("plates-near")
    form.get_by_label("Motivo de la decisión").press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("mire la foto y márquelo")
    assert state_of(gates, hit_id)[0] == "open"
    form.get_by_label("Miré la foto letra por letra: la placa es S78LDV").check()
    form.get_by_label("Motivo de la decisión").press("Enter")
    expect(page.locator(f"[data-hit='{hit_id}']")).to_have_count(0)
    assert state_of(gates, hit_id) == ("accepted", "eva", "Coincide")
    assert desk.complaints == []


def test_a_near_hit_without_a_picture_says_so(desk: Screen, gates: Gates) -> None:
    """There is nothing to look at; who accepts says that they know. Rejecting asks for less."""
    hit_id = gates.hit("V8Z5SY", "V825SY")
    page = at_hit(desk, hit_id)
    expect(page.get_by_test_id("crop")).to_contain_text("No hay foto de esta lectura")
    page.keyboard.press("a")
    expect(page.get_by_role("checkbox", name="Sé que no hay foto")).to_be_enabled()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    form = page.get_by_role("form", name="Rechazar")
    expect(form.get_by_role("checkbox")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("Escriba un motivo")
    form.get_by_role("button", name="Lectura equivocada").click()
    form.get_by_role("button", name="Rechazar coincidencia").click()
    expect(page.locator(f"[data-hit='{hit_id}']")).to_have_count(0)
    assert state_of(gates, hit_id)[0] == "rejected"


def test_someone_faster_is_told_and_what_was_typed_stays(desk: Screen, gates: Gates) -> None:
    """Who decided and why is shown beside it."""
    hit_id = gates.hit("JFR003W", crop=plate_day.photo(18))
    page = at_hit(desk, hit_id)
    page.keyboard.press("r")
    page.keyboard.type("No es el auto")
    luz = gates.center.visitor()
    luz.login("luz")
    said = {"accept": True, "reason": "Visto por la patrulla"}
    assert luz.post(f"/api/plates/hits/{hit_id}/decision", said).is_success
    page.keyboard.press("Enter")
    decision = page.get_by_test_id("decision")
    expect(decision.get_by_role("alert")).to_contain_text("Otra persona decidió primero")
    expect(decision).to_contain_text(re.compile("luz la aceptó.*Visto por la patrulla", re.DOTALL))
    expect(decision.get_by_label("Usted escribió")).to_have_value("No es el auto")
    desk.picture("plates-conflict")
    assert state_of(gates, hit_id) == ("accepted", "luz", "Visto por la patrulla")
    assert [one for one in desk.complaints if "409" not in one] == []


def test_a_decision_outlives_an_ended_session(
    desk: Screen, gates: Gates, context: BrowserContext
) -> None:
    """Every word is there after the login, and is sent then."""
    hit_id = gates.hit("LMS180Y", crop=plate_day.photo(21))
    page = at_hit(desk, hit_id)
    page.keyboard.press("r")
    page.keyboard.type("El modelo no corresponde")
    csrf = desk.ask("fetch('/api/session').then((a) => a.json()).then((s) => s.csrf)")
    context.request.delete(f"{desk.url}/api/session", headers={"X-C5-CSRF": csrf})
    page.keyboard.press("Enter")
    expect(page.get_by_text("Su sesión terminó")).to_be_visible(timeout=15_000)
    desk.enter("eva")
    expect(page.get_by_text("Su sesión terminó")).to_be_hidden()
    reason = page.get_by_label("Motivo de la decisión")
    expect(reason).to_have_value("El modelo no corresponde")
    reason.press("Enter")
    expect(page.locator(f"[data-hit='{hit_id}']")).to_have_count(0)
    assert state_of(gates, hit_id) == ("rejected", "eva", "El modelo no corresponde")


def test_whoever_logs_in_over_it_starts_anew(
    desk: Screen, gates: Gates, context: BrowserContext
) -> None:
    """Another's result and words are gone with their session."""
    gates.store(gates.passes("YMB611C"))
    page = at(desk, "#/placas/busqueda", "search")
    form = page.get_by_test_id("search")
    form.get_by_label("Placa").fill("YMB611C")
    form.get_by_label("Finalidad").fill("Robo a negocio")
    form.get_by_label("Número de expediente").fill("COA-9/2026")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("found")).to_contain_text("YMB611C")
    csrf = desk.ask("fetch('/api/session').then((a) => a.json()).then((s) => s.csrf)")
    context.request.delete(f"{desk.url}/api/session", headers={"X-C5-CSRF": csrf})
    expect(page.get_by_text("Su sesión terminó")).to_be_visible(timeout=15_000)
    desk.enter("luz")
    expect(page.get_by_test_id("search-warning")).to_contain_text("registrada a nombre de luz")
    expect(form.get_by_label("Placa")).to_have_value("")
    expect(page.get_by_test_id("found")).to_have_count(0)


def test_a_search_says_who_why_and_is_on_record(desk: Screen, gates: Gates) -> None:
    """Nothing is asked without a purpose and a case; the plate is masked among past searches."""
    gates.store(gates.passes("YKX473A"), gates.passes("YKX478A", direction="out"))
    before = gates.audited("plate.search")
    page = at(desk, "#/placas/busqueda", "search")
    expect(page.get_by_test_id("search-warning")).to_contain_text("registrada a nombre de eva")
    form = page.get_by_test_id("search")
    form.get_by_label("Placa").fill("ykx-47?-a")
    page.keyboard.press("Enter")
    expect(form).to_contain_text("Sin finalidad no se busca.")
    expect(form).to_contain_text("Sin expediente no se busca.")
    assert gates.audited("plate.search") == before
    form.get_by_label("Finalidad").fill("Localizar a testigo")
    form.get_by_label("Número de expediente").fill("FGE-88/2026")
    page.keyboard.press("Enter")
    found = page.get_by_test_id("found")
    expect(found.locator("tbody tr")).to_have_count(2)
    expect(found).to_contain_text(re.compile("2 lecturas en .* revisadas.*búsqueda", re.DOTALL))
    expect(found).to_contain_text(re.compile("YKX478A.*YKX473A|YKX473A.*YKX478A", re.DOTALL))
    assert gates.audited("plate.search") == before + 1
    past = page.get_by_test_id("past-searches")
    expect(past.locator("tbody tr").first).to_contain_text(
        re.compile(r"eva.*Y\*+A.*Localizar a testigo.*FGE-88/2026", re.DOTALL)
    )
    assert "YKX47" not in past.inner_text()
    desk.picture("plates-search-found")
    form.get_by_label("Placa").fill("Y???73A")
    page.keyboard.press("Enter")
    expect(form).to_contain_text("A lo más dos ?")
    assert gates.audited("plate.search") == before + 1
    assert desk.complaints == []


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


def test_the_auditor_sees_who_searched_and_no_plate(desk: Screen, gates: Gates) -> None:
    """Past searches, masked; no form, and no hits."""
    luz = gates.center.visitor()
    luz.login("luz")
    sought = {"plate": "YAB123C", "purpose": "Robo", "case_number": "COA-1/2026"}
    assert luz.post("/api/plates/searches", sought).is_success
    page = at(desk, "#/placas/busqueda", "past-searches", "teo")
    expect(page.get_by_test_id("past-searches")).to_contain_text(
        re.compile(r"luz.*Y\*\*\*\*\*C.*Robo.*COA-1/2026", re.DOTALL)
    )
    expect(page.get_by_test_id("search")).to_have_count(0)
    expect(page.get_by_test_id("barred")).to_contain_text("placa enmascarada")
    assert "YAB123C" not in page.locator("body").inner_text()
    desk.picture("plates-auditor")


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
    wait_until(lambda: frame.get_attribute("src") != first, what="the frame to be renewed")
    assert (
        desk.ask(f"document.querySelector('[src=\"{frame.get_attribute('src')}\"]').naturalWidth")
        > 100
    )


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


def test_a_hit_arrives_by_itself(
    db_url: str,
    broker_fresh: Broker,
    tmp_path: Path,
    built_page: object,
    context: BrowserContext,
) -> None:
    """From the camera's message over broker, ingest and engine to the desk, without a reload."""
    assert built_page
    places = connections_to(db_url, broker_fresh)
    with serving(places) as center, ingesting(places, tmp_path):
        feed = center.app.state.center.feed
        wait_until(lambda: feed.is_live, what="the live feed to be up")
        gate = Device(
            device_id="C-09", kind=Kind.CAMERA, name="Acceso norte", lat_deg=18.14, lon_deg=-94.46
        )
        gates = plate_day.opened(center)
        gates.seek(plate_day.plate_on(7), AMBER)
        city = City(center, broker_fresh)
        desk = Screen(context.new_page(), center.url, _pictures())
        page = at(desk, "#/placas", "hit-count")
        expect(page.get_by_text("Nada que decidir")).to_be_visible()
        desk.ask("window.here = true")
        with plate_day.comparing(gates), enrolled(city, gate):
            crop = plate_day.photo(7)
            told = {
                "plate": plate_day.plate_on(7),
                "score": 0.97,
                "direction": "in",
                "crop": base64.b64encode(crop).decode(),
                "crop_sha256": hashlib.sha256(crop).hexdigest(),
            }
            city.device("C-09").say(Stream.PLATE, **told)
            expect(page.get_by_text("Llegó una coincidencia nueva")).to_be_visible(timeout=30_000)
            row = page.get_by_test_id("hits").get_by_role("listitem")
            expect(row).to_contain_text(plate_day.plate_on(7), timeout=5_000)
            page.keyboard.press("j")
            link = page.get_by_test_id("hit").get_by_role("link", name="Abrir el incidente")
            expect(link).to_be_visible(timeout=15_000)
        assert desk.ask("window.here")
        expect(page.get_by_test_id("crop")).to_have_attribute("data-sight", "shown")
        desk.picture("plates-arrived")
        assert desk.complaints == []


def violations(desk: Screen) -> list[tuple[str, list[Any]]]:
    """What axe finds, and where."""
    found: list[dict[str, Any]] = desk.ask(f"axe.run(document, {_RULES}).then((r) => r.violations)")
    return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]
