"""Plates as those who may see them work: hits decided, searches on record, and nothing lost."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from core.device import Device
from core.topics import Kind, Stream
from store import pool
from tests.browser import plate_day
from tests.browser.city import City, enrolled, ingesting
from tests.browser.conftest import _pictures
from tests.browser.plate_day import AMBER, Gates
from tests.browser.plate_desk import at
from tests.browser.screen import Screen
from tests.servers.center import connections_to, serving
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def desk(context: BrowserContext, gates: Gates) -> Screen:
    """The screen of someone who may see plates, at the login."""
    return Screen(context.new_page(), gates.center.url, _pictures())


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
    expect(page.locator(f"[data-hit='{hit_id}']")).to_be_focused()
    page.keyboard.press("r")
    form = page.get_by_role("form", name="Rechazar")
    expect(form.get_by_label("Motivo de la decisión")).to_be_focused()
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
            expect(row).to_contain_text(plate_day.plate_on(7))
            page.keyboard.press("j")
            link = page.get_by_test_id("hit").get_by_role("link", name="Abrir el incidente")
            expect(link).to_be_visible(timeout=40_000)
        assert desk.ask("window.here")
        expect(page.get_by_test_id("crop")).to_have_attribute("data-sight", "shown")
        desk.picture("plates-arrived")
        assert desk.complaints == []
