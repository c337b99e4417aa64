"""The control room as two operators work it: an evening from the first press to the next shift."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import (
    APIResponse,
    Browser,
    FilePayload,
    Locator,
    Page,
    Route,
    ViewportSize,
    expect,
)

from tests.browser import plate_day, room_day
from tests.browser.city import HOME
from tests.browser.conftest import _pictures
from tests.browser.room_day import BUTTON, PATROL, Evening
from tests.browser.screen import Screen
from tests.server.test_control_cli import Shell
from tests.servers.fixtures import Broker
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]

_AXE: Final = HOME / "control_center" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RULES: Final = json.dumps({"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
_SIZES: Final = ((390, 844), (1366, 768), (3840, 2160))
_OVER: Final = """[...document.querySelectorAll("header, footer, nav, main, table, section, li")]
    .filter((e) => e.checkVisibility() && !e.closest("[role=region]") && !e.closest("nav"))
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => e.tagName + "." + e.className)"""
_SLOW_MS: Final = 30_000
_WALL_PX: Final = 34
"""A letter's height that is read from four metres, on a wall of 65 inches and more."""


@pytest.fixture
def here(db_url: str, broker_fresh: Broker, tmp_path: Path, built_page: Path) -> Iterator[Evening]:
    """Everything runs, and nothing has happened yet."""
    with room_day.evening(broker_fresh, db_url, tmp_path, built_page) as one:
        yield one


@pytest.fixture(scope="module")
def late(
    module_db_url: str, broker: Broker, tmp_path_factory: pytest.TempPathFactory, built_page: Path
) -> Iterator[Evening]:
    """The same, after a button, a plate and a stop."""
    with room_day.evening(
        broker, module_db_url, tmp_path_factory.mktemp("late"), built_page
    ) as one:
        happens(one)
        yield one


def happens(here: Evening) -> None:
    """A button is pressed, a wanted plate passes, a truck stands; all are incidents."""
    here.press()
    here.passes()
    here.stops()
    wait_until(lambda: here.count("incident") == 3, timeout_s=60, what="three incidents")


class Desk(Screen):
    """An operator's screen in the room."""

    def at(self, path: str, username: str) -> Page:
        """Log in where a page's address leads."""
        self.open(f"/#/{path}")
        self.enter(username)
        expect(self.page.get_by_test_id("bell")).to_be_visible(timeout=_SLOW_MS)
        return self.page

    def go(self, path: str) -> None:
        """Go elsewhere, without a reload."""
        self.page.evaluate("(to) => { location.hash = to }", f"#/{path}")

    def incident(self, kind: str) -> Locator:
        """The row of the one incident that is called so."""
        return self.page.get_by_test_id("incidents").get_by_role("listitem").filter(has_text=kind)

    def walk_to(self, kind: str) -> Locator:
        """By keyboard alone: press j until its row is the one; then it has the focus."""
        row = self.incident(kind).get_by_role("link")
        expect(row).to_be_visible(timeout=_SLOW_MS)
        for _ in range(8):
            if row.get_attribute("aria-current") == "true":
                break
            self.page.keyboard.press("j")
            wait_until(lambda: self.ask("document.activeElement.dataset.incident !== undefined"))
        expect(row).to_be_focused()
        return row


def desk(chromium: Browser, url: str, size: tuple[int, int] = (1366, 768)) -> Desk:
    """A browser of its own."""
    viewport = ViewportSize(width=size[0], height=size[1])
    context = chromium.new_context(viewport=viewport, locale="es-MX")
    return Desk(context.new_page(), url, _pictures())


def test_one_evening_with_two_operators(here: Evening, chromium: Browser, tmp_path: Path) -> None:
    """Taken, sent, told stale, resolved, escalated, handed over; nothing doubled; then replayed."""
    ana, luis = desk(chromium, here.center.url), desk(chromium, here.center.url)
    her, his = ana.at("sala", "ana"), luis.at("sala", "luis")
    for page in (her, his):
        expect(page.get_by_text("Sin incidentes abiertos")).to_be_visible(timeout=_SLOW_MS)
    happens(here)
    for page in (her, his):
        expect(page.locator("[data-incident]")).to_have_count(3, timeout=_SLOW_MS)
        expect(page.get_by_test_id("open-CRITICAL")).to_have_text("2")
    expect(her).to_have_title(re.compile("⚠ 2"))

    _take(ana, luis)
    _send(ana, here)
    _stale(ana, luis)
    _finish(ana)
    _escalate(luis)
    _hand_over(ana, luis)
    for one in (ana, luis):
        one.go("sala")
        expect(one.page.locator("[data-incident]")).to_have_count(1, timeout=_SLOW_MS)
        numbers = [number for number, _ in one.ask("c5.room.incidents()")]
        assert len(numbers) == len(set(numbers)) == 1
    assert here.count("incident") == 3
    assert here.count("incident_unit") == 1
    _replay(ana, here)
    assert [text for text in ana.complaints + luis.complaints if "409" not in text] == []
    done = Shell(here.center.connections, tmp_path).run("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


def _take(ana: Desk, luis: Desk) -> None:
    """Ana takes the button by keyboard; Luis sees it without doing anything."""
    her = ana.page
    row = ana.walk_to("Botón de pánico")
    wait_until(lambda: ana.ask("c5.room.drawn"), timeout_s=60, what="the map")
    ana.document("room-desk")
    her.keyboard.press("t")
    expect(row).to_contain_text("usted")
    expect(luis.incident("Botón de pánico")).to_contain_text(re.compile("Enterado.*ana", re.DOTALL))
    her.keyboard.press("Enter")
    incident = her.get_by_test_id("incident")
    expect(incident).to_have_attribute("data-state", "acknowledged", timeout=_SLOW_MS)
    expect(her.get_by_test_id("person")).to_contain_text("Alma R.")


def _send(ana: Desk, here: Evening) -> None:
    """The nearest unit is offered first, and sent; the procedure goes on; the button moves."""
    her = ana.page
    near = her.locator("[data-near]")
    expect(near).to_have_count(3, timeout=_SLOW_MS)
    assert near.first.get_attribute("data-near") == PATROL
    near.first.get_by_role("button", name="Enviar Patrulla 21").click()
    expect(her.get_by_test_id("incident")).to_have_attribute("data-state", "dispatched")
    steps = her.get_by_test_id("procedure")
    steps.get_by_role("button", name="Hay peligro o no contesta").click()
    steps.locator("[data-step=send]").get_by_role("button", name="Hecho").click()
    expect(steps.locator("[data-step=stay]")).to_have_attribute("aria-current", "step")
    moved = her.get_by_test_id("incident-map")
    before = moved.get_attribute("data-lat")
    looks = here.count("audit")
    for north in (0.001, 0.002, 0.003):
        here.flee(north)
    wait_until(lambda: moved.get_attribute("data-lat") != before, what="the place to follow")
    ana.document("room-incident")
    assert here.count("audit") - looks < 3, "following a button is not looking again and again"


def _stale(ana: Desk, luis: Desk) -> None:
    """Luis decides on what he saw; Ana was faster; he is told, and keeps his words."""
    her, his = ana.page, luis.page
    luis.walk_to("Botón de pánico")
    his.keyboard.press("Enter")
    expect(his.get_by_test_id("incident")).to_be_visible(timeout=_SLOW_MS)
    his.keyboard.press("f")
    reason = his.get_by_label("Por qué es falsa alarma")
    expect(reason).to_be_focused()
    his.keyboard.type("Son niños jugando <b>aquí</b>")
    unit = her.locator(f"[data-unit={PATROL}]")
    unit.get_by_role("button", name="En camino").click()
    expect(unit).to_have_attribute("data-state", "en_route")
    unit.get_by_role("button", name="En el lugar").click()
    expect(her.get_by_test_id("incident")).to_have_attribute("data-state", "on_scene")
    expect(his.get_by_text("Cambió mientras escribe")).to_be_visible()
    his.get_by_test_id("action").get_by_role("button", name="Falsa alarma").click()
    refusal = his.get_by_test_id("refusal")
    expect(refusal).to_contain_text(re.compile(r"Ahora: En el lugar \(.*\); lo tiene ana"))
    expect(reason).to_have_value("Son niños jugando <b>aquí</b>")
    luis.document("room-stale")
    his.keyboard.press("Escape")
    expect(his.get_by_test_id("incident")).to_have_attribute("data-state", "on_scene")


def _finish(ana: Desk) -> None:
    """Skipping asks why; then the rest, a photograph, a note; resolved and closed with words."""
    her = ana.page
    steps = her.get_by_test_id("procedure")
    stay = steps.locator("[data-step=stay]")
    stay.get_by_role("button", name="Omitir…").click()
    stay.get_by_role("button", name="Omitir").click()
    expect(stay).to_contain_text("Un paso no se omite sin motivo")
    stay.get_by_label("Por qué se omite").fill("La unidad ya está con ella")
    stay.get_by_role("button", name="Omitir").click()
    expect(stay).to_have_class(re.compile("skipped"))
    expect(stay).to_contain_text("La unidad ya está con ella")
    for step in ("support", "note"):
        steps.locator(f"[data-step={step}]").get_by_role("button", name="Hecho").click()
        expect(steps.locator(f"[data-step={step}]")).to_have_class(re.compile("done"))
    photo = FilePayload(name="lugar.jpg", mimeType="image/jpeg", buffer=plate_day.photo(3))
    her.get_by_label("Agregar archivos").set_input_files(photo)
    expect(her.get_by_role("img", name="lugar.jpg")).to_be_visible(timeout=_SLOW_MS)
    her.get_by_placeholder("Escriba una nota").fill("Acompañada a su domicilio")
    expect(her.get_by_role("button", name="Guardar nota")).to_be_enabled()
    her.keyboard.press("Control+Enter")
    expect(her.get_by_test_id("timeline")).to_contain_text("Acompañada a su domicilio")
    for action, words, state in (
        ("Resolver", "A salvo, con su hermana", "resolved"),
        ("Cerrar", "Sin pendientes", "closed"),
    ):
        her.locator("body").click(position={"x": 5, "y": 400})
        her.keyboard.press("q")
        her.get_by_test_id("action").get_by_role("textbox").fill(words)
        her.get_by_test_id("action").get_by_role("button", name=action, exact=True).click()
        expect(her.get_by_test_id("incident")).to_have_attribute("data-state", state)
        expect(her.get_by_test_id("action")).to_have_count(0)


def _escalate(luis: Desk) -> None:
    """Luis hands the plate on to the supervisor; the truck was no matter."""
    his = luis.page
    luis.go("sala")
    luis.walk_to("Placa en lista")
    his.keyboard.press("t")
    his.keyboard.press("Enter")
    expect(his.get_by_test_id("assignee")).to_have_text("usted", timeout=_SLOW_MS)
    his.keyboard.press("e")
    his.get_by_label("Qué debe saber quien lo recibe").fill("Pide autorización para detener")
    his.get_by_test_id("action").get_by_role("button", name="Escalar").click()
    expect(his.get_by_test_id("timeline")).to_contain_text("Escalado a supervisor")
    expect(his.get_by_text("turno de supervisor (escalado)")).to_be_visible()
    expect(his.get_by_test_id("action")).to_have_count(0)
    his.keyboard.press("Escape")
    luis.walk_to("Parada no prevista")
    his.keyboard.press("r")
    expect(luis.incident("Parada no prevista")).to_contain_text("Enterado")
    his.keyboard.press("Enter")
    expect(his.get_by_test_id("incident")).to_be_visible(timeout=_SLOW_MS)
    his.keyboard.press("f")
    his.get_by_label("Por qué es falsa alarma").fill("Ponchadura, ya lo atiende el taller")
    his.get_by_test_id("action").get_by_role("button", name="Falsa alarma").click()
    expect(his.get_by_test_id("incident")).to_have_attribute("data-state", "false")


def _hand_over(ana: Desk, luis: Desk) -> None:
    """Ana began the shift, leaves a note, and Luis accepts it; Ana could not herself."""
    her, his = ana.page, luis.page
    ana.go("sala/turno")
    her.get_by_role("button", name="Comenzar turno").click()
    her.get_by_label("Nota de entrega").fill("Queda la placa: espera al supervisor.")
    her.get_by_role("button", name="Entregar turno").click()
    waiting = her.get_by_test_id("waiting")
    expect(waiting).to_contain_text("Quien entrega no acepta")
    expect(waiting.get_by_role("button", name="Aceptar turno")).to_have_count(0)
    luis.go("sala/turno")
    note = his.get_by_test_id("handover-note")
    expect(note).to_have_text("Queda la placa: espera al supervisor.", timeout=_SLOW_MS)
    expect(his.get_by_test_id("waiting")).to_contain_text("Placa buscada")
    luis.document("room-shift")
    his.get_by_role("button", name="Aceptar turno").click()
    expect(his.get_by_test_id("shift")).to_contain_text("luis, desde")


def _replay(ana: Desk, here: Evening) -> None:
    """One clock moves everything: before, during, after."""
    [(incident_id, opened)] = here.rows(
        "SELECT incident_id, extract(epoch FROM opened_at) FROM incident WHERE kind = 'panic'"
    )
    page = ana.page
    ana.go(f"sala/repeticion?incidente={incident_id}")
    replay = page.get_by_test_id("replay")
    expect(replay).to_be_visible(timeout=_SLOW_MS)
    own = page.locator(f"[data-past='{incident_id}']")
    expect(own).to_have_attribute("data-state", "new")
    slider = page.get_by_role("slider", name="Hora de la repetición")
    slider.press("End")
    expect(own).to_have_count(0)
    expect(page.get_by_test_id("past-log")).not_to_have_text("0")
    expect(replay).to_contain_text("Acompañada a su domicilio")
    ana.document("room-replay")
    slider.press("Home")
    expect(page.get_by_test_id("past-incidents")).to_have_text("0")
    expect(replay).not_to_contain_text("Acompañada a su domicilio")
    page.keyboard.press(".")
    wait_until(
        lambda: abs(float(slider.input_value()) / 1000 - float(opened)) < 120,
        what="the first event",
    )


def test_a_cut_line_neither_loses_nor_doubles(late: Evening, chromium: Browser) -> None:
    """What happens while the line is down is there afterwards, once; the page says it was away."""
    port = int(late.center.url.rsplit(":", 1)[1])
    with Proxy(port) as door:
        one = desk(chromium, f"http://127.0.0.1:{door.port}")
        page = one.at("sala", "ana")
        expect(page.locator("[data-incident]").first).to_be_visible(timeout=_SLOW_MS)
        before = {number for number, _ in one.ask("c5.room.incidents()")}
        door.cut()
        expect(page.get_by_test_id("offline")).to_be_visible(timeout=_SLOW_MS)
        made = _by_hand(late, "Árbol caído en Malecón")
        again = _by_hand(late, "Fuga de agua en Centro")
        door.restore()
        expect(page.get_by_test_id("offline")).to_have_count(0, timeout=60_000)
        expect(page.locator(f"[data-incident='{made}']")).to_have_count(1, timeout=_SLOW_MS)
        numbers = [number for number, _ in one.ask("c5.room.incidents()")]
        assert sorted(numbers) == sorted(before | {made, again})


def _by_hand(late: Evening, title: str) -> int:
    """Somebody else opens an incident."""
    visitor = late.center.visitor()
    visitor.login("sara")
    answer = visitor.post("/api/incidents", {"severity": "MINOR", "title": title})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["incident_id"])


def test_muted_is_not_lost(late: Evening, chromium: Browser) -> None:
    """What is critical flashes in title and banner while it cannot be heard, on any page."""
    one = desk(chromium, late.center.url)
    page = one.at("sala", "olga")
    expect(page.locator("[data-incident]").first).to_be_visible(timeout=_SLOW_MS)
    bell = page.get_by_test_id("bell")
    page.locator("h2, h3").first.click()
    wait_until(lambda: int(bell.get_attribute("data-played") or 0) > 0, what="a sound")
    assert bell.get_attribute("data-last") == "CRITICAL"
    expect(page.get_by_test_id("critical")).to_have_count(0)
    page.keyboard.press("u")
    expect(bell).to_have_attribute("data-state", "muted")
    expect(bell).to_contain_text(re.compile(r"\d:\d\d"))
    expect(page.get_by_test_id("critical")).to_have_class(re.compile("flash"))
    wait_until(lambda: "⚠" not in page.title(), what="the title to flash")
    wait_until(lambda: "⚠" in page.title(), what="the title to flash back")
    page.keyboard.press("x")
    expect(page.get_by_test_id("critical")).to_contain_text("Crítica")
    page.reload()
    expect(bell).to_have_attribute("data-state", "muted", timeout=_SLOW_MS)
    page.keyboard.press("u")
    expect(bell).not_to_have_attribute("data-state", "muted")


def test_words_outlive_an_ended_session(late: Evening, chromium: Browser) -> None:
    """A note that was being written is there after the login, and is kept then."""
    number = _by_hand(late, "Poste caído <img src=x onerror=alert(1)>")
    one = desk(chromium, late.center.url)
    page = one.at(f"incidentes/{number}", "olga")
    expect(page.get_by_test_id("incident")).to_be_visible(timeout=_SLOW_MS)
    expect(page.get_by_role("heading", name="<img src=x")).to_be_visible()
    page.keyboard.press("c")
    page.keyboard.type("Avisado a la comisión de electricidad")
    csrf = one.ask("fetch('/api/session').then((a) => a.json()).then((s) => s.csrf)")
    page.context.request.delete(f"{one.url}/api/session", headers={"X-C5-CSRF": csrf})
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Su sesión terminó")).to_be_visible(timeout=_SLOW_MS)
    one.enter("olga")
    expect(page.get_by_text("Su sesión terminó")).to_be_hidden(timeout=_SLOW_MS)
    note = page.get_by_placeholder("Escriba una nota")
    expect(note).to_have_value("Avisado a la comisión de electricidad")
    note.press("Control+Enter")
    expect(page.get_by_test_id("timeline")).to_contain_text("Avisado a la comisión")
    expect(note).to_have_value("")
    said = [text for text in one.complaints if "401" not in text]
    assert said == []


def test_a_late_answer_closes_no_other_form(late: Evening, chromium: Browser) -> None:
    """Who sees by the stream that it is done goes on, and keeps the form opened since."""
    number = _by_hand(late, "Semáforo apagado en Zaragoza")
    page = desk(chromium, late.center.url).at(f"incidentes/{number}", "olga")
    expect(page.get_by_test_id("incident")).to_be_visible(timeout=_SLOW_MS)
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/actions", lambda route: held.append((route, route.fetch())))
    form = page.get_by_test_id("action")
    page.keyboard.press("e")
    form.get_by_role("button", name="Escalar").click()
    expect(page.get_by_test_id("timeline")).to_contain_text("Escalado a supervisor")
    page.keyboard.press("f")
    reason = page.get_by_label("Por qué es falsa alarma")
    reason.fill("Ya funciona")
    [(route, answer)] = held
    route.fulfill(response=answer)
    expect(form.get_by_role("button", name="Falsa alarma")).to_be_enabled()
    expect(reason).to_have_value("Ya funciona")


def test_a_rule_is_tried_and_saved_as_a_version(late: Evening, chromium: Browser) -> None:
    """What it would have raised is said before it is kept; who changed it is on record."""
    one = desk(chromium, late.center.url)
    page = one.at("sala/reglas/unplanned_stop", "sara")
    form = page.get_by_test_id("rule")
    expect(form).to_be_visible(timeout=_SLOW_MS)
    form.get_by_role("button", name="Probar con el último día").click()
    expect(form.get_by_test_id("tried")).to_contain_text(
        "Habría levantado 1 alarma", timeout=_SLOW_MS
    )
    form.get_by_label("Cuántos eventos").fill("x")
    form.get_by_role("button", name="Guardar versión 2").click()
    expect(form.get_by_role("alert")).to_contain_text("count")
    form.get_by_label("Cuántos eventos").fill("2")
    form.get_by_label("Dentro de").fill("600")
    form.get_by_role("button", name="Probar con el último día").click()
    expect(form.get_by_test_id("tried")).to_contain_text(
        "Habría levantado 0 alarmas", timeout=_SLOW_MS
    )
    one.document("room-rules")
    form.get_by_label("Por qué cambia").fill("Muchas paradas de tráfico")
    form.get_by_role("button", name="Guardar versión 2").click()
    expect(form.get_by_text("v2", exact=True)).to_be_visible(timeout=_SLOW_MS)
    expect(form).to_contain_text("Muchas paradas de tráfico")


def test_the_wall_is_read_from_afar(late: Evening, chromium: Browser) -> None:
    """On 4K no word of its queue and figures is smaller than can be read from four metres."""
    one = desk(chromium, late.center.url, (3840, 2160))
    page = one.at("sala/muro", "teo")
    wall = page.get_by_test_id("wall")
    expect(wall.get_by_text("Botón de pánico")).to_be_visible(timeout=_SLOW_MS)
    sizes = one.ask(
        """[...document.querySelectorAll("[data-testid=wall] :is(p, strong, span, figcaption)")]
        .filter((e) => e.checkVisibility() && e.textContent.trim())
        .filter((e) => !e.closest(".map, .hidden, .chip"))
        .map((e) => parseFloat(getComputedStyle(e).fontSize))"""
    )
    assert min(sizes) >= _WALL_PX, sorted(sizes)[:3]
    assert one.ask("document.documentElement.scrollHeight <= innerHeight")
    wait_until(lambda: one.ask("c5.room.drawn"), timeout_s=90, what="the map")
    one.document("room-wall")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("incidents")).to_be_visible()


_PAGES: Final = {
    "desk": ("sala", "incidents"),
    "incident": ("incidentes/{panic}", "incident"),
    "shift": ("sala/turno", "shifts"),
    "rules": ("sala/reglas/panic", "rule"),
    "today": ("sala/indicadores", "today"),
    "replay": ("sala/repeticion?incidente={panic}", "replay"),
    "wall": ("sala/muro", "wall"),
}


@pytest.mark.parametrize("size", _SIZES, ids=lambda size: str(size[0]))
def test_pages_are_for_everyone(late: Evening, chromium: Browser, size: tuple[int, int]) -> None:
    """Nothing is found by axe against WCAG 2.2 A and AA, in either theme; nothing hangs over."""
    [(panic,)] = late.rows("SELECT incident_id FROM incident WHERE device_id = %s", BUTTON)
    one = desk(chromium, late.center.url, size)
    page = one.at("sala", "sara")
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    for theme in ("dark", "light"):
        if one.ask("document.documentElement.dataset.theme") != theme:
            page.locator("body").press("Escape")
            one.go("mapa")
            expect(page.locator("#page")).to_have_count(0)
            page.keyboard.press("t")
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        for name, (path, filled) in _PAGES.items():
            one.go(path.format(panic=panic))
            expect(page.get_by_test_id(filled)).to_be_visible(timeout=_SLOW_MS)
            if name == "incident":
                page.keyboard.press("e")
            worst = [
                (each["id"], each["impact"], [node["html"][:160] for node in each["nodes"]][:3])
                for each in one.ask(f"axe.run(document, {_RULES}).then((r) => r.violations)")
            ]
            over = one.ask(_OVER)
            if worst or over:
                found[f"{name} {theme}"] = (worst, over)
            one.picture(f"room-{name}-{theme}-{size[0]}")
            if name == "incident":
                page.keyboard.press("Escape")
            if name == "today" and theme == "light" and size[0] == 390:
                one.document("room-phone")
    assert found == {}
    # No camera is watched here, so there is no frame.
    assert [text for text in one.complaints if "frame" not in text and "503" not in text] == []
