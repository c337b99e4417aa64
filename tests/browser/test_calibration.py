"""Calibrations and visits on a station's page: tried on the last reading, kept, taken back."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from control_center.auth.rights import Role
from core import clock
from tests.browser import air_days
from tests.browser.air_days import HOUR, MINUTE, ZONE
from tests.browser.city import HOME
from tests.browser.conftest import _pictures
from tests.browser.screen import Screen
from tests.servers.center import RunningCenter, Visitor
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]

_AXE = HOME / "control_center" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RULES = json.dumps({"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
_SIZES = [(390, 844), (1366, 768), (3840, 2160)]
_OVER = """[...document.querySelectorAll("main *")]
    .filter((e) => e.checkVisibility() && !e.closest("[role=region]") && !e.closest(".hidden"))
    .filter((e) => e.closest("[data-testid=instrument]"))
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => e.tagName + "." + e.className)"""


@pytest.fixture(scope="module")
def week(module_db_url: str, broker: Broker, built_page: object) -> Iterator[RunningCenter]:
    """A control center whose stations measured for a week; ada administers it, olga looks."""
    assert built_page
    people = {"ada": Role.ADMINISTRADOR, "olga": Role.OPERADOR}
    with air_days.lived(module_db_url, broker, people) as center:
        yield center


@pytest.fixture(scope="module")
def program(week: RunningCenter) -> Visitor:
    """Someone who asks the control center what it kept."""
    return week.operator()


@pytest.fixture
def desk(context: BrowserContext, week: RunningCenter) -> Screen:
    """A screen at the login."""
    return Screen(context.new_page(), week.url, _pictures())


def panel(desk: Screen, station: str = "A-01", username: str = "ada") -> Locator:
    """Log in, where a station's page is; answer its panel, filled."""
    desk.open(f"/#/{'ruido' if station.startswith('N') else 'aire'}/{station}")
    desk.enter(username)
    found = desk.page.get_by_test_id("instrument")
    expect(found.get_by_role("paragraph").or_(found.get_by_role("listitem")).first).to_be_visible(
        timeout=30_000
    )
    return found


def local(at: datetime) -> str:
    """An instant as a field for date and hour takes it."""
    return at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def minutes_ago(n: int) -> datetime:
    """A whole minute of before."""
    return clock.utc_now().replace(second=0, microsecond=0) - n * MINUTE


def figure(value: float) -> str:
    """A value as the page writes it: five digits that matter."""
    return f"{float(f'{value:.5g}'):,}".removesuffix(".0")


def raw(program: Visitor, station: str, metric: str) -> float:
    """The last reading, as it was measured."""
    found = program.get(f"/api/devices/{station}").json()["values"][metric]
    return float(found["value"])


def fill(form: Locator, **fields: str) -> None:
    """Type into a calibration's fields."""
    labels: dict[str, str | re.Pattern[str]] = {
        "gain": "Ganancia",
        "offset": re.compile("Desplazamiento"),
        "begin": "Vale desde",
        "end": "Hasta (opcional)",
        "note": "Motivo o certificado",
    }
    for name, text in fields.items():
        if name == "metric":
            form.get_by_label("Qué mide").select_option(label=text)
        else:
            form.get_by_label(labels[name]).fill(text)


def violations(page: Page) -> list[Any]:
    """What axe finds wrong, and where."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run({_RULES})")
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found["violations"]
    ]


def test_a_calibration_is_tried_kept_and_taken_back(desk: Screen, program: Visitor) -> None:
    """The last reading as measured, as read today and as it would be; the one before is past."""
    instrument = panel(desk)
    page = desk.page
    expect(instrument.get_by_test_id("in-force")).to_contain_text("Comparado con la unidad móvil")
    expect(instrument.get_by_test_id("past")).to_contain_text("Cambio de filtro")
    instrument.get_by_role("button", name="Nueva calibración").click()
    form = instrument.get_by_test_id("calibration-form")
    expect(form.get_by_label("Qué mide")).to_be_focused()
    preview = form.get_by_test_id("preview")
    expect(preview).to_contain_text("Elija qué mide")
    value = raw(program, "A-01", "o3_ppb")
    fill(form, metric="Ozono", gain="2", offset="-1.5", note="Certificado 0415")
    expect(form.get_by_label("Desplazamiento, ppb")).to_be_visible()
    expect(preview).to_contain_text(f"medida {figure(value)} ppb")
    expect(preview).to_contain_text(f"hoy se lee {figure(1.04 * value - 1.5)} ppb")
    expect(preview).to_contain_text(f"con esta {figure(2 * value - 1.5)} ppb")
    fill(form, gain="1000")
    expect(preview).to_contain_text("fuera de lo que se puede medir (0 a 1,000 ppb)")
    fill(form, gain="1.1", begin=local(minutes_ago(-5)))
    expect(preview).to_contain_text("queda fuera de las fechas")
    fill(form, begin=local(minutes_ago(90)))
    expect(preview).not_to_contain_text("fuera")
    desk.picture("calibration-form")
    form.get_by_role("button", name="Guardar calibración").click()
    expect(form).to_have_count(0)
    expect(instrument.get_by_role("button", name="Nueva calibración")).to_be_focused()
    holds, past = instrument.get_by_test_id("in-force"), instrument.get_by_test_id("past")
    expect(holds).to_contain_text(
        re.compile(r"valor = 1\.1 . medido . 1\.5.*desde.*anotó ada.*Certificado 0415", re.DOTALL)
    )
    expect(past).to_contain_text(re.compile(r"1\.04 . medido.*Comparado con la unidad", re.DOTALL))
    desk.picture("calibration-kept")
    window = {
        "metric": "o3_ppb",
        "points": "600",
        "from": (air_days.this_hour() - HOUR).isoformat(),
        "to": clock.utc_now().isoformat(),
    }
    series = program.get("/api/devices/A-01/series", **window).json()["points"]
    assert series[-1][1] == pytest.approx(1.1 * value - 1.5)
    [kept, _] = program.get("/api/devices/A-01/calibrations").json()["calibrations"]
    assert (kept["gain"], kept["offset"], kept["valid_to"]) == (1.1, -1.5, None)

    holds.get_by_role("button", name="Quitar la calibración de Ozono").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancelar").click()
    expect(holds).to_contain_text("Certificado 0415")
    holds.get_by_role("button", name="Quitar la calibración de Ozono").click()
    page.get_by_role("dialog").get_by_role("button", name="Quitar").click()
    expect(holds).to_contain_text("Comparado con la unidad móvil")
    expect(instrument).not_to_contain_text("Certificado 0415")
    assert desk.complaints == []


def test_what_is_wrong_is_said_beside_its_field(desk: Screen, program: Visitor) -> None:
    """Nothing while it is first typed; then each by its field, and the first one has the focus."""
    instrument = panel(desk)
    instrument.get_by_role("button", name="Nueva calibración").click()
    form = instrument.get_by_test_id("calibration-form")
    expect(form.locator("[aria-invalid]")).to_have_count(0)
    fill(form, gain="1,04", offset="uno", begin=local(minutes_ago(10)), end=local(minutes_ago(11)))
    form.get_by_role("button", name="Guardar calibración").click()
    said = {
        "Qué mide": "Elija qué se calibró.",
        "Ganancia": "Un número mayor que 0",
        "Desplazamiento": "Un número con punto decimal",
        "Hasta (opcional)": "Tiene que ser después de «Vale desde».",
        "Motivo o certificado": "Escriba el motivo o el número del certificado.",
    }
    for label, words in said.items():
        field = form.get_by_label(label)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(re.escape(words)))
    expect(form.get_by_label("Qué mide")).to_be_focused()
    desk.picture("calibration-wrong")
    since = program.get("/api/devices/A-01/calibrations").json()["calibrations"][0]["valid_from"]
    begin = datetime.fromisoformat(since)
    fill(form, metric="Ozono", gain="1.04", offset="0", begin=local(begin), end="", note="x")
    expect(form.get_by_label("Vale desde")).to_have_accessible_description(
        re.compile("Ya hay una de esto desde ese instante")
    )
    expect(form.locator("[aria-invalid]")).to_have_count(1)
    fill(form, begin=local(minutes_ago(10)))
    expect(form.locator("[aria-invalid]")).to_have_count(0)
    form.get_by_role("button", name="Cancelar").click()
    assert len(program.get("/api/devices/A-01/calibrations").json()["calibrations"]) == 1
    assert desk.complaints == []


def test_another_was_faster(desk: Screen, program: Visitor) -> None:
    """One of the same instant came meanwhile: refused by its field, what was typed stays."""
    instrument = panel(desk, "A-02")
    instrument.get_by_role("button", name="Nueva calibración").click()
    form = instrument.get_by_test_id("calibration-form")
    at = minutes_ago(30)
    fill(form, metric="Ozono", gain="0.98", begin=local(at), note="Propia")
    order = {"metric": "o3_ppb", "valid_from": at.isoformat(), "note": "Ajena"}
    made = program.post("/api/devices/A-02/calibrations", order).json()
    form.get_by_role("button", name="Guardar calibración").click()
    expect(form.get_by_label("Vale desde")).to_have_accessible_description(re.compile("Ya hay una"))
    expect(instrument.get_by_test_id("in-force")).to_contain_text("Ajena")
    expect(form.get_by_label("Ganancia")).to_have_value("0.98")
    expect(form.get_by_label("Motivo o certificado")).to_have_value("Propia")
    gone = program.delete(f"/api/devices/A-02/calibrations/{made['calibration_id']}")
    assert gone.status_code == 204


def test_a_session_ends_and_what_was_typed_stays(
    desk: Screen, context: BrowserContext, program: Visitor
) -> None:
    """The login comes over the page; afterwards both forms hold their words, and are kept."""
    instrument = panel(desk, "A-03")
    page = desk.page
    instrument.get_by_role("button", name="Nueva calibración").click()
    instrument.get_by_role("button", name="Anotar visita").click()
    form, visit = (instrument.get_by_test_id(f"{one}-form") for one in ("calibration", "visit"))
    fill(form, metric="PM2.5", gain="1.2", begin=local(minutes_ago(20)), note="Gravimetría")
    visit.get_by_label("Qué se hizo").fill("Limpieza de la toma")
    context.clear_cookies()
    form.get_by_role("button", name="Guardar calibración").click()
    expect(page.get_by_text("Su sesión terminó")).to_be_visible()
    page.get_by_label("Contraseña", exact=True).fill("")
    desk.enter("ada")
    expect(page.get_by_label("Contraseña", exact=True)).to_have_count(0)
    expect(form.get_by_label("Ganancia")).to_have_value("1.2")
    expect(form.get_by_label("Motivo o certificado")).to_have_value("Gravimetría")
    page.evaluate("location.hash = '#/aire/A-02'")
    expect(page.get_by_role("heading", name="Aire Petrolera")).to_be_visible()
    page.evaluate("location.hash = '#/aire/A-03'")
    expect(visit.get_by_label("Qué se hizo")).to_have_value("Limpieza de la toma")
    form.get_by_role("button", name="Guardar calibración").click()
    expect(instrument.get_by_test_id("in-force")).to_contain_text("Gravimetría")
    visit.get_by_role("button", name="Guardar visita").click()
    expect(instrument.get_by_test_id("past")).to_contain_text("Limpieza de la toma")
    [kept] = program.get("/api/devices/A-03/maintenance").json()["maintenance"]
    assert (kept["note"], kept["noted_by"]) == ("Limpieza de la toma", "ada")


def test_a_visit_is_noted_by_keyboard(desk: Screen, program: Visitor) -> None:
    """Of a meter, without a mouse; not one to come; one of the same minute would be replaced."""
    instrument = panel(desk, "N-01")
    page = desk.page
    expect(instrument).to_contain_text("Sin calibraciones ni visitas anotadas.")
    opener = instrument.get_by_role("button", name="Anotar visita")
    opener.focus()
    page.keyboard.press("Enter")
    form = instrument.get_by_test_id("visit-form")
    expect(form.get_by_label("Qué se hizo")).to_be_focused()
    page.keyboard.type("Pistófono: 94.0 dB, sin ajuste.")
    expect(page.get_by_role("heading", name="Ruido Malecón")).to_be_visible()
    form.get_by_label("Cuándo fue").fill(local(minutes_ago(-120)))
    form.get_by_label("Qué se hizo").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(form.get_by_label("Cuándo fue")).to_have_accessible_description(
        re.compile("Es después de ahora")
    )
    expect(form.get_by_label("Cuándo fue")).to_be_focused()
    at = minutes_ago(40)
    form.get_by_label("Cuándo fue").fill(local(at))
    form.get_by_role("button", name="Guardar visita").press("Enter")
    expect(instrument.get_by_test_id("past")).to_contain_text(
        re.compile("Visita de mantenimiento.*anotó ada.*Pistófono: 94", re.DOTALL)
    )
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    form.get_by_label("Cuándo fue").fill(local(at))
    expect(form).to_contain_text("A esa hora hay una nota de ada; esta la reemplaza.")
    [kept] = program.get("/api/devices/N-01/maintenance").json()["maintenance"]
    assert datetime.fromisoformat(kept["done_at"]) == at
    assert desk.complaints == []


def test_who_may_not_is_told_who_may(desk: Screen) -> None:
    """An operator reads what was noted, and finds no way to add or take back."""
    instrument = panel(desk, username="olga")
    expect(instrument.get_by_test_id("past")).to_contain_text("Cambio de filtro")
    expect(instrument).to_contain_text("Las anotan los administradores.")
    expect(instrument.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_accessibility_violation(desk: Screen, theme: str) -> None:
    """Nothing is found by axe against WCAG 2.2 A and AA, both forms open and refused."""
    page = desk.page
    page.add_init_script(f"localStorage.setItem('c5.theme', '{theme}')")
    instrument = panel(desk)
    instrument.get_by_role("button", name="Nueva calibración").click()
    instrument.get_by_role("button", name="Anotar visita").click()
    form, visit = (instrument.get_by_test_id(f"{one}-form") for one in ("calibration", "visit"))
    fill(form, metric="Ozono", gain="900")
    expect(form.get_by_test_id("preview")).to_contain_text("revise los números")
    form.get_by_role("button", name="Guardar calibración").click()
    visit.get_by_role("button", name="Guardar visita").click()
    expect(visit.get_by_label("Qué se hizo")).to_be_focused()
    desk.picture(f"calibration-{theme}")
    form.scroll_into_view_if_needed()
    desk.picture(f"calibration-{theme}-top")
    assert violations(page) == []


@pytest.mark.parametrize(("width", "height"), _SIZES)
@pytest.mark.parametrize("station", ["A-01", "N-01"])
def test_the_panel_fits_its_screen(desk: Screen, station: str, width: int, height: int) -> None:
    """From a phone to a video wall, nothing hangs over, forms open."""
    desk.page.set_viewport_size({"width": width, "height": height})
    instrument = panel(desk, station)
    instrument.get_by_role("button", name="Nueva calibración").click()
    instrument.get_by_role("button", name="Anotar visita").click()
    expect(instrument.get_by_test_id("visit-form")).to_be_visible()
    wait_until(lambda: desk.ask(_OVER) == [], what=f"the panel to fit: {desk.ask(_OVER)}")
    instrument.scroll_into_view_if_needed()
    desk.picture(f"calibration-{station}-{width}")
