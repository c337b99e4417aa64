"""Rules that a supervisor makes and grades on the page: tried first, then version 1 in force."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from core.clock import utc_now
from store import pool
from store import rule as store_rule
from tests.browser import room_day
from tests.browser.city import HOME
from tests.browser.conftest import _pictures
from tests.browser.room_day import TRUCK, Evening
from tests.browser.screen import Screen
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]

_AXE: Final = HOME / "control_center" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_WCAG: Final = json.dumps({"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
_SLOW_MS: Final = 30_000
_TRY: Final = "Probar con el último día"
_SAVE: Final = "Guardar versión 1"


@pytest.fixture(scope="module")
def stood(
    module_db_url: str, broker: Broker, tmp_path_factory: pytest.TempPathFactory, built_page: Path
) -> Iterator[Evening]:
    """Everything runs, and a truck has stood where it should not."""
    folder = tmp_path_factory.mktemp("stood")
    with room_day.evening(broker, module_db_url, folder, built_page) as one:
        one.stops()
        wait_until(lambda: one.count("incident") == 1, timeout_s=60, what="its incident")
        yield one


def at_rules(chromium: Browser, stood: Evening, size: tuple[int, int] = (1366, 768)) -> Screen:
    """A supervisor's browser, at the list of rules."""
    viewport = ViewportSize(width=size[0], height=size[1])
    context = chromium.new_context(viewport=viewport, locale="es-MX")
    one = Screen(context.new_page(), stood.center.url, _pictures())
    one.open("/#/sala/reglas")
    one.enter("sara")
    expect(one.page.get_by_test_id("rules")).to_be_visible(timeout=_SLOW_MS)
    return one


def open_new(page: Page) -> Locator:
    """The form of a new rule, by keyboard."""
    button = page.get_by_role("button", name="Nueva regla")
    button.focus()
    button.press("Enter")
    form = page.get_by_test_id("rule")
    expect(form.get_by_label("Identificador")).to_be_focused()
    return form


def tab_to(page: Page, field: Locator) -> None:
    """Press Tab until the field has the focus."""
    for _ in range(60):
        if field.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not reach {field}")


def test_a_new_rule_is_made_by_keyboard_and_raises(stood: Evening, chromium: Browser) -> None:
    """Nothing of it is live before it was tried and saved; then the next stop is its alarm."""
    one = at_rules(chromium, stood)
    page = one.page
    form = open_new(page)
    for name, text in {
        "Identificador": "long_stop",
        "Título en español": "Parada larga",
        "Título en inglés": "Long stop",
        "Tipo de alarma": "unplanned_stop",
    }.items():
        tab_to(page, form.get_by_label(name, exact=True))
        page.keyboard.type(text)
    tab_to(page, form.get_by_role("button", name="Añadir gravedad"))
    page.keyboard.press("Enter")
    expect(form.get_by_label("Gravedad que dice el evento, 1")).to_be_focused()
    page.keyboard.type("warning")
    tab_to(page, form.get_by_label("Gravedad de la alarma, 1"))
    page.keyboard.press("ArrowUp")
    tab_to(page, form.get_by_label("Tipos de evento"))
    page.keyboard.type("unplanned_stop")
    save = form.get_by_role("button", name=_SAVE)
    tab_to(page, save)
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("Antes de guardarla, pruébela")
    form.get_by_role("button", name=_TRY).press("Enter")
    tried = form.get_by_test_id("tried")
    expect(tried).to_contain_text("Habría levantado 1 alarma", timeout=_SLOW_MS)
    expect(form.get_by_role("listitem").filter(has_text=TRUCK)).to_contain_text("Crítica")
    one.picture("rules-new")
    assert stood.rows("SELECT 1 FROM rule WHERE rule_id = 'long_stop'") == []
    save.press("Enter")
    expect(form.get_by_text("long_stop v1")).to_be_visible(timeout=_SLOW_MS)
    expect(form.get_by_role("heading", name="Parada larga")).to_be_focused()
    row = page.get_by_test_id("rules").get_by_role("row").filter(has_text="long_stop")
    expect(row.get_by_role("link")).to_have_attribute("aria-current", "true")
    assert one.ask("location.hash") == "#/sala/reglas/long_stop"
    [(version, document, by)] = stood.rows(
        "SELECT version, document, saved_by FROM rule WHERE rule_id = 'long_stop'"
    )
    assert (version, by) == (1, "sara")
    assert document["severity_of"] == {"warning": "CRITICAL"}

    def raised() -> list[tuple[Any, ...]]:
        stood.stops(room_day.PATROL)
        return stood.rows("SELECT DISTINCT severity FROM alarm WHERE rule_id = 'long_stop'")

    wait_until(lambda: raised() == [("CRITICAL",)], timeout_s=60, what="its alarm")
    assert one.complaints == []


def test_a_new_rule_says_what_is_wrong_before_it_is_sent(stood: Evening, chromium: Browser) -> None:
    """What is missing, an id that does not fit or is taken; a clash that only the server sees."""
    one = at_rules(chromium, stood)
    page = one.page
    form = open_new(page)
    identifier = form.get_by_label("Identificador")
    form.get_by_role("button", name=_TRY).click()
    expect(form.get_by_role("alert")).to_contain_text("Corrija: Identificador, Título en español")
    expect(identifier).to_be_focused()
    for bad, why in {"Parada 1": "a-z sin acentos", "panic": "Ya hay una regla con este"}.items():
        identifier.fill(bad)
        expect(identifier).to_have_attribute("aria-invalid", "true")
        expect(identifier).to_have_accessible_description(re.compile(why))
    identifier.fill("both_make_it")
    expect(identifier).to_have_attribute("aria-invalid", "false")
    form.get_by_label("Título en español").fill("Aire malo")
    form.get_by_label("Título en inglés").fill("Bad air")
    form.get_by_label("Tipo de alarma").fill("air_bad")
    form.get_by_role("button", name="Añadir gravedad").click()
    expect(form.get_by_test_id("own-severities").get_by_role("listitem")).to_have_count(1)
    form.get_by_label("Qué vigila").select_option("air")
    expect(form.get_by_test_id("own-severities")).to_have_count(0)
    form.get_by_role("button", name=_TRY).click()
    expect(form.get_by_test_id("tried")).to_be_visible(timeout=_SLOW_MS)
    with pool.connect(stood.center.db_url) as conn:
        [air] = [known for known in store_rule.current(conn) if known.rule_id == "air_bad"]
        theirs = air.document | {"id": "both_make_it"}
        store_rule.save(
            *(conn, "both_make_it", 1, theirs), enabled=True, note="", at=utc_now(), by="luis"
        )
        conn.commit()
    form.get_by_role("button", name=_SAVE).click()
    expect(form.get_by_role("alert")).to_contain_text("Ya hay una regla both_make_it; elija otro")
    identifier.fill("only_mine")
    form.get_by_role("button", name=_SAVE).click()
    expect(form.get_by_text("only_mine v1")).to_be_visible(timeout=_SLOW_MS)


def test_the_severity_of_events_is_edited(stood: Evening, chromium: Browser) -> None:
    """A shipped rule's words and severities, each change told before it is a version."""
    one = at_rules(chromium, stood)
    page = one.page
    page.get_by_test_id("rules").get_by_role("link", name="Placa en lista de búsqueda").click()
    form = page.get_by_test_id("rule")
    expect(form.get_by_label("Gravedad que dice el evento, 3")).to_have_value("normal")
    form.get_by_role("button", name="Quitar la gravedad 3").click()
    form.get_by_label("Gravedad de la alarma, 2").select_option(label="Crítica")
    form.get_by_role("button", name="Añadir gravedad").click()
    added = form.get_by_label("Gravedad que dice el evento, 3")
    added.fill("high")
    expect(added).to_have_attribute("aria-invalid", "true")
    form.get_by_role("button", name="Guardar versión 2").click()
    expect(form.get_by_role("alert")).to_contain_text("Corrija: Gravedad según el evento")
    added.fill("normal")
    expect(form.get_by_role("listitem").filter(has_text="según el evento: high")).to_contain_text(
        "Mayor → Crítica"
    )
    one.picture("rules-severities")
    form.get_by_role("button", name="Guardar versión 2").click()
    expect(form.get_by_text("plate_hit v2")).to_be_visible(timeout=_SLOW_MS)
    [(document,)] = stood.rows(
        "SELECT document FROM rule WHERE rule_id = 'plate_hit' AND version = 2"
    )
    assert document["severity_of"] == {
        "critical": "CRITICAL",
        "high": "CRITICAL",
        "normal": "MAJOR",
    }
    assert one.complaints == []


@pytest.mark.parametrize("size", [(390, 844), (1366, 768)], ids=lambda size: str(size[0]))
def test_the_form_of_a_new_rule_is_for_everyone(
    stood: Evening, chromium: Browser, size: tuple[int, int]
) -> None:
    """Nothing is found by axe in either theme, refusals shown; nothing hangs over."""
    one = at_rules(chromium, stood, size)
    page = one.page
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    form = open_new(page)
    form.get_by_role("button", name="Añadir gravedad").click()
    form.get_by_role("button", name=_TRY).click()
    expect(form.get_by_role("alert")).to_be_visible()
    for theme in ("dark", "light"):
        if one.ask("document.documentElement.dataset.theme") != theme:
            page.evaluate("document.activeElement.blur()")
            page.keyboard.press("t")
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        found = one.ask(f"axe.run(document, {_WCAG}).then((r) => r.violations)")
        assert [
            (each["id"], [node["html"][:160] for node in each["nodes"]]) for each in found
        ] == []
        assert one.ask("document.documentElement.scrollWidth <= innerWidth")
        one.picture(f"rules-new-bad-{theme}-{size[0]}")
