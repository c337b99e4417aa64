"""A supervisor's morning: yesterday's runs, one run on its map, a gap disputed with a photo."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from control_center.auth.rights import Role
from core import clock
from core.happenings import Happening
from store import derived, pool
from store.derived import Derived
from tests.browser import route_day
from tests.browser.city import HOME
from tests.browser.conftest import _pictures
from tests.browser.screen import Screen
from tests.servers.center import RunningCenter, connections_to, serving
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]

_AXE = HOME / "control_center" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RULES = json.dumps({"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
_SIZES = [(390, 844), (1366, 768), (3840, 2160)]
_OVER = """[...document.querySelectorAll("header, footer, nav, main, table, section, #blocks")]
    .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => e.tagName + "." + e.className)"""


@pytest.fixture(scope="module")
def yesterday(module_db_url: str, broker: Broker, built_page: object) -> Iterator[RunningCenter]:
    """A control center whose trucks collected yesterday, and were judged."""
    assert built_page
    with serving(connections_to(module_db_url, broker)) as center:
        feed = center.app.state.center.feed
        wait_until(lambda: feed.is_live, what="the live feed to be up")
        center.add_user("ana", Role.SUPERVISOR)
        center.add_user("luis", Role.SUPERVISOR)
        center.add_user("olga", Role.OPERADOR)
        route_day.live_through(center.db_url, center.settings, route_day.yesterday())
        yield center


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile on the smallest of the control room's screens."""
    made = chromium.new_context(
        viewport={"width": 1366, "height": 768}, locale="es-MX", accept_downloads=True
    )
    yield made
    made.close()


@pytest.fixture
def desk(context: BrowserContext, yesterday: RunningCenter) -> Screen:
    """A supervisor's screen, logged in, at yesterday's runs."""
    return Screen(context.new_page(), yesterday.url, _pictures())


def at_the_day(desk: Screen, username: str = "ana") -> Page:
    """Log in, and go to the routes as everyone does."""
    desk.open()
    desk.enter(username)
    page = desk.page
    page.get_by_role("navigation", name="Páginas").get_by_role("link", name="Rutas").click()
    expect(page.get_by_test_id("runs")).to_be_visible(timeout=30_000)
    return page


def at_the_run(desk: Screen, route: str = "Centro poniente", username: str = "ana") -> Page:
    """The run of a route, its map drawn."""
    page = at_the_day(desk, username)
    page.get_by_test_id("runs").get_by_role("link", name=route).click()
    wait_until(lambda: desk.ask("c5.run.drawn"), timeout_s=120, what="the run's map to be idle")
    return page


def test_yesterday_is_there_with_what_is_to_be_reviewed(desk: Screen) -> None:
    """Yesterday's runs by default, the worst first; filters narrow them; an empty day says why."""
    page = at_the_day(desk)
    rows = page.get_by_test_id("runs").locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("Playa Sol")
    expect(page.get_by_test_id("coverage")).to_contain_text("%")
    desk.picture("route-day")
    page.get_by_label("Supervisor").select_option("ana")
    expect(rows).to_have_count(2)
    assert "supervisor=ana" in page.url
    page.get_by_role("button", name="Cobertura").click()
    expect(rows.first).to_contain_text("Centro poniente")
    page.keyboard.press(",")
    expect(page.get_by_text("Ninguna corrida este día")).to_be_visible()
    expect(page.get_by_text("./c5 route assign")).to_be_visible()
    page.keyboard.press(".")
    expect(rows).to_have_count(2)
    assert desk.complaints == []


def test_the_map_shows_every_block_in_its_state(desk: Screen) -> None:
    """All four states are drawn; the list holds the gaps, and choosing one lights it."""
    page = at_the_run(desk)
    drawn: list[dict[str, str]] = desk.ask("c5.run.blocks()")
    assert len({one["id"] for one in drawn}) == 60
    assert {one["state"] for one in drawn} == {"serviced", "too_fast", "missed", "unknown"}
    blocks = page.get_by_role("listbox", name="Bloques de la corrida")
    missed = blocks.locator("[data-state=missed]")
    assert missed.count() >= 3
    expect(blocks.locator("[data-state=serviced]")).to_have_count(0)
    # Gaps that other tests of this module have reviewed come later in the list.
    first = blocks.get_by_role("option").first.get_attribute("data-block")
    blocks.focus()
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_test_id("block")
    expect(chosen).to_contain_text(f"· {first}")
    assert f"bloque={first}" in page.url
    page.get_by_label("Mostrar").select_option("missed")
    missed.first.click()
    expect(chosen).to_contain_text("Sin servicio")
    expect(chosen).to_contain_text("Ignacio Zaragoza")
    page.get_by_label("Mostrar").select_option("unknown")
    blocks.locator("[data-state=unknown]").first.click()
    expect(chosen).to_contain_text("El rastreador calló; no se sabe")
    desk.picture("route-unknown")
    assert desk.complaints == []


def test_a_click_on_the_map_chooses_its_block(desk: Screen) -> None:
    """What is drawn there can be chosen there, and is shown in the list."""
    page = at_the_run(desk)
    page.get_by_label("Mostrar").select_option("all")
    frame = page.locator("#run-map").bounding_box()
    assert frame is not None
    for step in range(int(frame["height"] * 0.2), int(frame["height"] * 0.8), 4):
        page.mouse.click(frame["x"] + frame["width"] / 2, frame["y"] + step)
        if page.get_by_test_id("block").count():
            break
    expect(page.get_by_test_id("block")).to_be_visible()
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(1)


def test_the_truck_goes_where_the_slider_says(desk: Screen) -> None:
    """By keyboard: to the start, on by minutes, playing; what is served later is not counted."""
    page = at_the_run(desk)
    served = page.get_by_test_id("served")
    whole = served.inner_text()
    slider = page.get_by_role("slider", name="Hora de la corrida")
    slider.focus()
    page.keyboard.press("Home")
    expect(served).to_have_text(re.compile(r"^0 de 60"))
    start = wait_until(lambda: desk.ask("c5.run.truck()"))
    began_ms = desk.ask("c5.run.at_ms()")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    assert desk.ask("c5.run.at_ms()") - began_ms == 4 * 300_000
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^\d\d:\d\d:\d\d"))
    expect(served).not_to_have_text(re.compile(r"^0 de 60"))
    wait_until(lambda: desk.ask("c5.run.truck()") != start, what="the truck to have moved")
    page.locator("[data-block]").first.click()
    expect(page.get_by_test_id("block")).to_be_visible()
    desk.picture("route-run")
    slider.focus()
    page.keyboard.press("Space")
    at_ms = desk.ask("c5.run.at_ms()")
    wait_until(lambda: desk.ask("c5.run.at_ms()") > at_ms + 5_000, what="the run to play")
    page.keyboard.press("Space")
    page.keyboard.press("End")
    expect(served).to_have_text(whole)


def test_a_gap_is_disputed_with_a_photo_and_stays_said(desk: Screen) -> None:
    """What is lacking is asked for without losing a word; then it stands in the block's history."""
    page = at_the_run(desk)
    photo = page.screenshot(clip={"x": 600, "y": 200, "width": 320, "height": 240})
    page.keyboard.press(".")
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Revisar")
    dialog.get_by_label("Nota").fill("Obra del drenaje: la calle estaba cerrada desde el lunes.")
    dialog.get_by_role("button", name="Guardar").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Elija un dictamen")
    dialog.get_by_label("Justificar o disputar").check()
    dialog.get_by_role("combobox", name="Causa").select_option(label="Calle cerrada")
    dialog.locator("input[type=file]").set_input_files(
        {"name": "nota.txt", "mimeType": "text/plain", "buffer": b"no"}
    )
    expect(dialog.get_by_role("alert").first).to_contain_text("no es una foto")
    dialog.locator("input[type=file]").set_input_files(
        {"name": "calle.png", "mimeType": "image/png", "buffer": photo}
    )
    expect(dialog.get_by_role("img", name="Vista previa")).to_be_visible()
    desk.picture("route-review")
    dialog.get_by_role("button", name="Guardar").click()
    expect(dialog).to_be_hidden()
    said = page.get_by_test_id("reviews")
    expect(said).to_contain_text("Disputado")
    expect(said).to_contain_text("Calle cerrada")
    expect(said).to_contain_text("Obra del drenaje")
    expect(said).to_contain_text("ana")
    picture = said.get_by_role("img")
    expect(picture).to_be_visible()
    wait_until(lambda: picture.evaluate("(e) => e.naturalWidth") == 320, what="the photo")
    desk.picture("route-reviewed")
    page.reload()
    expect(page.get_by_test_id("reviews")).to_contain_text("Obra del drenaje", timeout=30_000)
    assert desk.complaints == []


def test_a_review_outlives_an_ended_session(desk: Screen, context: BrowserContext) -> None:
    """The dialog makes way for the login, and comes back with every word."""
    page = at_the_run(desk)
    page.keyboard.press(".")
    page.keyboard.press(".")
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Revisar")
    dialog.get_by_label("Confirmar el hueco").check()
    dialog.get_by_role("combobox", name="Causa").select_option("averia")
    dialog.get_by_label("Nota").fill("Se ponchó una llanta.")
    csrf = desk.ask("fetch('/api/session').then((a) => a.json()).then((s) => s.csrf)")
    context.request.delete(f"{desk.url}/api/session", headers={"X-C5-CSRF": csrf})
    expect(page.get_by_text("Su sesión terminó")).to_be_visible(timeout=15_000)
    expect(dialog).to_be_hidden()
    desk.enter()
    expect(page.get_by_text("Su sesión terminó")).to_be_hidden()
    expect(dialog.get_by_label("Nota")).to_have_value("Se ponchó una llanta.")
    dialog.get_by_role("button", name="Guardar").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_test_id("reviews")).to_contain_text("Avería")


def test_someone_faster_is_told_and_nothing_is_lost(desk: Screen) -> None:
    """When another review came first, it is said and shown, and the text is still there."""
    page = at_the_run(desk)
    page.keyboard.press(".")
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Revisar")
    dialog.get_by_label("Justificar o disputar").check()
    dialog.get_by_role("combobox", name="Causa").select_option("seguridad")
    dialog.get_by_label("Nota").fill("Había un bloqueo.")
    page.route(
        "**/api/runs/*/reviews",
        lambda route: route.fulfill(
            status=409,
            content_type="application/problem+json",
            body=json.dumps({"title": "Conflict", "detail": "someone was faster", "status": 409}),
        ),
        times=1,
    )
    with page.expect_response(re.compile(r"/api/runs/\d+$")):
        dialog.get_by_role("button", name="Guardar").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Otra persona revisó")
    expect(dialog.get_by_label("Nota")).to_have_value("Había un bloqueo.")
    dialog.get_by_role("button", name="Guardar").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_test_id("reviews")).to_contain_text("Había un bloqueo.")


def test_who_may_not_review_is_told_so(desk: Screen) -> None:
    """An operator sees everything, and no button to dispute."""
    page = at_the_run(desk, username="olga")
    page.keyboard.press(".")
    block = page.get_by_test_id("block")
    expect(block).to_contain_text("Solo supervisores")
    expect(block.get_by_role("button", name="Revisar")).to_have_count(0)


def test_a_run_without_a_tracker_blames_nobody(desk: Screen) -> None:
    """Everything is unknown, and the banner says why."""
    page = at_the_run(desk, "Playa Sol")
    expect(page.get_by_test_id("problem")).to_contain_text("sin posiciones")
    assert {one["state"] for one in desk.ask("c5.run.blocks()")} == {"unknown"}
    expect(page.get_by_text("no envió posiciones")).to_be_visible()
    desk.picture("route-silent")
    assert desk.complaints == []


@pytest.mark.parametrize(
    ("kind", "head"), [("PDF", b"%PDF"), ("CSV", b""), ("GeoJSON", b"{"), ("GPX", b"<?xml")]
)
def test_the_report_is_taken_away(desk: Screen, kind: str, head: bytes) -> None:
    """Each file downloads under a name, and is what it says."""
    page = at_the_run(desk)
    with page.expect_download() as waiting:
        page.get_by_role("link", name=f"Descargar {kind}").click()
    body = waiting.value.path().read_bytes()
    assert body.startswith(head)
    assert len(body) > 2_000
    assert waiting.value.suggested_filename.endswith(f".{kind.lower()}")


def test_the_summary_adds_up_by_truck(desk: Screen) -> None:
    """A row a truck, and the same as CSV."""
    page = at_the_day(desk)
    page.get_by_role("link", name="Resumen").click()
    table = page.get_by_test_id("summary")
    expect(table).to_contain_text("Recolector 07 Álamos")
    desk.picture("route-summary")
    page.get_by_label("Agrupar por").select_option("supervisor")
    expect(table).to_contain_text("luis")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Descargar CSV").click()
    assert b"luis" in waiting.value.path().read_bytes()


def test_an_address_is_answered_honestly(desk: Screen) -> None:
    """A street that was served yesterday, one that no route has, and none at all."""
    page = at_the_day(desk)
    box = page.get_by_test_id("eta")
    page.get_by_role("button", name="Buscar").click()
    expect(box).to_contain_text("Escriba una calle")
    page.get_by_label("Calle y colonia").fill("Zaragoza, Centro")
    page.keyboard.press("Enter")
    expect(box).to_contain_text("Zaragoza")
    expect(box).to_contain_text(
        re.compile("Pasa entre \\d\\d:\\d\\d y|No se sabe a qué hora|Ya pasó hoy")
    )
    desk.picture("route-eta")
    page.get_by_label("Calle y colonia").fill("Avenida Inexistente 99")
    page.keyboard.press("Enter")
    expect(box).to_contain_text("Ninguna ruta pasa")


def test_the_live_map_is_as_it_was_left(desk: Screen) -> None:
    """By keyboard to the routes and back: the same choice, the same map, not drawn anew."""
    desk.open()
    desk.log_in()
    page = desk.page
    desk.choose("T-07")
    page.locator("#map canvas").first.evaluate("(e) => (e.dataset.kept = 'yes')")
    page.keyboard.press("r")
    expect(page.get_by_test_id("runs")).to_be_visible()
    expect(page.locator("#map")).to_be_hidden()
    page.keyboard.press("m")
    expect(page.locator("#detail")).to_contain_text("Recolector 07")
    expect(page.locator("#map canvas[data-kept=yes]")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("runs")).to_be_visible()


def test_events_of_before_and_of_now_are_one_list(desk: Screen, yesterday: RunningCenter) -> None:
    """What happened before the page was open is listed; what happens now comes on top."""
    now = clock.utc_now()
    happen(yesterday.db_url, Happening.OFF_ROUTE, now - timedelta(hours=20))
    desk.open()
    desk.log_in()
    page = desk.page
    page.get_by_role("tab", name="Eventos").click()
    events = page.get_by_role("tabpanel").get_by_role("listitem")
    expect(events).to_have_count(1)
    expect(events.first).to_contain_text("Fuera de su ruta")
    expect(events.first).to_contain_text("Recolector 07")
    happen(yesterday.db_url, Happening.OVERSPEED, now)
    expect(events).to_have_count(2)
    expect(events.first).to_contain_text("Exceso de velocidad")
    page.get_by_role("tab", name="Dispositivos").click()
    page.get_by_role("tab", name="Eventos").click()
    expect(events.first).to_contain_text("74 km/h")
    expect(events).to_have_count(2)
    desk.picture("route-events")
    assert desk.complaints == []


def happen(database_url: str, what: Happening, at: datetime) -> None:
    """Let the engine say something of truck T-07."""
    one = Derived("T-07", what, at, at, 18.139, -94.433, 74.0, "", {"route_id": "CEN-01"})
    with pool.connect(database_url) as conn:
        derived.insert(conn, [one], now=at)
        conn.commit()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_accessibility_violation(desk: Screen, theme: str) -> None:
    """Nothing is found by axe against WCAG 2.2 A and AA: the day, the run, its review."""
    desk.page.add_init_script(f"localStorage.setItem('c5.theme', '{theme}')")
    page = at_the_day(desk)
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    assert _violations(desk) == []
    desk.picture(f"route-day-{theme}")
    page.get_by_test_id("runs").get_by_role("link", name="Centro poniente").click()
    wait_until(lambda: desk.ask("c5.run.drawn"), timeout_s=120, what="the run's map to be idle")
    page.keyboard.press(".")
    expect(page.get_by_test_id("block")).to_be_visible()
    assert _violations(desk) == []
    desk.picture(f"route-run-{theme}")
    page.keyboard.press("d")
    expect(page.get_by_role("dialog", name="Revisar")).to_be_visible()
    assert _violations(desk) == []


@pytest.mark.parametrize(("width", "height"), _SIZES)
def test_the_pages_fit_their_screen(desk: Screen, width: int, height: int) -> None:
    """From a phone to a video wall, nothing hangs over the edge."""
    desk.page.set_viewport_size({"width": width, "height": height})
    desk.open("/#/rutas")
    desk.enter()
    page = desk.page
    expect(page.get_by_test_id("runs")).to_be_visible(timeout=30_000)
    assert desk.ask(_OVER) == []
    desk.picture(f"route-day-{width}")
    page.get_by_test_id("runs").get_by_role("link", name="Centro poniente").click()
    wait_until(lambda: desk.ask("c5.run.drawn"), timeout_s=120, what="the run's map to be idle")
    assert desk.ask(_OVER) == []
    page.keyboard.press(".")
    expect(page.get_by_test_id("block")).to_be_visible()
    assert desk.ask(_OVER) == []
    desk.picture(f"route-run-{width}")


def _violations(desk: Screen) -> list[tuple[str, list[Any]]]:
    found: list[dict[str, Any]] = desk.ask(f"axe.run(document, {_RULES}).then((r) => r.violations)")
    return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]
